//! `allmenning withdraw`: a version is no longer served.

use catalog::version::{VersionNumber, Withdrawal};
use config::cli::{Cli, Withdraw, exit};

use super::{Output, Result, now, open, runner};

/// Takes a version out of publication.
pub(crate) async fn withdraw(cli: &Cli, args: &Withdraw, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let (dataset, number) = (&args.dataset, args.version);
    let by = args.by.clone().unwrap_or_else(|| catalog.config().publisher.name.nb.clone());
    let why = Withdrawal {
        time: now(),
        by,
        reason: args.reason.clone(),
        legal_basis: args.legal_basis.clone(),
        replaced_by: args.replaced_by.map(VersionNumber),
        ..Withdrawal::default()
    };
    let cleaned = runner(catalog).withdraw(dataset, VersionNumber(number), why.clone()).await?;
    let rest = if cleaned { "" } else { "; its files go when the run under way has ended" };
    output.line(&format!("{dataset}: version {number} withdrawn{rest}"));
    output.value(&why);
    Ok(exit::OK)
}
