//! Building a draft: raw bytes → typed, sorted, scanned rows → staged files. Nothing here is visible to readers.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use catalog::{
    Sha256, Store,
    crs::Crs,
    encode::write_file,
    stage_changes,
    table::{PartsWriter, TableFile, WrittenPart, arrow_schema, columns_after, count_changes},
    version::{
        self, ChangeSummary, ColumnInfo, Draft, Manifest, PartInfo, PublishedFile, SourceProvenance, StagedFile,
    },
};
use config::{ColumnName, Dataset, FileFormat, OrderBy, Pipeline};
use jiff::civil::Date;

use crate::{
    Error, Rejects, Result, Stop,
    gate::{Dropped, Observed, PrivacyScan, SequenceCheck, find_identity_numbers, withhold},
    normalise::{Geometries, KeyCheck, Latest, Normaliser, Reject, Sorted, Sorter},
    reader::{self, Input, Limits, Reader},
    source::{self, Raw},
    suppress::{Suppressed, Suppressions},
};

/// Memory that one run's sorting may take, in bytes; more is spilled to disk.
const SORT_MEMORY: usize = 256 << 20;
/// Longest text about what a source chose, in characters.
const LONGEST_SELECTION: usize = 500;
/// Rows that a reader hands over at a time.
const BATCH_ROWS: usize = 8192;

/// What a build needs.
#[derive(Debug)]
pub(crate) struct Job {
    /// The dataset.
    pub(crate) dataset: Arc<Dataset>,
    /// The current version.
    pub(crate) parent: Option<Arc<Manifest>>,
    /// The landed bytes.
    pub(crate) raws: Vec<Raw>,
    /// Where they came from.
    pub(crate) sources: Vec<SourceProvenance>,
    /// Records that were erased and stay out.
    pub(crate) suppressions: Suppressions,
    /// Limits.
    pub(crate) limits: Pipeline,
    /// The day whose rules hold.
    pub(crate) today: Date,
    /// Asked at every batch.
    pub(crate) stop: Stop,
}

/// A draft and what was seen on the way to it.
#[derive(Debug)]
pub(crate) struct Built {
    /// The draft.
    pub(crate) draft: Draft,
    /// What the stages saw.
    pub(crate) observed: Observed,
    /// What the privacy gate saw.
    pub(crate) scan: PrivacyScan,
    /// Rejected rows.
    pub(crate) rejects: Rejects,
    /// Rows that were left out or made blank because they were erased.
    pub(crate) suppressed: u64,
    /// The landed bytes.
    pub(crate) raws: Vec<Raw>,
}

/// Rows of one run, typed and sorted.
struct Rows {
    sorted: Sorted,
    observed: Observed,
    rejects: Rejects,
    suppressed: Suppressed,
    /// Hashes of the keys that several rows have.
    shared: HashSet<u128>,
    /// The coordinate systems of geometries.
    systems: BTreeMap<ColumnName, Crs>,
}

/// Reads, types, sorts and stages the Parquet files; `newest` is the newest version, withdrawn or not, whose field ids are
/// taken. Blocking: call it off the async threads.
pub(crate) fn build(job: Job, newest: Option<&Manifest>) -> Result<Built> {
    let built = pass(&job, newest, BTreeMap::new())?;
    let dropped = built.scan.dropped(&job.dataset);
    // A column that the privacy gate drops is known only when every row was looked at: then once more without it.
    let built = if dropped.is_empty() { built } else { pass(&job, newest, dropped)? };
    Ok(Built { raws: job.raws, ..built })
}

