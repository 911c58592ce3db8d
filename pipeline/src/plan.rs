//! Plans: what a run would change, without publishing or storing anything.

mod samples;

use std::sync::Arc;

use catalog::{
    Score,
    table::TableFile,
    version::{ChangeSummary, ColumnInfo, Draft, GateReport, Manifest},
};
use config::{Dataset, DatasetId};
use serde::Serialize;

pub use samples::{CellChange, RowSample, Samples};

use crate::{
    Decision, Outcome, Rejects, Result, Runner, Stop, Verdict,
    build::{self, Job},
    cursor::Cursor,
    decision,
    disclosure::{Disclosed, Loss},
    gate, land,
    quality::References,
    source::{Fetched, Raw},
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
    /// Which rows and cells those are, where a key tells which row became which.
    pub samples: Option<Samples>,
    /// Columns of which another share of the rows has no value.
    pub nulls: Vec<NullShare>,
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
    /// How the portals rate the metadata of the current version as they are declared now.
    pub score: Option<Score>,
    /// What the gates found.
    pub gates: Vec<GateReport>,
    /// True if the data would be another.
    pub differs: bool,
    /// True if a gate would block.
    pub blocked: bool,
    /// True if nothing but its difference from the current version blocks, so that a run would hold it for a decision.
    pub held: bool,
}

/// How much of a column has no value, before and after.
#[derive(Debug, Clone, Serialize)]
pub struct NullShare {
    /// The column.
    pub column: String,
    /// Share of the rows of the current version, 0 to 1.
    pub before: f64,
    /// Share of the rows of the draft, 0 to 1.
    pub after: f64,
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
        let decided = self.decided(&dataset, &raws).await?;
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
        build::complete(self.catalog.store(), &mut built, &Stop::default()).await?;
        let changes = build::changes(self.catalog.store(), &built.draft).await?;
        let samples = self.samples(&built.draft).await?;
        let rows_withheld = built.scan.rows_withheld();
        let mut gates =
            gate::judge_all(&built.draft, &built.observed, (built.scan, built.geometry), built.disclosed.as_ref());
        gates.push(self.judge_metadata(&built.draft, &gates)?);
        if decided.as_ref().is_some_and(|decision| decision.verdict == Verdict::Approved) {
            decision::approve(&mut gates);
        }
        let names: Vec<&str> = built.draft.files.iter().map(|file| file.sha256.as_str()).collect();
        Ok(Plan {
            dataset: id.clone(),
            rows: built.draft.rows,
            changes,
            samples,
            nulls: current.as_ref().map(|current| nulls(&built.draft, current)).unwrap_or_default(),
            columns_added: only_in(&built.draft.columns, before(current.as_ref())),
            columns_removed: only_in(before(current.as_ref()), &built.draft.columns),
            columns_retyped: retyped(before(current.as_ref()), &built.draft.columns),
            rejects: built.rejects,
            rows_withheld,
            losses: built.disclosed.as_ref().map(Disclosed::loss).unwrap_or_default(),
            score: self.score(id)?,
            differs: current.as_ref().is_none_or(|manifest| {
                manifest.files.iter().map(|file| file.sha256.as_str()).ne(names.iter().copied())
                    || manifest.metadata_sha256 != built.draft.dataset.metadata_sha256
            }),
            blocked: gates.iter().any(GateReport::blocks),
            held: gates.iter().any(GateReport::blocks) && decision::outcome(&gates, decided.as_ref()) == Outcome::Held,
            gates,
            current: current.as_ref().map(|manifest| manifest.number.0),
            rows_before: current.map(|manifest| manifest.rows),
        })
    }

    fn score(&self, id: &DatasetId) -> Result<Option<Score>> {
        let snapshot = self.catalog.snapshot();
        let entry = snapshot.datasets.get(id).filter(|entry| entry.current().is_some());
        Ok(entry.map(|entry| catalog::score(self.catalog.config(), entry)).transpose()?.flatten())
    }

    /// What was decided on these bytes under this declaration.
    async fn decided(&self, dataset: &Dataset, raws: &[Raw]) -> Result<Option<Decision>> {
        let sources = raws.iter().map(land::provenance).collect::<Result<Vec<_>>>()?;
        let decided = Decision::newest(self.catalog.store(), &dataset.id).await?;
        Ok(decided.filter(|decision| decision.is_about(&dataset.config_sha256, &sources)))
    }

    /// Rows and cells that would change; `None` where nothing does, or no key tells which row became which.
    async fn samples(&self, draft: &Draft) -> Result<Option<Samples>> {
        let tables = build::compared(self.catalog.store(), draft).await?;
        let Some((log, (old, new))) = draft.changes.as_ref().zip(tables) else { return Ok(None) };
        let log = TableFile::open_local(&log.path)?;
        samples::samples(&log, (&old, &new), &draft.dataset.key).await.map(Some)
    }
}

/// Columns whose share of missing values differs by a tenth of a percentage point or more.
fn nulls(draft: &Draft, current: &Manifest) -> Vec<NullShare> {
    // Counts of rows are exact as floats up to 2^53.
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let share = |nulls: u64, rows: u64| if rows == 0 { 0.0 } else { nulls as f64 / rows as f64 };
    let both = draft.statistics.iter().filter_map(|(name, new)| Some((name, new, current.statistics.get(name)?)));
    let shares = both.map(|(name, new, old)| NullShare {
        column: name.to_string(),
        before: share(old.nulls, current.rows),
        after: share(new.nulls, draft.rows),
    });
    shares.filter(|share| (share.after - share.before).abs() >= 0.001).collect()
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
