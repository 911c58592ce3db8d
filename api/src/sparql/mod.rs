//! SPARQL in a worker process of the same binary, with limits on memory, CPU and time.
//!
//! The server counts bytes, brackets and operators and hands the rest over: the evaluator can neither be bounded nor
//! stopped from inside, and some queries end the process that runs them.

mod limits;
mod pool;
mod wire;
mod worker;

pub(crate) use limits::{Form, Refusal, check};
pub(crate) use pool::{Failure, WorkerPool};
pub use worker::{STACK_BYTES, worker_main};