/// One pass over the raw files, without the columns that an earlier one dropped.
fn pass(job: &Job, newest: Option<&Manifest>, dropped: BTreeMap<ColumnName, Dropped>) -> Result<Built> {
    let mut columns = columns_after(&job.dataset, [job.parent.as_deref(), newest]);
    columns.retain(|column| !dropped.contains_key(&column.name));
    let highest = newest.into_iter().chain(job.parent.as_deref()).map(Manifest::highest_field_id).max().unwrap_or(0);
    let mut scan = PrivacyScan::without(&job.dataset, job.today, dropped);
    let mut rows = collect(job, &columns, &mut scan, None)?;
    if let Some(latest) = latest(job, std::mem::take(&mut rows.shared)) {
        // Which rows share a key is known only when every row was read: then once more with the latest of each.
        scan = PrivacyScan::without(&job.dataset, job.today, scan.left_out().clone());
        rows = collect(job, &columns, &mut scan, Some(latest))?;
    }
    for column in &mut columns {
        if let Some(crs) = rows.systems.get(&column.name) {
            column.set_crs(*crs);
        }
    }
    let folder = tempfile::tempdir()?;
    let mut writer = PartsWriter::new(folder.path(), &job.dataset, &columns);
    for batch in rows.sorted {
        job.stop.check()?;
        writer.write(&withhold(&mut scan, batch?)?)?;
    }
    let (parts, summary) = writer.finish()?;
    let files = parts.into_iter().map(|part| stage_part(job, part)).collect::<Result<Vec<_>>>()?;
    let draft = Draft {
        highest_field_id: columns.iter().map(|column| column.field_id).fold(highest, i32::max),
        parent: job.parent.clone(),
        columns,
        files,
        changes: None,
        rows: summary.rows,
        statistics: summary.statistics,
        bbox: summary.bbox,
        sources: job.sources.clone(),
        rows_left_out: rows.rejects.total + rows.suppressed.left_out + scan.rows_embargoed() + scan.rows_withheld(),
        folder,
        dataset: Arc::clone(&job.dataset),
    };
    Ok(Built {
        draft,
        observed: rows.observed,
        scan,
        rejects: rows.rejects,
        suppressed: rows.suppressed.touched,
        raws: Vec::new(),
    })
}

/// What decides between rows with the same key, if some share one and the dataset says so.
fn latest(job: &Job, shared: HashSet<u128>) -> Option<Latest> {
    let column = job.dataset.file.gates.shape.keep_latest.as_ref().filter(|_| !shared.is_empty())?;
    Some(Latest::new(&job.dataset.key, column, shared))
}

/// Rows on their way from the readers into the sorter.
struct Intake<'a> {
    job: &'a Job,
    columns: &'a [ColumnInfo],
    scan: &'a mut PrivacyScan,
    sorter: Sorter,
    keys: KeyCheck,
    sequence: Option<SequenceCheck>,
    rejects: Rejects,
    suppressed: Suppressed,
    accepted: u64,
}

impl<'a> Intake<'a> {
    fn new(job: &'a Job, columns: &'a [ColumnInfo], scan: &'a mut PrivacyScan) -> Result<Self> {
        // A column that was dropped is there no more.
        let along = job.dataset.along.as_ref().filter(|along| columns.iter().any(|column| column.name == **along));
        let by_key: Vec<OrderBy> =
            job.dataset.key.iter().map(|column| OrderBy { column: column.clone(), descending: false }).collect();
        let schema = arrow_schema(columns);
        Ok(Self {
            sorter: match along {
                Some(along) => Sorter::along(&schema, along, &by_key, SORT_MEMORY)?,
                None => Sorter::new(schema, &job.dataset.order, SORT_MEMORY)?,
            },
            keys: KeyCheck::new(&job.dataset.key),
            sequence: job.dataset.file.gates.shape.sequence.as_ref().map(SequenceCheck::new),
            rejects: Rejects::default(),
            suppressed: Suppressed::default(),
            accepted: 0,
            job,
            columns,
            scan,
        })
    }

    fn reject(&mut self, rejects: Vec<Reject>) {
        self.rejects.take(rejects, usize::try_from(self.job.limits.max_listed_rejects).unwrap_or(usize::MAX));
    }

    /// Says in which system the geometries are that decide the order.
    fn settle(&mut self, geometries: &Geometries) {
        let along = self.job.dataset.along.as_ref();
        if let Some(crs) = along.and_then(|along| geometries.system(along)) {
            self.sorter.set_projected(crs.is_projected());
        }
    }

