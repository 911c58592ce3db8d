//! Sorting in bounded memory: sorted runs on disk, merged.

use std::{path::PathBuf, sync::Arc};

use arrow::{datatypes::SchemaRef, record_batch::RecordBatch};
use config::{ColumnName, OrderBy};

use super::{
    hilbert::Curve,
    internal,
    merge::Merge,
    runs::{Comparison, InOrder, write_run},
};
use crate::Result;

/// Runs that are merged at once; each one keeps a file open and a batch in memory.
const MOST_RUNS: usize = 64;

/// Collects rows and gives them back sorted. Rows with equal order values keep a defined order (all columns decide).
/// Missing values come last in either direction.
#[derive(Debug)]
pub struct Sorter {
    /// With the places on the curve, if there is one.
    schema: SchemaRef,
    curve: Option<Curve>,
    comparison: Arc<Comparison>,
    buffer: Vec<RecordBatch>,
    buffered: usize,
    memory: usize,
    folder: Option<tempfile::TempDir>,
    runs: Vec<PathBuf>,
    written: usize,
}

/// Sorted rows.
#[derive(Debug)]
pub struct Sorted {
    rest: Rest,
    /// The columns that are given back; all of them if `None`.
    columns: Option<Vec<usize>>,
    // Holds the runs' files until the last row is read.
    _folder: Option<tempfile::TempDir>,
}

#[derive(Debug)]
enum Rest {
    Memory(Box<InOrder>),
    Disk(Box<Merge>),
}

impl Sorter {
    /// A sorter that keeps about `memory_bytes` in memory and spills the rest to a temporary folder.
    ///
    /// # Errors
    /// `Internal` if an order column is not in the schema.
    pub fn new(schema: SchemaRef, order: &[OrderBy], memory_bytes: usize) -> Result<Self> {
        let comparison = Arc::new(Comparison::new(&schema, &[], order)?);
        Ok(Self::with(schema, comparison, memory_bytes))
    }

    /// A sorter by the places of geometries on a Hilbert curve, rows without a geometry last; where places are the same,
    /// the order decides.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn along(schema: &SchemaRef, geometry: &ColumnName, order: &[OrderBy], memory_bytes: usize) -> Result<Self> {
        let curve = Curve::along(schema, geometry)?;
        let extended = Curve::extend_schema(schema);
        let comparison = Arc::new(Comparison::new(&extended, &[schema.fields().len()], order)?);
        Ok(Self { curve: Some(curve), ..Self::with(extended, comparison, memory_bytes) })
    }

    fn with(schema: SchemaRef, comparison: Arc<Comparison>, memory_bytes: usize) -> Self {
        // Sorting holds the rows and their keys at once.
        let memory = memory_bytes / 2;
        let (buffer, runs) = (Vec::new(), Vec::new());
        Self { schema, curve: None, comparison, buffer, buffered: 0, memory, folder: None, runs, written: 0 }
    }

    /// Says whether the coordinates of the geometries that come are metres; they are degrees until then.
    pub fn set_projected(&mut self, is_projected: bool) {
        if let Some(curve) = &mut self.curve {
            curve.set_projected(is_projected);
        }
    }

    /// Takes rows.
    ///
    /// # Errors
    /// `Io` if the temporary folder is full.
    pub fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let batch = match &self.curve {
            Some(curve) => curve.extend(&batch, &self.schema)?,
            None => batch,
        };
        self.buffered += batch.get_array_memory_size();
        self.buffer.push(batch);
        if self.buffered > self.memory { self.spill() } else { Ok(()) }
    }

    /// All rows, sorted.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(mut self) -> Result<Sorted> {
        let columns = self.curve.is_some().then(|| (0..self.schema.fields().len().saturating_sub(1)).collect());
        if self.runs.is_empty() {
            let rest = Rest::Memory(Box::new(self.sorted_buffer()?));
            return Ok(Sorted { rest, columns, _folder: None });
        }
        if !self.buffer.is_empty() {
            self.spill()?;
        }
        let merge = Merge::open(&self.schema, &self.comparison, &self.runs)?;
        Ok(Sorted { rest: Rest::Disk(Box::new(merge)), columns, _folder: self.folder })
    }

    fn sorted_buffer(&mut self) -> Result<InOrder> {
        self.buffered = 0;
        self.comparison.sort(&self.schema, std::mem::take(&mut self.buffer))
    }

    fn spill(&mut self) -> Result<()> {
        let sorted = self.sorted_buffer()?;
        self.write_run(sorted)?;
        if self.runs.len() < MOST_RUNS {
            return Ok(());
        }
        let runs = std::mem::take(&mut self.runs);
        let merge = Merge::open(&self.schema, &self.comparison, &runs)?;
        self.write_run(merge)?;
        for run in runs {
            std::fs::remove_file(run)?;
        }
        Ok(())
    }

    fn write_run(&mut self, batches: impl Iterator<Item = Result<RecordBatch>>) -> Result<()> {
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => tempfile::tempdir()?,
        };
        let path = folder.path().join(format!("{}.arrow", self.written));
        self.folder = Some(folder);
        self.written += 1;
        write_run(&path, &self.schema, batches)?;
        self.runs.push(path);
        Ok(())
    }
}

