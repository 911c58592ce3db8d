//! The manifest: everything there is to know about one version.

use std::collections::BTreeMap;

use config::{ColumnName, ColumnType, DatasetId, FileFormat, Partition, Text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Key, Sha256, VersionNumber,
    crs::Crs,
    version::{ChangeSummary, ChangesFile, GateReport},
};

/// Everything there is to know about one version. Immutable once created.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The dataset.
    pub dataset: DatasetId,
    /// The number.
    pub number: VersionNumber,
    /// The version it was made from.
    pub parent: Option<VersionNumber>,
    /// When it was published.
    pub published: Timestamp,
    /// Program and version that made it, `allmenning 0.1.0`.
    pub program: String,
    /// Hash of the dataset's and profile's declarations.
    pub config_sha256: String,
    /// Hash of what the public sees of the declarations: texts, licence, schema.
    pub metadata_sha256: String,
    /// Rows.
    pub rows: u64,
    /// Published columns, in order.
    pub columns: Vec<ColumnInfo>,
    /// The highest field id that this or any earlier version had; 0 where that was not written down.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub highest_field_id: i32,
    /// Key columns.
    pub key: Vec<ColumnName>,
    /// Statistics by column.
    pub statistics: BTreeMap<ColumnName, ColumnStatistics>,
    /// Extent in WGS 84: west, south, east, north.
    pub bbox: Option<[f64; 4]>,
    /// How the dataset is divided into parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
    /// Published files; the Parquet data first, in the order of its rows.
    pub files: Vec<PublishedFile>,
    /// What the gates found.
    pub gates: Vec<GateReport>,
    /// Where the data came from.
    pub sources: Vec<SourceProvenance>,
    /// What changed since the parent; `None` for the first version, without a key, and where keys do not name rows.
    pub changes: Option<ChangeSummary>,
    /// The changelog; `None` where `changes` is, and in the first manifests of format 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes_file: Option<ChangesFile>,
    /// Rows that were rejected or withheld on the way.
    pub rows_left_out: u64,
    /// Why this version was made, where it was not a new fetch (`rollback to 3`).
    pub note: Option<String>,
    /// The withdrawn version whose place this one takes after an erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaced>,
}

impl Manifest {
    /// When the version was published first: before an erasure, under another number.
    pub fn first_published(&self) -> Timestamp {
        self.replaces.map_or(self.published, |replaced| replaced.published)
    }
}

/// The withdrawn version whose place another one takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Its number.
    pub version: VersionNumber,
    /// When it was published first.
    pub published: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(number: &i32) -> bool {
    *number == 0
}

impl Manifest {
    /// The highest field id that this or any earlier version had, as far as it is known.
    pub fn highest_field_id(&self) -> i32 {
        self.columns.iter().map(|column| column.field_id).fold(self.highest_field_id, i32::max)
    }

    /// The published tables.
    pub fn tables(&self) -> impl Iterator<Item = &PublishedFile> {
        self.files.iter().filter(|file| file.format == FileFormat::Parquet)
    }

    /// The storage's name of a published file.
    pub fn key_of(&self, file: &PublishedFile) -> Key {
        Key::File(self.dataset.clone(), file.sha256.clone(), file.format)
    }

    /// Whether the values of the key name every row, and all of them are published.
    pub fn has_naming_key(&self) -> bool {
        let is_published = |name: &ColumnName| self.columns.iter().any(|column| column.name == *name);
        !self.key.is_empty() && !self.has_ambiguous_keys() && self.key.iter().all(is_published)
    }

    /// Whether rows share a key or have none, as the shape gate found: no changelog can then name them.
    pub fn has_ambiguous_keys(&self) -> bool {
        let findings = self.gates.iter().flat_map(|report| &report.findings);
        findings.into_iter().any(|finding| ["shape-duplicate-key", "shape-null-key"].contains(&finding.code.as_str()))
    }

    /// The day on which the first of the published names of persons must go; `None` where none is published.
    pub fn names_until(&self) -> Option<jiff::civil::Date> {
        self.gates.iter().find_map(|report| report.privacy.as_ref()?.names.until)
    }

    /// The files that bear no names of persons, as far as that is known: without the least and largest values in them.
    pub fn files_without_names(&self) -> Vec<PublishedFile> {
        let facts = self.gates.iter().find_map(|report| report.privacy.as_ref()).map(|privacy| &privacy.names);
        let named = facts.filter(|facts| facts.until.is_some()).map(|facts| &facts.parts);
        let is_free = |file: &&PublishedFile| match (named, &file.part) {
            (None, _) => true,
            // Earlier programs did not write down which parts they are.
            (Some(parts), _) if parts.is_empty() => false,
            (Some(parts), Some(part)) => !parts.contains(&part.key),
            (Some(_), None) => false,
        };
        self.files.iter().filter(is_free).map(PublishedFile::without_values).collect()
    }

