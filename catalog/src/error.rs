//! What can go wrong in the catalogue.

use config::DatasetId;

use crate::{Key, VersionNumber};

/// The catalogue's result.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong in the catalogue. Every variant has a stable code and a hint.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The storage refused or failed.
    #[error("storage failed on '{key}': {source}")]
    Storage {
        /// The object.
        key: String,
        /// What the storage said.
        #[source]
        source: object_store::Error,
    },
    /// The storage address cannot be opened.
    #[error("cannot open storage '{url}': {reason}")]
    StorageUrl {
        /// The address, without options.
        url: String,
        /// Why not.
        reason: String,
    },
    /// An object is not there.
    #[error("there is no '{0}'")]
    Missing(Key),
    /// Another run published the same number first.
    #[error("version {number} of '{dataset}' was published by another run meanwhile")]
    Conflict {
        /// The dataset.
        dataset: DatasetId,
        /// The number both wanted.
        number: VersionNumber,
    },
    /// A manifest cannot be read.
    #[error("manifest '{key}' cannot be read: {reason}")]
    Manifest {
        /// The manifest.
        key: String,
        /// Why not.
        reason: String,
    },
    /// The draft was not cleared for publication.
    #[error("'{dataset}' is not cleared for publication: {reason}")]
    NotCleared {
        /// The dataset.
        dataset: DatasetId,
        /// What is missing or blocks.
        reason: String,
    },
    /// What was withdrawn would be published again.
    #[error("'{dataset}' would publish again what was withdrawn as version {number}")]
    WithdrawnContent {
        /// The dataset.
        dataset: DatasetId,
        /// The withdrawn version.
        number: VersionNumber,
    },
    /// What a version holds may not be published any more.
    #[error("'{dataset}' cannot go back to version {number}: {reason}")]
    Rollback {
        /// The dataset.
        dataset: DatasetId,
        /// The version.
        number: VersionNumber,
        /// Why not.
        reason: String,
    },
    /// A table cannot be written or read.
    #[error("table '{name}': {reason}")]
    Table {
        /// The file.
        name: String,
        /// Why not.
        reason: String,
    },
    /// Rows cannot be written as a workbook.
    #[error("a workbook cannot hold these rows: {0}")]
    Workbook(String),
    /// A record cannot be erased as was asked.
    #[error("nothing was erased from '{dataset}': {reason}")]
    Erasure {
        /// The dataset.
        dataset: DatasetId,
        /// Why not.
        reason: String,
    },
    /// A local file cannot be written or read.
    #[error("local file: {0}")]
    Io(#[from] std::io::Error),
    /// The metadata graph refused.
    #[error("metadata graph: {0}")]
    Graph(String),
    /// A shapes graph cannot be read.
    #[error("the shape {shape} cannot be read: {reason}")]
    Shapes {
        /// The shape, as Turtle writes it.
        shape: String,
        /// Why not.
        reason: String,
    },
    /// A file of statements cannot be read.
    #[error("'{name}' cannot be read as {syntax}: {reason}")]
    Rdf {
        /// The file.
        name: String,
        /// The syntax it was read as.
        syntax: &'static str,
        /// What is wrong, and at which line and column.
        reason: String,
    },
}

impl Error {
    /// The stable code, a heading in `docs/errors.md`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Storage { source, .. } if no_room(source) => "storage-full",
            Self::Storage { .. } => "catalog-storage",
            Self::StorageUrl { .. } => "catalog-storage-url",
            Self::Missing(_) => "catalog-missing",
            Self::Conflict { .. } => "catalog-conflict",
            Self::Manifest { .. } => "catalog-manifest",
            Self::NotCleared { .. } => "catalog-not-cleared",
            Self::WithdrawnContent { .. } => "withdrawn-content",
            Self::Rollback { .. } => "catalog-rollback",
            Self::Table { .. } => "catalog-table",
            Self::Workbook(_) => "catalog-workbook",
            Self::Erasure { .. } => "catalog-erasure",
            Self::Io(error) if no_room(error) => "disk-full",
            Self::Io(_) => "catalog-io",
            Self::Graph(_) => "catalog-graph",
            Self::Shapes { .. } => "catalog-shapes",
            Self::Rdf { .. } => "catalog-rdf",
        }
    }

    /// What to do about it, in one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Storage { source, .. } if no_room(source) => {
                "Make room on the disk of the storage, or raise the quota; the next run tries again."
            }
            Self::Storage { .. } => "Look at the storage's free space, permissions and address; then run again.",
            Self::StorageUrl { .. } => "Give a folder or s3://bucket/prefix as storage.url or with --storage.",
            Self::Missing(_) => "List what there is with `allmenning versions`.",
            Self::Conflict { .. } => "Run again: the new run starts from the version that won.",
            Self::Manifest { .. } => {
                "Restore the manifest from a backup, or roll back to a version before it; never edit one."
            }
            Self::NotCleared { .. } => "Read the findings with `allmenning status`; mend the source or the limits.",
            Self::WithdrawnContent { .. } => "Mend the source: what was withdrawn is not published again.",
            Self::Rollback { .. } => "Mend the source and run again, or declare that this may be published.",
            Self::Workbook(_) => "Take another form, fewer columns or fewer rows.",
            Self::Table { .. } => "Restore the file from a backup or publish again.",
            Self::Erasure { .. } => "Withdraw the versions that the message names, or remove the whole record.",
            Self::Io(error) if no_room(error) => MAKE_ROOM,
            Self::Io(_) => "Look at the free space and permissions of the temporary folder.",
            Self::Graph(_) => "Mend what the message names; `allmenning rebuild` tells whether all is well.",
            Self::Shapes { .. } => "Mend the shapes: they must be SHACL Core, without SPARQL and rules.",
            Self::Rdf { .. } => "Mend the file at the place that the message names.",
        }
    }
}

/// What to do when the temporary folder's disk is full.
pub const MAKE_ROOM: &str = "Make room on the disk of the temporary folder, or name another folder in TMPDIR.";

/// True if an error, or one that caused it, says that there is no room left.
pub fn no_room(error: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind;
    // An error inside an error of the same type is not its source, but its inner one.
    let full = |error: &std::io::Error| {
        matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
            || error.get_ref().is_some_and(|inner| no_room(inner))
    };
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.filter_map(|error| error.downcast_ref()).any(full)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn no_room_is_told_apart_however_deep_it_lies() {
        let storage = |kind: io::ErrorKind| {
            let cause = io::Error::other(io::Error::from(kind));
            let source = object_store::Error::Generic { store: "LocalFileSystem", source: Box::new(cause) };
            Error::Storage { key: "a".to_owned(), source }
        };
        assert_eq!(storage(io::ErrorKind::StorageFull).code(), "storage-full");
        assert_eq!(storage(io::ErrorKind::QuotaExceeded).code(), "storage-full");
        assert_eq!(storage(io::ErrorKind::PermissionDenied).code(), "catalog-storage");
        assert_eq!(Error::Io(io::ErrorKind::StorageFull.into()).code(), "disk-full");
        assert_eq!(Error::Io(io::ErrorKind::NotFound.into()).code(), "catalog-io");
    }
}
