//! Rows of text → typed rows of the published schema, and rejects.

mod codes;
mod dates;
mod names;
mod order;
mod values;

use arrow::{datatypes::SchemaRef, record_batch::RecordBatch};
use config::Dataset;
use serde::{Deserialize, Serialize};

use crate::{Result, reader::RawBatch};

pub use order::{Sorted, Sorter};

/// A row that was put aside. Carries no value of the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The file.
    pub file: String,
    /// Line of a text file, row of a sheet, or position of an object, from 1.
    pub row: u64,
    /// The published name of the column.
    pub column: String,
    /// What the value looks like: `empty`, `letters`, `digits`, `mixed`, `date-like`, `number-like`, `too-long`.
    pub value_class: String,
    /// Stable code: `reject-required`, `reject-integer`, `reject-date`, `reject-code-list` …
    pub code: String,
}

/// Typed rows of one raw batch.
#[derive(Debug)]
pub struct Normalised {
    /// Accepted rows with all read columns (published ones and those only needed for checks).
    pub rows: RecordBatch,
    /// Rejected rows, one entry for the first bad cell of each.
    pub rejects: Vec<Reject>,
}

/// Turns raw rows of one dataset into typed rows.
#[derive(Debug)]
pub struct Normaliser {}

impl Normaliser {
    /// A normaliser for a dataset; the decimal and group characters come from its format.
    pub fn new(dataset: &Dataset) -> Result<Self> {
        let _ = dataset;
        todo!()
    }

    /// The schema of the typed rows.
    pub fn schema(&self) -> SchemaRef {
        todo!()
    }

    /// Types one batch; `file` is what rejects name.
    pub fn normalise(&self, file: &str, raw: &RawBatch) -> Result<Normalised> {
        let _ = (file, raw);
        todo!()
    }
}
