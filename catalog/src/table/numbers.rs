//! Numbers of rows: reading from one on, and telling them.

use std::{iter, ops::Range, sync::Arc};

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
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection},
    },
    errors::ParquetError,
    file::metadata::{ParquetMetaData, RowGroupMetaData},
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

/// Those of some row groups that hold rows from a number on, and which of their rows are wanted; `None` for all of them.
/// `ranges` tells which rows of a group, from its first one, are: `None` for all of them.
pub(super) fn selection(
    first: u64,
    groups: Vec<usize>,
    metadata: &ParquetMetaData,
    ranges: impl Fn(usize) -> Option<Vec<Range<u64>>>,
) -> (Vec<usize>, Option<RowSelection>) {
    let count = |group: usize| {
        let rows = metadata.row_groups().get(group).map_or(0, RowGroupMetaData::num_rows);
        u64::try_from(rows).unwrap_or_default()
    };
    let mut starts = vec![0u64];
    for group in 0..metadata.num_row_groups() {
        starts.push(starts.last().copied().unwrap_or_default() + count(group));
    }
    let mut kept = Vec::new();
    let mut wanted: Vec<Range<usize>> = Vec::new();
    let (mut total, mut selected) = (0u64, 0u64);
    for group in groups {
        let start = starts.get(group).copied().unwrap_or_default();
        let skipped = first.saturating_sub(start);
        let rows = ranges(group).unwrap_or_else(|| iter::once(0..count(group)).collect());
        let rows: Vec<Range<u64>> = rows
            .into_iter()
            .map(|range| range.start.max(skipped)..range.end)
            .filter(|range| !range.is_empty())
            .collect();
        if rows.is_empty() {
            continue;
        }
        kept.push(group);
        let at = |row: u64| usize::try_from(total + row).unwrap_or(usize::MAX);
        wanted.extend(rows.iter().map(|range| at(range.start)..at(range.end)));
        selected += rows.iter().map(|range| range.end - range.start).sum::<u64>();
        total += count(group);
    }
    let total_rows = usize::try_from(total).unwrap_or(usize::MAX);
    let selection = (selected < total).then(|| RowSelection::from_consecutive_ranges(wanted.into_iter(), total_rows));
    (kept, selection)
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
