//! Tables: the only place where Parquet is opened.

mod bind;
mod bloom;
mod bridge;
mod cancel;
mod cell;
mod chunks;
mod covering;
mod diff;
mod erase;
mod evaluate;
#[cfg(test)]
pub(crate) mod fixture;
mod foreign;
mod kept;
mod keys;
mod numbers;
mod part;
mod part_statistics;
mod parts;
mod place;
mod plain;
mod predicate;
mod prune;
mod reader;
mod scan;
mod schema;
mod stats;
pub mod text;
mod whole;
mod width;
pub mod wkb;
mod write;

pub use bridge::{from_polars, from_polars_as, to_polars};
pub use cancel::Cancel;
pub use cell::{Cell, Cells};
pub use diff::{count_changes, diff, row_text};
pub use erase::{Erasure, Layout, count, erase, rewrite};
pub use evaluate::matching;
pub use foreign::{Foreign, ForeignCrs, ForeignGeometry, ForeignRows};
pub use keys::{KeyTexts, added, column_cells, hashes, key_text};
pub use numbers::ROW;
pub use part::UNDATED;
pub use part_statistics::PartStatistics;
pub use parts::{PartsWriter, WrittenPart, part_keys, part_runs};
pub use plain::write_batches;
pub use predicate::{Comparison, Predicate, Scalar};
pub use scan::{Scan, TableFile};
pub use schema::{arrow_schema, arrow_type, columns_after, columns_of};
pub use whole::Table;
pub use wkb::{Geometry, Region};
pub use write::{TableSummary, TableWriter};

use parquet::errors::ParquetError;

use crate::Error;

/// A table that cannot be written or read, and why.
#[expect(clippy::needless_pass_by_value, reason = "callers hand over errors and path displays they made for this")]
fn broken(name: impl ToString, reason: impl ToString) -> Error {
    Error::Table { name: name.to_string(), reason: reason.to_string() }
}

/// A table that cannot be written: the disk's own error where it is one.
fn unwritten(name: impl ToString, error: ParquetError) -> Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(disk) => Error::Io(*disk),
            Err(cause) => broken(name, cause),
        },
        other => broken(name, other),
    }
}
