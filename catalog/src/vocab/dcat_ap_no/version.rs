//! Versions of a dataset: those that are there, how each was made (PROV-O), and those that were withdrawn.

use config::Config;

use super::{agent, instant};
use crate::{
    Entry,
    version::{Manifest, WithdrawalKind},
    vocab::triples::Triples,
};

/// Versions that are told one by one: the newest.
const TOLD: usize = 20;

/// The newest versions. A version is no `dcat:Dataset`: portals would list each as a dataset of its own.
pub(super) fn describe(triples: &mut Triples, config: &Config, dataset: &str, entry: &Entry) {
    for version in entry.versions.values().rev().take(TOLD) {
        let iri = format!("{dataset}/v/{}", version.number);
        triples.link(dataset, "dcat:hasVersion", &iri);
        triples.kind(&iri, "prov:Entity");
        triples.link(&iri, "dcat:isVersionOf", dataset);
        triples.plain(&iri, "dcat:version", &version.number.to_string());
        triples.typed(&iri, "dct:issued", &instant(version.published), "xsd:dateTime");
        if let Some(before) = version.parent {
            triples.link(&iri, "dcat:previousVersion", &format!("{dataset}/v/{before}"));
        }
        run(triples, config, &iri, version);
    }
}

/// The run that made a version: from which bytes, by which program, for whom. Bytes are named by their content (RFC 6920,
/// section 7), since the address of a source may tell what is not for everybody.
fn run(triples: &mut Triples, config: &Config, version: &str, manifest: &Manifest) {
    let (run, program) = (format!("{version}#run"), format!("{}#program", config.base_url));
    triples.link(version, "prov:wasGeneratedBy", &run);
    triples.kind(&run, "prov:Activity");
    triples.typed(&run, "prov:endedAtTime", &instant(manifest.published), "xsd:dateTime");
    triples.link(&run, "prov:wasAssociatedWith", &agent::publisher_iri(config));
    triples.link(&run, "prov:wasAssociatedWith", &program);
    triples.kind(&program, "prov:SoftwareAgent");
    triples.plain(&program, "rdfs:label", "allmenning");
    for source in &manifest.sources {
        let bytes = format!("nih:sha-256;{}", source.sha256);
        triples.link(&run, "prov:used", &bytes);
        triples.kind(&bytes, "prov:Entity");
    }
}

/// Versions that were withdrawn or erased from (PROV-O 3.2, `prov:invalidatedAtTime`), for those who hold a copy. What
/// went by the rule of retention, or with the names of persons, is not told one by one.
pub(super) fn withdrawn(triples: &mut Triples, iri: &str, entry: &Entry) {
    let one_by_one = |kind| matches!(kind, WithdrawalKind::Withdrawn | WithdrawalKind::Erased);
    let told = entry.withdrawn.iter().filter(|(_, withdrawal)| one_by_one(withdrawal.kind));
    for (number, withdrawal) in told {
        let version = format!("{iri}/v/{number}");
        triples.kind(&version, "prov:Entity");
        triples.link(&version, "prov:specializationOf", iri);
        triples.typed(&version, "prov:invalidatedAtTime", &instant(withdrawal.time), "xsd:dateTime");
        triples.plain(&version, "adms:versionNotes", &withdrawal.reason);
        if let Some(instead) = withdrawal.replaced_by {
            triples.link(&version, "dct:isReplacedBy", &format!("{iri}/v/{instead}"));
        }
    }
}
