//! What a profile sets for the gates of its datasets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Column, ColumnName, Gates, Sequence};

/// Settings of gates that hold for every dataset of a kind unless the dataset sets its own. One that names a column which
/// a dataset omits does not hold there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GateDefaults {
    /// `gates.privacy.embargo`.
    pub embargo: Option<ColumnName>,
    /// `gates.privacy.known_names`; those of the dataset are added.
    pub known_names: Vec<ColumnName>,
    /// `gates.privacy.names_dates`.
    pub names_dates: Vec<ColumnName>,
    /// `gates.shape.sequence`.
    pub sequence: Option<Sequence>,
    /// `gates.shape.keep_latest`.
    pub keep_latest: Option<ColumnName>,
}

impl GateDefaults {
    /// The gates of a dataset with these columns.
    pub(crate) fn fill(&self, gates: &Gates, columns: &[Column]) -> Gates {
        let there = |name: &&ColumnName| columns.iter().any(|column| column.name == **name);
        let mut filled = gates.clone();
        let privacy = &mut filled.privacy;
        privacy.embargo = privacy.embargo.take().or_else(|| self.embargo.as_ref().filter(there).cloned());
        for name in self.known_names.iter().filter(there) {
            if !privacy.known_names.contains(name) {
                privacy.known_names.push(name.clone());
            }
        }
        if privacy.names_dates.is_empty() {
            privacy.names_dates = self.names_dates.iter().filter(there).cloned().collect();
        }
        let shape = &mut filled.shape;
        let whole = |sequence: &&Sequence| std::iter::once(&sequence.column).chain(&sequence.within).all(|n| there(&n));
        shape.sequence = shape.sequence.take().or_else(|| self.sequence.as_ref().filter(whole).cloned());
        shape.keep_latest = shape.keep_latest.take().or_else(|| self.keep_latest.as_ref().filter(there).cloned());
        filled
    }

    /// Whether the privacy gate looks into a column because of these settings.
    pub fn looks_into(&self, name: &str) -> bool {
        self.embargo.iter().chain(&self.known_names).any(|known| known.as_str() == name)
    }

    /// Every column that is named.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (&'static str, &ColumnName)> {
        let sequence =
            self.sequence.iter().flat_map(|sequence| std::iter::once(&sequence.column).chain(&sequence.within));
        let one = |key: &'static str| move |name| (key, name);
        let privacy = self.embargo.iter().map(one("embargo")).chain(self.known_names.iter().map(one("known_names")));
        let rest = self.names_dates.iter().map(one("names_dates")).chain(sequence.map(one("sequence")));
        privacy.chain(rest).chain(self.keep_latest.iter().map(one("keep_latest")))
    }
}
