//! The tombstone of a version.

use std::collections::BTreeMap;

use config::ColumnName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Sha256, VersionNumber, version::PublishedFile};

/// The tombstone of a version: public.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// When.
    pub time: Timestamp,
    /// By whom.
    pub by: String,
    /// Why, for the public.
    pub reason: String,
    /// What gave the right or the duty to withdraw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// The version to use instead.
    pub replaced_by: Option<VersionNumber>,
    /// On what occasion.
    #[serde(default)]
    pub kind: WithdrawalKind,
    /// The records that the replacing version lacks, or in which it lacks values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<ErasedKey>,
    /// The files that are still served, where only some of them were withdrawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<PublishedFile>,
}

/// On what occasion a version was withdrawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WithdrawalKind {
    /// The version itself was wrong.
    #[default]
    Withdrawn,
    /// A record was erased from it; the replacing version is the same without that.
    Erased,
    /// It was older than versions are kept.
    Retention,
    /// Names of persons stay in the newest version only: the files that bear names were withdrawn.
    Names,
}

/// An erased record, as the public may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasedKey {
    /// Its key as text, by column.
    Key(BTreeMap<ColumnName, String>),
    /// SHA-256 of its key's text, where the key itself is personal.
    KeySha256(Sha256),
}
