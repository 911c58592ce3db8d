//! What a run remembers for the next one: what came of each file of the source, and what is known of each part of the
//! version that came of them, so that only what a change touches need be read.
//!
//! Private. It holds the least and largest values of published columns, numbers of a declared sequence and hashes of the
//! keys of withheld rows; an erasure or a withdrawal deletes it, and without it the next run reads everything.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use catalog::{
    Key, RunId, Sha256, Store,
    table::PartStatistics,
    version::{Manifest, NamesFacts, PublishedFile, VersionNumber},
};
use config::{Column, ColumnName, ColumnType, Dataset, DatasetId, NamesPolicy, Pipeline, Source};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Rejects, Result,
    gate::{self, Numbers, PartFacts},
    reader::Note,
    source::Validators,
};

/// Everything that is remembered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Memo {
    version: VersionNumber,
    config_sha256: String,
    program: String,
    /// Hash of the limits of the instance that readers keep to.
    limits: Sha256,
    as_of: Date,
    files: Vec<FileMemo>,
    /// By their keys.
    pub(crate) parts: BTreeMap<String, PartMemo>,
}

/// A file that was read, and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct FileMemo {
    location: String,
    sha256: Sha256,
    facts: FileFacts,
}

/// What came of one file, in whatever part its rows are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct FileFacts {
    /// Rows that the reader gave.
    pub(crate) rows_read: u64,
    /// Rows that fit the declaration.
    pub(crate) accepted: u64,
    /// Rows that did not.
    pub(crate) rejects: Rejects,
    /// Declared columns that it does not have.
    pub(crate) missing: Vec<String>,
    /// Columns that are not declared.
    pub(crate) undeclared: Vec<String>,
    /// What the reader noted; a file with notes is read every time.
    #[serde(skip)]
    pub(crate) notes: Vec<Note>,
    /// True if there are such notes.
    pub(crate) noted: bool,
    /// By which criterion it says that its rows were chosen.
    pub(crate) selection: Option<String>,
    /// What happened to names of persons.
    pub(crate) names: NamesFacts,
    /// Rows that must not be published yet.
    pub(crate) embargoed: u64,
    /// The day on which the first of them may be.
    pub(crate) embargo_until: Option<Date>,
    /// The numbers of the declared sequence; `None` where none is declared, or they lie too scattered.
    pub(crate) numbers: Option<Numbers>,
    /// The parts in which its rows are.
    pub(crate) parts: BTreeSet<String>,
}

/// What is known of one part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct PartMemo {
    /// What the privacy gate saw.
    pub(crate) scan: PartFacts,
    /// Hashes of the keys of rows that were withheld: another row with the same key is a duplicate all the same.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) withheld_keys: BTreeSet<String>,
    /// The table; `None` where all rows were withheld.
    pub(crate) table: Option<TableMemo>,
}

/// What is known of the table of a part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TableMemo {
    /// Hash of the Parquet file.
    pub(crate) sha256: Sha256,
    /// Its rows.
    pub(crate) rows: u64,
    /// What is in its columns.
    pub(crate) statistics: PartStatistics,
}

/// What a run saw that can be remembered.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// What came of each file, in their order.
    pub(crate) files: Vec<FileFacts>,
    /// What is known of each part.
    pub(crate) parts: BTreeMap<String, PartMemo>,
    /// False where not all that was found can be put together from what was found in parts.
    pub(crate) adds_up: bool,
}

/// What else must be as it was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    /// The dataset.
    pub(crate) dataset: &'a Dataset,
    /// Limits of the instance.
    pub(crate) limits: &'a Pipeline,
    /// The program.
    pub(crate) program: &'a str,
    /// The day whose rules hold.
    pub(crate) today: Date,
}

impl Terms<'_> {
    /// Whether a dataset's files and parts are remembered. Not where names may stay for a while, since more must then be
    /// forgotten; and not where keys are not published, among which new ones must be looked for.
    pub(crate) fn allow_parts(&self) -> bool {
        let file = &self.dataset.file;
        let published = |name: &ColumnName| self.dataset.published_columns().any(|column| column.name == *name);
        let several =
            matches!(&file.source, Source::File(source) if source.path.to_string_lossy().contains(['*', '?', '[']));
        let privacy = &file.gates.privacy;
        let placed = |column: &Column| matches!(column.kind, ColumnType::Geometry { .. });
        several
            // In which coordinate system geometries are is decided by all files.
            && !self.dataset.published_columns().any(placed)
            && self.dataset.partition.is_some()
            // Checks look at all rows.
            && file.checks.is_empty()
            && privacy.names != NamesPolicy::OneYear
            && self.dataset.key.iter().all(published)
    }

    fn limits(&self) -> Sha256 {
        let Pipeline { max_cell_bytes, max_columns, max_listed_rejects, .. } = self.limits;
        Sha256::of(format!("{max_cell_bytes} {max_columns} {max_listed_rejects}").as_bytes())
    }
}

