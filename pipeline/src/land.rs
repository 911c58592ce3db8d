//! Landing: raw bytes go to the storage under their hash before anyone parses them.

use catalog::{Store, version::SourceProvenance};
use config::DatasetId;

use crate::{Result, source::Raw};

/// Stores the bytes and says where they came from.
pub(crate) async fn land(store: &Store, dataset: &DatasetId, raw: &Raw) -> Result<SourceProvenance> {
    let _ = (store, dataset, raw);
    todo!()
}
