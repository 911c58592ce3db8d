//! A run that reads only what a change touches, and takes the other parts over from the version before. Where that does
//! not do, everything is read.

use std::sync::Arc;

use catalog::version::{GateReport, Manifest};

use super::walk::{Judged, Walk};
use crate::{
    Result, Stage,
    build::{Attempt, Job, SomeBuilt, SomeJob, brings_known_keys, build_some, complete},
    disclosure::Earlier,
    gate,
    memo::{Memo, Terms},
    source::Piece,
    suppress::Suppressions,
};

impl Walk<'_> {
    /// What is remembered of the current version, if a run may rely on it.
    pub(super) async fn recall(&self, current: &Manifest) -> Result<Option<Memo>> {
        let terms = self.terms();
        if !terms.allow_parts() {
            return Ok(None);
        }
        let memo = Memo::latest(self.runner.catalog.store(), &self.dataset.id).await?;
        Ok(memo.filter(|memo| memo.is_of(&terms, current)))
    }

    /// What must be as it was for a run to rely on what is remembered.
    pub(super) fn terms(&self) -> Terms<'_> {
        Terms {
            dataset: &self.dataset,
            limits: &self.runner.catalog.config().pipeline,
            program: super::PROGRAM,
            today: gate::day_in_norway(self.runner.now()),
        }
    }

    /// A judged draft of the parts that changed and the others of the current version; `None` where everything must be
    /// read. A draft that is blocked is none: what blocks is told by a run over everything.
    pub(super) async fn judge_some(
        &mut self,
        (parent, memo): (Arc<Manifest>, Memo),
        pieces: Vec<Piece>,
    ) -> Result<Option<Judged>> {
        let runner = self.runner;
        let job = Job {
            dataset: Arc::clone(&self.dataset),
            parent: Some(parent),
            raws: Vec::new(),
            sources: self.found.sources.clone(),
            suppressions: Suppressions::default(),
            earlier: Earlier::default(),
            references: crate::quality::References::default(),
            limits: runner.catalog.config().pipeline.clone(),
            stop: self.stop.clone(),
            today: gate::day_in_norway(runner.now()),
        };
        let (id, stop) = (self.dataset.id.clone(), self.stop.clone());
        let some = SomeJob { job, memo, pieces, now: runner.now() };
        let building = runner.building(&id, stop.clone(), move |newest| build_some(some, newest));
        let mut some = match self.timed(Stage::Normalise, building).await? {
            Attempt::Built(some) => some,
            Attempt::Whole(reason) => return Ok(self.give_up(reason)),
        };
        let store = runner.catalog.store();
        if self.timed(Stage::Normalise, stop.or(brings_known_keys(store, &mut some))).await? {
            return Ok(self.give_up("a new key is in another part already"));
        }
        let SomeBuilt { mut built, in_parts, .. } = *some;
        self.timed(Stage::Write, stop.or(complete(store, &mut built, &stop))).await?;
        let judged = self.judge_built(built).await?;
        if judged.reports.iter().any(GateReport::blocks) {
            return Ok(self.give_up("it is blocked"));
        }
        self.found.in_parts = Some(in_parts);
        Ok(Some(judged))
    }

    fn give_up(&mut self, reason: &str) -> Option<Judged> {
        tracing::info!(dataset = %self.dataset.id, reason, "the whole source is read");
        self.found.forget_draft();
        None
    }
}
