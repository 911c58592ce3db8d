//! Files on this machine, one path or a pattern.

use std::path::Path;

use jiff::Timestamp;

use super::{Fetched, Validators};
use crate::Result;

/// Files on this machine.
#[derive(Debug)]
pub struct FileSource {}

impl FileSource {
    /// A source that reads below the configuration folder.
    pub(super) fn new(folder: &Path, spec: &config::FileSource) -> Self {
        let _ = (folder, spec);
        todo!()
    }

    pub(super) async fn fetch(&self, last: &[Validators], now: Timestamp) -> Result<Fetched> {
        let _ = (last, now);
        todo!()
    }
}
