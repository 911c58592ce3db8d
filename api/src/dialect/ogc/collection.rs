//! A dataset with a geometry, as a collection of features.

use catalog::{
    Entry, Snapshot,
    crs::Crs,
    encode::FeatureId,
    version::{ColumnInfo, Manifest, VersionNumber},
};
use config::{Access, ColumnType};

use crate::{error::Problem, lookup};

/// A collection: a version of a dataset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Collection<'a> {
    /// The dataset.
    pub(super) entry: &'a Entry,
    /// The version.
    pub(super) manifest: &'a Manifest,
    /// The column of the features' geometry.
    pub(super) geometry: &'a ColumnInfo,
}

/// Every collection that is open and published, by identifier.
pub(super) fn all(snapshot: &Snapshot) -> impl Iterator<Item = Collection<'_>> {
    let open = snapshot.datasets.values().filter(|entry| entry.dataset.file.access == Access::Public);
    open.filter_map(|entry| Collection::of(entry, entry.current()?))
}

/// The current version of a collection.
///
/// # Errors
/// 404 where there is none of the name, or its dataset has no geometry; 403 where it is not open.
pub(super) fn current<'a>(snapshot: &'a Snapshot, id: &str) -> Result<Collection<'a>, Problem> {
    let entry = lookup::open_entry(snapshot, id)?;
    Collection::of(entry, lookup::current(entry)?).ok_or_else(|| no_geometry(id))
}

/// A version of a collection by number.
///
/// # Errors
/// As [`current`], and 410 where the version was withdrawn.
pub(super) fn pinned<'a>(snapshot: &'a Snapshot, id: &str, version: VersionNumber) -> Result<Collection<'a>, Problem> {
    let entry = lookup::open_entry(snapshot, id)?;
    let manifest = lookup::version(entry, &version.to_string())?;
    Collection::of(entry, manifest).ok_or_else(|| no_geometry(id))
}

fn no_geometry(id: &str) -> Problem {
    Problem::not_found(format!("'{id}' has no geometry and is no collection of features."))
        .hint(format!("See /ogc/collections for all of them, /d/{id}/rows for its rows."))
}

impl<'a> Collection<'a> {
    fn of(entry: &'a Entry, manifest: &'a Manifest) -> Option<Self> {
        let geometry = manifest.columns.iter().find(|column| matches!(column.kind, ColumnType::Geometry { .. }))?;
        manifest.tables().next().is_some().then_some(Self { entry, manifest, geometry })
    }

    /// The identifier: that of the dataset.
    pub(super) fn id(&self) -> &'a str {
        self.entry.dataset.id.as_str()
    }

    /// The column that `datetime` looks at: the first of days or instants.
    pub(super) fn time(&self) -> Option<&'a ColumnInfo> {
        let is_time = |kind: &ColumnType| matches!(kind, ColumnType::Date { .. } | ColumnType::Datetime { .. });
        self.manifest.columns.iter().find(|column| is_time(&column.kind))
    }

    /// What its features are known by: the key, where it names every row; else the row number in the version.
    pub(super) fn feature_id(&self) -> FeatureId {
        if self.manifest.key.is_empty() || self.manifest.has_ambiguous_keys() {
            return FeatureId::Row;
        }
        FeatureId::Key(self.manifest.key.clone())
    }

    /// The system that its geometries are kept in.
    pub(super) fn storage(&self) -> Crs {
        self.geometry.crs()
    }

    /// Whether a column may lack a value.
    pub(super) fn has_nulls(&self, column: &ColumnInfo) -> bool {
        !column.required && self.manifest.statistics.get(&column.name).is_none_or(|known| known.nulls > 0)
    }
}
