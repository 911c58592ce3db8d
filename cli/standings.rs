//! Tells the server, and those who send notices, how the datasets stand, whichever process runs them.

use std::{sync::Arc, time::Duration};

use catalog::{Catalog, Standings};
use pipeline::Status;
use tokio::sync::watch;

/// How long until the run records are looked at again.
const EVERY: Duration = Duration::from_secs(30);

/// Where it is told.
pub(crate) struct Tellers {
    /// For pages and metrics.
    pub(crate) standings: watch::Sender<Standings>,
    /// For notices.
    pub(crate) statuses: watch::Sender<Arc<[Status]>>,
}

/// Looks at the newest run records again and again until asked to stop; a failure leaves what was told before.
pub(crate) async fn tell(catalog: Catalog, tellers: Tellers, mut stopping: watch::Receiver<bool>) {
    loop {
        match pipeline::status(&catalog, super::now()).await {
            Ok(all) => {
                let standings = pipeline::standings(&all, &tellers.standings.borrow());
                tellers.standings.send_replace(standings);
                tellers.statuses.send_replace(all.into());
            }
            Err(error) => tracing::warn!(code = error.code(), %error, "how the runs stand is not known"),
        }
        // An error means that the sender is gone: the server has ended.
        if tokio::time::timeout(EVERY, stopping.wait_for(|asked| *asked)).await.is_ok() {
            return;
        }
    }
}
