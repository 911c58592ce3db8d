//! Merging sorted runs with a heap of their first rows.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
    fs::File,
    io::BufReader,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use arrow::{
    compute::interleave_record_batch, datatypes::SchemaRef, ipc::reader::StreamReader, record_batch::RecordBatch,
    row::Rows,
};

use super::{
    internal,
    runs::{BATCH_BYTES, BATCH_ROWS, Comparison, disk, open_run, row_bytes},
};
use crate::{Error, Result};

/// Sorted rows of several sorted runs.
#[derive(Debug)]
pub(super) struct Merge {
    schema: SchemaRef,
    comparison: Arc<Comparison>,
    runs: Vec<Run>,
    heap: BinaryHeap<Reverse<Head>>,
    failed: bool,
}

#[derive(Debug)]
struct Run {
    reader: StreamReader<BufReader<File>>,
    batch: RecordBatch,
}

/// The first row of a run that is not given back yet.
#[derive(Debug)]
struct Head {
    page: Arc<Page>,
    row: usize,
    run: usize,
}

/// What is known of the rows of a run's batch.
#[derive(Debug)]
struct Page {
    batch: RecordBatch,
    keys: Rows,
    /// Bytes of each row.
    sizes: Vec<usize>,
    comparison: Arc<Comparison>,
    /// All other columns, from the first row on whose keys are those of another run's row; `None` if that failed.
    others: OnceLock<Option<Rows>>,
}

impl Page {
    fn new(batch: &RecordBatch, comparison: &Arc<Comparison>) -> Result<Self> {
        Ok(Self {
            keys: comparison.rows(batch)?,
            sizes: row_bytes(batch),
            batch: batch.clone(),
            comparison: Arc::clone(comparison),
            others: OnceLock::new(),
        })
    }

    fn others(&self) -> Option<&Rows> {
        self.others.get_or_init(|| self.comparison.other_rows(&self.batch).ok()).as_ref()
    }

    /// True if rows could not be compared: then their order is not known.
    fn failed(&self) -> bool {
        self.others.get().is_some_and(Option::is_none)
    }
}

impl Head {
    fn cmp_others(&self, other: &Self) -> Ordering {
        match (self.page.others(), other.page.others()) {
            (Some(own), Some(others)) if own.num_rows() > 0 => own.row(self.row).cmp(&others.row(other.row)),
            // No other columns, or a failure that is told when the row is picked.
            _ => Ordering::Equal,
        }
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        let keys = self.page.keys.row(self.row).cmp(&other.page.keys.row(other.row));
        keys.then_with(|| self.cmp_others(other)).then(self.run.cmp(&other.run))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

/// Rows chosen for the next batch: the batches they are in, and where.
struct Picked {
    batches: Vec<RecordBatch>,
    // For each run the place of its current batch in `batches`.
    slots: Vec<Option<usize>>,
    rows: Vec<(usize, usize)>,
}

impl Merge {
    /// Opens runs, each of them sorted.
    pub(super) fn open(schema: &SchemaRef, comparison: &Arc<Comparison>, paths: &[PathBuf]) -> Result<Self> {
        let mut merge = Self {
            schema: Arc::clone(schema),
            comparison: Arc::clone(comparison),
            runs: Vec::with_capacity(paths.len()),
            heap: BinaryHeap::with_capacity(paths.len()),
            failed: false,
        };
        for (index, path) in paths.iter().enumerate() {
            let reader = open_run(path)?;
            merge.runs.push(Run { reader, batch: RecordBatch::new_empty(Arc::clone(schema)) });
            merge.advance(index)?;
        }
        Ok(merge)
    }

    /// Reads the next batch of a run and puts its first row on the heap.
    fn advance(&mut self, index: usize) -> Result<()> {
        let Some(run) = self.runs.get_mut(index) else { return Ok(()) };
        for batch in run.reader.by_ref() {
            let batch = batch.map_err(disk)?;
            if batch.num_rows() > 0 {
                let page = Arc::new(Page::new(&batch, &self.comparison)?);
                run.batch = batch;
                self.heap.push(Reverse(Head { page, row: 0, run: index }));
                break;
            }
        }
        Ok(())
    }

    fn pick(&mut self) -> Result<Picked> {
        let slots = vec![None; self.runs.len()];
        let mut picked = Picked { batches: Vec::new(), slots, rows: Vec::with_capacity(BATCH_ROWS) };
        let mut bytes = 0;
        while picked.rows.len() < BATCH_ROWS {
            let Some(Reverse(head)) = self.heap.pop() else { break };
            if head.page.failed() {
                return Err(Error::Internal("rows could not be compared".to_owned()));
            }
            let size = head.page.sizes.get(head.row).copied().unwrap_or_default();
            if !picked.rows.is_empty() && bytes + size > BATCH_BYTES {
                self.heap.push(Reverse(head));
                break;
            }
            bytes += size;
            let (Some(run), Some(slot)) = (self.runs.get(head.run), picked.slots.get_mut(head.run)) else { continue };
            let place = *slot.get_or_insert_with(|| {
                picked.batches.push(run.batch.clone());
                picked.batches.len() - 1
            });
            picked.rows.push((place, head.row));
            if head.row + 1 < run.batch.num_rows() {
                self.heap.push(Reverse(Head { row: head.row + 1, ..head }));
            } else {
                *slot = None;
                self.advance(head.run)?;
            }
        }
        Ok(picked)
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>> {
        let picked = self.pick()?;
        if picked.rows.is_empty() {
            return Ok(None);
        }
        let batches: Vec<&RecordBatch> = picked.batches.iter().collect();
        let merged = interleave_record_batch(&batches, &picked.rows).map_err(internal)?;
        // The files carry the schema too; callers compare it with the one they gave.
        merged.with_schema(Arc::clone(&self.schema)).map(Some).map_err(internal)
    }
}

impl Iterator for Merge {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let batch = self.batch().transpose();
        self.failed = matches!(batch, Some(Err(_)));
        batch
    }
}
