//! One run under way: the stages, in order, under a lease.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use catalog::{
    RunId,
    version::{self, Clearance, Draft, GateReport, Manifest, SourceProvenance},
};
use config::{Dataset, DatasetId};
use jiff::Timestamp;

use super::{PROGRAM, Progress, Runner};
use crate::{
    Decision, Error, ErrorRecord, NamesEnd, Outcome, Rejects, Result, RunRecord, Stage, StageRecord, Stop, Trigger,
    Verdict,
    build::{self, Built, Job},
    cursor::Cursor,
    decision,
    disclosure::{self, Disclosed},
    erase,
    gate::{self, Observed},
    land::{land, provenance, provenance_of},
    lease::Lease,
    memo::{self, Memo, Seen},
    quality::References,
    record::InParts,
    source::{Fetched, Piece, Raw, Validators},
    suppress::Suppressions,
};

/// What a run found out before it ended, well or not.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) stages: Vec<StageRecord>,
    pub(super) sources: Vec<SourceProvenance>,
    observed: Observed,
    rejects: Rejects,
    rows: u64,
    rows_withheld: u64,
    gates: Vec<GateReport>,
    changes: Option<version::ChangeSummary>,
    pub(super) names: Option<NamesEnd>,
    pub(super) in_parts: Option<InParts>,
}

impl Found {
    /// Forgets what was found out about a draft that is given up.
    pub(super) fn forget_draft(&mut self) {
        let (stages, sources) = (std::mem::take(&mut self.stages), std::mem::take(&mut self.sources));
        *self = Self { stages, sources, ..Self::default() };
    }

    fn take(&mut self, built: &Built) {
        self.observed = built.observed.clone();
        self.rejects = built.rejects.clone();
        self.rows = built.draft.rows;
        self.rows_withheld = built.scan.rows_withheld();
    }
}

/// A judged draft.
pub(super) struct Judged {
    draft: Draft,
    pub(super) reports: Vec<GateReport>,
    /// What was hidden of statistics.
    disclosed: Option<Disclosed>,
    /// What the next run may be told.
    seen: Seen,
}

/// What a fetch brought that is to be published.
enum Brought {
    /// Everything.
    Whole(Vec<Raw>),
    /// Several files, of which not all were read.
    Pieces(Vec<Piece>),
}

/// How a source is fetched.
#[derive(Clone, Copy)]
struct Want {
    /// As if it was never seen.
    fresh: bool,
    /// Land what is fetched at once.
    land_now: bool,
    /// Leave out files that are as they were.
    pieces: bool,
}

/// Which run it is.
pub(super) struct Begun {
    pub(super) run: RunId,
    pub(super) trigger: Trigger,
    pub(super) started: Timestamp,
}

