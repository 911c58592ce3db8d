//! Names of persons whose day has come go, also where the source cannot be published: with the landed bytes of the
//! current version, which are built anew; and where that does not work either, with the files that bear them.

use std::sync::Arc;

use catalog::version::{Manifest, SourceProvenance};

use super::walk::{Walk, in_time};
use crate::{Error, NamesEnd, Outcome, Result, erase, land::landed, names::overdue, suppress::Suppressions};

impl Walk<'_> {
    /// Does what a run could not that has ended.
    pub(super) async fn mind_names(&mut self, ended: Result<Outcome>) -> Result<Outcome> {
        let Some(version) = self.overdue() else { return ended };
        let ordinary = self.begin_anew();
        let landed = Box::pin(in_time(self.seconds(), self.publish_landed(version.sources.clone()))).await;
        let tried = std::mem::replace(&mut self.found, ordinary);
        self.found.stages.extend(tried.stages);
        let id = &self.dataset.id;
        // Whoever asked the run to stop takes it up again.
        if self.is_stopping() {
            return ended;
        }
        if self.overdue().is_none() {
            tracing::warn!(dataset = %id, "names of persons went with the landed bytes, not with the source");
            self.found.names = Some(NamesEnd::LandedBytes);
            return ended;
        }
        let reason = format!("the run: {}; the landed bytes: {}", told(&ended), told(&landed));
        match self.runner.withdraw_current_names(id).await {
            Ok(None) => ended,
            Ok(Some(version)) => {
                self.found.names = Some(NamesEnd::Withdrawn);
                Err(Error::NamesWithdrawn { dataset: id.clone(), version, reason })
            }
            Err(error) => ended.and(Err(error)),
        }
    }

    /// The current version, if names in it are past their day and nobody asked to stop.
    fn overdue(&self) -> Option<Arc<Manifest>> {
        let version = self.runner.current(&self.dataset.id)?;
        (!self.is_stopping() && overdue(&version, self.runner.now())).then_some(version)
    }

    /// Publishes what an earlier run landed by the rules of today.
    pub(super) async fn publish_landed(&mut self, sources: Vec<SourceProvenance>) -> Result<Outcome> {
        let (store, dataset) = (self.runner.catalog.store(), Arc::clone(&self.dataset));
        Box::pin(erase::resume(store, &dataset)).await?;
        let suppressions = Suppressions::load(store, &dataset.id).await?;
        let mut raws = Vec::with_capacity(sources.len());
        for source in &sources {
            raws.push(landed(store, &dataset.id, source).await?);
        }
        self.found.sources = sources;
        let judged = self.judge(self.runner.current(&dataset.id), (raws, suppressions)).await?;
        self.publish(judged).await
    }
}

fn told(ended: &Result<Outcome>) -> String {
    match ended {
        Ok(outcome) => outcome.name().to_owned(),
        Err(error) => format!("{} ({error})", error.code()),
    }
}
