//! Landing: raw bytes go to the storage under their hash before anyone parses them.

use std::io::Write;

use catalog::{Key, Sha256, Store, version::SourceProvenance};
use config::DatasetId;
use futures::StreamExt;

use crate::{
    Error, Result,
    gate::masked_name,
    source::{Raw, Validators},
};

/// Stores the bytes and says where they came from.
pub(crate) async fn land(store: &Store, dataset: &DatasetId, raw: &Raw) -> Result<SourceProvenance> {
    let provenance = provenance(raw)?;
    let key = Key::Raw(dataset.clone(), provenance.sha256.clone());
    store.adopt(&key, &raw.path).await?;
    Ok(provenance)
}

/// Brings back landed bytes; it is an error if they are no longer there, or not the same.
pub(crate) async fn landed(store: &Store, dataset: &DatasetId, source: &SourceProvenance) -> Result<Raw> {
    let key = Key::Raw(dataset.clone(), source.sha256.clone());
    let size = store.size(&key).await?;
    let mut chunks = store.get_stream(&key, 0..size).await?;
    let (mut file, path) = tempfile::NamedTempFile::with_prefix("allmenning-")?.into_parts();
    while let Some(chunk) = chunks.next().await {
        file.write_all(&chunk?)?;
    }
    file.flush()?;
    let (sha256, bytes) = Sha256::of_file(&path)?;
    if sha256 != source.sha256 {
        return Err(catalog::Error::Missing(key).into());
    }
    let validators = Validators {
        location: source.location.clone(),
        etag: source.etag.clone(),
        last_modified: source.last_modified.clone(),
        sha256: Some(sha256),
        memory: None,
        counts: Vec::new(),
    };
    let name = source.location.rsplit('/').next().unwrap_or_default().to_owned();
    Ok(Raw { name, path: path.to_path_buf(), temporary: path, bytes, fetched: source.fetched, validators })
}

/// Says where bytes came from, and stores nothing.
pub(crate) fn provenance(raw: &Raw) -> Result<SourceProvenance> {
    let validators = raw.validators.clone();
    let sha256 = validators.sha256.ok_or_else(|| Error::Internal("fetched bytes without a hash".to_owned()))?;
    Ok(SourceProvenance {
        // It is published: the privacy gate blocks an identity number in it, and no record may hold it.
        location: masked_name(&validators.location).unwrap_or(validators.location),
        sha256,
        bytes: raw.bytes,
        fetched: raw.fetched,
        etag: validators.etag,
        last_modified: validators.last_modified,
    })
}

#[cfg(test)]
mod tests {
    use config::StorageSpec;

    use super::*;

    #[tokio::test]
    async fn raw_bytes_land_once_under_their_hash() {
        let folder = tempfile::tempdir().unwrap();
        let url = url::Url::from_directory_path(folder.path()).unwrap();
        let store = Store::open(&StorageSpec { url, options: std::collections::BTreeMap::new() }).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all("a;ø\n".as_bytes()).unwrap();
        let sha256 = Sha256::of("a;ø\n".as_bytes());
        let validators = Validators {
            location: "data/fil.csv".to_owned(),
            etag: Some("\"1\"".to_owned()),
            last_modified: None,
            sha256: Some(sha256.clone()),
            memory: None,
            counts: Vec::new(),
        };
        let path = file.path().to_owned();
        let fetched = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut raw =
            Raw { name: "fil.csv".to_owned(), path, temporary: file.into_temp_path(), bytes: 5, fetched, validators };
        let dataset: DatasetId = "kommunale-boliger".parse().unwrap();
        let first = land(&store, &dataset, &raw).await.unwrap();
        assert_eq!(land(&store, &dataset, &raw).await.unwrap(), first);
        assert_eq!((first.location.as_str(), first.bytes, first.etag.as_deref()), ("data/fil.csv", 5, Some("\"1\"")));
        let bytes = store.get(&Key::Raw(dataset.clone(), sha256)).await.unwrap();
        assert_eq!(bytes.as_ref(), "a;ø\n".as_bytes());
        let back = landed(&store, &dataset, &first).await.unwrap();
        assert_eq!(std::fs::read(&back.path).unwrap(), "a;ø\n".as_bytes());
        assert_eq!((back.name.as_str(), provenance(&back).unwrap()), ("fil.csv", first.clone()));
        let other = SourceProvenance { sha256: Sha256::of(b"other"), ..first };
        assert_eq!(landed(&store, &dataset, &other).await.unwrap_err().code(), "catalog-missing");
        raw.validators.sha256 = None;
        assert_eq!(land(&store, &dataset, &raw).await.unwrap_err().code(), "internal");
    }
}
