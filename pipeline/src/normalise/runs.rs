//! Sorted runs: the order of rows, and the files that hold them.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::Path,
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, AsArray, BinaryArray, StringArray},
    compute::{SortOptions, interleave_record_batch},
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

    /// The rows of some batches, sorted.
    pub(super) fn sort(&self, schema: &SchemaRef, batches: Vec<RecordBatch>) -> Result<InOrder> {
        let keys = batches.iter().map(|batch| self.rows(batch)).collect::<Result<Vec<_>>>()?;
        let mut keyed: Vec<Keyed<'_>> = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
        for (batch, rows) in keys.iter().enumerate() {
            keyed.extend(rows.iter().enumerate().map(|(row, key)| ((batch, row), key)));
        }
        // Sources are often in order, or made of parts that are: a stable sort merges those.
        keyed.sort_by(|(_, left), (_, right)| left.cmp(right));
        for same in keyed.chunk_by_mut(|(_, left), (_, right)| left == right).filter(|same| same.len() > 1) {
            self.sort_same(&batches, same)?;
        }
        let places = keyed.into_iter().map(|(place, _)| place).collect();
        Ok(InOrder::new(schema, batches, places))
    }

    /// Sorts rows whose declared columns are the same by all others.
    fn sort_same(&self, batches: &[RecordBatch], same: &mut [Keyed<'_>]) -> Result<()> {
        let places: Vec<(usize, usize)> = same.iter().map(|(place, _)| *place).collect();
        let batches: Vec<&RecordBatch> = batches.iter().collect();
        let rows = self.other_rows(&interleave_record_batch(&batches, &places).map_err(internal)?)?;
        let mut keyed: Vec<_> = same.iter().copied().zip(rows.iter()).collect();
        keyed.sort_by(|(_, left), (_, right)| left.cmp(right));
        same.iter_mut().zip(keyed).for_each(|(place, (row, _))| *place = row);
        Ok(())
    }
}

/// A row's batch, its place there, and its declared columns.
type Keyed<'k> = ((usize, usize), Row<'k>);

/// Rows of several batches in an order, given back in batches that are bounded in rows and bytes.
#[derive(Debug)]
pub(super) struct InOrder {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// Bytes of the rows of each batch.
    sizes: Vec<Vec<usize>>,
    /// Batch and row.
    places: Vec<(usize, usize)>,
    at: usize,
}

impl InOrder {
    fn new(schema: &SchemaRef, batches: Vec<RecordBatch>, places: Vec<(usize, usize)>) -> Self {
        let sizes = batches.iter().map(row_bytes).collect();
        Self { schema: Arc::clone(schema), batches, sizes, places, at: 0 }
    }

    /// How many rows come next.
    fn upcoming(&self) -> usize {
        let (mut count, mut bytes) = (0, 0);
        for (batch, row) in self.places.iter().skip(self.at).take(BATCH_ROWS) {
            bytes += self.sizes.get(*batch).and_then(|sizes| sizes.get(*row)).copied().unwrap_or_default();
            if count > 0 && bytes > BATCH_BYTES {
                break;
            }
            count += 1;
        }
        count
    }
}

impl Iterator for InOrder {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.at + self.upcoming();
        let places = self.places.get(self.at..end).filter(|places| !places.is_empty())?;
        self.at = end;
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        let rows = interleave_record_batch(&batches, places).map_err(internal);
        Some(rows.and_then(|rows| rows.with_schema(Arc::clone(&self.schema)).map_err(internal)))
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
