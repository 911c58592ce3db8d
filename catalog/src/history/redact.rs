//! Erasing a record from every version that holds it.
//!
//! A published version never changes. So from the first version that holds the record on, every version is published
//! anew without it, in the same order under new numbers, and the old ones are withdrawn, each with the number that took
//! its place. The newest comes first, so that the current version never steps back in time.

use std::collections::{BTreeMap, BTreeSet};

use config::{Dataset, DatasetId, FileFormat};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Key, Result, Sha256, Store, changelog,
    encode::write_files,
    table::{Erasure, Layout, TableFile, TableSummary, count, rewrite},
    version::{
        Manifest, Numbers, PROGRAM, PartInfo, PublishedFile, Replaced, VersionNumber, Withdrawal, publish, read,
        read_parts, withdraw,
    },
};

/// A version and the number under which it is published anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reissue {
    /// The version that goes.
    pub old: VersionNumber,
    /// The version that takes its place.
    pub new: VersionNumber,
    /// The version before it, in the new order.
    pub parent: Option<VersionNumber>,
}

/// Which versions an erasure is about, decided once before anything is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reissued {
    /// The versions published anew, oldest first; empty if no version holds the record.
    pub versions: Vec<Reissue>,
    /// Versions of which a part was left that holds the record, or a changelog that names it: they go altogether.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<VersionNumber>,
    /// Rows concerned, over all versions.
    pub rows: u64,
}

/// Finds the versions that hold a record. Changes nothing.
///
/// # Errors
/// `Erasure` if a version cannot be searched or the columns cannot be blank.
pub async fn plan_erasure(store: &Store, dataset: &DatasetId, erasure: &Erasure) -> Result<Reissued> {
    let numbers = Numbers::list(store, dataset).await?;
    let live: Vec<VersionNumber> = numbers.manifests.difference(&numbers.withdrawn).copied().collect();
    let mut counted: BTreeMap<Sha256, u64> = BTreeMap::new();
    let mut plan = Reissued::default();
    let (mut parent, mut new) = (None, numbers.next());
    for number in live {
        let version = read(store, dataset, number).await?;
        searchable(&version, erasure)?;
        let rows = rows_in(store, &version, erasure, &mut counted).await?;
        plan.rows += rows;
        if rows == 0 && plan.versions.is_empty() {
            parent = Some(number);
            continue;
        }
        plan.versions.push(Reissue { old: number, new, parent });
        parent = Some(new);
        new = new.next();
    }
    for number in &numbers.partial {
        let rows = rows_left(store, dataset, *number, (erasure, &mut counted)).await?;
        plan.rows += rows.unwrap_or(0);
        plan.gone.extend(rows.map(|_| *number));
    }
    Ok(plan)
}

/// The rows that hold the record in what is left of a version; `None` if nothing of it names the record.
async fn rows_left(
    store: &Store,
    dataset: &DatasetId,
    number: VersionNumber,
    (erasure, counted): (&Erasure, &mut BTreeMap<Sha256, u64>),
) -> Result<Option<u64>> {
    let version = read(store, dataset, number).await?;
    let left = read_parts(store, dataset, number).await?.left;
    let left = Manifest { files: left, ..version };
    let log = super::changelog(store, &left).await?;
    if left.files.is_empty() && log.is_none() {
        return Ok(None);
    }
    let has = |name: &config::ColumnName| left.columns.iter().any(|column| column.name == *name);
    let by_key = left.key.iter().collect::<BTreeSet<_>>() == erasure.key.keys().collect();
    // What cannot be searched goes too.
    if !erasure.key.keys().all(has) || (log.is_some() && !by_key) {
        return Ok(Some(0));
    }
    let rows = rows_in(store, &left, erasure, counted).await?;
    let named = match log {
        Some(log) => count(&log, erasure).await?,
        None => 0,
    };
    Ok((rows + named > 0).then_some(rows))
}

