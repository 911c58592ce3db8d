//! Sorted record batches → Parquet: zstd, page index, bloom filters on the key, row groups for range readers,
//! `geo` metadata (GeoParquet 1.1) where there is a geometry. Deterministic: no clock, fixed settings.

use std::{collections::BTreeMap, path::Path};

use arrow::record_batch::RecordBatch;
use config::{ColumnName, OrderBy};

use crate::{
    Result,
    version::{ColumnInfo, ColumnStatistics},
};

/// Writes one Parquet file.
#[derive(Debug)]
pub struct TableWriter {}

/// What was written.
#[derive(Debug, Clone)]
pub struct TableSummary {
    /// Rows.
    pub rows: u64,
    /// Statistics by column.
    pub statistics: BTreeMap<ColumnName, ColumnStatistics>,
    /// Extent in WGS 84: west, south, east, north.
    pub bbox: Option<[f64; 4]>,
}

impl TableWriter {
    /// Creates the file. `order` is what the batches are sorted by (recorded as sorting columns), `key` gets bloom
    /// filters.
    pub fn create(path: &Path, columns: &[ColumnInfo], key: &[ColumnName], order: &[OrderBy]) -> Result<Self> {
        let _ = (path, columns, key, order);
        todo!()
    }

    /// Writes a batch of schema [`super::arrow_schema`].
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let _ = batch;
        todo!()
    }

    /// Closes the file, synced to disk.
    pub fn finish(self) -> Result<TableSummary> {
        todo!()
    }
}
