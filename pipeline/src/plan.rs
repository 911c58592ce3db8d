//! Plans: what a run would change, without publishing or storing anything.

use std::sync::Arc;

use catalog::version::{ChangeSummary, ColumnInfo, GateReport, Manifest};
use config::DatasetId;
use serde::Serialize;

use crate::{
    Outcome, Rejects, Result, Runner, Stop,
    build::{self, Job},
    cursor::Cursor,
    decision,
    disclosure::{Disclosed, Loss},
    gate,
    quality::References,
    source::Fetched,
    suppress::Suppressions,
};

/// What a run would change.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// The dataset.
    pub dataset: DatasetId,
    /// The current version.
    pub current: Option<u64>,
    /// Rows of the draft.
    pub rows: u64,
    /// Rows of the current version.
    pub rows_before: Option<u64>,
    /// Rows added, changed and removed; without a key that names every row, a changed one counts as removed and added.
    /// `None` without a current version or without a difference.
    pub changes: Option<ChangeSummary>,
    /// Columns that come.
    pub columns_added: Vec<String>,
    /// Columns that go.
    pub columns_removed: Vec<String>,
    /// Columns that get another type.
    pub columns_retyped: Vec<String>,
    /// Rejected rows.
    pub rejects: Rejects,
    /// What readers lose of statistics, by number and level.
    pub losses: Vec<Loss>,
    /// Rows that the privacy gate would withhold.
    pub rows_withheld: u64,
    /// What the gates found.
    pub gates: Vec<GateReport>,
    /// True if the data would be another.
    pub differs: bool,
    /// True if a gate would block.
    pub blocked: bool,
    /// True if nothing but its difference from the current version blocks, so that a run would hold it for a decision.
    pub held: bool,
}

impl Runner {
    /// Fetches, reads, normalises and judges as a run would, and keeps nothing.
    pub async fn plan(&self, id: &DatasetId, stop: Stop) -> Result<Plan> {
        let dataset = self.declared(id)?;
        let current = self.current(id);
        let cursor = Cursor::latest(self.catalog.store(), id).await?;
        let raws = match self.fetch(&dataset, (&[], false), &cursor.kept).await? {
            Fetched::Changed(raws) | Fetched::Partial(raws) => raws,
            Fetched::Unchanged | Fetched::Same(_) | Fetched::Looked(_) | Fetched::Pieces(_) => Vec::new(),
        };
        let limits = self.catalog.config().pipeline.clone();
        let references = References::load(&self.catalog, &dataset).await?;
        let suppressions = Suppressions::load(self.catalog.store(), id).await?;
        let job = Job {
            dataset,
            parent: current.clone(),
            raws,
            sources: Vec::new(),
            suppressions,
            earlier: self.earlier(id).await?,
            references,
            limits,
            stop,
            today: gate::day_in_norway(self.now()),
        };
        let mut built = self.build(job).await?;
        build::complete(self.catalog.store(), &mut built).await?;
        let changes = build::changes(self.catalog.store(), &built.draft).await?;
        let rows_withheld = built.scan.rows_withheld();
        let gates =
            gate::judge_all(&built.draft, &built.observed, (built.scan, built.geometry), built.disclosed.as_ref());
        let names: Vec<&str> = built.draft.files.iter().map(|file| file.sha256.as_str()).collect();
        Ok(Plan {
            dataset: id.clone(),
            rows: built.draft.rows,
            changes,
            columns_added: only_in(&built.draft.columns, before(current.as_ref())),
            columns_removed: only_in(before(current.as_ref()), &built.draft.columns),
            columns_retyped: retyped(before(current.as_ref()), &built.draft.columns),
            rejects: built.rejects,
            rows_withheld,
            losses: built.disclosed.as_ref().map(Disclosed::loss).unwrap_or_default(),
            differs: current.as_ref().is_none_or(|manifest| {
                manifest.files.iter().map(|file| file.sha256.as_str()).ne(names.iter().copied())
                    || manifest.metadata_sha256 != built.draft.dataset.metadata_sha256
            }),
            blocked: gates.iter().any(GateReport::blocks),
            held: gates.iter().any(GateReport::blocks) && decision::outcome(&gates, None) == Outcome::Held,
            gates,
            current: current.as_ref().map(|manifest| manifest.number.0),
            rows_before: current.map(|manifest| manifest.rows),
        })
    }
}

fn before(current: Option<&Arc<Manifest>>) -> &[ColumnInfo] {
    current.map(|manifest| manifest.columns.as_slice()).unwrap_or_default()
}

fn only_in(first: &[ColumnInfo], second: &[ColumnInfo]) -> Vec<String> {
    let missing = first.iter().filter(|column| !second.iter().any(|other| other.name == column.name));
    missing.map(|column| column.name.to_string()).collect()
}

fn retyped(old: &[ColumnInfo], new: &[ColumnInfo]) -> Vec<String> {
    let changed = new.iter().filter(|column| {
        old.iter().any(|other| {
            other.name == column.name
                && catalog::table::arrow_type(&other.kind) != catalog::table::arrow_type(&column.kind)
        })
    });
    changed.map(|column| column.name.to_string()).collect()
}
