//! The storage: the only place that names a backend. Two primitives, so that every backend works: write an
//! immutable object, and create an object if it is not there.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use config::StorageSpec;
use futures::stream::BoxStream;
use object_store::ObjectStore;

use crate::{Key, Result};

/// A directory or a bucket.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<dyn ObjectStore>,
}

/// Whether an object was created or was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// This call created it.
    Now,
    /// It was there.
    Before,
}

impl Store {
    /// Opens `file:///path/` (created where missing; written with fsync of file and folder) or `s3://bucket/prefix`.
    pub fn open(spec: &StorageSpec) -> Result<Self> {
        let _ = spec;
        todo!()
    }

    /// Creates a small object if it is not there: the commit primitive.
    pub async fn create(&self, key: &Key, bytes: Bytes) -> Result<Created> {
        let _ = (key, bytes);
        todo!()
    }

    /// Copies a local file to a content-addressed key, streaming; a second copy is skipped.
    pub async fn upload(&self, key: &Key, file: &std::path::Path) -> Result<Created> {
        let _ = (key, file);
        todo!()
    }

    /// A small object as a whole; `Missing` if it is not there.
    pub async fn get(&self, key: &Key) -> Result<Bytes> {
        let _ = key;
        todo!()
    }

    /// Size of an object in bytes; `Missing` if it is not there.
    pub async fn size(&self, key: &Key) -> Result<u64> {
        let _ = key;
        todo!()
    }

    /// A range of an object.
    pub async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        let _ = (key, range);
        todo!()
    }

    /// A range of an object as a stream of chunks.
    pub async fn get_stream(&self, key: &Key, range: Range<u64>) -> Result<BoxStream<'static, Result<Bytes>>> {
        let _ = (key, range);
        todo!()
    }

    /// The names (last path segment) of the objects in a folder, sorted.
    pub async fn list(&self, folder: &object_store::path::Path) -> Result<Vec<String>> {
        let _ = folder;
        todo!()
    }

    /// Deletes a private object (retention); public objects are refused.
    pub async fn delete_private(&self, key: &Key) -> Result<()> {
        let _ = key;
        todo!()
    }

    /// The backend, for readers of ranges inside this crate.
    pub(crate) fn backend(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.inner)
    }
}