    fn take(&mut self, file: &str, rows: RecordBatch) -> Result<()> {
        self.accepted += rows.num_rows() as u64;
        refuse_rows(&self.job.dataset, file, self.accepted)?;
        let kept = self.job.suppressions.apply(rows, &mut self.suppressed)?;
        if let Some(sequence) = &mut self.sequence {
            sequence.push(&kept)?;
        }
        let rows = self.scan.mask_names(kept)?;
        self.keys.push(&rows)?;
        self.sorter.push(project(&rows, self.columns)?)
    }

    fn finish(self, observed: Observed) -> Result<Rows> {
        let keys = self.keys.finish()?;
        let observed = Observed {
            rows_rejected: self.rejects.total,
            duplicate_keys: keys.duplicates,
            null_keys: keys.nulls,
            rows_embargoed: self.scan.rows_embargoed(),
            embargo_until: self.scan.embargo_until(),
            sequence: self.sequence.map(SequenceCheck::finish),
            ..observed
        };
        let sorted = self.sorter.finish()?;
        Ok(Rows {
            sorted,
            observed,
            rejects: self.rejects,
            suppressed: self.suppressed,
            shared: keys.shared,
            systems: BTreeMap::new(),
        })
    }
}

/// Reads every raw file into one sorted table of the published columns; `latest` decides between rows of one key.
fn collect(job: &Job, columns: &[ColumnInfo], scan: &mut PrivacyScan, mut latest: Option<Latest>) -> Result<Rows> {
    let mut stages = Stages { normaliser: Normaliser::new(&job.dataset)?, geometries: Geometries::of(&job.dataset) };
    let mut observed = Observed::default();
    let limits = Limits {
        max_cell_bytes: usize::try_from(job.limits.max_cell_bytes).unwrap_or(usize::MAX),
        max_columns: usize::try_from(job.limits.max_columns).unwrap_or(usize::MAX),
        batch_rows: BATCH_ROWS,
    };
    // Rejects and errors carry the files' names.
    let names: Vec<String> = job.raws.iter().map(|raw| scan.source_name(&raw.name, &raw.validators.location)).collect();
    let mut intake = Intake::new(job, columns, scan)?;
    for (raw, name) in job.raws.iter().zip(&names) {
        let input = Input { name, path: &raw.path, stopped: &|| job.stop.asked() };
        let unpacked = reader::unpack(input, job.dataset.file.archive.as_ref(), &job.dataset.file.format)?;
        for member in &unpacked.members {
            let name = match &member.name {
                Some(inner) => format!("{name}/{}", intake.scan.source_name(inner, "")),
                None => name.clone(),
            };
            let input = Input { name: &name, path: &member.path, ..input };
            let read = reader::open(input, &job.dataset.file.format, &job.dataset.columns, limits)?;
            read_all((&name, read), &mut stages, &mut latest, (&mut intake, &mut observed))?;
        }
    }
    observed.source_counts = job.raws.iter().flat_map(|raw| source::counts(&raw.validators)).collect();
    if let Some(latest) = latest {
        let (rows, older) = latest.finish()?;
        intake.reject(older);
        rows.map(|rows| intake.take("", rows)).transpose()?;
    }
    Ok(Rows { systems: stages.geometries.systems(), ..intake.finish(observed)? })
}

/// What rows go through on their way from a reader.
struct Stages {
    normaliser: Normaliser,
    geometries: Geometries,
}

