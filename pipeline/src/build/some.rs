//! A draft of which most parts are taken over from the version before: only files that changed are read, and those with
//! rows in the same parts.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{
    table::TableSummary,
    version::{ColumnInfo, Manifest, PublishedFile, StagedFile},
};
use jiff::Timestamp;

use super::{
    Built, Columns, Job, Taken, draft,
    intake::{Intake, Rows},
    staging::{Staging, in_order, summary},
};
use crate::{
    Error, InParts, Rejects, Result,
    gate::PrivacyScan,
    memo::{FileFacts, Memo, PartMemo, Seen, TableMemo, table_of},
    normalise::KeySet,
    source::{Piece, Raw},
};

/// What such a build needs.
#[derive(Debug)]
pub(crate) struct SomeJob {
    /// As of any build, without raw files.
    pub(crate) job: Job,
    /// What is known of the version before.
    pub(crate) memo: Memo,
    /// All files, in their order.
    pub(crate) pieces: Vec<Piece>,
    /// The time.
    pub(crate) now: Timestamp,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// A draft, if its new keys are in no part that was taken over.
    Built(Box<SomeBuilt>),
    /// Everything must be read, for this reason.
    Whole(&'static str),
}

/// A draft of which some parts were built.
#[derive(Debug)]
pub(crate) struct SomeBuilt {
    /// The draft.
    pub(crate) built: Built,
    /// What was read.
    pub(crate) in_parts: InParts,
    /// The parts that were built, or are gone.
    pub(super) affected: BTreeSet<String>,
    /// The keys of all rows that were read.
    pub(super) keys: KeySet,
    /// What was known of the parts that were built.
    pub(super) before: BTreeMap<String, PartMemo>,
}

/// Why everything must be read, or what went wrong.
enum Stopped {
    Whole(&'static str),
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

type Step<T> = std::result::Result<T, Stopped>;

/// Reads what changed, and stages the parts that it touches. Blocking: call it off the async threads.
pub(crate) fn build_some(some: SomeJob, newest: Option<&Manifest>) -> Result<Attempt> {
    match attempt(some, newest) {
        Ok(built) => Ok(Attempt::Built(Box::new(built))),
        Err(Stopped::Whole(reason)) => Ok(Attempt::Whole(reason)),
        Err(Stopped::Failed(error)) => Err(error),
    }
}

fn attempt(some: SomeJob, newest: Option<&Manifest>) -> Step<SomeBuilt> {
    let SomeJob { job, memo, pieces, now } = some;
    let Some(parent) = job.parent.clone() else { return Err(Stopped::Whole("there is no version yet")) };
    let columns = Columns::of(&job, newest, &BTreeMap::new());
    if columns.published != parent.columns {
        return Err(Stopped::Whole("the columns are not those of the current version"));
    }
    let mut scan = PrivacyScan::new(&job.dataset, job.today);
    let files = pieces.len() as u64;
    let read = read(&job, &columns.published, &mut scan, (&memo, pieces, now))?;
    let Read { rows, keys, affected, count: files_read } = read;
    if rows.observed.has_ambiguous_keys() {
        return Err(Stopped::Whole("rows share a key or have none"));
    }
    let folder = tempfile::tempdir()?;
    let mut staging = Staging::new(&job, &columns.published, folder.path());
    for batch in rows.sorted {
        job.stop.check()?;
        staging.write(&mut scan, batch?)?;
    }
    let staged = staging.finish_some(&mut scan)?;
    let Memo { parts: mut known, .. } = memo;
    let before = affected.iter().filter_map(|part| known.remove_entry(part)).collect();
    let mut tables = carried(&parent, &known)?;
    let parts_carried = tables.len() as u64;
    tables.extend(staged.files.into_iter().filter_map(|(key, file)| Some((key?, file))));
    known.extend(staged.parts);
    let summary = put_together(&job, &mut scan, &known)?;
    let in_parts = InParts { files, files_read, parts: tables.len() as u64, parts_carried };
    let files = in_order(&job.dataset, &tables).into_iter().cloned().collect();
    let taken = Taken { rejects: &rows.rejects, suppressed: rows.suppressed };
    let built = Built {
        draft: draft(&job, (columns, files), (summary, folder), (&scan, taken)),
        observed: rows.observed,
        scan,
        geometry: staged.geometry,
        rejects: rows.rejects,
        disclosed: None,
        suppressed: 0,
        raws: Vec::new(),
        seen: Seen { files: rows.files, parts: known, adds_up: true },
    };
    Ok(SomeBuilt { built, in_parts, affected, keys, before })
}

/// Rows that were read, and which parts they are about.
struct Read {
    rows: Rows,
    keys: KeySet,
    affected: BTreeSet<String>,
    /// How many files that took.
    count: u64,
}

/// A file that was there before with the same bytes, and one of which rows must be read.
struct Known {
    at: usize,
    piece: Piece,
    name: String,
    facts: FileFacts,
}

/// Reads the files that changed, then those that have rows in the same parts.
fn read(
    job: &Job,
    columns: &[ColumnInfo],
    scan: &mut PrivacyScan,
    (memo, pieces, now): (&Memo, Vec<Piece>, Timestamp),
) -> Step<Read> {
    let mut intake = Intake::new(job, columns, scan)?;
    intake.key_set = Some(KeySet::new(&job.dataset.key));
    let (mut known, mut changed) = (Vec::new(), Vec::new());
    for (at, piece) in pieces.into_iter().enumerate() {
        let name = intake.name(piece.name(), piece.validators());
        match memo.file(piece.validators()).cloned() {
            Some(facts) => known.push(Known { at, piece, name, facts }),
            None => changed.push((at, piece, name)),
        }
    }
    if known.is_empty() {
        return Err(Stopped::Whole("no file is as it was"));
    }
    let same = known.iter().map(|known| known.piece.validators().location.as_str());
    let mut affected = memo.parts_without(same);
    let mut files = BTreeMap::new();
    for Known { facts, .. } in &known {
        intake.count(facts);
        intake.count_numbers(facts);
    }
    let mut count = changed.len() as u64;
    for (at, piece, name) in changed {
        let facts = intake.read(&as_remembered(piece, now)?, &name, None)?;
        intake.count(&facts);
        affected.extend(facts.parts.iter().cloned());
        files.insert(at, facts);
    }
    intake.wanted = Some(affected.clone());
    if !affected.is_empty() && known.iter().all(|known| !known.facts.parts.is_disjoint(&affected)) {
        return Err(Stopped::Whole("every file has rows in the parts that changed"));
    }
    for Known { at, piece, name, facts } in known {
        if !facts.parts.is_disjoint(&affected) {
            count += 1;
            // What came of the whole file was counted.
            let again = intake.read(&as_remembered(piece, now)?, &name, None)?;
            if again.parts != facts.parts || again.accepted != facts.accepted {
                return Err(Stopped::Whole("a file does not read as it did"));
            }
        }
        files.insert(at, facts);
    }
    let (rows, keys) = intake.finish(files.into_values().collect(), &Rejects::default())?;
    let keys = keys.filter(|keys| !keys.is_overfull()).ok_or(Stopped::Whole("too many rows changed"))?;
    Ok(Read { rows, keys, affected, count })
}

/// The bytes of a file, which must be those that it is remembered by.
fn as_remembered(piece: Piece, now: Timestamp) -> Step<Raw> {
    let remembered = piece.validators().sha256.clone();
    let raw = piece.read(now)?;
    if raw.validators.sha256 == remembered { Ok(raw) } else { Err(Stopped::Whole("a file changed meanwhile")) }
}

/// The tables that are taken over, by their parts.
fn carried(parent: &Manifest, known: &BTreeMap<String, PartMemo>) -> Step<BTreeMap<String, StagedFile>> {
    let with_table = known.iter().filter_map(|(key, part)| Some((key, part.table.as_ref()?)));
    let tables = with_table.map(|(key, table)| {
        let file = table_of(parent, key).filter(|file| file.sha256 == table.sha256);
        file.map(|file| (key.clone(), taken_over(file)))
    });
    tables.collect::<Option<_>>().ok_or(Stopped::Whole("a table of the current version is another one"))
}

fn taken_over(file: &PublishedFile) -> StagedFile {
    StagedFile {
        name: file.name.clone(),
        format: file.format,
        path: std::path::PathBuf::new(),
        sha256: file.sha256.clone(),
        bytes: file.bytes,
        rows: file.rows,
        part: file.part.clone(),
        stored: true,
    }
}

/// Puts together what is known of all parts; it must be all that a run over everything would find.
fn put_together(job: &Job, scan: &mut PrivacyScan, parts: &BTreeMap<String, PartMemo>) -> Step<TableSummary> {
    let parts = in_order(&job.dataset, parts);
    if !parts.iter().all(|part| scan.add_part(&part.scan)) {
        return Err(Stopped::Whole("something is remembered that nothing is known of"));
    }
    if scan.judges_columns() || !scan.dropped(&job.dataset).is_empty() {
        return Err(Stopped::Whole("a column is judged by all its values"));
    }
    let tables: Vec<&TableMemo> = parts.iter().filter_map(|part| part.table.as_ref()).collect();
    if tables.is_empty() {
        return Err(Stopped::Whole("no row is left"));
    }
    Ok(summary(&tables))
}
