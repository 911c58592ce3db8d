//! Sorted runs: the order of rows, and the files that hold them.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::Path,
};

use arrow::{
    array::{ArrayRef, AsArray, BinaryArray, StringArray, UInt32Array},
    compute::{SortOptions, take_record_batch},
    datatypes::SchemaRef,
    ipc::{reader::StreamReader, writer::StreamWriter},
    record_batch::RecordBatch,
    row::{Row, RowConverter, Rows, SortField},
};
use config::OrderBy;

use super::internal;
use crate::{Error, Result};

/// Rows in a batch that is given back.
pub(super) const BATCH_ROWS: usize = 8192;
/// Bytes of the values of a batch that is given back; one row alone may have more.
pub(super) const BATCH_BYTES: usize = 64 << 20;

/// The order of rows in Arrow's row format: the declared columns, and where those are the same, all others. Without
/// declared ones all columns decide.
#[derive(Debug)]
pub(super) struct Comparison {
    declared: Columns,
    others: Columns,
}

/// Some columns of a schema as comparable bytes.
#[derive(Debug)]
struct Columns {
    columns: Vec<usize>,
    converter: RowConverter,
}

impl Columns {
    fn new(schema: &SchemaRef, columns: &[(usize, bool)]) -> Result<Self> {
        let field = |(index, descending): &(usize, bool)| {
            let options = SortOptions { descending: *descending, nulls_first: false };
            SortField::new_with_options(schema.field(*index).data_type().clone(), options)
        };
        let converter = RowConverter::new(columns.iter().map(field).collect()).map_err(internal)?;
        Ok(Self { columns: columns.iter().map(|(index, _)| *index).collect(), converter })
    }

    fn rows(&self, batch: &RecordBatch) -> Result<Rows> {
        let columns = self.columns.iter().filter_map(|index| batch.columns().get(*index).cloned());
        self.converter.convert_columns(&columns.collect::<Vec<ArrayRef>>()).map_err(internal)
    }
}

impl Comparison {
    /// The order for a schema: the first columns by their indices, then the declared ones.
    pub(super) fn new(schema: &SchemaRef, first: &[usize], order: &[OrderBy]) -> Result<Self> {
        let mut declared: Vec<(usize, bool)> = first.iter().map(|index| (*index, false)).collect();
        for by in order {
            let index = schema.index_of(by.column.as_str()).map_err(internal)?;
            if declared.iter().all(|(known, _)| *known != index) {
                declared.push((index, by.descending));
            }
        }
        if declared.is_empty() {
            declared.extend((0..schema.fields().len()).map(|index| (index, false)));
        }
        let is_other = |index: &usize| declared.iter().all(|(known, _)| known != index);
        let others: Vec<_> = (0..schema.fields().len()).filter(is_other).map(|index| (index, false)).collect();
        Ok(Self { declared: Columns::new(schema, &declared)?, others: Columns::new(schema, &others)? })
    }

    /// The declared columns of rows, comparable with those of other batches.
    pub(super) fn rows(&self, batch: &RecordBatch) -> Result<Rows> {
        self.declared.rows(batch)
    }

    /// All other columns of rows, for those whose declared ones are the same.
    pub(super) fn other_rows(&self, batch: &RecordBatch) -> Result<Rows> {
        self.others.rows(batch)
    }

    /// The rows, sorted.
    pub(super) fn sort(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        if self.declared.columns.is_empty() {
            return Ok(batch.clone());
        }
        let count =
            u32::try_from(batch.num_rows()).map_err(|_| Error::Internal("too many rows in memory".to_owned()))?;
        let rows = self.rows(batch)?;
        let mut keyed: Vec<(u32, Row<'_>)> = (0..count).zip(rows.iter()).collect();
        keyed.sort_unstable_by(|(a, left), (b, right)| left.cmp(right).then(a.cmp(b)));
        for same in keyed.chunk_by_mut(|(_, left), (_, right)| left == right).filter(|same| same.len() > 1) {
            self.sort_same(batch, same)?;
        }
        let indices: UInt32Array = keyed.into_iter().map(|(index, _)| index).collect();
        take_record_batch(batch, &indices).map_err(internal)
    }

    /// Sorts rows whose declared columns are the same by all others.
    fn sort_same(&self, batch: &RecordBatch, same: &mut [(u32, Row<'_>)]) -> Result<()> {
        let indices: UInt32Array = same.iter().map(|(index, _)| *index).collect();
        let rows = self.other_rows(&take_record_batch(batch, &indices).map_err(internal)?)?;
        let mut keyed: Vec<_> = same.iter().copied().zip(rows.iter()).collect();
        keyed.sort_unstable_by(|((a, _), left), ((b, _), right)| left.cmp(right).then(a.cmp(b)));
        same.iter_mut().zip(keyed).for_each(|(place, (row, _))| *place = row);
        Ok(())
    }
}

/// Bytes of the values of each row.
pub(super) fn row_bytes(batch: &RecordBatch) -> Vec<usize> {
    let mut sizes = vec![0; batch.num_rows()];
    for column in batch.columns() {
        let fixed = column.data_type().primitive_width().unwrap_or(1);
        let text = column.as_string_opt::<i32>().map(StringArray::value_offsets);
        let offsets = text.or_else(|| column.as_binary_opt::<i32>().map(BinaryArray::value_offsets));
        for (row, size) in sizes.iter_mut().enumerate() {
            let ends = offsets.and_then(|offsets| Some((*offsets.get(row)?, *offsets.get(row + 1)?)));
            *size += ends.map_or(fixed, |(start, end)| usize::try_from(end - start).unwrap_or_default());
        }
    }
    sizes
}

/// Slices of a batch, bounded in rows and bytes.
pub(super) fn slices(batch: &RecordBatch) -> Vec<RecordBatch> {
    let mut slices = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (row, size) in row_bytes(batch).into_iter().enumerate() {
        if row > start && (row - start == BATCH_ROWS || bytes + size > BATCH_BYTES) {
            slices.push(batch.slice(start, row - start));
            (start, bytes) = (row, 0);
        }
        bytes += size;
    }
    if start < batch.num_rows() {
        slices.push(batch.slice(start, batch.num_rows() - start));
    }
    slices
}

/// Writes a sorted run.
pub(super) fn write_run(
    path: &Path,
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<()> {
    let file = BufWriter::new(File::create(path)?);
    let mut writer = StreamWriter::try_new(file, schema).map_err(disk)?;
    for batch in batches {
        writer.write(&batch?).map_err(disk)?;
    }
    writer.finish().map_err(disk)
}

/// Opens a sorted run.
pub(super) fn open_run(path: &Path) -> Result<StreamReader<BufReader<File>>> {
    StreamReader::try_new_buffered(File::open(path)?, None).map_err(disk)
}

/// An error of a run's file: the disk's own, where it is one.
pub(super) fn disk(error: arrow::error::ArrowError) -> Error {
    match error {
        arrow::error::ArrowError::IoError(_, error) => Error::Io(error),
        other => internal(other),
    }
}
