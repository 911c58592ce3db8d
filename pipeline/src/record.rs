//! Run records: what happened, per stage, readable by a person and by a script.

use std::collections::BTreeMap;

use bytes::Bytes;
use catalog::{
    Key, RunId, Store,
    version::{ChangeSummary, GateReport, SourceProvenance},
};
use config::DatasetId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Error, Result, Stage, normalise::Reject};

/// How many records are looked through where the newest one does not carry what came before it.
const LOOK_BACK: usize = 50;

/// How many records that cannot be read are passed over.
const UNREADABLE: usize = 10;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A version was published.
    Published,
    /// Nothing changed.
    Unchanged,
    /// It differs so much from what is published that somebody must approve it; the last good version stays served.
    Held,
    /// A gate blocked; the last good version stays served.
    Blocked,
    /// An error stopped it; the last good version stays served.
    Failed,
}

impl Outcome {
    /// True if what is served agrees with the source.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Published | Self::Unchanged)
    }

    /// The word in records and on the terminal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Unchanged => "unchanged",
            Self::Held => "held",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
        }
    }
}

/// How names of persons went that were past their day, where the source could not be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamesEnd {
    /// The landed bytes of the current version were published without them.
    LandedBytes,
    /// The files with names of the current version were withdrawn.
    Withdrawn,
}

/// What started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// The schedule.
    Schedule,
    /// A person or script, by the command line.
    Command,
    /// The approval of a draft that an earlier run held back.
    Approval,
}

/// One stage of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRecord {
    /// The stage.
    pub stage: Stage,
    /// How long it took.
    pub milliseconds: u64,
}

/// An error as it stands in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorRecord {
    /// Stable code, a heading in `docs/errors.md`.
    pub code: String,
    /// What went wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl From<&Error> for ErrorRecord {
    fn from(error: &Error) -> Self {
        Self { code: error.code().to_owned(), message: error.to_string(), hint: error.hint().to_owned() }
    }
}

/// Rejected rows: all are counted, the first ones are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejects {
    /// Rejected rows.
    pub total: u64,
    /// Rejected rows by code.
    pub by_code: BTreeMap<String, u64>,
    /// Rejected rows by the column of their first bad cell.
    #[serde(default)]
    pub by_column: BTreeMap<String, u64>,
    /// Values that did not fit and were left out of accepted rows, by column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub discarded: BTreeMap<String, u64>,
    /// Rows with a value that does not fit, by column whose contract is `freeze`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub frozen: BTreeMap<String, u64>,
    /// The first ones.
    pub listed: Vec<Reject>,
}

impl Rejects {
    /// Counts rejects and lists them up to a limit.
    pub(crate) fn take(&mut self, rejects: Vec<Reject>, limit: usize) {
        for reject in rejects {
            self.total += 1;
            *self.by_code.entry(reject.code.clone()).or_default() += 1;
            *self.by_column.entry(reject.column.clone()).or_default() += 1;
            if self.listed.len() < limit {
                self.listed.push(reject);
            }
        }
    }

    /// Counts what contracts say of columns: values that were left out, and misfits in frozen ones.
    pub(crate) fn contracts(&mut self, discarded: &BTreeMap<String, u64>, frozen: &BTreeMap<String, u64>) {
        add(&mut self.discarded, discarded);
        add(&mut self.frozen, frozen);
    }

    /// Takes those of another file, which follows.
    pub(crate) fn add(&mut self, more: &Self, limit: usize) {
        self.total += more.total;
        add(&mut self.by_code, &more.by_code);
        add(&mut self.by_column, &more.by_column);
        self.contracts(&more.discarded, &more.frozen);
        let room = limit.saturating_sub(self.listed.len());
        self.listed.extend(more.listed.iter().take(room).cloned());
    }
}

/// Adds counts to counts.
fn add(counts: &mut BTreeMap<String, u64>, more: &BTreeMap<String, u64>) {
    for (name, count) in more {
        *counts.entry(name.clone()).or_default() += count;
    }
}

/// What a run read that did not read everything, because most of it was as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InParts {
    /// Files of the source.
    pub files: u64,
    /// Those whose rows were read.
    pub files_read: u64,
    /// Parts of the draft.
    pub parts: u64,
    /// Those that were taken over from the version before.
    pub parts_carried: u64,
}