impl Memo {
    /// What is remembered of a run that published a version, or found that its content is that of the version; `None`
    /// where the next run must read everything.
    pub(crate) fn of(
        terms: &Terms<'_>,
        seen: Seen,
        (version, sources): (VersionNumber, &[Validators]),
    ) -> Option<Self> {
        let counted = terms.dataset.file.gates.shape.sequence.is_some();
        let whole = seen.files.iter().all(|facts| !counted || facts.numbers.is_some());
        let dated = seen.files.iter().all(|facts| facts.names.until.is_none());
        if !terms.allow_parts()
            || !seen.adds_up
            || !whole
            || !dated
            || sources.len() < 2
            || seen.files.len() != sources.len()
        {
            return None;
        }
        let files = sources.iter().zip(seen.files).map(|(source, facts)| {
            Some(FileMemo { location: source.location.clone(), sha256: source.sha256.clone()?, facts })
        });
        Some(Self {
            version,
            config_sha256: terms.dataset.config_sha256.clone(),
            program: terms.program.to_owned(),
            limits: terms.limits(),
            as_of: terms.today,
            files: files.collect::<Option<_>>()?,
            parts: seen.parts,
        })
    }

    /// Whether this tells of the current version, and that was made as one would be made today.
    pub(crate) fn is_of(&self, terms: &Terms<'_>, current: &Manifest) -> bool {
        let dataset = terms.dataset;
        terms.allow_parts()
            && self.version == current.number
            && self.config_sha256 == dataset.config_sha256
            && [&self.program, &current.program].into_iter().all(|program| program == terms.program)
            && current.metadata_sha256 == dataset.metadata_sha256
            && current.partition == dataset.partition
            && current.key == dataset.key
            && !current.has_ambiguous_keys()
            && self.limits == terms.limits()
            && gate::same_rules(self.as_of, terms.today)
            && self.tells_of(current)
    }

    /// Whether the tables are those of a version.
    fn tells_of(&self, version: &Manifest) -> bool {
        let known = self.parts.values().filter(|part| part.table.is_some()).count();
        known == version.tables().count() && self.parts.keys().all(|key| self.is_as_told(version, key))
    }

    fn is_as_told(&self, version: &Manifest, key: &str) -> bool {
        let Some(table) = self.parts.get(key).and_then(|part| part.table.as_ref()) else { return true };
        table_of(version, key).is_some_and(|file| file.sha256 == table.sha256 && file.rows == table.rows)
    }

    /// What came of a file with these bytes; `None` if it was not there, had other bytes, or must be read every time.
    pub(crate) fn file(&self, seen: &Validators) -> Option<&FileFacts> {
        let known = self.files.iter().find(|file| file.location == seen.location)?;
        (Some(&known.sha256) == seen.sha256.as_ref() && !known.facts.noted).then_some(&known.facts)
    }

    /// The parts in which rows were of files that are not among these.
    pub(crate) fn parts_without<'a>(&self, known: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
        let known: BTreeSet<&str> = known.collect();
        let others = self.files.iter().filter(|file| !known.contains(file.location.as_str()));
        others.flat_map(|file| file.facts.parts.iter().cloned()).collect()
    }

    /// What was remembered last; `None` if nothing was, or it cannot be read.
    pub(crate) async fn latest(store: &Store, dataset: &DatasetId) -> Result<Option<Self>> {
        let names = store.list(&Key::memos(dataset)).await?;
        let Some(run) = names.iter().filter_map(|name| RunId::from_file_name(name)).max() else { return Ok(None) };
        let bytes = store.get(&Key::Memo(dataset.clone(), run)).await?;
        Ok(serde_json::from_slice(&bytes).ok())
    }
}

/// The table of a part of a version.
pub(crate) fn table_of<'a>(version: &'a Manifest, key: &str) -> Option<&'a PublishedFile> {
    version.tables().find(|file| file.part.as_ref().is_some_and(|part| part.key == key))
}

/// Remembers this, or nothing, from now on.
pub(crate) async fn remember(store: &Store, dataset: &DatasetId, memo: Option<&Memo>, run: RunId) -> Result<()> {
    let old = store.list(&Key::memos(dataset)).await?;
    if let Some(memo) = memo {
        let body = serde_json::to_vec(memo).map_err(|error| Error::Internal(error.to_string()))?;
        store.create(&Key::Memo(dataset.clone(), run), Bytes::from(body)).await?;
    }
    for run in old.iter().filter_map(|name| RunId::from_file_name(name)) {
        store.delete_private(&Key::Memo(dataset.clone(), run)).await?;
    }
    Ok(())
}

/// Forgets what is remembered of another version than the current one, which may be withdrawn.
pub(crate) async fn forget_other(store: &Store, dataset: &DatasetId, current: Option<VersionNumber>) -> Result<()> {
    match Memo::latest(store, dataset).await? {
        Some(memo) if Some(memo.version) == current => Ok(()),
        _ => forget(store, dataset).await,
    }
}

/// Forgets everything: the next run reads the whole source.
pub(crate) async fn forget(store: &Store, dataset: &DatasetId) -> Result<()> {
    for run in store.list(&Key::memos(dataset)).await?.iter().filter_map(|name| RunId::from_file_name(name)) {
        store.delete_private(&Key::Memo(dataset.clone(), run)).await?;
    }
    Ok(())
}