/// Takes all rows of one file.
fn read_all(
    (name, mut reader): (&str, Box<dyn Reader>),
    stages: &mut Stages,
    latest: &mut Option<Latest>,
    (intake, observed): (&mut Intake<'_>, &mut Observed),
) -> Result<()> {
    while let Some(batch) = reader.next_batch()? {
        intake.job.stop.check()?;
        observed.rows_read += batch.rows.num_rows() as u64;
        let batch = stages.geometries.place(name, reader.crs().unwrap_or(Crs::CRS84), batch)?;
        let typed = stages.normaliser.normalise(name, &batch)?;
        let rows = match latest {
            Some(latest) => latest.pass(name, typed.rows, &accepted_lines(&batch.lines, &typed.rejects))?,
            None => typed.rows,
        };
        intake.reject(typed.rejects);
        intake.settle(&stages.geometries);
        intake.take(name, rows)?;
    }
    stages.geometries.saw(reader.crs().unwrap_or(Crs::CRS84));
    // Readers of JSON know their columns only at the end.
    extend_unique(&mut observed.missing_columns, reader.missing());
    extend_unique(&mut observed.undeclared_columns, reader.undeclared());
    observed.notes.extend_from_slice(reader.notes());
    observed.selection = observed.selection.take().or_else(|| public_selection(reader.selection()?));
    Ok(())
}

/// The source's words on what it chose, if nothing in them points to a person.
fn public_selection(text: &str) -> Option<String> {
    let short = text.chars().take(LONGEST_SELECTION).collect::<String>();
    find_identity_numbers(text).is_empty().then_some(short)
}

/// The lines of the rows that were not rejected.
fn accepted_lines(lines: &[u64], rejects: &[Reject]) -> Vec<u64> {
    let rejected: HashSet<u64> = rejects.iter().map(|reject| reject.row).collect();
    lines.iter().copied().filter(|line| !rejected.contains(line)).collect()
}

/// Stops at the first row too many, before the others are sorted, written and compared; the size gate would block them.
fn refuse_rows(dataset: &Dataset, file: &str, rows: u64) -> Result<()> {
    let most = dataset.file.gates.size.max_rows;
    if rows <= most {
        return Ok(());
    }
    Err(Error::Format {
        code: "size-too-many-rows",
        file: file.to_owned(),
        line: None,
        reason: format!("more than {most} rows"),
        hint: "Look at the source; raise gates.size.max_rows if it is right.",
    })
}

fn extend_unique(list: &mut Vec<String>, more: &[String]) {
    for name in more {
        if !list.contains(name) {
            list.push(name.clone());
        }
    }
}

/// The published columns of a batch, in published order.
fn project(rows: &RecordBatch, columns: &[ColumnInfo]) -> Result<RecordBatch> {
    let internal = |error: arrow::error::ArrowError| Error::Internal(error.to_string());
    let arrays = columns.iter().map(|column| {
        let array = rows.column_by_name(column.name.as_str());
        array.cloned().ok_or_else(|| Error::Internal(format!("column '{}' was not normalised", column.name)))
    });
    let arrays = arrays.collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    RecordBatch::try_new_with_options(arrow_schema(columns), arrays, &options).map_err(internal)
}

/// A table that was written, with what the manifest says of its part.
fn stage_part(job: &Job, written: WrittenPart) -> Result<StagedFile> {
    let WrittenPart { key, path, summary } = written;
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
fn file_name(dataset: &Dataset, part: Option<&str>, format: FileFormat) -> String {
    let part = part.map_or_else(String::new, |part| format!("-{part}"));
    format!("{}{part}.{}", dataset.id, format.extension())
}

/// Adds the other file formats and the changelog to a draft, and notes what the versions before it forbid.
pub(crate) async fn complete(store: &Store, built: &mut Built) -> Result<()> {
    let draft = &mut built.draft;
    let tables = draft.files.clone();
    for format in draft.dataset.distributions.clone() {
        if format == FileFormat::Parquet {
            continue;
        }
        for table in &tables {
            let file = encoded(draft, table, format).await?;
            draft.files.push(file);
        }
    }
    built.observed.withdrawn_as = version::withdrawn_twin(store, draft).await?;
    let Some((old, new)) = compared(store, draft).await? else { return Ok(()) };
    let Some(parent) = draft.parent.as_deref() else { return Ok(()) };
    if draft.dataset.key.is_empty() || parent.key != draft.dataset.key {
        return Ok(());
    }
    built.observed.no_changelog = parent.has_ambiguous_keys() || built.observed.has_ambiguous_keys();
    if !built.observed.no_changelog {
        let path = draft.folder.path().join("changes.parquet");
        draft.changes = Some(stage_changes(&old, &new, &draft.columns, &parent.key, &path).await?);
    }
    Ok(())
}

/// A table in another format: the parent's file, where that was made from the same table by the same program.
async fn encoded(draft: &Draft, table: &StagedFile, format: FileFormat) -> Result<StagedFile> {
    let key = table.part.as_ref().map(|part| part.key.clone());
    let name = file_name(&draft.dataset, key.as_deref(), format);
    let (part, rows) = (key.map(|key| PartInfo { key, range: BTreeMap::new() }), table.rows);
    let path = draft.folder.path().join(&name);
    if let Some(old) = draft.parent.as_deref().and_then(|parent| made_before(parent, table, &name)) {
        let (sha256, bytes) = (old.sha256.clone(), old.bytes);
        return Ok(StagedFile { name, format, path, sha256, bytes, rows, part, stored: true });
    }
    write_file(&TableFile::open_local(&table.path)?, &draft.columns, format, &path).await?;
    let (sha256, bytes) = Sha256::of_file(&path)?;
    Ok(StagedFile { name, format, path, sha256, bytes, rows, part, stored: false })
}

fn made_before<'a>(parent: &'a Manifest, table: &StagedFile, name: &str) -> Option<&'a PublishedFile> {
    let same = parent.program == version::PROGRAM
        && parent.tables().any(|old| old.name == table.name && old.sha256 == table.sha256);
    parent.files.iter().find(|old| same && old.name == name)
}

