//! How the runs of datasets stand: told by the pipeline, shown by the API, which knows nothing of runs itself.

use std::collections::BTreeMap;

use config::DatasetId;
use jiff::Timestamp;

/// How the runs of a dataset stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the last run began, and how it ended: one of a few fixed words.
    pub last_run: Option<(Timestamp, &'static str)>,
    /// When the last run that ended well began.
    pub last_success: Option<Timestamp>,
    /// Codes of what stopped the last run, without those that tell of persons; empty where it ended well.
    pub codes: Vec<String>,
    /// When it is due next.
    pub next_due: Option<Timestamp>,
    /// Whether no run ended well for as many scheduled times as are allowed to pass.
    pub late: bool,
    /// The runs seen so far by the word of how they ended.
    pub runs: BTreeMap<&'static str, u64>,
}

impl Standing {
    /// Whether the last run did not end well.
    pub fn is_in_trouble(&self) -> bool {
        !self.codes.is_empty() || matches!(self.last_run, Some((_, "held" | "blocked" | "failed")))
    }
}

/// How the runs of every dataset stand.
pub type Standings = BTreeMap<DatasetId, Standing>;
