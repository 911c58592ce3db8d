//! What every storage backend must do. The same suite runs on a folder and on a bucket.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, future};
use jiff::Timestamp;

use crate::{Created, Error, Key, Listed, Result, Sha256, Store, version::VersionNumber};

/// Bytes of an upload in three parts.
const LARGE: u32 = (16 << 20) + 5;
/// Objects of a list in two answers.
const MANY: u64 = 1_003;

/// Holds a storage against everything the catalogue relies on. Leaves its objects under the dataset `contract`.
///
/// # Errors
/// The storage's own failure, or an `Io` error that says which promise was not kept.
pub async fn store_contract(store: &Store) -> Result<()> {
    create_is_once(store).await?;
    one_creator_wins(store).await?;
    lists_are_sorted(store).await?;
    ranges_are_exact(store).await?;
    missing_is_told(store).await?;
    uploads_are_skipped(store).await?;
    large_uploads_are_whole(store).await?;
    long_lists_are_whole(store).await?;
    private_objects_go(store).await?;
    trees_are_whole(store).await
}

fn dataset() -> Result<config::DatasetId> {
    "contract".parse().map_err(|error: config::InvalidId| broken(&error.to_string()))
}

fn broken(promise: &str) -> Error {
    Error::Io(std::io::Error::other(format!("storage contract: {promise}")))
}

fn holds(kept: bool, promise: &str) -> Result<()> {
    if kept { Ok(()) } else { Err(broken(promise)) }
}

async fn create_is_once(store: &Store) -> Result<()> {
    let key = Key::Manifest(dataset()?, VersionNumber(1));
    let first = store.create(&key, Bytes::from_static(b"first")).await?;
    holds(first == Created::Now, "the first creation creates")?;
    let second = store.create(&key, Bytes::from_static(b"second")).await?;
    holds(second == Created::Before, "a second creation does not")?;
    holds(store.get(&key).await? == "first", "the first object stays")
}

async fn one_creator_wins(store: &Store) -> Result<()> {
    let key = Key::Lease("contract".to_owned(), 1);
    let racers = (0..16u8).map(|racer| store.create(&key, Bytes::from(vec![racer; 1000])));
    let results = future::join_all(racers).await.into_iter().collect::<Result<Vec<_>>>()?;
    let winners: Vec<usize> = (0..16).filter(|racer| results.get(*racer) == Some(&Created::Now)).collect();
    holds(winners.len() == 1, "exactly one of 16 racing creations wins")?;
    let kept = store.get(&key).await?;
    let winner = winners.first().and_then(|winner| u8::try_from(*winner).ok());
    holds(kept.len() == 1000 && kept.iter().all(|byte| Some(*byte) == winner), "the winner's object is kept whole")
}

async fn lists_are_sorted(store: &Store) -> Result<()> {
    let dataset = dataset()?;
    holds(store.list(&Key::cursors(&dataset)).await?.is_empty(), "a folder that is not there is empty")?;
    for seq in [10, 2, 1] {
        store.create(&Key::Cursor(dataset.clone(), seq), Bytes::from_static(b"{}")).await?;
    }
    let names = store.list(&Key::cursors(&dataset)).await?;
    holds(names == ["00000001.json", "00000002.json", "00000010.json"], "names are listed whole and sorted")?;
    let aged = store.list_with_age(&Key::cursors(&dataset)).await?;
    holds(aged.iter().map(|object| &object.name).eq(&names), "names are listed with their ages in the same order")?;
    let known = |object: &Listed| object.modified > Timestamp::UNIX_EPOCH && object.modified < Timestamp::MAX;
    holds(aged.iter().all(known), "every object tells when it was written")
}

async fn ranges_are_exact(store: &Store) -> Result<()> {
    let bytes: Vec<u8> = (0..100_000u32).map(|i| (i % 253) as u8).collect();
    let key = Key::File(dataset()?, Sha256::of(&bytes), config::FileFormat::Csv);
    store.create(&key, Bytes::from(bytes.clone())).await?;
    holds(store.size(&key).await? == 100_000, "the size is told")?;
    for range in [0..1u64, 99_999..100_000, 5..5, 250..70_000, 0..100_000] {
        let (Ok(from), Ok(to)) = (usize::try_from(range.start), usize::try_from(range.end)) else { continue };
        let wanted = bytes.get(from..to).unwrap_or_default();
        holds(store.get_range(&key, range.clone()).await? == wanted, "a range is exact")?;
        let chunks: Vec<Bytes> = store.get_stream(&key, range).await?.boxed().try_collect().await?;
        holds(chunks.concat() == wanted, "a streamed range is exact")?;
    }
    Ok(())
}