/// Publishes every version of a plan anew and withdraws the old ones. Done again after a crash, it goes on where it
/// was. The caller holds the dataset's lease and cleans up afterwards ([`crate::version::clean()`]).
pub async fn reissue(
    store: &Store,
    dataset: &Dataset,
    plan: &Reissued,
    (erasure, why): (&Erasure, &Withdrawal),
) -> Result<()> {
    let mut work = Work { store, dataset, erasure, time: why.time, done: BTreeMap::new() };
    for pair in plan.versions.iter().rev() {
        let there = store.size(&Key::Manifest(dataset.id.clone(), pair.new)).await;
        match there {
            Ok(_) => {}
            Err(Error::Missing(_)) => drop(publish(store, work.version(plan, *pair).await?).await?),
            Err(error) => return Err(error),
        }
        let tombstone = Withdrawal { replaced_by: Some(pair.new), ..why.clone() };
        withdraw(store, &dataset.id, pair.old, tombstone).await?;
    }
    for number in &plan.gone {
        withdraw(store, &dataset.id, *number, why.clone()).await?;
    }
    Ok(())
}

/// Refuses what could not be done on every version.
fn searchable(version: &Manifest, erasure: &Erasure) -> Result<()> {
    let refused = |reason: String| Err(Error::Erasure { dataset: version.dataset.clone(), reason });
    let column = |name: &config::ColumnName| version.columns.iter().find(|column| column.name == *name);
    if let Some(name) = erasure.key.keys().find(|name| column(name).is_none()) {
        return refused(format!("version {} has no column '{name}' to search in", version.number));
    }
    let blank = erasure.columns.iter().filter_map(column).find(|column| column.required);
    match blank {
        Some(column) => refused(format!("column '{}' must have a value, so it cannot be blank", column.name)),
        None => Ok(()),
    }
}

async fn rows_in(
    store: &Store,
    version: &Manifest,
    erasure: &Erasure,
    counted: &mut BTreeMap<Sha256, u64>,
) -> Result<u64> {
    let mut rows = 0;
    for file in version.tables() {
        if let Some(known) = counted.get(&file.sha256) {
            rows += known;
            continue;
        }
        let table = open(store, &version.dataset, file).await?;
        let found = count(&table, erasure).await?;
        counted.insert(file.sha256.clone(), found);
        rows += found;
    }
    Ok(rows)
}

async fn open(store: &Store, dataset: &DatasetId, file: &PublishedFile) -> Result<TableFile> {
    TableFile::open(store, &Key::File(dataset.clone(), file.sha256.clone(), file.format)).await
}

/// A part of which nothing is left is none any more; a table keeps at least one.
fn drop_empty_parts(tables: &mut Vec<PublishedFile>) {
    let mut left = tables.len();
    tables.retain(|table| {
        let goes = table.part.is_some() && table.rows == 0 && left > 1;
        left -= usize::from(goes);
        !goes
    });
}

/// An erasure at work.
struct Work<'a> {
    store: &'a Store,
    dataset: &'a Dataset,
    erasure: &'a Erasure,
    time: Timestamp,
    /// Tables seen so far, by their hash: what was written in their place, if they held the record.
    done: BTreeMap<Sha256, Option<(PublishedFile, TableSummary)>>,
}

