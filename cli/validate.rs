//! `allmenning validate`: holds the catalogue, or a file of others, against the shapes of the output profiles.

use std::path::Path;

use catalog::validation::{Defect, MetadataFinding, OutputProfile, Validator};
use config::{
    Config,
    cli::{Cli, Validate, exit},
};

use super::{Error, Output, Result, open};

/// Findings that are told on a terminal; the rest is counted.
const TOLD: usize = 50;

/// Validates, and tells every finding with the field that mends it.
pub(crate) async fn validate(cli: &Cli, args: &Validate, output: Output) -> Result<u8> {
    let profiles = profiles(args)?;
    let counted = defects(args)?;
    let validator = Validator::of(&profiles)?;
    let mut findings = if let Some(file) = &args.file {
        validator.validate_file(&name(file), &read(file)?, None)?
    } else {
        let catalog = open(cli).await?;
        let config: &Config = catalog.config();
        catalog.snapshot().graph.findings(&validator, config)
    };
    for finding in &mut findings {
        finding.defect = finding.defect.filter(|defect| !counted.contains(defect));
    }
    let blocking = findings.iter().filter(|finding| finding.blocks()).count();
    let explained = findings.iter().filter(|finding| finding.defect.is_some()).count();
    for finding in findings.iter().filter(|finding| finding.defect.is_none()).take(TOLD) {
        tell(finding, args, output);
    }
    let names: Vec<&str> = profiles.iter().map(|profile| profile.name()).collect();
    output.line(&format!(
        "{}: {blocking} violations, {} warnings, {explained} explained by known defects of the shapes",
        names.join(", "),
        findings.len() - blocking - explained,
    ));
    output.value(
        &serde_json::json!({ "profiles": names, "violations": blocking, "explained": explained, "findings": findings }),
    );
    Ok(if blocking == 0 { exit::OK } else { exit::BLOCKED })
}

fn tell(finding: &MetadataFinding, args: &Validate, output: Output) {
    let severity = format!("{:?}", finding.severity).to_lowercase();
    output.line(&format!("{severity} [{}] {}", finding.profile.name(), finding.message.get(args.language)));
    output.line(&format!("    {}", finding.focus));
    if let Some(field) = &finding.field {
        output.line(&format!("    --> {}: {}", field.file, field.key));
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| catalog::Error::Rdf {
        name: name(file),
        syntax: "a file of metadata",
        reason: error.to_string(),
    };
    Ok(std::fs::read(file).map_err(failed)?)
}

fn name(file: &Path) -> String {
    file.to_string_lossy().into_owned()
}

fn profiles(args: &Validate) -> Result<Vec<OutputProfile>> {
    if args.profile.is_empty() {
        return Ok(OutputProfile::ALL.to_vec());
    }
    let known = OutputProfile::ALL.map(OutputProfile::name);
    let named = |name: &String| OutputProfile::named(name).ok_or_else(|| Error::choice("profile", name, &known));
    args.profile.iter().map(named).collect()
}

/// The defects that count as if they were none.
fn defects(args: &Validate) -> Result<Vec<Defect>> {
    let known = Defect::ALL.map(Defect::name);
    let named = |name: &String| Defect::named(name).ok_or_else(|| Error::choice("defect", name, &known));
    args.count_defect.iter().map(named).collect()
}