/// How many rows would come, change and go; by whole rows where there is no changelog.
pub(crate) async fn changes(store: &Store, draft: &Draft) -> Result<Option<ChangeSummary>> {
    if let Some(changes) = &draft.changes {
        return Ok(Some(changes.summary));
    }
    let Some((old, new)) = compared(store, draft).await? else { return Ok(None) };
    Ok(Some(count_changes(&old, &new).await?))
}

/// The tables that only the parent or only the draft has; `None` if all are the same.
async fn compared(store: &Store, draft: &Draft) -> Result<Option<(Vec<TableFile>, Vec<TableFile>)>> {
    let Some(parent) = &draft.parent else { return Ok(None) };
    let new: Vec<&StagedFile> = draft.files.iter().filter(|file| file.format == FileFormat::Parquet).collect();
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for old in parent.tables().filter(|old| new.iter().all(|new| new.sha256 != old.sha256)) {
        gone.push(TableFile::open(store, &parent.key_of(old)).await?);
    }
    for new in new.into_iter().filter(|new| !new.stored) {
        come.push(TableFile::open_local(&new.path)?);
    }
    Ok((gone.len() + come.len() > 0).then_some((gone, come)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::{gate::testing::dataset_of, source::Validators};

    fn job(text: &str, gates: &serde_json::Value) -> Job {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let temporary = file.into_temp_path();
        let columns = json!([{ "name": "a", "title": { "nb": "A" }, "type": { "is": "integer" } }]);
        let raw = Raw {
            name: "a.csv".to_owned(),
            path: temporary.to_path_buf(),
            temporary,
            bytes: text.len() as u64,
            fetched: Timestamp::UNIX_EPOCH,
            validators: Validators::default(),
        };
        Job {
            dataset: Arc::new(dataset_of(&columns, &json!({ "kind": "csv" }), gates)),
            parent: None,
            raws: vec![raw],
            sources: Vec::new(),
            suppressions: Suppressions::default(),
            limits: Pipeline::default(),
            today: Date::constant(2026, 11, 25),
            stop: Stop::default(),
        }
    }

    #[test]
    fn too_many_rows_end_the_reading() {
        // The last line is never read: it would be an error of its own.
        let rows: Vec<String> = (0..3 * BATCH_ROWS).map(|row| row.to_string()).collect();
        let text = format!("a\n{}\n\"", rows.join("\n"));
        let error = build(job(&text, &json!({ "size": { "max_rows": 10 } })), None).unwrap_err();
        assert_eq!(error.code(), "size-too-many-rows", "{error}");
        assert_eq!(build(job(&text, &json!({})), None).unwrap_err().code(), "format-quote");
        let built = build(job("a\n1\n2\n", &json!({ "size": { "max_rows": 2 } })), None).unwrap();
        assert_eq!(built.draft.rows, 2);
    }

    #[test]
    fn a_build_that_is_stopped_ends() {
        let job = job("a\n1\n", &json!({}));
        job.stop.ask();
        assert_eq!(build(job, None).unwrap_err().code(), "run-stopped");
    }
}