impl Iterator for Sorted {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match &mut self.rest {
            Rest::Memory(rows) => rows.next(),
            Rest::Disk(merge) => merge.next(),
        }?;
        let Some(columns) = &self.columns else { return Some(batch) };
        Some(batch.and_then(|batch| batch.project(columns).map_err(internal)))
    }
}

#[cfg(test)]
mod tests {
    use arrow::{
        array::{AsArray, BinaryArray, Float64Array, Int64Array, StringArray},
        compute::concat_batches,
        datatypes::{DataType, Field, Int64Type, Schema},
    };
    use proptest::prelude::*;

    use super::{
        super::runs::{BATCH_BYTES, BATCH_ROWS, row_bytes},
        *,
    };

    type Row = (Option<i64>, Option<String>, Option<i32>, Option<Vec<u8>>);

    fn schema() -> SchemaRef {
        let field = |name, kind| Field::new(name, kind, true);
        let fields = [DataType::Int64, DataType::Utf8, DataType::Float64, DataType::Binary];
        Arc::new(Schema::new(
            ["a", "b", "c", "d"].into_iter().zip(fields).map(|(n, k)| field(n, k)).collect::<Vec<_>>(),
        ))
    }

    fn batch(rows: &[Row]) -> RecordBatch {
        let a: Int64Array = rows.iter().map(|row| row.0).collect();
        let b: StringArray = rows.iter().map(|row| row.1.as_deref()).collect();
        let c: Float64Array = rows.iter().map(|row| row.2.map(|c| f64::from(c) / 4.0)).collect();
        let d: BinaryArray = rows.iter().map(|row| row.3.as_deref()).collect();
        RecordBatch::try_new(schema(), vec![Arc::new(a), Arc::new(b), Arc::new(c), Arc::new(d)]).unwrap()
    }

    fn by(column: &str, descending: bool) -> OrderBy {
        OrderBy { column: column.parse().unwrap(), descending }
    }

    fn sort(rows: &[Row], order: &[OrderBy], chunk: usize, memory: usize) -> RecordBatch {
        let mut sorter = Sorter::new(schema(), order, memory).unwrap();
        for chunk in rows.chunks(chunk) {
            sorter.push(batch(chunk)).unwrap();
        }
        let batches: Vec<RecordBatch> = sorter.finish().unwrap().collect::<Result<_>>().unwrap();
        assert!(batches.iter().all(|batch| (1..=BATCH_ROWS).contains(&batch.num_rows())));
        concat_batches(&schema(), &batches).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn spilled_is_in_memory(
            rows in prop::collection::vec(
                (prop::option::of(-3_i64..3), prop::option::of("[a-cæøå]{0,2}"), prop::option::of(-4..4),
                 prop::option::of(prop::collection::vec(0_u8..3, 0..3))), 0..200),
            chunk in 1_usize..40,
            descending: bool,
        ) {
            let order = [by("b", descending), by("a", !descending)];
            let memory = sort(&rows, &order, 1000, usize::MAX);
            prop_assert_eq!(memory.num_rows(), rows.len());
            prop_assert_eq!(&memory, &sort(&rows, &order, chunk, 0));
            let mut shuffled = rows.clone();
            shuffled.reverse();
            prop_assert_eq!(&memory, &sort(&shuffled, &order, chunk, 4096));
        }
    }

    /// Points on a small grid, some of them more than once.
    fn points() -> Vec<Row> {
        let wkb = |x: i64, y: i64| {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let position = catalog::table::wkb::Position { x: x as f64 * 10.0, y: y as f64 * 10.0, z: None };
            catalog::table::Geometry::Point(position).to_wkb()
        };
        let row = |n: i64| (Some(n), None, None, (n % 97 != 0).then(|| wkb(n * 7 % 16, n * 11 % 13)));
        (0..600).map(row).collect()
    }

