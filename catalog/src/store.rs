//! The storage: the only place that names a backend. Two primitives, so that every backend works: write an
//! immutable object, and create an object if it is not there.

mod adopt;

use std::{
    ops::Range,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use config::StorageSpec;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use jiff::Timestamp;
use object_store::{
    Error as Cause, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, WriteMultipart,
    aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut},
    local::LocalFileSystem,
    path::Path,
    prefix::PrefixStore,
};
use tokio::io::AsyncReadExt;

use crate::{Error, Key, Result};

/// Bytes of one part of an upload; smaller files go in one request.
const PART_BYTES: usize = 8 << 20;
/// Parts of one upload that are on their way at the same time.
const PARTS_AT_ONCE: usize = 4;

/// A directory or a bucket.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<dyn ObjectStore>,
    /// Where the objects are files of this machine.
    folder: Option<PathBuf>,
}

/// An object as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its path.
    pub path: Path,
    /// Its size.
    pub bytes: u64,
    /// When it was written.
    pub written: Timestamp,
}

/// Whether an object was created or was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// This call created it.
    Now,
    /// It was there.
    Before,
}

/// An object as a listing tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Last segment of its path.
    pub name: String,
    /// When it was written, by the storage's clock.
    pub modified: Timestamp,
}

impl Store {
    /// Opens `file:///path/` (created where missing; written with fsync of file and folder) or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// `StorageUrl` for another scheme, an unknown option, or a folder that cannot be made.
    pub fn open(spec: &StorageSpec) -> Result<Self> {
        let inner = match spec.url.scheme() {
            "file" => open_folder(spec),
            "s3" => open_bucket(spec),
            other => Err(format!("scheme '{other}' is not one of file, s3")),
        };
        let folder = spec.url.to_file_path().ok().filter(|_| spec.url.scheme() == "file");
        inner.map(|inner| Self { inner, folder }).map_err(|reason| Error::StorageUrl { url: shown(&spec.url), reason })
    }

