//! The first rows of an order, out of a stream of batches, in memory bounded by their number.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, RecordBatchOptions, UInt32Array, UInt64Array},
    compute::{SortOptions, concat_batches, take_record_batch},
    datatypes::{DataType, Field, Schema, SchemaRef, UInt64Type},
    error::ArrowError,
    record_batch::RecordBatch,
    row::{OwnedRow, RowConverter, Rows, SortField},
};

use super::grammar::Ordered;

/// Rows that are gathered at least before they are merged.
const MERGE_ROWS: usize = 8192;

/// Gathers the first rows of an order. Rows without a value come last unless the order says first; equal rows stay in the order of the file.
#[derive(Debug)]
pub(super) struct Top {
    converter: RowConverter,
    /// The order's columns in the batches.
    keys: Vec<usize>,
    /// The batches' columns, and each row's position among all of them.
    schema: SchemaRef,
    rows: usize,
    after: Option<OwnedRow>,
    /// What a row must come before to be among the first.
    last: Option<OwnedRow>,
    gathered: Vec<RecordBatch>,
    gathered_rows: usize,
    seen: u64,
}

impl Top {
    /// Gathers `rows` rows out of batches of a schema that holds the order's columns.
    pub(super) fn new(schema: &SchemaRef, order: &[Ordered], rows: usize) -> Result<Self, ArrowError> {
        let mut keys = Vec::new();
        let mut fields = Vec::new();
        for by in order {
            let index = schema.index_of(by.column.as_str())?;
            keys.push(index);
            let options = SortOptions { descending: by.descending, nulls_first: by.nulls_first };
            fields.push(SortField::new_with_options(schema.field(index).data_type().clone(), options));
        }
        keys.push(schema.fields().len());
        fields.push(SortField::new(DataType::UInt64));
        let position = Arc::new(Field::new("", DataType::UInt64, false));
        let columns = schema.fields().iter().cloned().chain([position]);
        Ok(Self {
            converter: RowConverter::new(fields)?,
            keys,
            schema: Arc::new(Schema::new(columns.collect::<Vec<_>>())),
            rows,
            after: None,
            last: None,
            gathered: Vec::new(),
            gathered_rows: 0,
            seen: 0,
        })
    }

    /// Leaves out everything up to a row: `row` is a batch of that one row.
    pub(super) fn start_after(&mut self, row: &RecordBatch, position: u64) -> Result<(), ArrowError> {
        let row = self.with_positions(row, position)?;
        let rows = self.convert(&row)?;
        self.after = (rows.num_rows() > 0).then(|| rows.row(0).owned());
        Ok(())
    }

