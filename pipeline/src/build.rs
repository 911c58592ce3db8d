//! Building a draft: raw bytes → typed, sorted, scanned rows → staged files. Nothing here is visible to readers.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use catalog::{
    Key, Sha256, Store,
    encode::write_file,
    table::{TableFile, TableWriter, arrow_schema, columns_of, diff},
    version::{ColumnInfo, Draft, Manifest, SourceProvenance, StagedFile},
};
use config::{Dataset, FileFormat, Pipeline};
use sha2::Digest;

use crate::{
    Error, Rejects, Result,
    gate::{Observed, PrivacyScan, withhold},
    normalise::{KeyCheck, Normaliser, Sorted, Sorter},
    reader::{self, Limits},
    source::Raw,
    suppress::{Suppressed, Suppressions},
};

/// Memory that one run's sorting may take, in bytes; more is spilled to disk.
const SORT_MEMORY: usize = 256 << 20;
/// Rows that a reader hands over at a time.
const BATCH_ROWS: usize = 8192;

/// Tells a run to stop at the next batch.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    own: Arc<AtomicBool>,
    parent: Option<Arc<AtomicBool>>,
}

impl Stop {
    /// Asks to stop.
    pub fn ask(&self) {
        self.own.store(true, Ordering::Relaxed);
    }

    /// True if this one or its parent was asked to stop.
    pub fn asked(&self) -> bool {
        let asked = |flag: &Arc<AtomicBool>| flag.load(Ordering::Relaxed);
        asked(&self.own) || self.parent.as_ref().is_some_and(asked)
    }

    /// One that also stops when this one is asked to, but not the other way round.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { own: Arc::default(), parent: Some(Arc::clone(&self.own)) }
    }

    fn check(&self) -> Result<()> {
        if self.asked() { Err(Error::Stopped("the program is stopping or the time is up".to_owned())) } else { Ok(()) }
    }
}

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
}

/// Reads, types, sorts and stages the Parquet file. Blocking: call it off the async threads.
pub(crate) fn build(job: Job) -> Result<Built> {
    let columns = columns_of(&job.dataset, job.parent.as_deref());
    let rows = collect(&job, &columns)?;
    let folder = tempfile::tempdir()?;
    let name = format!("{}.parquet", job.dataset.id);
    let path = folder.path().join(&name);
    let mut scan = PrivacyScan::new(&job.dataset);
    let mut writer = TableWriter::create(&path, &columns, &job.dataset.key, &job.dataset.order)?;
    for batch in rows.sorted {
        job.stop.check()?;
        writer.write(&withhold(&mut scan, &job.dataset, batch?)?)?;
    }
    let summary = writer.finish()?;
    let parquet = stage(name, FileFormat::Parquet, path, summary.rows)?;
    let draft = Draft {
        parent: job.parent,
        columns,
        files: vec![parquet],
        changes: None,
        rows: summary.rows,
        statistics: summary.statistics,
        bbox: summary.bbox,
        sources: job.sources,
        rows_left_out: rows.rejects.total + rows.suppressed.left_out + scan.rows_withheld(),
        folder,
        dataset: job.dataset,
    };
    Ok(Built {
        draft,
        observed: rows.observed,
        scan,
        rejects: rows.rejects,
        suppressed: rows.suppressed.touched,
        raws: job.raws,
    })
}

/// Reads every raw file into one sorted table of the published columns.
fn collect(job: &Job, columns: &[ColumnInfo]) -> Result<Rows> {
    let normaliser = Normaliser::new(&job.dataset)?;
    let mut sorter = Sorter::new(arrow_schema(columns), &job.dataset.order, SORT_MEMORY)?;
    let mut keys = KeyCheck::new(&job.dataset.key);
    let mut observed = Observed::default();
    let mut rejects = Rejects::default();
    let mut suppressed = Suppressed::default();
    let limits = Limits {
        max_cell_bytes: usize::try_from(job.limits.max_cell_bytes).unwrap_or(usize::MAX),
        max_columns: usize::try_from(job.limits.max_columns).unwrap_or(usize::MAX),
        batch_rows: BATCH_ROWS,
    };
    for raw in &job.raws {
        let mut reader = reader::open(&raw.name, &raw.path, &job.dataset.file.format, &job.dataset.columns, limits)?;
        while let Some(batch) = reader.next_batch()? {
            job.stop.check()?;
            observed.rows_read += batch.rows.num_rows() as u64;
            let typed = normaliser.normalise(&raw.name, &batch)?;
            observed.rows_rejected += typed.rejects.len() as u64;
            rejects.take(typed.rejects, usize::try_from(job.limits.max_listed_rejects).unwrap_or(usize::MAX));
            let kept = job.suppressions.apply(typed.rows, &mut suppressed)?;
            keys.push(&kept)?;
            sorter.push(project(&kept, columns)?)?;
        }
        // Readers of JSON know their columns only at the end.
        extend_unique(&mut observed.missing_columns, reader.missing());
        extend_unique(&mut observed.undeclared_columns, reader.undeclared());
    }
    observed.duplicate_keys = keys.duplicates();
    observed.null_keys = keys.nulls();
    Ok(Rows { sorted: sorter.finish()?, observed, rejects, suppressed })
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

/// Adds the other file formats and the changelog to a draft.
pub(crate) async fn complete(store: &Store, draft: &mut Draft) -> Result<()> {
    let Some(parquet) = draft.files.first().map(|file| file.path.clone()) else {
        return Err(Error::Internal("a draft without a table".to_owned()));
    };
    let table = TableFile::open_local(&parquet)?;
    for format in draft.dataset.distributions.clone() {
        if format == FileFormat::Parquet {
            continue;
        }
        let name = format!("{}.{}", draft.dataset.id, format.extension());
        let path = draft.folder.path().join(&name);
        write_file(&table, &draft.columns, format, &path).await?;
        let file = stage(name, format, path, draft.rows)?;
        draft.files.push(file);
    }
    draft.changes = changes(store, draft, &table).await?;
    Ok(())
}

async fn changes(
    store: &Store,
    draft: &Draft,
    new: &TableFile,
) -> Result<Option<(PathBuf, catalog::version::ChangeSummary)>> {
    let Some(parent) = &draft.parent else { return Ok(None) };
    let key = &draft.dataset.key;
    let Some(old) = parent.files.iter().find(|file| file.format == FileFormat::Parquet) else { return Ok(None) };
    let unchanged = draft.files.first().is_some_and(|file| file.sha256 == old.sha256);
    if key.is_empty() || parent.key != *key || unchanged {
        return Ok(None);
    }
    let old = TableFile::open(store, &Key::File(parent.dataset.clone(), old.sha256.clone(), old.format)).await?;
    let path = draft.folder.path().join("changes.parquet");
    let summary = diff(&old, new, key, &path).await?;
    Ok(Some((path, summary)))
}

/// A staged file with its size and hash.
fn stage(name: String, format: FileFormat, path: PathBuf, rows: u64) -> Result<StagedFile> {
    let (sha256, bytes) = digest(&path)?;
    Ok(StagedFile { name, format, path, sha256, bytes, rows })
}

/// Hash and size of a local file, read in chunks.
fn digest(path: &Path) -> Result<(Sha256, u64)> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = sha2::Sha256::new();
    let mut chunk = vec![0_u8; 1 << 16];
    let mut bytes = 0;
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            return Ok((Sha256::from_digest(hasher.finalize().as_slice()), bytes));
        }
        hasher.update(chunk.get(..count).unwrap_or_default());
        bytes += count as u64;
    }
}
