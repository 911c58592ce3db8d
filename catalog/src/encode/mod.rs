//! Record batches as text: the formats that are both published as files and answered by the API.

mod csv;
mod geojson;
mod json;
mod value;

use arrow::record_batch::RecordBatch;
use config::FileFormat;

use crate::{Result, version::ColumnInfo};

/// Writes batches as one document in a text format.
#[derive(Debug)]
pub struct Encoder {}

impl Encoder {
    /// An encoder of `Csv`, `Ndjson` or `Geojson` (needs a geometry column) for some columns of a table;
    /// `None` for Parquet, which is not a text format.
    pub fn new(format: FileFormat, columns: &[ColumnInfo]) -> Option<Self> {
        let _ = (format, columns);
        todo!()
    }

    /// What comes before the first row.
    pub fn begin(&mut self, out: &mut Vec<u8>) {
        let _ = out;
        todo!()
    }

    /// The rows of a batch.
    pub fn write(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let _ = (batch, out);
        todo!()
    }

    /// What comes after the last row.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        let _ = out;
        todo!()
    }
}
