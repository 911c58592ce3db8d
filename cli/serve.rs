//! `allmenning serve`: schedules and server in one process.

use std::{sync::Arc, time::Duration};

use api::Schedule;
use catalog::Catalog;
use config::cli::{Cli, Serve, exit};
use pipeline::Status;
use tokio::sync::{oneshot, watch};

use super::{Output, Result, now, open, progress, random, runner, standings, stop};

/// How long a scheduler that ended with an error waits until it begins anew.
const PAUSE: Duration = Duration::from_mins(1);

/// Serves, and follows the schedules as soon as the server listens, until asked to stop.
pub(crate) async fn serve(cli: &Cli, args: &Serve, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let (stop, stopping) = watch::channel(false);
    let asked = stop.clone();
    stop::when_asked(move || {
        asked.send_replace(true);
    })?;
    let (schedule, seen) = watch::channel(Schedule::Off);
    let (standings, standings_seen) = watch::channel(catalog::Standings::new());
    let (statuses, statuses_seen) = watch::channel(Arc::from([]));
    let tellers = standings::Tellers { standings, statuses };
    tokio::spawn(standings::tell(catalog.clone(), tellers, stopping.clone()));
    let (bound, listening) = oneshot::channel();
    let base = catalog.config().base_url.to_string();
    let options = api::ServeOptions {
        exe: std::env::current_exe()?,
        clock: now,
        stopping: stopping.clone(),
        schedule: seen,
        standings: standings_seen,
        on_bound: Box::new(move |addresses| {
            say(addresses, &base, output);
            // Without schedules nobody waits for it.
            let _ = bound.send(());
        }),
    };
    let scheduler = (!args.no_schedule).then(|| {
        let follower = Follower { catalog: catalog.clone(), output, schedule, statuses: statuses_seen, stopping };
        tokio::spawn(follower.follow(listening))
    });
    let served = api::serve(catalog, options).await;
    stop.send_replace(true);
    if let Some(scheduler) = scheduler {
        scheduler.await.map_err(|error| pipeline::Error::Internal(error.to_string()))?;
    }
    served?;
    Ok(exit::OK)
}

fn say(addresses: &[std::net::SocketAddr], base: &str, output: Output) {
    let listening: Vec<String> = addresses.iter().map(|address| format!("http://{address}/")).collect();
    for address in &listening {
        output.line(&format!("listening on {address}"));
    }
    output.line(&format!("pages {base}   catalogue {base}catalog.ttl   API {base}openapi.json"));
    output.event(&serde_json::json!({ "listening": listening, "base_url": base }));
}

/// Follows the schedules, and begins anew after an error.
struct Follower {
    catalog: Catalog,
    output: Output,
    schedule: watch::Sender<Schedule>,
    statuses: watch::Receiver<Arc<[Status]>>,
    stopping: watch::Receiver<bool>,
}

impl Follower {
    /// Begins when the server listens; never if it cannot.
    async fn follow(mut self, listening: oneshot::Receiver<()>) {
        if listening.await.is_err() {
            return;
        }
        if self.catalog.config().notices.is_on() {
            let seen = (self.statuses.clone(), self.stopping.clone());
            tokio::spawn(pipeline::notify::tell(self.catalog.clone(), (now, random), seen));
        }
        while !*self.stopping.borrow() {
            self.schedule.send_replace(Schedule::Followed);
            let Err(error) = self.once().await else { return };
            self.schedule.send_replace(Schedule::Stopped);
            tracing::error!(code = error.code(), hint = error.hint(), "the schedules are not followed: {error}");
            // An error means that the sender is gone: the server has ended.
            let _ = tokio::time::timeout(PAUSE, self.stopping.wait_for(|asked| *asked)).await;
        }
    }

    /// In a task of its own, so that a panic ends only this try.
    async fn once(&self) -> pipeline::Result<()> {
        let runner = Arc::new(runner(self.catalog.clone()));
        let task = tokio::spawn(pipeline::follow(runner, progress::open(self.output), self.stopping.clone()));
        task.await.map_err(|error| pipeline::Error::Internal(error.to_string()))
    }
}
