//! Drafts: staged files nobody can see yet.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use config::{ColumnName, Dataset, FileFormat};

use crate::{
    Sha256,
    version::{ColumnInfo, ColumnStatistics, Manifest, SourceProvenance, StagedChanges},
};

/// A staged version: files in a local folder that is deleted with the draft.
#[derive(Debug)]
pub struct Draft {
    /// The dataset.
    pub dataset: Arc<Dataset>,
    /// The version it is made from.
    pub parent: Option<Arc<Manifest>>,
    /// Published columns.
    pub columns: Vec<ColumnInfo>,
    /// Staged files; the Parquet data first.
    pub files: Vec<StagedFile>,
    /// The highest field id that any version had or this one has.
    pub highest_field_id: i32,
    /// The changelog from the parent; `None` without a parent, or without a key that names every row.
    pub changes: Option<StagedChanges>,
    /// Rows.
    pub rows: u64,
    /// Statistics by column.
    pub statistics: BTreeMap<ColumnName, ColumnStatistics>,
    /// Extent in WGS 84: west, south, east, north.
    pub bbox: Option<[f64; 4]>,
    /// Where the data came from.
    pub sources: Vec<SourceProvenance>,
    /// Rows that were rejected or withheld on the way.
    pub rows_left_out: u64,
    /// The folder of the staged files.
    pub folder: tempfile::TempDir,
}

/// A staged file.
#[derive(Debug, Clone)]
pub struct StagedFile {
    /// The last segment of its future address.
    pub name: String,
    /// Its format.
    pub format: FileFormat,
    /// Where it is staged.
    pub path: PathBuf,
    /// Its content hash.
    pub sha256: Sha256,
    /// Its size.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
}

impl Draft {
    /// Hash over names and content of the staged files.
    pub fn content_sha256(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            text.push_str(&file.name);
            text.push(' ');
            text.push_str(file.sha256.as_str());
            text.push('\n');
        }
        Sha256::of(text.as_bytes()).to_string()
    }
}