/// One run under way.
pub(super) struct Walk<'a> {
    pub(super) runner: &'a Runner,
    pub(super) dataset: Arc<Dataset>,
    progress: &'a dyn Progress,
    /// The wish of others to stop; what is tried within the run has one of its own.
    asked: Stop,
    pub(super) stop: Stop,
    pub(super) found: Found,
    /// The version that holds what was published last, also where it held that before.
    published: Option<version::VersionNumber>,
    /// The run whose draft was approved, to be published from the bytes that it landed.
    approved: Option<RunRecord>,
    /// What was decided on what this run reads.
    decided: Option<Decision>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(runner: &'a Runner, dataset: Arc<Dataset>, progress: &'a dyn Progress, stop: Stop) -> Self {
        Self {
            runner,
            dataset,
            progress,
            stop: stop.child(),
            asked: stop,
            found: Found::default(),
            published: None,
            approved: None,
            decided: None,
        }
    }

    /// The walk that publishes what a run held back.
    pub(super) fn approved(self, held: Option<RunRecord>) -> Self {
        Self { approved: held, ..self }
    }

    /// Walks within the time allowed, renewing the lease; the lease is `None` if it was lost.
    pub(super) async fn under(&mut self, mut lease: Lease) -> (Result<Outcome>, Option<Lease>) {
        let runner = self.runner;
        let work = async {
            let ended = match self.approved.take() {
                Some(held) => Box::pin(in_time(self.seconds(), self.publish_landed(held.sources))).await,
                None => Box::pin(in_time(self.seconds(), self.walk())).await,
            };
            Box::pin(self.mind_names(ended)).await
        };
        let ended = tokio::select! {
            ended = work => Ok(ended),
            lost = lease.keep(runner.parts.clock) => Err(lost),
        };
        match ended {
            Ok(outcome) => (outcome, Some(lease)),
            Err(lost) => (Err(lost), None),
        }
    }

    /// The time allowed, in seconds.
    pub(super) fn seconds(&self) -> u64 {
        u64::from(self.runner.catalog.config().pipeline.run_timeout_seconds)
    }

    /// True if somebody asked to stop.
    pub(super) fn is_stopping(&self) -> bool {
        self.asked.asked()
    }

    /// Begins anew within the same run; what was found out so far is handed back.
    pub(super) fn begin_anew(&mut self) -> Found {
        // What was under way may have been stopped because its time was up.
        self.stop = self.asked.child();
        std::mem::take(&mut self.found)
    }

    /// The walk of design.md, stage by stage.
    async fn walk(&mut self) -> Result<Outcome> {
        let runner = self.runner;
        let store = runner.catalog.store();
        let id = self.dataset.id.clone();
        let dataset = Arc::clone(&self.dataset);
        Box::pin(erase::resume(store, &dataset)).await?;
        let cursor = Cursor::latest(store, &id).await?;
        runner.withdraw_old_names(&id).await?;
        let parent = runner.current(&id);
        let suppressions = Suppressions::load(store, &id).await?;
        // On that day the same bytes give another version.
        let due =
            parent.as_deref().and_then(Manifest::due_again).is_some_and(|day| day <= gate::day_in_norway(runner.now()));
        let memo = match parent.as_deref().filter(|_| !due && suppressions.is_empty()) {
            Some(current) => self.recall(current).await?,
            None => None,
        };
        let want = Want { fresh: parent.is_none() || due, land_now: suppressions.is_empty(), pieces: memo.is_some() };
        let (cursor, Some(brought)) = self.gather(cursor, want).await? else { return Ok(Outcome::Unchanged) };
        let (cursor, validators, judged) =
            Box::pin(self.judge_all((cursor, want), (parent, memo, suppressions), brought)).await?;
        let (outcome, memo) = self.publish_remembered(judged, &validators).await?;
        if outcome.is_success() {
            memo::remember(store, &id, memo.as_ref(), runner.name()).await?;
            let next = Cursor {
                seq: 0,
                config_sha256: dataset.config_sha256.clone(),
                program: PROGRAM.to_owned(),
                validators,
                kept: cursor.kept.clone(),
            };
            cursor.advance(store, &id, &next).await?;
        }
        Ok(outcome)
    }

    /// A judged draft of what was brought: of the parts that changed, or of everything.
    async fn judge_all(
        &mut self,
        (cursor, want): (Cursor, Want),
        (parent, memo, suppressions): (Option<Arc<Manifest>>, Option<Memo>, Suppressions),
        brought: Brought,
    ) -> Result<(Cursor, Vec<Validators>, Judged)> {
        let (cursor, raws) = match (brought, &parent, memo) {
            (Brought::Whole(raws), ..) => (cursor, raws),
            (Brought::Pieces(pieces), Some(current), Some(memo)) => {
                let validators = pieces.iter().map(|piece| piece.validators().clone()).collect();
                if let Some(judged) = self.judge_some((Arc::clone(current), memo), pieces).await? {
                    return Ok((cursor, validators, judged));
                }
                self.gather_whole(cursor, want).await?
            }
            (Brought::Pieces(_), ..) => self.gather_whole(cursor, want).await?,
        };
        let validators = raws.iter().map(|raw| raw.validators.clone()).collect();
        Ok((cursor, validators, self.judge(parent, (raws, suppressions)).await?))
    }

    async fn gather_whole(&mut self, cursor: Cursor, want: Want) -> Result<(Cursor, Vec<Raw>)> {
        match self.gather(cursor, Want { fresh: true, pieces: false, ..want }).await? {
            (cursor, Some(Brought::Whole(raws))) => Ok((cursor, raws)),
            _ => Err(Error::Internal("a source that is fetched as a whole brought less".to_owned())),
        }
    }

    /// Publishes a draft; with it what the next run may be told.
    async fn publish_remembered(
        &mut self,
        mut judged: Judged,
        validators: &[Validators],
    ) -> Result<(Outcome, Option<Memo>)> {
        let seen = std::mem::take(&mut judged.seen);
        let outcome = self.publish(judged).await?;
        let version = self.published.filter(|_| outcome.is_success());
        Ok((outcome, version.and_then(|version| Memo::of(&self.terms(), seen, (version, validators)))))
    }

    /// Fetches until everything is there, and keeps what comes in parts. `None`: nothing changed.
    async fn gather(&mut self, mut cursor: Cursor, want: Want) -> Result<(Cursor, Option<Brought>)> {
        let (runner, dataset, stop) = (self.runner, Arc::clone(&self.dataset), self.stop.clone());
        let (store, id) = (runner.catalog.store(), &dataset.id);
        loop {
            let last = if want.fresh { &[] } else { cursor.usable(&dataset.config_sha256, PROGRAM) };
            let fetch = stop.or(runner.fetch(&dataset, (last, want.pieces), &cursor.kept));
            let (raws, whole) = match self.timed(Stage::Fetch, fetch).await? {
                Fetched::Unchanged => return Ok((cursor, None)),
                Fetched::Same(gathered) => return Ok((cursor.keep(store, id, &gathered).await?, None)),
                Fetched::Looked(seen) => return Ok((cursor.looked(store, id, seen).await?, None)),
                Fetched::Pieces(pieces) => {
                    self.found.sources = self.timed(Stage::Land, stop.or(land_pieces(runner, id, &pieces))).await?;
                    return Ok((cursor, Some(Brought::Pieces(pieces))));
                }
                Fetched::Partial(raws) => (raws, false),
                Fetched::Changed(raws) => (raws, true),
            };
            let gathered: Vec<_> = raws.iter().map(|raw| raw.validators.clone()).collect();
            let gathers = gathered.iter().any(|validators| validators.memory.is_some());
            self.found.sources = if want.land_now || gathers {
                self.timed(Stage::Land, stop.or(land_all(runner, id, &raws))).await?
            } else {
                raws.iter().map(provenance).collect::<Result<_>>()?
            };
            cursor = cursor.keep(store, id, &gathered).await?;
            if whole {
                return Ok((cursor, Some(Brought::Whole(raws))));
            }
        }
    }

    pub(super) async fn judge(
        &mut self,
        parent: Option<Arc<Manifest>>,
        (raws, suppressions): (Vec<Raw>, Suppressions),
    ) -> Result<Judged> {
        let runner = self.runner;
        let later = !suppressions.is_empty();
        let job = Job {
            dataset: Arc::clone(&self.dataset),
            parent,
            raws,
            sources: self.found.sources.clone(),
            suppressions,
            earlier: runner.earlier(&self.dataset.id).await?,
            references: References::load(&runner.catalog, &self.dataset).await?,
            limits: runner.catalog.config().pipeline.clone(),
            stop: self.stop.clone(),
            today: gate::day_in_norway(runner.now()),
        };
        let mut built = self.timed(Stage::Normalise, runner.build(job)).await?;
        self.found.take(&built);
        let (stop, store) = (self.stop.clone(), runner.catalog.store());
        // Bytes that hold an erased record, or rows nobody could read, are not kept.
        if later && built.suppressed == 0 && built.rejects.total == 0 {
            let id = self.dataset.id.clone();
            self.timed(Stage::Land, stop.or(land_all(runner, &id, &built.raws))).await?;
        }
        self.timed(Stage::Write, stop.or(build::complete(store, &mut built, &stop))).await?;
        self.judge_built(built).await
    }

    /// Judges what was built and completed.
    pub(super) async fn judge_built(&mut self, built: Built) -> Result<Judged> {
        self.found.take(&built);
        self.found.changes = built.draft.changes.as_ref().map(|changes| changes.summary);
        let runner = self.runner;
        let judging = async {
            let scans = (built.scan, built.geometry);
            let mut reports = gate::judge_all(&built.draft, &built.observed, scans, built.disclosed.as_ref());
            reports.push(runner.judge_metadata(&built.draft, &reports)?);
            Ok(reports)
        };
        let mut reports = self.timed(Stage::Judge, judging).await?;
        self.decided = Decision::newest(self.runner.catalog.store(), &self.dataset.id)
            .await?
            .filter(|decision| decision.is_about(&self.dataset.config_sha256, &self.found.sources));
        if self.decided.as_ref().is_some_and(|decision| decision.verdict == Verdict::Approved) {
            decision::approve(&mut reports);
        }
        self.found.gates.clone_from(&reports);
        Ok(Judged { draft: built.draft, reports, seen: built.seen, disclosed: built.disclosed })
    }

    pub(super) async fn publish(&mut self, judged: Judged) -> Result<Outcome> {
        let runner = self.runner;
        if judged.reports.iter().any(GateReport::blocks) {
            return Ok(decision::outcome(&judged.reports, self.decided.as_ref()));
        }
        self.stop.check()?;
        let parent = judged.draft.parent.as_ref().map(|parent| parent.number);
        let demanded = &judged.draft.dataset.profile.gates.clone();
        let clearance = Clearance::grant(&judged.draft, demanded, judged.reports)?;
        // Before the commit: a release without its record could not be held against later ones.
        if let Some(disclosed) = &judged.disclosed {
            disclosure::keep(runner.catalog.store(), &judged.draft, &disclosed.record).await?;
        }
        let commit = version::commit(runner.catalog.store(), judged.draft, clearance, runner.now());
        let outcome = self.timed(Stage::Commit, async { Ok(commit.await?) }).await?;
        runner.withdraw_old_names(&self.dataset.id).await?;
        Ok(match outcome {
            version::Outcome::Published(manifest) => {
                self.published = Some(manifest.number);
                Outcome::Published
            }
            version::Outcome::Unchanged => {
                self.published = parent;
                Outcome::Unchanged
            }
        })
    }

    /// Does one stage and notes how long it took, well or not.
    pub(super) async fn timed<T>(&mut self, stage: Stage, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.progress.stage(&self.dataset.id, stage);
        let start = Instant::now();
        let done = work.await;
        let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.found.stages.push(StageRecord { stage, milliseconds });
        done
    }

    /// The record of the run that has ended, or that could not begin.
    pub(super) fn record(self, begun: Begun, ended: std::result::Result<Outcome, &Error>) -> RunRecord {
        let id = self.dataset.id.clone();
        if let Err(error) = ended {
            tracing::error!(dataset = %id, code = error.code(), "run failed: {error}");
        }
        let found = self.found;
        RunRecord {
            id: begun.run,
            trigger: begun.trigger,
            started: begun.started,
            finished: self.runner.now(),
            outcome: ended.unwrap_or(Outcome::Failed),
            program: PROGRAM.to_owned(),
            config_sha256: self.dataset.config_sha256.clone(),
            stages: found.stages,
            sources: found.sources,
            in_parts: found.in_parts,
            rows_read: found.observed.rows_read,
            rows: found.rows,
            rows_withheld: found.rows_withheld,
            rejects: found.rejects,
            gates: found.gates,
            changes: found.changes,
            names: found.names,
            version: self.runner.current(&id).map(|manifest| manifest.number.0),
            error: ended.err().map(ErrorRecord::from),
            last_success: None,
            first_run: None,
            dataset: id,
        }
    }
}

/// Does something within the time allowed.
pub(super) async fn in_time(seconds: u64, work: impl Future<Output = Result<Outcome>>) -> Result<Outcome> {
    let ended = tokio::time::timeout(Duration::from_secs(seconds), work).await;
    ended.unwrap_or_else(|_| Err(Error::Stopped(format!("it took longer than {seconds} seconds"))))
}

/// Lands the files that were read; the others are landed, and where they were from is known.
async fn land_pieces(runner: &Runner, id: &DatasetId, pieces: &[Piece]) -> Result<Vec<SourceProvenance>> {
    let mut sources = Vec::with_capacity(pieces.len());
    for piece in pieces {
        sources.push(match piece {
            Piece::Read(raw) => land(runner.catalog.store(), id, raw).await?,
            Piece::Seen(_) => provenance_of(piece.validators(), piece.bytes(), piece.fetched())?,
        });
    }
    Ok(sources)
}

async fn land_all(runner: &Runner, id: &DatasetId, raws: &[Raw]) -> Result<Vec<SourceProvenance>> {
    let mut sources = Vec::with_capacity(raws.len());
    for raw in raws {
        sources.push(land(runner.catalog.store(), id, raw).await?);
    }
    Ok(sources)
}
