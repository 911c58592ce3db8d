//! Profiles: dataset kinds. A new kind needs a TOML file and no Rust.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Check, Column, ColumnName, GateDefaults, GateKind, Link, OrderBy, Partition, Text};

/// A dataset kind: its columns, their meaning, and what must be checked before publication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Title for readers.
    pub title: Text,
    /// What datasets of this kind hold.
    #[serde(default)]
    pub description: Option<Text>,
    /// The columns, in published order. A dataset may add to them, or declare them all (profile `table`).
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Columns whose values together name a row; needed for the changelog.
    #[serde(default)]
    pub key: Vec<ColumnName>,
    /// The published sort order. Default: the key.
    #[serde(default)]
    pub order: Vec<OrderBy>,
    /// How datasets of this kind are divided into parts. Default: not at all.
    #[serde(default)]
    pub partition: Option<Partition>,
    /// Laws and regulations by which such data are kept or made public; a dataset may add to them.
    #[serde(default)]
    pub legislation: Vec<Link>,
    /// Standards and specifications that such data keep; a dataset may add to them.
    #[serde(default)]
    pub conforms_to: Vec<Link>,
    /// Gates that must run before anything of this kind is published.
    #[serde(default = "GateKind::all")]
    pub gates: BTreeSet<GateKind>,
    /// What is known of the values of every dataset of this kind; a check that names a column which a dataset omits does not
    /// hold there.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Settings of gates that hold unless a dataset sets its own.
    #[serde(default)]
    pub defaults: GateDefaults,
}
