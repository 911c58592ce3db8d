//! Geometries of tables: how they are made of texts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Epsg;

/// A point whose coordinates stand in columns of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// The source's column of eastings or longitudes.
    #[schemars(length(min = 1))]
    pub x: String,
    /// The source's column of northings or latitudes.
    #[schemars(length(min = 1))]
    pub y: String,
    /// The source's column of heights in metres.
    #[serde(default)]
    pub z: Option<String>,
    /// The coordinate system of all rows. Without it and `crs_from`: longitude and latitude in WGS 84.
    #[serde(default)]
    pub crs: Option<Epsg>,
    /// The source's column that holds each row's coordinate system: an EPSG code (`25833`, `EPSG:25833`) or a SOSI code
    /// (`23`).
    #[serde(default)]
    pub crs_from: Option<String>,
}

impl Point {
    /// The source's columns, in the order x, y, z, system.
    pub fn columns(&self) -> [Option<&str>; 4] {
        [Some(self.x.as_str()), Some(self.y.as_str()), self.z.as_deref(), self.crs_from.as_deref()]
    }
}

/// A geometry that stands in its column as well-known text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WellKnownText {
    /// The coordinate system of texts that do not begin with one (`SRID=25833;`). Default: longitude and latitude in
    /// WGS 84.
    pub crs: Option<Epsg>,
}
