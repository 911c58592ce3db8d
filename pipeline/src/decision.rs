//! Decisions on drafts that were held back because they differ much from what is published.
//!
//! A decision holds for what was seen: the same bytes under the same declaration.

use bytes::Bytes;
use catalog::{
    Key, RunId, Sha256, Store,
    version::{Finding, GateReport, Severity, SourceProvenance},
};
use config::DatasetId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Error, Outcome, Result, RunRecord};

/// Findings that say how much a draft differs from the version before, which a person may know to be right.
const MATTERS_OF_JUDGEMENT: [&str; 3] = ["drift-row-loss", "drift-row-growth", "drift-null-rise"];

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The draft is right and may be published.
    Approved,
    /// The draft is wrong; what is published stays.
    Rejected,
}

/// A decision on a draft that a run held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The run.
    pub run: RunId,
    /// Of what was decided upon: the declaration and the bytes.
    pub fingerprint: Sha256,
    /// What was decided.
    pub verdict: Verdict,
    /// By whom: a unit or role.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub time: Timestamp,
}

impl Decision {
    /// The newest decision of a dataset; one that cannot be read counts as none, so that its draft is held back again.
    ///
    /// # Errors
    /// `Catalog` where the storage does not answer.
    pub async fn newest(store: &Store, dataset: &DatasetId) -> Result<Option<Self>> {
        let names = store.list(&Key::decisions(dataset)).await?;
        let Some(run) = names.last().and_then(|name| RunId::from_file_name(name)) else { return Ok(None) };
        let bytes = store.get(&Key::Decision(dataset.clone(), run)).await?;
        let read = serde_json::from_slice(&bytes);
        Ok(read.inspect_err(|error| tracing::warn!(%dataset, %error, "a decision cannot be read")).ok())
    }

    /// Writes the decision; the first one on a run stays.
    pub(crate) async fn write(&self, store: &Store, dataset: &DatasetId) -> Result<()> {
        let body = serde_json::to_vec_pretty(self).map_err(|error| Error::Internal(error.to_string()))?;
        store.create(&Key::Decision(dataset.clone(), self.run.clone()), Bytes::from(body)).await?;
        Ok(())
    }

    /// Whether the decision is about what a run read under a declaration.
    pub(crate) fn is_about(&self, config_sha256: &str, sources: &[SourceProvenance]) -> bool {
        self.fingerprint == fingerprint(config_sha256, sources)
    }
}

/// Tells what was decided upon from everything else.
pub(crate) fn fingerprint(config_sha256: &str, sources: &[SourceProvenance]) -> Sha256 {
    let hashes = sources.iter().map(|source| source.sha256.as_str());
    let parts: Vec<&str> = std::iter::once(config_sha256).chain(hashes).collect();
    Sha256::of(parts.join("\n").as_bytes())
}

/// Lets pass what was approved: what blocked warns.
pub(crate) fn approve(reports: &mut [GateReport]) {
    for finding in reports.iter_mut().flat_map(|report| &mut report.findings) {
        if blocks(finding) && is_matter_of_judgement(finding) {
            finding.severity = Severity::Warning;
            finding.message.push_str("; approved");
        }
    }
}

/// How a run ends whose reports block: held back for a decision if that is all that is against it.
pub(crate) fn outcome(reports: &[GateReport], decided: Option<&Decision>) -> Outcome {
    let mut blocking = reports.iter().flat_map(|report| &report.findings).filter(|finding| blocks(finding));
    let rejected = decided.is_some_and(|decision| decision.verdict == Verdict::Rejected);
    if !rejected && blocking.all(is_matter_of_judgement) { Outcome::Held } else { Outcome::Blocked }
}

fn blocks(finding: &Finding) -> bool {
    finding.severity == Severity::Block
}

fn is_matter_of_judgement(finding: &Finding) -> bool {
    MATTERS_OF_JUDGEMENT.contains(&finding.code.as_str())
}

/// The newest run, if its draft waits for a decision, or for the publication that an approval did not come to.
///
/// # Errors
/// `run-not-held` if it does not.
pub(crate) async fn held(store: &Store, dataset: &DatasetId, verdict: Verdict) -> Result<RunRecord> {
    let newest = RunRecord::latest(store, dataset, 1).await?.pop();
    let decided = Decision::newest(store, dataset).await?;
    let waits = newest.filter(|record| {
        let earlier = decided.as_ref().filter(|decision| decision.run == record.id).map(|decision| decision.verdict);
        let again = (earlier, verdict) == (Some(Verdict::Approved), Verdict::Approved);
        record.outcome == Outcome::Held && (earlier.is_none() || again)
    });
    waits.ok_or_else(|| Error::NotHeld { dataset: dataset.clone() })
}
