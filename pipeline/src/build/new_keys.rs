//! Whether keys of the parts that were built are in parts that were taken over: then rows share a key, which a run over
//! everything finds and counts.

use std::{collections::HashSet, sync::Arc};

use arrow::{
    array::{Array, AsArray},
    record_batch::RecordBatch,
};
use catalog::{
    Store,
    table::{Scan, TableFile},
    version::{Manifest, PublishedFile, StagedFile},
};
use config::{ColumnName, ColumnType};
use futures::{TryStreamExt, stream::BoxStream};
use tokio::task::JoinSet;

use super::some::SomeBuilt;
use crate::{Error, Result, normalise::KeySet};

/// Tables that are looked through at once.
const LOOKED_THROUGH: usize = 4;
/// Rows of a batch: only keys are read.
const BATCH_ROWS: usize = 1 << 16;

/// The least and largest text in the first column of some keys.
type Range = (String, String);

/// Whether a key that the parts which were built did not have before is in a part that was taken over.
pub(crate) async fn brings_known_keys(store: &Store, some: &mut SomeBuilt) -> Result<bool> {
    let Some(parent) = some.built.draft.parent.clone() else { return Ok(false) };
    forget_old(store, &parent, some).await?;
    let SomeBuilt { built, affected, keys, .. } = some;
    if keys.is_empty() {
        return Ok(false);
    }
    let carried = built.seen.parts.iter().filter(|(key, _)| !affected.contains(*key));
    if carried.flat_map(|(_, part)| &part.withheld_keys).any(|name| keys.has_named(name)) {
        return Ok(true);
    }
    let range = range_of(keys, &built.draft.files).await?;
    let first = keys.key().first().filter(|first| {
        let column = built.draft.columns.iter().find(|column| column.name == **first);
        column.is_some_and(|column| matches!(column.kind, ColumnType::Text {} | ColumnType::Code { .. }))
    });
    let may_have = |file: &&PublishedFile| match (&range, first) {
        (Some(range), Some(first)) => overlaps(file, first, range),
        _ => true,
    };
    let others = parent.tables().filter(|file| !affected.contains(part_of(file)));
    let others = others.filter(may_have).cloned().collect();
    let keys = Arc::new(std::mem::replace(keys, KeySet::new(&[])));
    any_has(store, &parent, others, &keys).await
}

/// Takes the keys out that were in the same parts before.
async fn forget_old(store: &Store, parent: &Manifest, some: &mut SomeBuilt) -> Result<()> {
    let SomeBuilt { affected, keys, before, .. } = some;
    for file in parent.tables().filter(|file| affected.contains(part_of(file))) {
        if keys.is_empty() {
            return Ok(());
        }
        let mut batches = keys_in(&open(store, parent, file).await?, keys).await?;
        while let Some(batch) = batches.try_next().await? {
            keys.remove(&batch)?;
        }
    }
    before.values().flat_map(|part| &part.withheld_keys).for_each(|name| keys.remove_named(name));
    Ok(())
}

fn part_of(file: &PublishedFile) -> &str {
    file.part.as_ref().map_or("", |part| part.key.as_str())
}

/// Whether a table may have a key of a range, by its least and largest value.
fn overlaps(file: &PublishedFile, first: &ColumnName, (low, high): &Range) -> bool {
    match file.part.as_ref().and_then(|part| part.range.get(first)) {
        Some([Some(least), Some(largest)]) => low <= largest && least <= high,
        _ => true,
    }
}

/// The range of the keys in the first column, where that holds texts and all of them are in the new tables.
async fn range_of(keys: &KeySet, files: &[StagedFile]) -> Result<Option<Range>> {
    let Some(first) = keys.key().first() else { return Ok(None) };
    let (mut looker, mut seen) = (keys.looker(), HashSet::new());
    let mut range: Option<Range> = None;
    for file in files.iter().filter(|file| !file.stored) {
        let mut batches = keys_in(&TableFile::open_local(&file.path)?, keys).await?;
        while let Some(batch) = batches.try_next().await? {
            let Some(texts) = batch.column_by_name(first.as_str()).and_then(|cells| cells.as_string_opt::<i32>())
            else {
                return Ok(None);
            };
            for (row, hash) in keys.places(&mut looker, &batch)? {
                seen.insert(hash);
                range = Some(widened(range, if texts.is_valid(row) { texts.value(row) } else { "" }));
            }
        }
    }
    Ok(range.filter(|_| seen.len() == keys.len()))
}

