//! Writing a table in parts: rows that come sorted by the partition's column go to one file after the other.

use std::{
    collections::BTreeSet,
    ops::Range,
    path::{Path, PathBuf},
};

use arrow::{
    array::{Array, AsArray},
    datatypes::{Date32Type, TimestampMillisecondType},
    record_batch::RecordBatch,
};
use config::{ColumnName, Dataset, Partition};

use super::{
    TableSummary, TableWriter, broken,
    part::{Span, UNDATED, day_of},
    part_statistics::PartStatistics,
};
use crate::{Result, version::ColumnInfo};

/// Writes the tables of one version to a folder; at most one of them is open.
#[derive(Debug)]
pub struct PartsWriter<'a> {
    folder: &'a Path,
    dataset: &'a Dataset,
    columns: &'a [ColumnInfo],
    open: Option<Open>,
    written: Vec<WrittenPart>,
}

/// A table that was written.
#[derive(Debug, Clone)]
pub struct WrittenPart {
    /// The key of the part; `None` where the dataset is not divided.
    pub key: Option<String>,
    /// Where it is.
    pub path: PathBuf,
    /// What is in it.
    pub summary: TableSummary,
    /// The same as it can be put together with other parts.
    pub statistics: PartStatistics,
}

/// The part that is being written.
#[derive(Debug)]
struct Open {
    key: Option<String>,
    path: PathBuf,
    writer: TableWriter,
}

/// Where a row belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Dated(Span),
    Undated,
}

impl Place {
    fn key(self, partition: &Partition) -> String {
        match self {
            Self::Dated(span) => span.key(partition.by),
            Self::Undated => UNDATED.to_owned(),
        }
    }
}

impl<'a> PartsWriter<'a> {
    /// A writer of a dataset's tables with these columns.
    pub fn new(folder: &'a Path, dataset: &'a Dataset, columns: &'a [ColumnInfo]) -> Self {
        Self { folder, dataset, columns, open: None, written: Vec::new() }
    }

    /// Writes a batch, which goes on in the dataset's order.
    ///
    /// # Errors
    /// `Table` if the rows are not of these columns, or come back to a part that was left; `Io` if the disk is full.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let Some(partition) = &self.dataset.partition else { return self.write_to(None, batch) };
        for (place, rows) in runs(batch, partition)? {
            self.write_to(Some(place.key(partition)), &batch.slice(rows.start, rows.len()))?;
        }
        Ok(())
    }

    fn write_to(&mut self, key: Option<String>, batch: &RecordBatch) -> Result<()> {
        if self.open.as_ref().is_none_or(|open| open.key != key) {
            self.close()?;
            if self.written.iter().any(|part| part.key == key) {
                return Err(broken(key.unwrap_or_default(), "the rows are not sorted by the partition's column"));
            }
            self.open = Some(self.create(key)?);
        }
        match &mut self.open {
            Some(open) => open.writer.write(batch),
            None => Ok(()),
        }
    }

    fn create(&self, key: Option<String>) -> Result<Open> {
        let name = key.as_deref().unwrap_or("table");
        let path = self.folder.join(format!("{name}.parquet"));
        let writer = TableWriter::create(&path, self.columns, &self.dataset.key, &self.dataset.order)?;
        Ok(Open { key, path, writer })
    }

    fn close(&mut self) -> Result<()> {
        let Some(Open { key, path, writer }) = self.open.take() else { return Ok(()) };
        let (summary, gathered) = writer.close()?;
        let settled = gathered.into_iter().map(|(name, known)| (name, known.settled())).collect();
        self.written.push(WrittenPart { key, path, summary, statistics: PartStatistics(settled) });
        Ok(())
    }

    /// The tables in the order of their rows, at least one, and what is in all of them together.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn finish(mut self) -> Result<(Vec<WrittenPart>, TableSummary)> {
        self.close()?;
        if self.written.is_empty() {
            self.open = Some(self.create(self.dataset.partition.as_ref().map(|_| UNDATED.to_owned()))?);
            self.close()?;
        }
        let rows = self.written.iter().map(|part| part.summary.rows).sum();
        let summary = PartStatistics::together(rows, self.written.iter().map(|part| &part.statistics));
        Ok((self.written, summary))
    }

    /// The tables that there are rows for, in the order of their rows: those of some parts, beside others that stay.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn finish_some(mut self) -> Result<Vec<WrittenPart>> {
        self.close()?;
        Ok(self.written)
    }
}

/// The rows of a batch in runs that lie in one part each, with the parts' keys.
///
/// # Errors
/// `Table` if the partition's column is not there or holds no dates.
pub fn part_runs(batch: &RecordBatch, partition: &Partition) -> Result<Vec<(String, Range<usize>)>> {
    let runs = runs(batch, partition)?.into_iter();
    Ok(runs.map(|(place, rows)| (place.key(partition), rows)).collect())
}

/// The keys of the parts in which some rows of a batch belong.
///
/// # Errors
/// `Table` if the partition's column is not there or holds no dates.
pub fn part_keys(
    batch: &RecordBatch,
    partition: &Partition,
    rows: impl Iterator<Item = usize>,
) -> Result<BTreeSet<String>> {
    let day = days(batch, &partition.column)?;
    let mut keys = BTreeSet::new();
    let mut last = None;
    for row in rows {
        let place = place(day(row), partition)?;
        if last.replace(place) != Some(place) {
            keys.insert(place.key(partition));
        }
    }
    Ok(keys)
}

/// The runs of rows of one part in a batch.
fn runs(batch: &RecordBatch, partition: &Partition) -> Result<Vec<(Place, Range<usize>)>> {
    let day = days(batch, &partition.column)?;
    let mut runs: Vec<(Place, Range<usize>)> = Vec::new();
    for row in 0..batch.num_rows() {
        let day = day(row);
        let same = match (runs.last().map(|(place, _)| *place), day) {
            (Some(Place::Dated(span)), Some(day)) => span.holds(day),
            (Some(Place::Undated), None) => true,
            _ => false,
        };
        match runs.last_mut() {
            Some((_, rows)) if same => rows.end = row + 1,
            _ => runs.push((place(day, partition)?, row..row + 1)),
        }
    }
    Ok(runs)
}

fn place(day: Option<i32>, partition: &Partition) -> Result<Place> {
    let Some(day) = day else { return Ok(Place::Undated) };
    let span = Span::around(day, partition.by);
    span.map(Place::Dated).ok_or_else(|| broken(&partition.column, "a date lies outside the years 1 to 9999"))
}

/// The day of a row, by its number.
fn days<'a>(batch: &'a RecordBatch, column: &ColumnName) -> Result<Box<dyn Fn(usize) -> Option<i32> + 'a>> {
    let array = batch.column_by_name(column.as_str()).ok_or_else(|| broken(column, "there is no such column"))?;
    if let Some(dates) = array.as_primitive_opt::<Date32Type>() {
        return Ok(Box::new(|row| dates.is_valid(row).then(|| dates.value(row))));
    }
    if let Some(instants) = array.as_primitive_opt::<TimestampMillisecondType>() {
        return Ok(Box::new(|row| instants.is_valid(row).then(|| day_of(instants.value(row)))));
    }
    Err(broken(column, "parts need a column of dates"))
}
