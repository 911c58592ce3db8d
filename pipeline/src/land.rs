//! Landing: raw bytes go to the storage under their hash before anyone parses them.

use catalog::{Key, Store, version::SourceProvenance};
use config::DatasetId;

use crate::{Error, Result, source::Raw};

/// Stores the bytes and says where they came from.
pub(crate) async fn land(store: &Store, dataset: &DatasetId, raw: &Raw) -> Result<SourceProvenance> {
    let validators = raw.validators.clone();
    let sha256 = validators.sha256.ok_or_else(|| Error::Internal("fetched bytes without a hash".to_owned()))?;
    store.upload(&Key::Raw(dataset.clone(), sha256.clone()), &raw.path).await?;
    Ok(SourceProvenance {
        location: validators.location,
        sha256,
        bytes: raw.bytes,
        fetched: raw.fetched,
        etag: validators.etag,
        last_modified: validators.last_modified,
    })
}