fn widened(range: Option<Range>, text: &str) -> Range {
    let Some((low, high)) = range else { return (text.to_owned(), text.to_owned()) };
    let least = if *text < *low { text.to_owned() } else { low };
    let largest = if *text > *high { text.to_owned() } else { high };
    (least, largest)
}

/// Whether a key is in one of some tables; a few of them are looked through at a time.
async fn any_has(
    store: &Store,
    parent: &Arc<Manifest>,
    mut tables: Vec<PublishedFile>,
    keys: &Arc<KeySet>,
) -> Result<bool> {
    let mut looks = JoinSet::new();
    let mut next = move |looks: &mut JoinSet<Result<bool>>| {
        if let Some(file) = tables.pop() {
            let (store, parent, keys) = (store.clone(), Arc::clone(parent), Arc::clone(keys));
            looks.spawn(async move { has_any(&store, &parent, (&file, &keys)).await });
        }
    };
    (0..LOOKED_THROUGH).for_each(|_| next(&mut looks));
    while let Some(found) = looks.join_next().await {
        if found.map_err(|error| Error::Internal(error.to_string()))?? {
            return Ok(true);
        }
        next(&mut looks);
    }
    Ok(false)
}

async fn has_any(store: &Store, parent: &Manifest, (file, keys): (&PublishedFile, &KeySet)) -> Result<bool> {
    let (mut looker, mut batches) = (keys.looker(), keys_in(&open(store, parent, file).await?, keys).await?);
    while let Some(batch) = batches.try_next().await? {
        if !keys.places(&mut looker, &batch)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn open(store: &Store, parent: &Manifest, file: &PublishedFile) -> Result<TableFile> {
    Ok(TableFile::open(store, &parent.key_of(file)).await?)
}

/// The key columns of a table.
async fn keys_in(table: &TableFile, keys: &KeySet) -> Result<BoxStream<'static, catalog::Result<RecordBatch>>> {
    let columns = Some(keys.key().to_vec());
    Ok(table.scan(Scan { columns, batch_rows: BATCH_ROWS, ..Scan::default() }).await?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use catalog::{Sha256, version::PartInfo};
    use config::FileFormat;

    use super::*;

    #[test]
    fn tables_whose_range_is_another_one_are_not_looked_through() {
        let first: ColumnName = "nr".parse().unwrap();
        let table = |least: Option<&str>, largest: Option<&str>| {
            let range = [(first.clone(), [least.map(str::to_owned), largest.map(str::to_owned)])];
            let part = Some(PartInfo { key: "2026-08".to_owned(), range: BTreeMap::from(range) });
            let (name, sha256) = (String::new(), Sha256::of(b""));
            PublishedFile { name, format: FileFormat::Parquet, sha256, bytes: 0, rows: 0, part }
        };
        let range = widened(Some(widened(Some(widened(None, "c")), "d")), "b");
        assert_eq!(range, ("b".to_owned(), "d".to_owned()));
        for (least, largest, expected) in [
            (Some("a"), Some("az"), false),
            (Some("a"), Some("b"), true),
            (Some("ba"), Some("bb"), true),
            (Some("d"), Some("x"), true),
            (Some("da"), Some("x"), false),
            (None, Some("a"), true),
            (Some("x"), None, true),
        ] {
            assert_eq!(overlaps(&table(least, largest), &first, &range), expected, "{least:?} {largest:?}");
        }
        let other = "annet".parse().unwrap();
        assert!(overlaps(&table(Some("x"), Some("y")), &other, &range), "nothing is known of its range");
    }
}
