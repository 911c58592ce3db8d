//! `allmenning check`: every problem of every configuration file at once, and what portals would say of the descriptions.

use catalog::{
    Entry,
    graph::Graph,
    validation::{MetadataFinding, OutputProfile, Validator},
};
use config::{
    Config, Dataset, Env, Language, Problem,
    cli::{Cli, exit},
};

use super::{Output, Result};

/// Checks the configuration folder.
pub(crate) fn check(cli: &Cli, output: Output) -> Result<u8> {
    let overrides = cli.overrides(&std::env::current_dir()?);
    Ok(match config::check(&cli.global.config, &overrides, &Env::process()) {
        Ok(config) => {
            let findings = descriptions(&config)?;
            tell(config.warnings.iter(), &findings, output);
            let (datasets, profiles) = (config.datasets.len(), config.profiles.len());
            output.line(&format!("{datasets} datasets, {profiles} profiles, {} warnings", config.warnings.len()));
            if findings.iter().any(MetadataFinding::blocks) { exit::CONFIG } else { exit::OK }
        }
        Err(problems) => {
            tell(problems.iter(), &[], output);
            exit::CONFIG
        }
    })
}

/// What the shapes of the portals find in the whole catalogue as it is before anything is published.
fn descriptions(config: &Config) -> Result<Vec<MetadataFinding>> {
    let validator = Validator::of(&OutputProfile::ALL)?;
    let entry = |dataset: &Dataset| (dataset.id.clone(), Entry::unpublished(dataset.clone()));
    let graph = Graph::build(config, &config.datasets.values().map(entry).collect(), None)?;
    let found = graph.findings(&validator, config);
    Ok(found.into_iter().filter(|finding| finding.defect.is_none()).collect())
}

fn tell<'a>(problems: impl Iterator<Item = &'a Problem>, findings: &[MetadataFinding], output: Output) {
    let problems: Vec<&Problem> = problems.collect();
    output.value(&serde_json::json!({ "problems": problems, "metadata": findings }));
    if !output.json() {
        for problem in problems {
            Output::answer(&format!("{problem}\n"));
        }
        for finding in findings {
            let severity = if finding.blocks() { "error" } else { "warning" };
            let message = finding.message.get(Language::En);
            let place = finding.field.as_ref().map(|field| format!("  --> {}: {}\n", field.file, field.key));
            let (profile, place) = (finding.profile.name(), place.unwrap_or_default());
            Output::answer(&format!(
                "{severity}[metadata-invalid]: by {profile} {message} ({})\n{place}",
                finding.focus
            ));
        }
    }
}
