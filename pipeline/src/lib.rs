//! How it gets published: one folder per stage, in order.

mod error;
pub mod gate;
mod land;
mod lease;
pub mod normalise;
mod plan;
pub mod reader;
mod record;
mod run;
mod schedule;
mod serve;
pub mod source;

pub use error::{Error, Result};
pub use lease::Lease;
pub use plan::Plan;
pub use record::{Outcome, RunRecord, StageRecord, Status};
pub use run::{Progress, Runner, Stage};
pub use schedule::{Due, next_times};
pub use serve::serve;
