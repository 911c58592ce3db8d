//! Tables: the only place where Parquet is opened.

mod bridge;
mod diff;
mod predicate;
mod scan;
mod schema;
mod stats;
mod write;

pub use bridge::{from_polars, to_polars};
pub use diff::diff;
pub use predicate::{Comparison, Predicate, Scalar};
pub use scan::{Scan, TableFile};
pub use schema::{arrow_schema, arrow_type, columns_of};
pub use write::{TableSummary, TableWriter};
