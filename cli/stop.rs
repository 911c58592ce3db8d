//! Being asked to stop: Ctrl-C and SIGTERM, the same for every command that runs datasets.

use config::cli::exit;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Calls `gently` at the first Ctrl-C or SIGTERM; the second one ends the process at once, which leaves nothing half
/// published either.
pub(crate) fn when_asked(gently: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let mut signals =
        Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
    tokio::spawn(async move {
        signals.next().await;
        gently();
        tracing::info!("stopping in order; a second signal stops at once");
        signals.next().await;
        std::process::exit(exit::STOPPED.into());
    });
    Ok(())
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
