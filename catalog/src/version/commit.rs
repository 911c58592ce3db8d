//! The commit: files, changelog, then the manifest, whose creation is the publication.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    Result, Store,
    version::{Clearance, Draft, Manifest},
};

/// What a commit did.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A version was published.
    Published(Arc<Manifest>),
    /// Content and metadata equal the parent's: nothing was published.
    Unchanged,
}

/// Publishes a cleared draft as the next version.
///
/// # Errors
/// `NotCleared` if the clearance was granted to another draft, `Conflict` if another run published the number first;
/// in every case nothing half-published is visible.
pub async fn commit(store: &Store, draft: Draft, clearance: Clearance, now: Timestamp) -> Result<Outcome> {
    let _ = (store, draft, clearance, now);
    todo!()
}
