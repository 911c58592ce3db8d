//! Tells the server how the runs of the datasets stand, whichever process runs them.

use std::time::Duration;

use catalog::{Catalog, Standings};
use tokio::sync::watch;

/// How long until the run records are looked at again.
const EVERY: Duration = Duration::from_secs(30);

/// Looks at the newest run records again and again until asked to stop; a failure leaves what was told before.
pub(crate) async fn tell(catalog: Catalog, teller: watch::Sender<Standings>, mut stopping: watch::Receiver<bool>) {
    loop {
        let before = teller.borrow().clone();
        match pipeline::standings(&catalog, &before, super::now()).await {
            Ok(now) => drop(teller.send_replace(now)),
            Err(error) => tracing::warn!(code = error.code(), %error, "how the runs stand is not known"),
        }
        // An error means that the sender is gone: the server has ended.
        if tokio::time::timeout(EVERY, stopping.wait_for(|asked| *asked)).await.is_ok() {
            return;
        }
    }
}
