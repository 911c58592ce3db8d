//! `allmenning check`: every problem of every configuration file at once.

use config::{
    Env, Problem,
    cli::{Cli, exit},
};

use super::{Output, Result};

/// Checks the configuration folder.
pub(crate) fn check(cli: &Cli, output: Output) -> Result<u8> {
    let overrides = cli.overrides(&std::env::current_dir()?);
    Ok(match config::check(&cli.global.config, &overrides, &Env::process()) {
        Ok(config) => {
            tell(config.warnings.iter(), output);
            let (datasets, profiles) = (config.datasets.len(), config.profiles.len());
            output.line(&format!("{datasets} datasets, {profiles} profiles, {} warnings", config.warnings.len()));
            exit::OK
        }
        Err(problems) => {
            tell(problems.iter(), output);
            exit::CONFIG
        }
    })
}

fn tell<'a>(problems: impl Iterator<Item = &'a Problem>, output: Output) {
    let problems: Vec<&Problem> = problems.collect();
    output.value(&serde_json::json!({ "problems": problems }));
    if !output.json() {
        for problem in problems {
            Output::answer(&format!("{problem}\n"));
        }
    }
}