    /// Looks at the next batch.
    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let batch = self.with_positions(batch, self.seen)?;
        self.seen += batch.num_rows() as u64;
        let rows = self.convert(&batch)?;
        let after = self.after.as_ref().map(OwnedRow::row);
        let last = self.last.as_ref().map(OwnedRow::row);
        let wanted: UInt32Array = (0u32..)
            .zip(rows.iter())
            .filter(|(_, row)| after.is_none_or(|after| *row > after) && last.is_none_or(|last| *row < last))
            .map(|(index, _)| index)
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        self.gathered_rows += wanted.len();
        self.gathered.push(take_record_batch(&batch, &wanted)?);
        if self.gathered_rows >= self.rows.saturating_mul(2).max(MERGE_ROWS) { self.merge() } else { Ok(()) }
    }

    /// Bytes that are held, at the most.
    pub(super) fn bytes(&self) -> usize {
        self.gathered.iter().map(RecordBatch::get_array_memory_size).sum()
    }

    /// The rows in order, and their positions among all rows seen.
    pub(super) fn finish(mut self) -> Result<(RecordBatch, Vec<u64>), ArrowError> {
        self.merge()?;
        let first = match self.gathered.pop() {
            Some(batch) => batch,
            None => RecordBatch::new_empty(Arc::clone(&self.schema)),
        };
        let last = first.num_columns().saturating_sub(1);
        let positions = first.column(last).as_primitive::<UInt64Type>().values().to_vec();
        Ok((first.project(&(0..last).collect::<Vec<_>>())?, positions))
    }

    fn merge(&mut self) -> Result<(), ArrowError> {
        let all = concat_batches(&self.schema, &self.gathered)?;
        let rows = self.convert(&all)?;
        let mut order: Vec<(u32, _)> = (0u32..).zip(rows.iter()).collect();
        order.sort_unstable_by_key(|(_, row)| *row);
        order.truncate(self.rows);
        let full = order.len() == self.rows;
        self.last = order.last().filter(|_| full).map(|(_, row)| row.owned());
        let indices: UInt32Array = order.iter().map(|(index, _)| *index).collect();
        let first = take_record_batch(&all, &indices)?;
        self.gathered_rows = first.num_rows();
        self.gathered = vec![first];
        Ok(())
    }

    fn with_positions(&self, batch: &RecordBatch, from: u64) -> Result<RecordBatch, ArrowError> {
        let positions: ArrayRef = Arc::new(UInt64Array::from_iter_values(from..from + batch.num_rows() as u64));
        let columns = batch.columns().iter().cloned().chain([positions]).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }

    fn convert(&self, batch: &RecordBatch) -> Result<Rows, ArrowError> {
        let column = |index: &usize| Arc::clone(batch.column(*index));
        self.converter.convert_columns(&self.keys.iter().map(column).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use arrow::{array::Int64Array, datatypes::Int64Type};
    use proptest::prelude::*;

    use super::*;

    fn batch(values: &[Option<i64>]) -> RecordBatch {
        let values: ArrayRef = Arc::new(Int64Array::from(values.to_vec()));
        RecordBatch::try_from_iter_with_nullable([("a", values, true)]).unwrap()
    }

    fn order(descending: bool) -> [Ordered; 1] {
        [Ordered { column: "a".parse().unwrap(), descending, nulls_first: false }]
    }

    fn top(values: &[Option<i64>], size: usize, descending: bool, rows: usize) -> Vec<(Option<i64>, u64)> {
        let schema = batch(&[]).schema();
        let mut top = Top::new(&schema, &order(descending), rows).unwrap();
        for chunk in values.chunks(size) {
            top.push(&batch(chunk)).unwrap();
        }
        let (found, positions) = top.finish().unwrap();
        found.column(0).as_primitive::<Int64Type>().iter().zip(positions).collect()
    }

    #[test]
    fn rows_without_a_value_come_last_either_way() {
        let values = [None, Some(1), Some(2), None];
        assert_eq!(top(&values, 2, false, 3), [(Some(1), 1), (Some(2), 2), (None, 0)]);
        assert_eq!(top(&values, 2, true, 3), [(Some(2), 2), (Some(1), 1), (None, 0)]);
    }

    #[test]
    fn the_next_rows_follow_the_last_one() {
        let values = [Some(3), Some(1), Some(1), Some(2)];
        let mut top = Top::new(&batch(&[]).schema(), &order(false), 2).unwrap();
        top.start_after(&batch(&[Some(1)]), 1).unwrap();
        top.push(&batch(&values)).unwrap();
        assert_eq!(top.finish().unwrap().1, [2, 3]);
    }

    proptest! {
        #[test]
        fn the_same_as_sorting_everything(
            values in prop::collection::vec(prop::option::of(-20i64..20), 0..3000),
            size in 1usize..500,
            rows in 1usize..50,
            descending: bool,
        ) {
            let mut expected: Vec<(Option<i64>, u64)> = values.iter().copied().zip(0..).collect();
            expected.sort_by_key(|(value, at)| (value.is_none(), value.map(|v| if descending { -v } else { v }), *at));
            expected.truncate(rows);
            prop_assert_eq!(top(&values, size, descending, rows), expected);
        }
    }
}
