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
    /// Free text in which anything may stand: published only if the dataset says so.
    FreeText,
    /// Names of parties, or a text with such names: published with the names of natural persons masked, unless
    /// `gates.privacy.names` keeps them for a year.
    Names,
    /// Points to a person: read for keys and checks, never published.
    Personal,
    /// Must not even be read.
    Secret,
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
