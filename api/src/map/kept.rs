//! Maps of whole versions, drawn once.

use std::sync::{Arc, Mutex, PoisonError};

use catalog::version::VersionNumber;
use config::DatasetId;

use super::Drawing;

/// Drawings that are kept; the largest have half a megabyte.
const KEPT: usize = 32;

/// The drawings asked for last, newest at the end. Versions never change, so none ever becomes stale.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Vec<(Version, Arc<Drawing>)>>);

type Version = (DatasetId, VersionNumber);

impl Kept {
    /// The drawing of a version, if it is kept.
    pub(crate) fn get(&self, version: &Version) -> Option<Arc<Drawing>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(known, _)| known == version)?;
        let found = kept.remove(at);
        let drawing = Arc::clone(&found.1);
        kept.push(found);
        Some(drawing)
    }

    /// Keeps a drawing in place of the oldest one.
    pub(crate) fn put(&self, version: Version, drawing: &Arc<Drawing>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != version);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((version, Arc::clone(drawing)));
    }
}
