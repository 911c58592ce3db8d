//! `allmenning serve`: schedules and server in one process.

use std::sync::Arc;

use config::cli::{Cli, Serve, exit};
use tokio::sync::watch;

use super::{Output, Result, open, progress, runner};

/// Follows the schedules and serves until asked to stop.
pub(crate) async fn serve(cli: &Cli, args: &Serve, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(async move {
        asked_to_stop().await;
        let _ = stop.send(true);
    });
    let scheduler = (!args.no_schedule).then(|| {
        let runner = Arc::new(runner(catalog.clone()));
        tokio::spawn(pipeline::follow(runner, progress::open(output), stopping.clone()))
    });
    let said = output;
    let base = catalog.config().base_url.clone();
    let options = api::ServeOptions {
        exe: std::env::current_exe()?,
        clock: jiff::Timestamp::now,
        stopping,
        on_bound: Box::new(move |addresses| {
            for address in addresses {
                said.line(&format!("listening on http://{address}/"));
            }
            said.line(&format!("pages {base}   catalogue {base}catalog.ttl   API {base}openapi.json"));
        }),
    };
    api::serve(catalog, options).await?;
    if let Some(task) = scheduler {
        task.await.map_err(|error| pipeline::Error::Internal(error.to_string()))?;
    }
    Ok(exit::OK)
}

/// Resolves at Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
