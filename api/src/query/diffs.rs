//! Changelogs that are not stored, between versions that are no longer neighbours: made when asked for, kept for a while.

use std::sync::{Arc, Mutex, PoisonError};

use catalog::{
    Store, history,
    table::TableFile,
    version::{Manifest, VersionNumber},
};
use config::DatasetId;
use tokio::sync::Semaphore;

use crate::error::Problem;

/// Changelogs that are kept.
const KEPT: usize = 8;
/// Rows of the older version at the most: comparing takes about 50 bytes of memory for each.
const MAX_ROWS: u64 = 1_000_000;

type Pair = (DatasetId, VersionNumber, VersionNumber);

/// The changelogs asked for last, newest at the end. Versions never change, so none ever becomes stale.
#[derive(Debug)]
pub(crate) struct Diffs {
    kept: Mutex<Vec<(Pair, Made)>>,
    /// One comparison at a time.
    turn: Semaphore,
}

impl Default for Diffs {
    fn default() -> Self {
        Self { kept: Mutex::default(), turn: Semaphore::new(1) }
    }
}

/// A changelog in a folder that is deleted with it.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// The changelog; `None` if both versions hold the same rows.
    pub(crate) table: Option<TableFile>,
    _folder: Arc<tempfile::TempDir>,
}

impl Diffs {
    /// The changelog between two versions.
    pub(crate) async fn get(&self, store: &Store, old: &Arc<Manifest>, new: &Arc<Manifest>) -> Result<Made, Problem> {
        let pair = (new.dataset.clone(), old.number, new.number);
        if let Some(known) = self.known(&pair) {
            return Ok(known);
        }
        if old.rows.max(new.rows) > MAX_ROWS {
            return Err(too_large(old, new));
        }
        let _turn = self.turn.acquire().await.map_err(Problem::internal)?;
        if let Some(known) = self.known(&pair) {
            return Ok(known);
        }
        let made = make(store.clone(), Arc::clone(old), Arc::clone(new)).await?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((pair, made.clone()));
        Ok(made)
    }

    fn known(&self, pair: &Pair) -> Option<Made> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| known == pair).map(|(_, made)| made.clone())
    }
}

/// Compares off the threads that serve other requests.
async fn make(store: Store, old: Arc<Manifest>, new: Arc<Manifest>) -> Result<Made, Problem> {
    let runtime = tokio::runtime::Handle::current();
    let job = move || -> catalog::Result<Made> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("changes.parquet");
        let differ = runtime.block_on(history::between(&store, &old, &new, &path))?;
        let table = differ.then(|| TableFile::open_local(&path)).transpose()?;
        Ok(Made { table, _folder: Arc::new(folder) })
    };
    Ok(tokio::task::spawn_blocking(job).await.map_err(Problem::internal)??)
}

fn too_large(old: &Manifest, new: &Manifest) -> Problem {
    let detail = format!("Versions {} and {} are too large to be compared for an answer.", old.number, new.number);
    Problem::new(actix_web::http::StatusCode::GONE, "api-changes-gone", detail)
        .hint(format!("Begin again without 'since': /d/{}/changes.", new.dataset))
}
