//! `allmenning check`: every problem of every configuration file at once.

use config::{
    Env, Problem,
    cli::{Cli, exit},
};

use super::Output;

/// Checks the configuration folder.
pub(crate) fn check(cli: &Cli, output: Output) -> u8 {
    match config::check(&cli.global.config, &cli.overrides(), &Env::process()) {
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
    }
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
