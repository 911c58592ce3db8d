//! The description of what would be published, held against the shapes of every profile in which it goes out.

use std::sync::Arc;

use catalog::{
    Entry,
    validation::{MetadataFinding, Validator},
    version::{Draft, Finding, GateReport, Severity, VersionNumber, prospective},
};
use config::{Config, GateKind, Language};
use jiff::Timestamp;

use super::finding::{counted, finding};
use crate::Result;

/// Findings that are told; the rest is counted.
const TOLD: usize = 20;

/// Holds the description of a draft, with all that it links to, against every profile.
///
/// # Errors
/// `Graph` if it cannot be described at all.
pub(crate) fn judge(
    config: &Config,
    validator: &Validator,
    (draft, entry): (&Draft, &Entry),
    (reports, now): (&[GateReport], Timestamp),
) -> Result<GateReport> {
    let number = VersionNumber(entry.versions.keys().chain(entry.withdrawn.keys()).max().map_or(1, |last| last.0 + 1));
    let mut after = Entry { dataset: Arc::clone(&draft.dataset), ..entry.clone() };
    after.versions.insert(number, Arc::new(prospective(draft, reports.to_vec(), (number, now))));
    let found = validator.validate_entry(config, after)?;
    let wrong: Vec<&MetadataFinding> = found.iter().filter(|finding| finding.defect.is_none()).collect();
    let checked = format!("the description by {} profiles", validator.profiles());
    Ok(GateReport::new(GateKind::Metadata, checked, wrong.into_iter().take(TOLD).map(told).collect()))
}

fn told(found: &MetadataFinding) -> Finding {
    let message = format!("by \"{}\" {} ({})", found.profile.name(), found.message.get(Language::En), found.focus);
    let hint = found.field.as_ref().map_or_else(
        || "Mend what the description is made from, or report it if nothing there is wrong.".to_owned(),
        |field| format!("Mend `{}` in {}.", field.key, field.file),
    );
    let (code, severity) =
        if found.blocks() { ("metadata-invalid", Severity::Block) } else { ("metadata-advice", Severity::Info) };
    counted(finding(code, severity, message, &hint), 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use catalog::validation::OutputProfile;
    use serde_json::json;

    use super::*;
    use crate::{gate::testing::draft, testing::Publisher};

    #[tokio::test]
    async fn a_description_that_a_portal_refuses_blocks_and_says_where_to_mend_it() {
        let mut draft = draft(&json!({}), 10);
        let entry = Entry {
            dataset: Arc::clone(&draft.dataset),
            versions: BTreeMap::new(),
            withdrawn: BTreeMap::new(),
            partial: BTreeMap::new(),
        };
        let publisher = Publisher::new("").await;
        let config = publisher.runner.catalog.config();
        let validator = Validator::of(&OutputProfile::ALL).unwrap();
        let judge = |draft: &Draft| judge(config, &validator, (draft, &entry), (&[], Timestamp::UNIX_EPOCH)).unwrap();
        let report = judge(&draft);
        assert!(!report.blocks() && report.checked == "the description by 4 profiles", "{report:#?}");
        Arc::make_mut(&mut draft.dataset).file.themes.clear();
        let report = judge(&draft);
        assert!(report.blocks());
        let first = &report.findings[0];
        assert_eq!(
            (first.code.as_str(), first.hint.as_str()),
            ("metadata-invalid", "Mend `themes` in datasets/test.toml.")
        );
        assert!(first.message.contains("dcat:theme is missing"), "{first:#?}");
    }
}