    /// The day on which the first of the rows under embargo may be published.
    pub fn embargo_until(&self) -> Option<jiff::civil::Date> {
        self.gates.iter().find_map(|report| report.completeness.as_ref()?.embargo_until)
    }

    /// The day on which the same source gives another version: names must go, or rows come out of embargo.
    pub fn due_again(&self) -> Option<jiff::civil::Date> {
        self.names_until().into_iter().chain(self.embargo_until()).min()
    }

    /// What the gates found and did, for everybody.
    pub fn gate_report(&self) -> serde_json::Value {
        serde_json::json!({
            "dataset": self.dataset, "version": self.number, "published": self.published, "program": self.program,
            "completeness": self.gates.iter().find_map(|report| report.completeness.as_ref()),
            "privacy": self.gates.iter().find_map(|report| report.privacy.as_ref()),
            "gates": self.gates.iter().map(|report| serde_json::json!({
                "gate": report.gate, "checked": report.checked, "findings": report.findings,
            })).collect::<Vec<_>>(),
        })
    }
}

/// A published column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnInfo {
    /// The name.
    pub name: ColumnName,
    /// Parquet field id: stays with the name from version to version.
    pub field_id: i32,
    /// The type.
    pub kind: ColumnType,
    /// Title for readers.
    pub title: Text,
    /// What the values mean.
    pub description: Option<Text>,
    /// UCUM unit.
    pub unit: Option<String>,
    /// Code list.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<String, Text>,
    /// IRI of the concept.
    pub concept: Option<url::Url>,
    /// True if no value can be missing.
    pub required: bool,
    /// The coordinate system of a geometry; `None`: longitude and latitude in WGS 84 (OGC:CRS84), as in all manifests
    /// that do not tell, or no geometry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crs: Option<Crs>,
}

impl ColumnInfo {
    /// The coordinate system of the geometries; of columns of other types it says nothing.
    pub fn crs(&self) -> Crs {
        self.crs.unwrap_or(Crs::CRS84)
    }

    /// Says in which coordinate system the geometries are.
    pub fn set_crs(&mut self, crs: Crs) {
        self.crs = Some(crs).filter(|crs| *crs != Crs::CRS84);
    }
}

/// Statistics of a column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnStatistics {
    /// Missing values.
    pub nulls: u64,
    /// Smallest value, as text; `None` for geometries and where nothing is known.
    pub min: Option<String>,
    /// Largest value, as text.
    pub max: Option<String>,
}

/// A published file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublishedFile {
    /// The last segment of its address, `{dataset}.parquet`.
    pub name: String,
    /// Its format.
    pub format: FileFormat,
    /// Its content hash, which is its name in the storage.
    pub sha256: Sha256,
    /// Its size.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
    /// The part of the dataset that it holds; `None` where the dataset is one file of each format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<PartInfo>,
}

impl PublishedFile {
    /// The file without the least and largest values in it.
    pub(crate) fn without_values(&self) -> Self {
        let part = self.part.as_ref().map(|part| PartInfo { key: part.key.clone(), range: BTreeMap::new() });
        Self { part, ..self.clone() }
    }
}

/// A part of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartInfo {
    /// `2026-08`, `2026`, or `undated`.
    pub key: String,
    /// Smallest and largest value of the partition's column and of the key columns, as text; only of tables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub range: BTreeMap<ColumnName, [Option<String>; 2]>,
}

impl PartInfo {
    /// The part of a table that was written with these statistics; `columns` are those whose range is told.
    pub fn of_table<'a>(
        key: String,
        statistics: &BTreeMap<ColumnName, ColumnStatistics>,
        columns: impl Iterator<Item = &'a ColumnName>,
    ) -> Self {
        let known = columns.filter_map(|name| Some((name.clone(), statistics.get(name)?)));
        let range = known.map(|(name, known)| (name, [known.min.clone(), known.max.clone()])).collect();
        Self { key, range }
    }
}

/// Where a version's data came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceProvenance {
    /// Address without query and user information, or path relative to the configuration folder.
    pub location: String,
    /// Hash of the landed bytes.
    pub sha256: Sha256,
    /// Their size.
    pub bytes: u64,
    /// When they were fetched.
    pub fetched: Timestamp,
    /// `ETag` of the answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the answer.
    pub last_modified: Option<String>,
}
