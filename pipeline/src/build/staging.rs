//! Sorted rows → staged tables, part by part, each with what the privacy gate saw in it.

use std::{collections::BTreeMap, path::Path};

use arrow::record_batch::RecordBatch;
use catalog::{
    Sha256,
    table::{PartStatistics, PartsWriter, TableSummary, UNDATED, WrittenPart, part_runs},
    version::{ColumnInfo, PartInfo, StagedFile},
};
use config::{Dataset, FileFormat};

use super::Job;
use crate::{
    Result,
    gate::{GeometryScan, PrivacyScan, withhold},
    memo::{PartMemo, TableMemo},
    normalise::KeySet,
};

/// Writes the tables of a draft.
pub(super) struct Staging<'a> {
    job: &'a Job,
    columns: &'a [ColumnInfo],
    writer: PartsWriter<'a>,
    geometry: GeometryScan,
    /// True if rows that are withheld can be told by their keys.
    keyed: bool,
    open: Option<(String, PartMemo)>,
    parts: BTreeMap<String, PartMemo>,
}

/// Tables that were written, with the keys of their parts, and what is known of each part.
pub(super) struct Staged {
    pub(super) files: Vec<(Option<String>, StagedFile)>,
    pub(super) parts: BTreeMap<String, PartMemo>,
    /// What the geometry gate saw.
    pub(super) geometry: GeometryScan,
}

impl<'a> Staging<'a> {
    pub(super) fn new(job: &'a Job, columns: &'a [ColumnInfo], folder: &'a Path) -> Self {
        let key = &job.dataset.key;
        let keyed = !key.is_empty() && key.iter().all(|name| columns.iter().any(|column| column.name == *name));
        let writer = PartsWriter::new(folder, &job.dataset, columns);
        let geometry = GeometryScan::new(&job.dataset, columns, false);
        Self { job, columns, writer, geometry, keyed, open: None, parts: BTreeMap::new() }
    }

    /// Lets the geometry gate look for rows that are there twice, where keys are.
    pub(super) fn look_for_twins(&mut self, twice: bool) {
        self.geometry = GeometryScan::new(&self.job.dataset, self.columns, twice);
    }

    /// Writes rows, which go on in the dataset's order, without those that must not be published.
    pub(super) fn write(&mut self, scan: &mut PrivacyScan, rows: RecordBatch) -> Result<()> {
        let Some(partition) = &self.job.dataset.partition else {
            let kept = withhold(scan, rows)?;
            self.geometry.look(&kept)?;
            return Ok(self.writer.write(&kept)?);
        };
        for (part, places) in part_runs(&rows, partition)? {
            self.enter(scan, &part);
            let rows = rows.slice(places.start, places.len());
            let kept = withhold(scan, rows.clone())?;
            if self.keyed && kept.num_rows() < rows.num_rows() {
                self.note_withheld(&rows, &kept)?;
            }
            self.geometry.look(&kept)?;
            self.writer.write(&kept)?;
        }
        Ok(())
    }

    fn enter(&mut self, scan: &mut PrivacyScan, part: &str) {
        if self.open.as_ref().is_none_or(|(open, _)| open != part) {
            self.leave(scan);
            self.open = Some((part.to_owned(), PartMemo::default()));
        }
    }

    fn leave(&mut self, scan: &mut PrivacyScan) {
        if let Some((part, memo)) = self.open.take() {
            self.parts.insert(part, PartMemo { scan: scan.take_part(), ..memo });
        }
    }

    fn note_withheld(&mut self, rows: &RecordBatch, kept: &RecordBatch) -> Result<()> {
        let mut lost = KeySet::new(&self.job.dataset.key);
        lost.add(rows)?;
        lost.remove(kept)?;
        if let Some((_, memo)) = &mut self.open {
            memo.withheld_keys.extend(lost.names());
        }
        Ok(())
    }

    /// The tables in the order of their rows, at least one, and what is in all of them together. What the gate saw is in
    /// the parts.
    pub(super) fn finish(mut self, scan: &mut PrivacyScan) -> Result<(Staged, TableSummary)> {
        self.leave(scan);
        let (written, summary) = self.writer.finish()?;
        Ok((stage(self.job, written, (self.parts, self.geometry))?, summary))
    }

    /// The tables that there are rows for: those of some parts, beside others that stay.
    pub(super) fn finish_some(mut self, scan: &mut PrivacyScan) -> Result<Staged> {
        self.leave(scan);
        let written = self.writer.finish_some()?;
        stage(self.job, written, (self.parts, self.geometry))
    }
}

fn stage(
    job: &Job,
    written: Vec<WrittenPart>,
    (mut parts, geometry): (BTreeMap<String, PartMemo>, GeometryScan),
) -> Result<Staged> {
    let mut files = Vec::with_capacity(written.len());
    for table in written {
        let (key, rows, statistics) = (table.key.clone(), table.summary.rows, table.statistics.clone());
        let file = stage_part(job, table)?;
        if let Some(part) = key.as_ref().and_then(|key| parts.get_mut(key)) {
            part.table = Some(TableMemo { sha256: file.sha256.clone(), rows, statistics });
        }
        files.push((key, file));
    }
    Ok(Staged { files, parts, geometry })
}

/// What is known of parts, in the order of their rows.
pub(super) fn in_order<'a, T>(dataset: &Dataset, parts: &'a BTreeMap<String, T>) -> Vec<&'a T> {
    let mut dated: Vec<&T> = parts.iter().filter(|(key, _)| *key != UNDATED).map(|(_, part)| part).collect();
    if dataset.order.first().is_some_and(|order| order.descending) {
        dated.reverse();
    }
    dated.extend(parts.get(UNDATED));
    dated
}

/// What is in all of some tables together.
pub(super) fn summary(tables: &[&TableMemo]) -> TableSummary {
    let rows = tables.iter().map(|table| table.rows).sum();
    PartStatistics::together(rows, tables.iter().map(|table| &table.statistics))
}

/// A table that was written, with what the manifest says of its part.
fn stage_part(job: &Job, written: WrittenPart) -> Result<StagedFile> {
    let WrittenPart { key, path, summary, .. } = written;
    let (sha256, bytes) = Sha256::of_file(&path)?;
    let by = job.dataset.partition.iter().map(|partition| &partition.column);
    let ranged = by.chain(&job.dataset.key);
    Ok(StagedFile {
        name: file_name(&job.dataset, key.as_deref(), FileFormat::Parquet),
        format: FileFormat::Parquet,
        stored: job.parent.iter().flat_map(|parent| parent.tables()).any(|old| old.sha256 == sha256),
        path,
        sha256,
        bytes,
        rows: summary.rows,
        part: key.map(|key| PartInfo::of_table(key, &summary.statistics, ranged)),
    })
}

/// `{dataset}.parquet`, or `{dataset}-2026-08.parquet` for a part.
pub(super) fn file_name(dataset: &Dataset, part: Option<&str>, format: FileFormat) -> String {
    let part = part.map_or_else(String::new, |part| format!("-{part}"));
    format!("{}{part}.{}", dataset.id, format.extension())
}