    #[test]
    fn places_on_the_curve_decide_and_then_the_order_whatever_is_spilled() {
        let sorted = |memory: usize, rows: &[Row]| {
            let (geometry, order) = ("d".parse().unwrap(), [by("a", true)]);
            let mut sorter = Sorter::along(&schema(), &geometry, &order, memory).unwrap();
            sorter.set_projected(true);
            rows.chunks(50).for_each(|chunk| sorter.push(batch(chunk)).unwrap());
            let batches: Vec<RecordBatch> = sorter.finish().unwrap().collect::<Result<_>>().unwrap();
            concat_batches(&schema(), &batches).unwrap()
        };
        let mut rows = points();
        let memory = sorted(usize::MAX, &rows);
        rows.reverse();
        assert_eq!(memory, sorted(0, &rows));
        let places: Vec<Option<Vec<u8>>> =
            memory.column(3).as_binary::<i32>().iter().map(|wkb| wkb.map(Vec::from)).collect();
        let mut runs = places.clone();
        runs.dedup();
        let different: std::collections::BTreeSet<_> = places.iter().collect();
        assert_eq!(runs.len(), different.len(), "the same places stand together");
        assert_eq!(places.iter().position(Option::is_none), Some(600 - 7), "those without a place come last");
        let a = memory.column(0).as_primitive::<Int64Type>();
        let same = (1..600).filter(|row| places[*row] == places[row - 1]);
        same.for_each(|row| assert!(a.value(row) < a.value(row - 1)));
    }

    #[test]
    fn missing_values_come_last_in_both_directions() {
        let rows: Vec<Row> = [Some(1), None, Some(3), Some(2)].map(|a| (a, None, None, None)).into();
        for (descending, expected) in [(false, [1, 2, 3]), (true, [3, 2, 1])] {
            for memory in [0, usize::MAX] {
                let sorted = sort(&rows, &[by("a", descending)], 1, memory);
                let a = sorted.column(0).as_primitive::<Int64Type>();
                assert_eq!(
                    a.iter().collect::<Vec<_>>(),
                    expected.map(Some).into_iter().chain([None]).collect::<Vec<_>>()
                );
            }
        }
    }

    #[test]
    fn more_runs_than_are_merged_at_once() {
        let rows: Vec<Row> = (0..3 * i64::try_from(MOST_RUNS).unwrap() + 7)
            .map(|n| (Some((n * 7919) % 211), None, None, None))
            .collect();
        assert_eq!(sort(&rows, &[by("a", false)], 1, 0), sort(&rows, &[by("a", false)], 1000, usize::MAX));
    }

    #[test]
    fn batches_are_small_and_nothing_gives_nothing() {
        let rows: Vec<Row> = (0..20_000).rev().map(|n| (Some(n), Some(format!("{n:08}")), None, None)).collect();
        for memory in [100_000, usize::MAX] {
            let sorted = sort(&rows, &[], 5000, memory);
            assert_eq!(sorted.column(1).as_string::<i32>().value(19_999), "00019999");
        }
        assert_eq!(Sorter::new(schema(), &[], 0).unwrap().finish().unwrap().count(), 0);
        assert!(Sorter::new(schema(), &[by("x", false)], 0).is_err());
    }

    #[test]
    fn batches_are_bounded_in_bytes_in_memory_and_from_disk() {
        let large = |n: i64| (Some(n), Some("x".repeat(3 << 20)), None, None);
        for memory in [usize::MAX, 16 << 20] {
            let mut sorter = Sorter::new(schema(), &[by("a", false)], memory).unwrap();
            for n in (0..50).rev() {
                sorter.push(batch(&[large(n)])).unwrap();
            }
            let batches: Vec<RecordBatch> = sorter.finish().unwrap().collect::<Result<_>>().unwrap();
            let bytes: Vec<usize> = batches.iter().map(|batch| row_bytes(batch).iter().sum()).collect();
            assert!(bytes.iter().all(|bytes| *bytes <= BATCH_BYTES) && batches.len() < 10, "{bytes:?}");
            assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 50);
        }
    }

    #[test]
    fn a_row_alone_may_be_larger() {
        let rows = [(Some(1), Some("x".repeat(BATCH_BYTES + 1)), None, None), (Some(2), None, None, None)];
        for memory in [0, usize::MAX] {
            let mut sorter = Sorter::new(schema(), &[], memory).unwrap();
            for row in &rows {
                sorter.push(batch(std::slice::from_ref(row))).unwrap();
            }
            let counts: Vec<usize> = sorter.finish().unwrap().map(|batch| batch.unwrap().num_rows()).collect();
            assert_eq!(counts, [1, 1]);
        }
    }
}