async fn missing_is_told(store: &Store) -> Result<()> {
    let key = Key::Manifest(dataset()?, VersionNumber(404));
    let told = |result: Result<()>| matches!(result, Err(Error::Missing(_)));
    holds(told(store.get(&key).await.map(|_| ())), "reading what is missing says so")?;
    holds(told(store.size(&key).await.map(|_| ())), "the size of what is missing says so")?;
    holds(told(store.get_range(&key, 0..1).await.map(|_| ())), "a range of what is missing says so")?;
    holds(told(store.get_stream(&key, 0..1).await.map(|_| ())), "a stream of what is missing says so")
}

async fn uploads_are_skipped(store: &Store) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("rows.csv");
    std::fs::write(&file, b"a,b\n1,2\n")?;
    let key = Key::File(dataset()?, Sha256::of(b"a,b\n1,2\n"), config::FileFormat::Csv);
    holds(store.upload(&key, &file).await? == Created::Now, "the first upload copies")?;
    holds(store.upload(&key, &file).await? == Created::Before, "the second upload is skipped")?;
    holds(store.get(&key).await? == "a,b\n1,2\n", "the upload is whole")
}

/// Larger than what goes in one request.
async fn large_uploads_are_whole(store: &Store) -> Result<()> {
    let bytes: Vec<u8> = (0..LARGE).map(|at| (at % 251) as u8).collect();
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("large.csv");
    std::fs::write(&file, &bytes)?;
    let key = Key::File(dataset()?, Sha256::of(&bytes), config::FileFormat::Csv);
    holds(store.upload(&key, &file).await? == Created::Now, "an upload in parts copies")?;
    holds(store.size(&key).await? == u64::from(LARGE), "an upload in parts has its size")?;
    holds(Sha256::of(&store.get(&key).await?) == Sha256::of(&bytes), "an upload in parts is whole and in order")?;
    holds(store.upload(&key, &file).await? == Created::Before, "a second upload in parts is skipped")
}

/// More than a storage lists in one answer.
async fn long_lists_are_whole(store: &Store) -> Result<()> {
    let dataset: config::DatasetId =
        "contract-many".parse().map_err(|error: config::InvalidId| broken(&error.to_string()))?;
    let keys: Vec<Key> = (1..=MANY).map(|seq| Key::Cursor(dataset.clone(), seq)).collect();
    let created = futures::stream::iter(&keys).map(|key| store.create(key, Bytes::from_static(b"{}")));
    let created: Vec<Created> = created.buffer_unordered(16).try_collect().await?;
    holds(created.len() == keys.len(), "every object of many is created")?;
    let names = store.list(&Key::cursors(&dataset)).await?;
    let expected: Vec<String> = (1..=MANY).map(|seq| format!("{seq:08}.json")).collect();
    holds(names == expected, "a long list is whole and sorted")?;
    let tree = store.tree(&Key::private(&dataset)).await?;
    holds(
        tree.iter().map(|object| &object.path).eq(keys.iter().map(Key::path).collect::<Vec<_>>().iter()),
        "a long tree is whole",
    )
}

async fn private_objects_go(store: &Store) -> Result<()> {
    let key = Key::Raw(dataset()?, Sha256::of(b"raw"));
    store.create(&key, Bytes::from_static(b"raw")).await?;
    store.delete_private(&key).await?;
    holds(matches!(store.get(&key).await, Err(Error::Missing(_))), "a deleted object is gone")?;
    store.delete_private(&key).await
}

async fn trees_are_whole(store: &Store) -> Result<()> {
    let dataset = dataset()?;
    let root = Key::private(&dataset);
    let keys = [Key::Raw(dataset.clone(), Sha256::of(b"tree")), Key::Cursor(dataset.clone(), 77)];
    for key in &keys {
        store.create(key, Bytes::from_static(b"tree")).await?;
    }
    let found = store.tree(&root).await?;
    holds(found.is_sorted_by(|a, b| a.path < b.path), "a tree is listed in order")?;
    for key in &keys {
        let object = found.iter().find(|object| object.path == key.path());
        holds(object.is_some_and(|object| object.bytes == 4), "a tree is listed whole, with sizes")?;
        store.delete_private_at(&key.path()).await?;
        holds(matches!(store.get(key).await, Err(Error::Missing(_))), "what was deleted by its path is gone")?;
    }
    let public = Key::Manifest(dataset, VersionNumber(1));
    holds(store.delete_private_at(&public.path()).await.is_err(), "what is public is not deleted as private")?;
    holds(store.get(&public).await.is_ok(), "what is public stays")
}
