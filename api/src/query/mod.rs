//! Neutral questions to tables: admitted within limits, answered as a stream of record batches.

mod aggregate;
mod body;
mod condition;
pub(crate) mod cql2;
mod cursor;
mod diffs;
mod export;
mod feed;
mod found;
mod grammar;
mod names;
mod place;
mod plan;
mod pool;
mod run;
mod seek;
mod select;
mod tables;
mod top;
mod total;
pub(crate) mod value;

pub(crate) use aggregate::{Aggregate, aggregate};
pub(crate) use body::{Body, Form};
pub(crate) use cursor::Cursor;
pub(crate) use diffs::Diffs;
pub(crate) use export::export;
pub(crate) use feed::{Feed, FeedPage};
pub(crate) use grammar::Params;
pub(crate) use place::Place;
pub(crate) use plan::Plan;
pub(crate) use pool::{QueryPool, Work};
pub(crate) use run::{Page, page, stream};
pub(crate) use seek::{Sought, count, seek};
pub(crate) use tables::Tables;
pub(crate) use total::{Total, TotalIs};
