//! Sorting in bounded memory: sorted runs on disk, merged.

use arrow::{datatypes::SchemaRef, record_batch::RecordBatch};
use config::OrderBy;

use crate::Result;

/// Collects rows and gives them back sorted. Rows with equal order values keep a defined order (all columns decide).
#[derive(Debug)]
pub struct Sorter {}

/// Sorted rows.
#[derive(Debug)]
pub struct Sorted {}

impl Sorter {
    /// A sorter that keeps at most `memory_bytes` in memory and spills the rest to a temporary folder.
    pub fn new(schema: SchemaRef, order: &[OrderBy], memory_bytes: usize) -> Result<Self> {
        let _ = (schema, order, memory_bytes);
        todo!()
    }

    /// Takes rows.
    pub fn push(&mut self, batch: RecordBatch) -> Result<()> {
        let _ = batch;
        todo!()
    }

    /// All rows, sorted.
    pub fn finish(self) -> Result<Sorted> {
        todo!()
    }
}

impl Iterator for Sorted {
    type Item = Result<RecordBatch>;
    fn next(&mut self) -> Option<Self::Item> {
        todo!()
    }
}
