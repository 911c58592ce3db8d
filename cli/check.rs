//! `allmenning check`: every problem of every configuration file at once, and what portals would say of the descriptions.

use catalog::{
    Entry,
    validation::{MetadataFinding, OutputProfile, Validator},
};
use config::{
    Config, Env, Language, Problem,
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

/// What the shapes of the portals find in the descriptions as they are before anything is published, each thing once.
fn descriptions(config: &Config) -> Result<Vec<MetadataFinding>> {
    let validator = Validator::of(&OutputProfile::ALL)?;
    let mut findings: Vec<MetadataFinding> = Vec::new();
    for dataset in config.datasets.values() {
        let found = validator.validate_entry(config, Entry::unpublished(dataset.clone()))?;
        let new: Vec<MetadataFinding> =
            found.into_iter().filter(|finding| finding.defect.is_none() && !findings.contains(finding)).collect();
        findings.extend(new);
    }
    Ok(findings)
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
