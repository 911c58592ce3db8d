//! Datasets: what one TOML file under `datasets/` declares.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Access, Archive, Check, Column, ColumnName, Contact, Format, Frequency, Gates, GeonorgeRecord, HighValueCategory,
    Keep, Keywords, Language, Licence, Link, LosTerm, OrderBy, Partition, Period, ProfileId, Schedule, SeriesId,
    Source, Statistics, Text, Theme, TileArchive,
};

/// One dataset as its TOML file declares it. Its id is the stem of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetFile {
    /// Title.
    pub title: Text,
    /// What the data is about, for readers who do not know the municipality.
    pub description: Text,
    /// EU data themes, at least one.
    #[schemars(length(min = 1))]
    pub themes: BTreeSet<Theme>,
    /// Keywords by language.
    #[serde(default)]
    pub keywords: Keywords,
    /// Languages of the data itself. Default: `["nb"]`.
    #[serde(default = "norwegian")]
    #[schemars(length(min = 1))]
    pub languages: BTreeSet<Language>,
    /// Licence of the data.
    pub licence: Licence,
    /// Who may see the data.
    #[serde(default)]
    pub access: Access,
    /// How often the data changes.
    pub frequency: Frequency,
    /// Whom to ask. Default: the publisher's contact.
    #[serde(default)]
    pub contact: Option<Contact>,
    /// Where the data comes from, in words for readers.
    #[serde(default)]
    pub provenance: Option<Text>,
    /// Date of the first publication elsewhere, `YYYY-MM-DD`.
    #[serde(default)]
    pub issued: Option<jiff::civil::Date>,
    /// The days that the data are about. Default: from the least to the greatest day of the column that divides the dataset
    /// into parts, else of its first column of days or times.
    #[serde(default)]
    pub period: Option<Period>,
    /// Themes, words and life events of LOS, the national vocabulary of public services, by their place in it.
    #[serde(default)]
    pub subjects: BTreeSet<LosTerm>,
    /// Categories of high-value datasets (Implementing Regulation (EU) 2023/138), by their English names. Only for what the
    /// regulation names: it then applies to the dataset, its files and the API.
    #[serde(default)]
    pub high_value: BTreeSet<HighValueCategory>,
    /// Laws and regulations by which the data are kept or made public.
    #[serde(default)]
    pub legislation: Vec<Link>,
    /// Standards and specifications that the data keep.
    #[serde(default)]
    pub conforms_to: Vec<Link>,
    /// The series that the dataset belongs to, a key of `catalog.series`.
    #[serde(default)]
    pub series: Option<SeriesId>,
    /// The dataset's record in the national map catalogue.
    #[serde(default)]
    pub geonorge: Option<GeonorgeRecord>,
    /// The dataset kind.
    pub profile: ProfileId,
    /// Columns beside the profile's, or all of them where the profile has none.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Other source names for the profile's columns: `column = ["Source name"]`.
    #[serde(default)]
    pub mapping: BTreeMap<ColumnName, Vec<String>>,
    /// By which criterion rows were chosen and what is left out, published with the gate report.
    #[serde(default)]
    pub selection: Option<Text>,
    /// Columns of the profile that this source does not have; they are left out.
    #[serde(default)]
    pub omit: BTreeSet<ColumnName>,
    /// Key columns. Default: the profile's.
    #[serde(default)]
    pub key: Option<Vec<ColumnName>>,
    /// Published sort order. Default: the profile's, else the key.
    #[serde(default)]
    pub order: Option<Vec<OrderBy>>,
    /// How the dataset is divided into parts. Default: the profile's, else not at all.
    #[serde(default)]
    pub partition: Option<Partition>,
    /// The rows are not published, but statistics of them.
    #[serde(default)]
    pub statistics: Option<Statistics>,
    /// When the dataset is due. Without it the dataset runs by hand only.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// Where the bytes come from.
    pub source: Source,
    /// The source's bytes are a zip archive: which member is read. Default for a Shapefile: the only `.shp` in it.
    #[serde(default)]
    pub archive: Option<Archive>,
    /// How the bytes are to be read.
    pub format: Format,
    /// What is known of the values, held against every row.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Limits of the gates.
    #[serde(default)]
    pub gates: Gates,
    /// How long versions are kept. Default: `pipeline.keep`.
    #[serde(default)]
    pub keep: Option<Keep>,
    /// File formats published beside Parquet. Default: CSV, and `GeoJSON` where there is a geometry.
    #[serde(default)]
    pub distributions: Option<BTreeSet<FileFormat>>,
    /// Archives of tiles, where `distributions` has them.
    #[serde(default)]
    pub tiles: TileArchive,
}

fn norwegian() -> BTreeSet<Language> {
    BTreeSet::from([Language::Nb])
}

/// A format in which a version's files are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// Apache Parquet; `GeoParquet` where there is a geometry. Always published.
    Parquet,
    /// Comma-separated values, RFC 4180, UTF-8.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// `GeoJSON`, RFC 7946. Only where there is a geometry.
    Geojson,
    /// `FlatGeobuf` 3. Only where there is a geometry.
    Flatgeobuf,
    /// `GeoPackage` 1.4. Only where there is a geometry.
    Geopackage,
    /// `PMTiles` 3 with vector tiles. Only where there is a geometry.
    Pmtiles,
}

impl FileFormat {
    /// Every format, in the order in which it is shown.
    pub const ALL: [Self; 7] =
        [Self::Parquet, Self::Csv, Self::Ndjson, Self::Geojson, Self::Flatgeobuf, Self::Geopackage, Self::Pmtiles];

    /// File name extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Geojson => "geojson",
            Self::Flatgeobuf => "fgb",
            Self::Geopackage => "gpkg",
            Self::Pmtiles => "pmtiles",
        }
    }

    /// Media type; that of `FlatGeobuf` is in use, but not registered.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::Geojson => "application/geo+json",
            Self::Flatgeobuf => "application/flatgeobuf",
            Self::Geopackage => "application/geopackage+sqlite3",
            Self::Pmtiles => "application/vnd.pmtiles",
        }
    }

    /// Code in the EU authority table `file-type`, which has none of its own for `FlatGeobuf` and `PMTiles`.
    pub fn eu_code(self) -> &'static str {
        match self {
            Self::Parquet => "PARQUET",
            Self::Csv => "CSV",
            Self::Ndjson => "JSON",
            Self::Geojson => "GEOJSON",
            Self::Geopackage => "GPKG",
            Self::Flatgeobuf | Self::Pmtiles => "BIN",
        }
    }
}
