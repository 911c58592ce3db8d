//! Neutral questions to tables: admitted within limits, answered as a stream of record batches.

mod body;
mod cursor;
mod grammar;
mod plan;
mod pool;
mod run;
mod tables;
mod top;
mod value;

pub(crate) use body::{Body, Form, parquet};
pub(crate) use cursor::Cursor;
pub(crate) use grammar::Params;
pub(crate) use plan::Plan;
pub(crate) use pool::{QueryPool, Work};
pub(crate) use run::{Page, page, stream};
pub(crate) use tables::Tables;
