//! `allmenning gc`: what is no longer kept goes.

use catalog::version::Garbage;
use config::{
    DatasetId,
    cli::{Cli, Gc, exit},
};

use super::{Output, Result, Selected, open, runner, selected};

/// Collects the garbage of the datasets one after the other; one that is being run does not keep the others from it.
pub(crate) async fn gc(cli: &Cli, args: &Gc, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let Selected { datasets, broken } = selected(&catalog, &args.datasets, args.datasets.is_empty())?;
    let runner = runner(catalog);
    let mut code = exit::OK;
    let mut all = Vec::new();
    // How long versions are kept is not known where a declaration has errors.
    for (_, error) in broken {
        code = exit::FAILURE;
        Output::error(&error.into());
    }
    for id in &datasets {
        let found = if args.dry_run { runner.garbage(id).await } else { runner.collect(id).await };
        match found {
            Ok(garbage) => {
                show(id, &garbage, args.dry_run, output);
                all.push(serde_json::json!({
                    "dataset": id, "versions": garbage.versions, "files": garbage.files, "bytes": garbage.bytes,
                    "dry_run": args.dry_run,
                }));
            }
            Err(error) => {
                code = exit::FAILURE;
                Output::error(&error.into());
            }
        }
    }
    output.value(&all);
    Ok(code)
}

fn show(id: &DatasetId, garbage: &Garbage, dry_run: bool, output: Output) {
    let verb = if dry_run { "would go" } else { "gone" };
    let (versions, files, bytes) = (garbage.versions.len(), garbage.files.len(), garbage.bytes);
    output.line(&format!("{id}: {versions} versions, {files} files, {bytes} bytes {verb}"));
    for number in &garbage.versions {
        output.line(&format!("    version {number}"));
    }
    for file in &garbage.files {
        output.line(&format!("    {file}"));
    }
}
