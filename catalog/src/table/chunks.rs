//! Rows in pieces whose ends depend on the rows alone, so that the same rows give the same bytes however they come.

use arrow::{
    array::{Array, AsArray, BinaryArray, StringArray},
    compute::concat_batches,
    datatypes::SchemaRef,
    error::ArrowError,
    record_batch::RecordBatch,
};

/// Rows of a piece.
const ROWS: usize = 8192;
/// A piece ends with the row that makes its texts and geometries so large, in bytes.
const BYTES: usize = 16 << 20;

/// Rows of one file that wait until their piece is full.
#[derive(Debug)]
pub(super) struct Chunks {
    schema: SchemaRef,
    waiting: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
    most: usize,
}

impl Chunks {
    /// Nothing waits.
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, waiting: Vec::new(), rows: 0, bytes: 0, most: BYTES }
    }

    /// Takes rows and gives the pieces that are full.
    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<Vec<RecordBatch>, ArrowError> {
        let mut full = Vec::new();
        let mut start = 0;
        while start < batch.num_rows() {
            let rows = self.room(batch, start);
            self.rows += rows;
            self.bytes += bytes(batch, start, start + rows);
            self.waiting.push(batch.slice(start, rows));
            start += rows;
            if self.rows >= ROWS || self.bytes >= self.most {
                full.extend(self.rest()?);
            }
        }
        Ok(full)
    }

    /// What waits, as the last piece.
    pub(super) fn rest(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        (self.rows, self.bytes) = (0, 0);
        let mut waiting = std::mem::take(&mut self.waiting);
        match waiting.len() {
            0 | 1 => Ok(waiting.pop()),
            _ => concat_batches(&self.schema, &waiting).map(Some),
        }
    }

    /// How many rows from `start` on the piece still takes, at least one.
    fn room(&self, batch: &RecordBatch, start: usize) -> usize {
        let all = (ROWS - self.rows).min(batch.num_rows() - start);
        let fills = |rows: usize| self.bytes + bytes(batch, start, start + rows) >= self.most;
        if !fills(all) {
            return all;
        }
        // The fewest rows that fill it.
        let (mut less, mut enough) = (0, all);
        while enough - less > 1 {
            let middle = usize::midpoint(less, enough);
            if fills(middle) { enough = middle } else { less = middle }
        }
        enough
    }
}

/// Bytes of the texts and geometries of some rows.
fn bytes(batch: &RecordBatch, start: usize, end: usize) -> usize {
    let of = |column: &dyn Array| {
        let text = column.as_string_opt::<i32>().map(StringArray::value_offsets);
        let offsets = text.or_else(|| column.as_binary_opt::<i32>().map(BinaryArray::value_offsets))?;
        usize::try_from(offsets.get(end)? - offsets.get(start)?).ok()
    };
    batch.columns().iter().filter_map(|column| of(column.as_ref())).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::fixture, *};

    /// The rows of each piece, however the rows come.
    fn pieces(rows: &RecordBatch, cuts: &[usize], most: usize) -> Vec<RecordBatch> {
        let mut chunks = Chunks { most, ..Chunks::new(rows.schema()) };
        let mut all = Vec::new();
        let mut start = 0;
        for end in cuts.iter().copied().chain([rows.num_rows()]) {
            let end = end.clamp(start, rows.num_rows());
            all.extend(chunks.push(&rows.slice(start, end - start)).unwrap());
            start = end;
        }
        all.extend(chunks.rest().unwrap());
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pieces_end_where_they_do_however_the_rows_come(
            mut cuts in prop::collection::vec(0_usize..20_000, 0..12), most in prop_oneof![Just(BYTES), 1_usize..40_000],
        ) {
            cuts.sort_unstable();
            let rows = fixture::batch(0..20_000);
            let whole = pieces(&rows, &[], most);
            prop_assert_eq!(&pieces(&rows, &cuts, most), &whole);
            prop_assert_eq!(concat_batches(&rows.schema(), &whole).unwrap(), rows);
            prop_assert!(whole.iter().all(|piece| (1..=ROWS).contains(&piece.num_rows())));
        }
    }
}
