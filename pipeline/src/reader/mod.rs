//! Readers: bytes of one format → rows of text, streaming.

mod csv;
mod encoding;
mod excel;
mod geojson;
mod json;

use std::path::Path;

use arrow::record_batch::RecordBatch;
use config::{Column, Format};

use crate::Result;

/// Rows as they stand in the source: every declared column as `Utf8` (null where the source has none), geometries as
/// `Binary` (ISO WKB). Columns have the published names and order of the declaration; `secret` ones are left out.
#[derive(Debug, Clone)]
pub struct RawBatch {
    /// The rows.
    pub rows: RecordBatch,
    /// For each row the line of a text file, the row of a sheet, or the position of an object, from 1.
    pub lines: Vec<u64>,
}

/// A stream of raw rows.
pub trait Reader: Send {
    /// Declared columns (published names) that the source does not have.
    fn missing(&self) -> &[String];

    /// Columns of the source that are not declared, and thus not read.
    fn undeclared(&self) -> &[String];

    /// The next rows; `None` at the end.
    fn next_batch(&mut self) -> Result<Option<RawBatch>>;
}

/// Limits of a reader.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest value of one cell, in bytes.
    pub max_cell_bytes: usize,
    /// Most columns that a source may have.
    pub max_columns: usize,
    /// Rows in a batch.
    pub batch_rows: usize,
}

/// Opens a local file. `name` is what messages call it.
pub fn open(name: &str, path: &Path, format: &Format, columns: &[Column], limits: Limits) -> Result<Box<dyn Reader>> {
    let _ = (name, path, format, columns, limits);
    todo!()
}