    /// Creates a small object if it is not there: the commit primitive.
    pub async fn create(&self, key: &Key, bytes: Bytes) -> Result<Created> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.inner.put_opts(&key.path(), bytes.into(), options).await {
            Ok(_) => Ok(Created::Now),
            Err(Cause::AlreadyExists { .. }) => Ok(Created::Before),
            Err(source) => Err(failed(key, source)),
        }
    }

    /// Copies a local file to a content-addressed key, streaming; a second copy is skipped.
    ///
    /// A file appears under its key whole or not at all. Other keys are refused: what is published never changes.
    pub async fn upload(&self, key: &Key, file: &FilePath) -> Result<Created> {
        if !key.is_content_addressed() {
            let source = "only what is named by its content may be written again".into();
            return Err(failed(key, Cause::PermissionDenied { path: key.to_string(), source }));
        }
        let mut source = tokio::fs::File::open(file).await?;
        let size = source.metadata().await?.len();
        if self.size_if_there(key).await? == Some(size) {
            return Ok(Created::Before);
        }
        if size <= PART_BYTES as u64 {
            let mut whole = Vec::new();
            source.read_to_end(&mut whole).await?;
            self.inner.put(&key.path(), whole.into()).await.map_err(|source| failed(key, source))?;
        } else {
            self.upload_parts(key, source).await?;
        }
        Ok(Created::Now)
    }

    /// As [`Self::upload`] with a file of this program's own that is never written to again: in a folder on the same disk
    /// the storage then shares its bytes, and keeps them when the file's own name goes.
    pub async fn adopt(&self, key: &Key, file: &FilePath) -> Result<Created> {
        let Some(root) = self.folder.as_ref().filter(|_| key.is_content_addressed()) else {
            return self.upload(key, file).await;
        };
        let (own, there) = (file.to_owned(), root.join(key.path().as_ref()));
        let linked =
            tokio::task::spawn_blocking(move || adopt::link(&own, &there)).await.map_err(std::io::Error::other)?;
        if linked? { Ok(Created::Now) } else { self.upload(key, file).await }
    }

    async fn upload_parts(&self, key: &Key, mut source: tokio::fs::File) -> Result<()> {
        let upload = self.inner.put_multipart(&key.path()).await.map_err(|source| failed(key, source))?;
        let mut parts = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        loop {
            parts.wait_for_capacity(PARTS_AT_ONCE).await.map_err(|source| failed(key, source))?;
            let mut part = BytesMut::with_capacity(PART_BYTES);
            match source.read_buf(&mut part).await {
                Ok(0) => break,
                Ok(_) => parts.put(part.freeze()),
                Err(error) => {
                    parts.abort().await.map_err(|source| failed(key, source))?;
                    return Err(error.into());
                }
            }
        }
        parts.finish().await.map(|_| ()).map_err(|source| failed(key, source))
    }

    /// A small object as a whole; `Missing` if it is not there.
    pub async fn get(&self, key: &Key) -> Result<Bytes> {
        let found = self.inner.get(&key.path()).await.map_err(|source| failed(key, source))?;
        found.bytes().await.map_err(|source| failed(key, source))
    }

    /// Size of an object in bytes; `Missing` if it is not there.
    pub async fn size(&self, key: &Key) -> Result<u64> {
        self.inner.head(&key.path()).await.map(|found| found.size).map_err(|source| failed(key, source))
    }

    async fn size_if_there(&self, key: &Key) -> Result<Option<u64>> {
        match self.size(key).await {
            Ok(size) => Ok(Some(size)),
            Err(Error::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A range of an object.
    pub async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        self.inner.get_range(&key.path(), range).await.map_err(|source| failed(key, source))
    }

    /// A range of an object as a stream of chunks.
    pub async fn get_stream(&self, key: &Key, range: Range<u64>) -> Result<BoxStream<'static, Result<Bytes>>> {
        if range.is_empty() {
            return Ok(stream::empty().boxed());
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let found = self.inner.get_opts(&key.path(), options).await.map_err(|source| failed(key, source))?;
        let key = key.clone();
        Ok(found.into_stream().map(move |chunk| chunk.map_err(|source| failed(&key, source))).boxed())
    }

    /// The names (last path segment) of the objects in a folder, sorted.
    pub async fn list(&self, folder: &Path) -> Result<Vec<String>> {
        let listed = self.list_with_age(folder).await?;
        Ok(listed.into_iter().map(|object| object.name).collect())
    }

    /// The objects in a folder and when they were written, sorted by name.
    pub async fn list_with_age(&self, folder: &Path) -> Result<Vec<Listed>> {
        let listed = self.inner.list_with_delimiter(Some(folder)).await;
        let listed = listed.map_err(|source| Error::Storage { key: folder.to_string(), source })?;
        let known = |object: &ObjectMeta| {
            // A time that cannot be is taken for the newest there is, so that nothing is deleted for it.
            let modified = Timestamp::from_millisecond(object.last_modified.timestamp_millis());
            Some(Listed { name: object.location.filename()?.to_owned(), modified: modified.unwrap_or(Timestamp::MAX) })
        };
        let mut objects: Vec<Listed> = listed.objects.iter().filter_map(known).collect();
        objects.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(objects)
    }

    /// Deletes a private object (retention); public objects are refused.
    pub async fn delete_private(&self, key: &Key) -> Result<()> {
        if key.is_public() {
            let source =
                Cause::PermissionDenied { path: key.to_string(), source: "what was published is never deleted".into() };
            return Err(failed(key, source));
        }
        match self.inner.delete(&key.path()).await {
            Ok(()) | Err(Cause::NotFound { .. }) => Ok(()),
            Err(source) => Err(failed(key, source)),
        }
    }

    /// Every object under a folder, at any depth: path, size, and when it was written. Sorted by path.
    pub async fn tree(&self, folder: &Path) -> Result<Vec<Stored>> {
        let listed: Vec<_> = self.inner.list(Some(folder)).try_collect().await.map_err(|source| at(folder, source))?;
        let stored = listed.into_iter().map(|object| Stored {
            path: object.location,
            bytes: object.size,
            written: Timestamp::from_millisecond(object.last_modified.timestamp_millis()).unwrap_or(Timestamp::MAX),
        });
        let mut stored: Vec<Stored> = stored.collect();
        stored.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(stored)
    }

    /// An object by its path.
    pub async fn get_at(&self, path: &Path) -> Result<Bytes> {
        let found = self.inner.get(path).await.map_err(|source| at(path, source))?;
        found.bytes().await.map_err(|source| at(path, source))
    }

    /// Deletes an object of a private folder by its path (erasure).
    pub async fn delete_private_at(&self, path: &Path) -> Result<()> {
        if !Key::is_private(path) {
            let source = "what was published is deleted only with its version".into();
            return Err(at(path, Cause::PermissionDenied { path: path.to_string(), source }));
        }
        self.delete_at(path).await
    }

    /// Deletes any object; for withdrawn versions only.
    pub(crate) async fn delete_at(&self, path: &Path) -> Result<()> {
        match self.inner.delete(path).await {
            Ok(()) | Err(Cause::NotFound { .. }) => Ok(()),
            Err(source) => Err(at(path, source)),
        }
    }

    /// Writes a small object over the one that is there; for manifests of withdrawn versions only.
    pub(crate) async fn overwrite(&self, key: &Key, bytes: Bytes) -> Result<()> {
        self.inner.put(&key.path(), bytes.into()).await.map(|_| ()).map_err(|source| failed(key, source))
    }

    /// Deletes what uploads that were broken off left in a folder before an instant; nothing lists it. Only a folder of
    /// this machine keeps such remains where they can be found; a bucket has its own rule for them.
    pub async fn sweep(&self, folder: &Path, before: Timestamp) -> Result<()> {
        let Some(root) = &self.folder else { return Ok(()) };
        let folder = root.join(folder.as_ref());
        tokio::task::spawn_blocking(move || sweep(&folder, before)).await.map_err(std::io::Error::other)??;
        Ok(())
    }

    /// The backend, for readers of ranges inside this crate.
    pub(crate) fn backend(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.inner)
    }
}

