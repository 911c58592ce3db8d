//! Privacy classes: how far the values of a column may reveal a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ColumnName;

/// How far a column's values may reveal a person, from harmless to forbidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PrivacyClass {
    /// May be published; the privacy gate scans it for identity numbers all the same.
    #[default]
    Open,
    /// Harmless alone, but with others of its kind it may tell who it is (area, type, size, year): published where every
    /// combination of the values of all such columns is shared by `gates.privacy.k_anonymity` rows.
    QuasiIdentifier,
    /// Free text in which anything may stand: published only if the dataset says so.
    FreeText,
    /// Names of parties, or a text with such names: published with the names of natural persons masked, unless
    /// `gates.privacy.names` keeps them for a year.
    Names,
    /// What nobody may learn of a person (rent, support, health): published only if the dataset says so, and where every
    /// group of rows that look alike has `gates.privacy.l_diversity` different values of it.
    Sensitive,
    /// Points to a person: read for keys and checks, never published.
    Personal,
    /// Tells who or which one it is (a name, number or address): like `personal`.
    Identifier,
    /// Must not even be read.
    Secret,
}

impl PrivacyClass {
    /// Whether the values of such columns are published without a word about each of them in the dataset.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::QuasiIdentifier)
    }
}

/// How a column of the class `names` tells persons from organisations. What nothing tells counts as a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NameRule {
    /// The column with the kind of party.
    pub kind: Option<ColumnName>,
    /// The kinds that are organisations.
    pub organisations: Vec<String>,
    /// A column with an organisation number: a valid one tells an organisation.
    pub organisation_number: Option<ColumnName>,
    /// The column with the same text as the source shows it to everybody: where both are equal, the text holds no
    /// person's name; where they differ, this one is published instead.
    pub public: Option<ColumnName>,
}