impl Work<'_> {
    /// The manifest of a version without the record, its files stored.
    async fn version(&mut self, plan: &Reissued, pair: Reissue) -> Result<Manifest> {
        let id = &self.dataset.id;
        let old = read(self.store, id, pair.old).await?;
        let mut new = self.contents(&old).await?;
        new.number = pair.new;
        new.parent = pair.parent;
        (new.changes, new.changes_file) = (None, None);
        if let Some(parent) = pair.parent {
            let before = plan.versions.iter().find(|other| other.new == parent);
            let before = read(self.store, id, before.map_or(parent, |other| other.old)).await?;
            self.changes(&old, &mut new, &before).await?;
        }
        Ok(new)
    }

    /// A version with its files written anew where they hold the record.
    async fn contents(&mut self, old: &Manifest) -> Result<Manifest> {
        let mut tables = Vec::new();
        let (mut files, mut rows) = (Vec::new(), 0);
        let mut new = Manifest {
            published: self.time,
            program: PROGRAM.to_owned(),
            note: Some(format!("version {} after an erasure", old.number)),
            replaces: Some(Replaced { version: old.number, published: old.first_published() }),
            ..old.clone()
        };
        for file in old.tables() {
            let (file, summary) = self.table(old, file).await?;
            rows += file.rows;
            if let Some(summary) = summary {
                new.statistics = summary.statistics;
                new.bbox = summary.bbox;
            }
            files.push(file);
        }
        let changed = files.iter().ne(old.tables());
        if files.len() > 1 && changed {
            // The least and largest values of one part are not those of the whole.
            new.statistics.clear();
            new.bbox = None;
        }
        drop_empty_parts(&mut files);
        for file in &files {
            tables.push((file.clone(), open(self.store, &self.dataset.id, file).await?));
        }
        for file in old.files.iter().filter(|file| file.format != FileFormat::Parquet) {
            let part = |file: &PublishedFile| file.part.as_ref().map(|part| part.key.clone());
            if part(file).is_some() && tables.iter().all(|(table, _)| part(table) != part(file)) {
                continue;
            }
            files.push(if changed { self.text(old, file, &tables).await? } else { file.clone() });
        }
        new.rows = rows;
        new.files = files;
        Ok(new)
    }

    /// A table without the record; its summary if it had to be written anew.
    async fn table(&mut self, old: &Manifest, file: &PublishedFile) -> Result<(PublishedFile, Option<TableSummary>)> {
        if let Some(seen) = self.done.get(&file.sha256) {
            let (new, summary) = seen.clone().unzip();
            return Ok((new.unwrap_or_else(|| file.clone()), summary));
        }
        let table = open(self.store, &old.dataset, file).await?;
        if count(&table, self.erasure).await? == 0 {
            self.done.insert(file.sha256.clone(), None);
            return Ok((file.clone(), None));
        }
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(&file.name);
        // Only the declaration that made the version tells how it was sorted.
        let same = old.config_sha256 == self.dataset.config_sha256;
        let order = if same { self.dataset.order.as_slice() } else { &[] };
        let layout = Layout { columns: &old.columns, key: &old.key, order };
        let summary = rewrite(&table, layout, self.erasure, &path).await?;
        let ranged = old.partition.iter().map(|partition| &partition.column).chain(&old.key);
        let part = file.part.as_ref().map(|part| PartInfo::of_table(part.key.clone(), &summary.statistics, ranged));
        let like = PublishedFile { part, ..file.clone() };
        let new = self.keep(&like, summary.rows, &path).await?;
        self.done.insert(file.sha256.clone(), Some((new.clone(), summary.clone())));
        Ok((new, Some(summary)))
    }

    /// Another format of the rows, or of a part of them, written anew.
    async fn text(
        &self,
        old: &Manifest,
        file: &PublishedFile,
        tables: &[(PublishedFile, TableFile)],
    ) -> Result<PublishedFile> {
        let part = |file: &PublishedFile| file.part.as_ref().map(|part| part.key.clone());
        let same = tables.iter().filter(|(table, _)| part(file).is_none() || part(table) == part(file));
        let (files, tables): (Vec<_>, Vec<_>) = same.cloned().unzip();
        let rows = files.iter().map(|table| table.rows).sum();
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(&file.name);
        write_files(&tables, &old.columns, (file.format, self.dataset.file.tiles), &path).await?;
        self.keep(file, rows, &path).await
    }

    /// Stores a file under the hash of its content.
    async fn keep(&self, like: &PublishedFile, rows: u64, path: &std::path::Path) -> Result<PublishedFile> {
        let (sha256, bytes) = Sha256::of_file(path)?;
        let file = PublishedFile { sha256, bytes, rows, ..like.clone() };
        let key = Key::File(self.dataset.id.clone(), file.sha256.clone(), file.format);
        self.store.adopt(&key, path).await?;
        Ok(file)
    }

    /// The changelog of a version published anew: the old one where it does not name the record, else a new one.
    async fn changes(&mut self, old: &Manifest, new: &mut Manifest, before: &Manifest) -> Result<()> {
        let log = super::changelog(self.store, old).await?;
        if let Some(log) = log.filter(|_| old.parent == Some(before.number))
            && count(&log, self.erasure).await? == 0
        {
            (new.changes, new.changes_file) = (old.changes, old.changes_file.clone());
            return Ok(());
        }
        let parent = self.contents(before).await?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("changes.parquet");
        if let Some(changes) = changelog::between(self.store, &parent, new, &path).await? {
            let key = Key::Changes(self.dataset.id.clone(), changes.sha256.clone());
            self.store.adopt(&key, &changes.path).await?;
            (new.changes, new.changes_file) = (Some(changes.summary), Some(changes.published()));
        }
        Ok(())
    }
}
