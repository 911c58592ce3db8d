//! Numbers of rows: reading from one on, and telling them.

use std::sync::Arc;

use arrow::{
    array::ArrayRef,
    compute,
    datatypes::{DataType, Field, Schema},
    error::ArrowError,
    record_batch::RecordBatch,
};
use parquet::{
    arrow::{
        RowNumber,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection, RowSelector},
    },
    errors::ParquetError,
    file::metadata::ParquetMetaData,
};

/// The column with the number of each row in its table, from 0.
pub const ROW: &str = "_row";

/// The metadata of a file whose reader tells row numbers in a last column.
pub(super) fn numbered(
    metadata: &ArrowReaderMetadata,
    options: ArrowReaderOptions,
) -> Result<ArrowReaderMetadata, ParquetError> {
    let row = Arc::new(Field::new(ROW, DataType::Int64, false).with_extension_type(RowNumber));
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options.with_virtual_columns(vec![row])?)
}

/// Those of some row groups that hold rows from a number on, and which of their rows these are; `None` for all.
pub(super) fn from_row(
    first: u64,
    groups: Vec<usize>,
    metadata: &ParquetMetaData,
) -> (Vec<usize>, Option<RowSelection>) {
    if first == 0 {
        return (groups, None);
    }
    let rows = |group: &usize| metadata.row_groups().get(*group).map_or(0, |group| group.num_rows());
    let mut starts = Vec::with_capacity(metadata.num_row_groups());
    let mut start = 0u64;
    for group in metadata.row_groups() {
        starts.push(start);
        start += u64::try_from(group.num_rows()).unwrap_or_default();
    }
    let end = |group: &usize| starts.get(group + 1).copied().unwrap_or(start);
    let kept: Vec<usize> = groups.into_iter().filter(|group| end(group) > first).collect();
    let begins = kept.first().and_then(|group| starts.get(*group)).copied().unwrap_or(first);
    let all: usize = kept.iter().map(|group| usize::try_from(rows(group)).unwrap_or_default()).sum();
    let skipped = usize::try_from(first.saturating_sub(begins)).unwrap_or(usize::MAX).min(all);
    if skipped == 0 {
        return (kept, None);
    }
    let selection = RowSelection::from(vec![RowSelector::skip(skipped), RowSelector::select(all - skipped)]);
    (kept, Some(selection))
}

/// A batch whose last column, if it tells row numbers, does so in unsigned numbers, and plainly.
pub(super) fn unsigned(batch: RecordBatch, numbered: bool) -> Result<RecordBatch, ArrowError> {
    if numbered { shifted(&batch, 0) } else { Ok(batch) }
}

/// A batch whose row numbers, in the last column, are raised by those of the rows before its part.
pub(super) fn shifted(batch: &RecordBatch, by: u64) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let last = batch.num_columns().saturating_sub(1);
    let numbers = compute::cast(batch.column(last), &DataType::UInt64)?;
    let by = arrow::array::UInt64Array::new_scalar(by);
    let numbers: ArrayRef = compute::kernels::numeric::add(&numbers, &by)?;
    let others = schema.fields().iter().take(last).cloned();
    let fields: Vec<_> = others.chain([Arc::new(Field::new(ROW, DataType::UInt64, false))]).collect();
    let columns = batch.columns().iter().take(last).cloned().chain([numbers]).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}