/// What happened in a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its name.
    pub id: RunId,
    /// The dataset.
    pub dataset: DatasetId,
    /// What started it.
    pub trigger: Trigger,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// Program and version, `allmenning 0.1.0`.
    pub program: String,
    /// Hash of the dataset's and profile's declarations.
    pub config_sha256: String,
    /// Stages in order.
    pub stages: Vec<StageRecord>,
    /// Where the data came from.
    pub sources: Vec<SourceProvenance>,
    /// What was read; `None` where it was everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_parts: Option<InParts>,
    /// Rows read, in this run or when their file was read last.
    pub rows_read: u64,
    /// Rows of the draft.
    pub rows: u64,
    /// Rows that the privacy gate withheld.
    pub rows_withheld: u64,
    /// Rejected rows.
    pub rejects: Rejects,
    /// What the gates found.
    pub gates: Vec<GateReport>,
    /// Rows added, changed and removed.
    pub changes: Option<ChangeSummary>,
    /// How names of persons went that were past their day, where the source could not be published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<NamesEnd>,
    /// The version that was published, or that stays current.
    pub version: Option<u64>,
    /// What went wrong.
    pub error: Option<ErrorRecord>,
    /// The last run that ended well, this one included: carried from record to record, so that the newest one tells.
    #[serde(default)]
    pub last_success: Option<LastSuccess>,
    /// When the dataset's first run started, carried likewise.
    #[serde(default)]
    pub first_run: Option<Timestamp>,
}

/// A run that ended well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSuccess {
    /// Its name.
    pub run: RunId,
    /// When it started.
    pub started: Timestamp,
}

impl RunRecord {
    /// What the records up to this one come to; the second is what they were known to come to before.
    pub(crate) fn carry(&mut self, before: Option<&Self>) {
        let success = LastSuccess { run: self.id.clone(), started: self.started };
        self.last_success = if self.outcome.is_success() {
            Some(success)
        } else {
            before.and_then(|before| before.last_success.clone())
        };
        self.first_run = before.and_then(|before| before.first_run).or(Some(self.started));
    }

    /// Writes the record to the storage, with what it carries on from the one before.
    pub(crate) async fn write(&mut self, store: &Store) -> Result<()> {
        let before = Self::newest(store, &self.dataset).await?;
        self.carry(before.as_ref());
        let body = serde_json::to_vec_pretty(self).map_err(|error| Error::Internal(error.to_string()))?;
        store.create(&Key::Run(self.dataset.clone(), self.id.clone()), Bytes::from(body)).await?;
        Ok(())
    }

    /// The newest record of a dataset that can be read. One that carries nothing yet gets it from those before it.
    pub(crate) async fn newest(store: &Store, dataset: &DatasetId) -> Result<Option<Self>> {
        let Some(newest) = Self::latest(store, dataset, 1).await?.pop() else { return Ok(None) };
        if newest.first_run.is_some() {
            return Ok(Some(newest));
        }
        let records = Self::latest(store, dataset, LOOK_BACK).await?;
        Ok(records.into_iter().rev().fold(None, |before: Option<Self>, mut record| {
            record.carry(before.as_ref());
            Some(record)
        }))
    }

    /// The newest records of a dataset, newest first. A record that cannot be read is left out, with a warning.
    pub async fn latest(store: &Store, dataset: &DatasetId, most: usize) -> Result<Vec<Self>> {
        let names = store.list(&Key::runs(dataset)).await?;
        let mut records = Vec::new();
        for name in names.iter().rev().take(most + UNREADABLE) {
            let Some(run) = RunId::from_file_name(name) else { continue };
            if records.len() == most {
                break;
            }
            match Self::read(store, dataset, run).await {
                Ok(record) => records.push(record),
                Err(error) => tracing::warn!(dataset = %dataset, record = name, %error, "run record cannot be read"),
            }
        }
        Ok(records)
    }

    async fn read(store: &Store, dataset: &DatasetId, run: RunId) -> Result<Self> {
        let bytes = store.get(&Key::Run(dataset.clone(), run)).await?;
        serde_json::from_slice(&bytes).map_err(|error| Error::Internal(error.to_string()))
    }
}
