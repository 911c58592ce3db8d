//! Who publishes: the catalogue's publisher and contact point.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{MunicipalityNumber, OrgNumber, SeriesId, Text};

/// The body that publishes (`foaf:Agent`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// Name of the body.
    pub name: Text,
    /// Organisation number in Enhetsregisteret.
    pub organisation_number: OrgNumber,
    /// Municipality number, where the body is a municipality.
    #[serde(default)]
    pub municipality_number: Option<MunicipalityNumber>,
    /// Home page.
    #[serde(default)]
    pub homepage: Option<url::Url>,
    /// Whom to ask, where a dataset names nobody.
    pub contact: Contact,
}

/// Whom to ask (`vcard:Organization`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// A unit or role, not a person.
    pub name: Text,
    /// E-mail address.
    #[schemars(regex(pattern = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"))]
    pub email: String,
    /// Web page.
    #[serde(default)]
    pub url: Option<url::Url>,
}

/// What the catalogue as a whole is called (`dcat:Catalog`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogTexts {
    /// Title.
    pub title: Text,
    /// Description.
    pub description: Text,
    /// Series of datasets that belong together though each stands for itself, such as one for each year
    /// (`dcat:DatasetSeries`), by the name that datasets give as `series`.
    #[serde(default)]
    pub series: BTreeMap<SeriesId, Series>,
}

/// A series of datasets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Title.
    pub title: Text,
    /// What its datasets have in common.
    pub description: Text,
}
