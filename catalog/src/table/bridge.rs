//! Arrow ↔ polars over the Arrow C data interface: the only unsafe code of the workspace.

use arrow::record_batch::RecordBatch;
use polars::frame::DataFrame;

use crate::Result;

/// A record batch as a polars frame, without copying string views.
pub fn to_polars(batch: &RecordBatch) -> Result<DataFrame> {
    let _ = batch;
    todo!()
}

/// A polars frame as one record batch; strings come as `Utf8View`.
pub fn from_polars(frame: DataFrame) -> Result<RecordBatch> {
    let _ = frame;
    todo!()
}