fn failed(key: &Key, source: Cause) -> Error {
    match source {
        Cause::NotFound { .. } => Error::Missing(key.clone()),
        source => Error::Storage { key: key.to_string(), source },
    }
}

fn at(path: &Path, source: Cause) -> Error {
    Error::Storage { key: path.to_string(), source }
}

/// Deletes files whose names end in `#` and a number, which the local backend gives to uploads under way.
fn sweep(folder: &FilePath, before: Timestamp) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sweep(&entry.path(), before)?;
            continue;
        }
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.rsplit_once('#')).map(|(_, number)| number);
        let staged = number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        let written = Timestamp::try_from(entry.metadata()?.modified()?).unwrap_or(Timestamp::MAX);
        if staged && written < before {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The address without user information and query, which may hold secrets.
fn shown(url: &url::Url) -> String {
    format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

fn open_folder(spec: &StorageSpec) -> std::result::Result<Arc<dyn ObjectStore>, String> {
    if let Some(option) = spec.options.keys().next() {
        return Err(format!("a folder has no options, but '{option}' is given"));
    }
    let folder = spec.url.to_file_path().map_err(|()| "it is not the path of a folder of this machine".to_owned())?;
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| error.to_string())?;
    Ok(Arc::new(store.with_fsync(true)))
}

fn open_bucket(spec: &StorageSpec) -> std::result::Result<Arc<dyn ObjectStore>, String> {
    let bucket = spec.url.host_str().filter(|host| !host.is_empty()).ok_or("the name of the bucket is missing")?;
    let prefix = spec.url.path().trim_matches('/');
    let prefix = Path::parse(prefix).map_err(|error| error.to_string())?;
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_virtual_hosted_style_request(false)
        .with_conditional_put(S3ConditionalPut::ETagMatch);
    for (name, value) in &spec.options {
        let option: AmazonS3ConfigKey = name.parse().map_err(|_| format!("option '{name}' is not known"))?;
        builder = builder.with_config(option, value.reveal());
    }
    let store = builder.build().map_err(|error| error.to_string())?;
    Ok(if prefix.as_ref().is_empty() { Arc::new(store) } else { Arc::new(PrefixStore::new(store, prefix)) })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, io::Write};

    use config::Secret;

    use super::*;
    use crate::Sha256;

    fn spec(url: &str, options: &[(&str, &str)]) -> StorageSpec {
        let options = options.iter().map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned())));
        StorageSpec { url: url.parse().unwrap(), options: options.collect() }
    }

    #[tokio::test]
    async fn a_folder_keeps_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        crate::contract::store_contract(&Store::local(folder.path())).await.unwrap();
    }

    #[tokio::test]
    async fn a_folder_is_made_and_its_objects_are_plain_files() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::local(&folder.path().join("a/b c/å"));
        let key = Key::Cursor("tre-ø".replace('ø', "o").parse().unwrap(), 1);
        store.create(&key, Bytes::from_static(b"{}")).await.unwrap();
        let file = folder.path().join("a/b c/å/private/datasets/tre-o/cursor/00000001.json");
        assert_eq!(std::fs::read(file).unwrap(), b"{}");
    }

    #[tokio::test]
    async fn a_listing_tells_when_an_object_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::local(folder.path());
        let dataset: config::DatasetId = "a".parse().unwrap();
        let key = Key::Cursor(dataset.clone(), 1);
        store.create(&key, Bytes::from_static(b"{}")).await.unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        let file = std::fs::File::options().write(true).open(folder.path().join(key.to_string())).unwrap();
        file.set_modified(time).unwrap();
        let modified = Timestamp::from_second(1_700_000_000).unwrap();
        let listed = store.list_with_age(&Key::cursors(&dataset)).await.unwrap();
        assert_eq!(listed, [Listed { name: "00000001.json".to_owned(), modified }]);
    }

    #[tokio::test]
    async fn a_large_file_arrives_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::local(&folder.path().join("store"));
        let mut local = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = (0..20_000_000u32).map(|i| (i % 251) as u8).collect();
        local.write_all(&bytes).unwrap();
        let key = Key::Raw("a".parse().unwrap(), Sha256::of(&bytes));
        assert_eq!(store.upload(&key, local.path()).await.unwrap(), Created::Now);
        assert_eq!(store.upload(&key, local.path()).await.unwrap(), Created::Before);
        assert_eq!(Sha256::of(&store.get(&key).await.unwrap()), Sha256::of(&bytes));
        let beside = std::fs::read_dir(folder.path().join("store/private/datasets/a/raw")).unwrap().count();
        assert_eq!(beside, 1);
    }

    #[tokio::test]
    async fn a_truncated_object_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::local(folder.path());
        let local = folder.path().join("local");
        std::fs::write(&local, b"whole").unwrap();
        let key = Key::Raw("a".parse().unwrap(), Sha256::of(b"whole"));
        store.create(&key, Bytes::from_static(b"who")).await.unwrap();
        assert_eq!(store.upload(&key, &local).await.unwrap(), Created::Now);
        assert_eq!(store.get(&key).await.unwrap(), Bytes::from_static(b"whole"));
    }

    #[tokio::test]
    async fn public_objects_cannot_be_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::local(folder.path());
        let key = Key::Manifest("a".parse().unwrap(), crate::version::VersionNumber::FIRST);
        store.create(&key, Bytes::from_static(b"{}")).await.unwrap();
        assert_eq!(store.delete_private(&key).await.unwrap_err().code(), "catalog-storage");
        assert_eq!(store.get(&key).await.unwrap(), Bytes::from_static(b"{}"));
    }

    #[tokio::test]
    async fn a_storage_that_refuses_is_an_error_with_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::local(folder.path());
        std::fs::write(folder.path().join("private"), b"in the way").unwrap();
        let key = Key::Cursor("a".parse().unwrap(), 1);
        let error = store.create(&key, Bytes::from_static(b"{}")).await.unwrap_err();
        assert_eq!(error.code(), "catalog-storage");
        assert!(error.to_string().contains("private/datasets/a/cursor/00000001.json"), "{error}");
    }

    #[test]
    fn addresses_that_cannot_be_opened_say_why_and_keep_secrets() {
        for (url, options, reason) in [
            ("gopher://x/", &[][..], "scheme 'gopher'"),
            ("s3:///prefix", &[], "bucket"),
            ("s3://bucket/p", &[("colour", "hemmelig")], "option 'colour'"),
            ("file:///proc/nowhere/", &[], ""),
            ("file:///srv/", &[("region", "hemmelig")], "no options"),
        ] {
            let error = Store::open(&spec(url, options)).unwrap_err();
            assert_eq!(error.code(), "catalog-storage-url", "{url}");
            assert!(error.to_string().contains(reason), "{error}");
            assert!(!error.to_string().contains("hemmelig"), "{error}");
        }
    }

    #[test]
    fn a_bucket_opens_without_touching_the_network() {
        let options = [
            ("endpoint", "http://127.0.0.1:9"),
            ("region", "eu-north-1"),
            ("access_key_id", "a"),
            ("secret_access_key", "b"),
            ("allow_http", "true"),
        ];
        Store::open(&spec("s3://bucket/a/prefix", &options)).unwrap();
        assert_eq!(BTreeMap::from(options).len(), 5);
    }
}
