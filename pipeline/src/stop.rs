//! The wish to stop, which long work looks at between steps and waiting work waits for.

use tokio_util::sync::CancellationToken;

use crate::{Error, Result};

/// Tells a run to stop: at the next batch where it computes, at once where it waits.
#[derive(Debug, Clone, Default)]
pub struct Stop(CancellationToken);

impl Stop {
    /// Asks to stop.
    pub fn ask(&self) {
        self.0.cancel();
    }

    /// True if this one or its parent was asked to stop.
    pub fn asked(&self) -> bool {
        self.0.is_cancelled()
    }

    /// One that also stops when this one is asked to, but not the other way round.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.asked() { Err(stopped()) } else { Ok(()) }
    }

    /// Waits for some work, but no longer than until somebody asks to stop; the work is dropped then.
    pub(crate) async fn or<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.0.cancelled() => Err(stopped()),
            done = work => done,
        }
    }
}

fn stopped() -> Error {
    Error::Stopped("the program is stopping or the time is up".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn children_stop_with_their_parent_and_not_the_other_way_round() {
        let parent = Stop::default();
        let (first, second) = (parent.child(), parent.child());
        first.ask();
        assert!(first.asked() && !parent.asked() && !second.asked());
        assert!(second.check().is_ok());
        parent.clone().ask();
        assert_eq!(second.check().unwrap_err().code(), "run-stopped");
    }

    #[tokio::test]
    async fn waiting_work_ends_when_somebody_asks() {
        let stop = Stop::default();
        assert_eq!(stop.or(async { Ok(1) }).await.unwrap(), 1);
        let asker = stop.clone();
        tokio::spawn(async move { asker.ask() });
        let error = stop.child().or(std::future::pending::<Result<()>>()).await.unwrap_err();
        assert_eq!(error.code(), "run-stopped");
    }
}
