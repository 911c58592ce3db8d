//! Building a draft: raw bytes → typed, sorted, scanned rows → staged files. Nothing here is visible to readers.

mod intake;
mod new_keys;
mod some;
mod staging;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use catalog::{
    Sha256, Store,
    encode::write_file,
    stage_changes,
    table::{TableFile, TableSummary, columns_after, count_changes},
    version::{
        self, ChangeSummary, ColumnInfo, Draft, Manifest, PartInfo, PublishedFile, SourceProvenance, StagedFile,
    },
};
use config::{ColumnName, Dataset, FileFormat, Pipeline};
use jiff::civil::Date;
use tempfile::TempDir;

use self::{
    intake::collect,
    staging::{Staging, file_name, in_order},
};
use crate::{
    Error, Rejects, Result, Stop,
    disclosure::{Disclosed, Earlier},
    gate::{Dropped, GeometryScan, Observed, PrivacyScan, count_groups},
    memo::Seen,
    normalise::Latest,
    quality::References,
    source::Raw,
    suppress::{Suppressed, Suppressions},
};

pub(crate) use new_keys::brings_known_keys;
pub(crate) use some::{Attempt, SomeBuilt, SomeJob, build_some};

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
    /// Earlier releases of statistics.
    pub(crate) earlier: Earlier,
    /// Values of other datasets that checks refer to.
    pub(crate) references: References,
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
    /// What the geometry gate saw.
    pub(crate) geometry: GeometryScan,
    /// Statistics with what was hidden of them, if the dataset is such.
    pub(crate) disclosed: Option<Disclosed>,
    /// Rejected rows.
    pub(crate) rejects: Rejects,
    /// Rows that were left out or made blank because they were erased.
    pub(crate) suppressed: u64,
    /// The landed bytes.
    pub(crate) raws: Vec<Raw>,
    /// What the next run may be told.
    pub(crate) seen: Seen,
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
    let mut columns = Columns::of(job, newest, &dropped);
    let mut scan = PrivacyScan::without(&job.dataset, job.today, dropped);
    let mut rows = collect(job, &columns.published, &mut scan, None)?;
    let latest = latest(job, std::mem::take(&mut rows.shared));
    let chosen = latest.is_some();
    if latest.is_some() {
        // Which rows share a key is known only when every row was read: then once more with the latest of each.
        scan = PrivacyScan::without(&job.dataset, job.today, scan.left_out().clone());
        rows = collect(job, &columns.published, &mut scan, latest)?;
    }
    for column in &mut columns.published {
        if let Some(crs) = rows.systems.get(&column.name) {
            column.set_crs(*crs);
        }
    }
    let folder = tempfile::tempdir()?;
    let mut staging = Staging::new(job, &columns.published, folder.path());
    staging.look_for_twins(rows.observed.has_ambiguous_keys());
    for batch in rows.sorted {
        job.stop.check()?;
        staging.write(&mut scan, batch?)?;
    }
    let (staged, summary) = staging.finish(&mut scan)?;
    for part in in_order(&job.dataset, &staged.parts) {
        if !scan.add_part(&part.scan) {
            return Err(Error::Internal("the privacy gate found what it has no word for".to_owned()));
        }
    }
    let files = staged.files.into_iter().map(|(_, file)| file).collect();
    let whole = chosen || !job.suppressions.is_empty() || rows.observed.has_ambiguous_keys();
    // A column that is judged by all its values needs all its values.
    let adds_up = !whole && scan.left_out().is_empty() && !scan.judges_columns();
    let taken = Taken { rejects: &rows.rejects, suppressed: rows.suppressed };
    Ok(Built {
        draft: draft(job, (columns, files), (summary, folder), (&scan, taken)),
        observed: rows.observed,
        scan,
        geometry: staged.geometry,
        disclosed: rows.disclosed,
        rejects: rows.rejects,
        suppressed: rows.suppressed.touched,
        raws: Vec::new(),
        seen: Seen { files: rows.files, parts: staged.parts, adds_up },
    })
}

/// The columns of a draft, and the highest field id that any version had or this one has.
struct Columns {
    published: Vec<ColumnInfo>,
    highest_field_id: i32,
}

impl Columns {
    fn of(job: &Job, newest: Option<&Manifest>, dropped: &BTreeMap<ColumnName, Dropped>) -> Self {
        let mut published = columns_after(&job.dataset, [job.parent.as_deref(), newest]);
        published.retain(|column| !dropped.contains_key(&column.name));
        let versions = newest.into_iter().chain(job.parent.as_deref());
        let known = versions.map(Manifest::highest_field_id).chain(published.iter().map(|column| column.field_id));
        Self { highest_field_id: known.fold(0, i32::max), published }
    }
}

/// Rows that did not get into a draft.
struct Taken<'a> {
    rejects: &'a Rejects,
    suppressed: Suppressed,
}

fn draft(
    job: &Job,
    (columns, files): (Columns, Vec<StagedFile>),
    (summary, folder): (TableSummary, TempDir),
    (scan, taken): (&PrivacyScan, Taken<'_>),
) -> Draft {
    let withheld = scan.rows_embargoed() + scan.rows_withheld();
    Draft {
        highest_field_id: columns.highest_field_id,
        parent: job.parent.clone(),
        columns: columns.published,
        files,
        changes: None,
        rows: summary.rows,
        statistics: summary.statistics,
        bbox: summary.bbox,
        sources: job.sources.clone(),
        rows_left_out: taken.rejects.total + taken.suppressed.left_out + withheld,
        folder,
        dataset: Arc::clone(&job.dataset),
    }
}

/// What decides between rows with the same key, if some share one and the dataset says so.
fn latest(job: &Job, shared: HashSet<u128>) -> Option<Latest> {
    let column = job.dataset.file.gates.shape.keep_latest.as_ref().filter(|_| !shared.is_empty())?;
    Some(Latest::new(&job.dataset.key, column, shared))
}

/// Adds the other file formats and the changelog to a draft, and notes what the versions before it forbid.
pub(crate) async fn complete(store: &Store, built: &mut Built, stop: &Stop) -> Result<()> {
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
    built.observed.groups = count_groups(store, draft, stop).await?;
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
    // How deep tiles go is declared: another declaration makes other ones of the same table.
    let declared =
        |parent: &&Manifest| format != FileFormat::Pmtiles || parent.config_sha256 == draft.dataset.config_sha256;
    let parent = draft.parent.as_deref().filter(declared);
    if let Some(old) = parent.and_then(|parent| made_before(parent, table, &name)) {
        let (sha256, bytes) = (old.sha256.clone(), old.bytes);
        return Ok(StagedFile { name, format, path, sha256, bytes, rows, part, stored: true });
    }
    write_file(&TableFile::open_local(&table.path)?, &draft.columns, (format, draft.dataset.file.tiles), &path).await?;
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
pub(crate) async fn compared(store: &Store, draft: &Draft) -> Result<Option<(Vec<TableFile>, Vec<TableFile>)>> {
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

    use super::intake::BATCH_ROWS;
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
            earlier: Earlier::default(),
            references: References::default(),
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
