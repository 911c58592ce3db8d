//! How data.norge.no and data.europa.eu rate the metadata of a dataset, worked out here by their tables of points.
//!
//! Points are those of the scoring services (fdk-mqa-scoring-service; "Metadata Quality Assurance" of data.europa.eu). A
//! dataset is rated by its best distribution. Whether addresses answer, and whether the shapes hold, is taken for granted:
//! we serve the one and test the other. Metrics that the Norwegian checker never grants have no points here.

use std::collections::BTreeMap;

use config::Config;
use oxigraph::model::{NamedOrBlankNodeRef, TermRef, Triple, TripleRef};
use serde::Serialize;

use crate::{
    Entry, Result,
    vocab::{
        dcat_ap_no, expand,
        fdk::{self, Adapted},
    },
};

/// The most that data.norge.no can grant: 70 of its 435 points have no way to be had.
pub const FDK_MOST: u32 = 365;
/// The most that data.europa.eu can grant.
pub const EU_MOST: u32 = 405;

const AUTHORITY: &str = "http://publications.europa.eu/resource/authority/";
/// File types that data.europa.eu takes as readable by machines, as far as we publish them.
const MACHINE_READABLE: [&str; 3] = ["CSV", "GEOJSON", "JSON"];
/// File types that it takes as nobody's property, as far as we publish them.
const NOBODYS: [&str; 3] = MACHINE_READABLE;
/// Licences that data.norge.no takes as open.
const OPEN: [&str; 3] = ["CC0", "NLOD_2_0", "CC_BY_4_0"];

/// What a dataset's metadata score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Points at data.norge.no, of [`FDK_MOST`].
    pub fdk: u32,
    /// Points at data.europa.eu, of [`EU_MOST`].
    pub eu: u32,
    /// What is lacking, with the points that it would bring.
    pub gains: Vec<Gain>,
}

/// Something that would bring points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gain {
    /// The metric, as the services name it.
    pub metric: &'static str,
    /// Points at data.norge.no.
    pub fdk: u32,
    /// Points at data.europa.eu.
    pub eu: u32,
}

/// A metric: its name, the points at both, and whether both grant them.
type Rated = (&'static str, [u32; 2], [bool; 2]);

/// Rates a dataset as it would be harvested; `None` where it has no distribution, which only open data have.
///
/// # Errors
/// `Graph` where it cannot be described.
pub fn score(config: &Config, entry: &Entry) -> Result<Option<Score>> {
    let statements = dcat_ap_no::dataset(config, entry)?;
    let statements: Vec<TripleRef<'_>> = statements.iter().map(Triple::as_ref).collect();
    let adapted = fdk::adapted(&statements);
    let facts = Facts::of(adapted.iter().map(Adapted::as_ref));
    let dataset = dcat_ap_no::dataset_iri(config, &entry.dataset.id);
    let distributions = facts.values(&dataset, "dcat:distribution");
    let rated = distributions.iter().map(|distribution| rate(&facts, &dataset, distribution));
    Ok(rated.max_by_key(|score| (score.eu + score.fdk, score.eu)))
}

fn rate(facts: &Facts<'_>, dataset: &str, distribution: &str) -> Score {
    let all = of_dataset(facts, dataset).into_iter().chain(of_distribution(facts, dataset, distribution));
    let mut score = Score { fdk: 0, eu: 0, gains: Vec::new() };
    for (metric, [fdk, eu], [at_fdk, at_eu]) in all {
        score.fdk += if at_fdk { fdk } else { 0 };
        score.eu += if at_eu { eu } else { 0 };
        let gain = Gain { metric, fdk: if at_fdk { 0 } else { fdk }, eu: if at_eu { 0 } else { eu } };
        score.gains.extend((gain.fdk + gain.eu > 0).then_some(gain));
    }
    score
}

fn of_dataset(facts: &Facts<'_>, dataset: &str) -> [Rated; 9] {
    let has = |name: &str| [facts.has(dataset, name); 2];
    let access = facts.values(dataset, "dct:accessRights");
    let aligned = access.iter().any(|iri| iri.starts_with(&format!("{AUTHORITY}access-right/")));
    [
        ("keywordAvailability", [30, 30], has("dcat:keyword")),
        ("categoryAvailability", [30, 30], has("dcat:theme")),
        ("spatialAvailability", [20, 20], has("dct:spatial")),
        ("temporalAvailability", [20, 20], has("dct:temporal")),
        ("dcatApCompliance", [30, 30], [true; 2]),
        ("accessRightsAvailability", [10, 10], has("dct:accessRights")),
        ("accessRightsVocabularyAlignment", [5, 5], [aligned; 2]),
        ("contactPointAvailability", [20, 20], has("dcat:contactPoint")),
        ("publisherAvailability", [10, 10], has("dct:publisher")),
    ]
}

fn of_distribution(facts: &Facts<'_>, dataset: &str, distribution: &str) -> [Rated; 14] {
    let has = |name: &str| [facts.has(distribution, name); 2];
    let either = |name: &str| [facts.has(distribution, name) || facts.has(dataset, name); 2];
    let (formats, types) = (facts.values(distribution, "dct:format"), facts.values(distribution, "dcat:mediaType"));
    let known_format = formats.iter().any(|iri| iri.starts_with(&format!("{AUTHORITY}file-type/")));
    let known_type = types.iter().any(|iri| iri.contains("iana"));
    let is_one_of = |list: &[&str]| {
        let code = |iri: &&&str| iri.rsplit('/').next().is_some_and(|code| list.contains(&code));
        formats.iter().find(code).is_some()
    };
    let licences = facts.values(distribution, "dct:license");
    let is_open = licences.iter().any(|iri| iri.rsplit('/').next().is_some_and(|code| OPEN.contains(&code)));
    [
        ("accessUrlStatusCode", [50, 50], has("dcat:accessURL")),
        ("downloadUrlAvailability", [20, 20], has("dcat:downloadURL")),
        ("downloadUrlStatusCode", [30, 30], has("dcat:downloadURL")),
        ("formatAvailability", [20, 20], has("dct:format")),
        ("mediaTypeAvailability", [10, 10], has("dcat:mediaType")),
        ("formatMediaTypeVocabularyAlignment", [10, 10], [known_format || known_type, known_format && known_type]),
        ("formatMediaTypeNonProprietary", [0, 20], [false, is_one_of(&NOBODYS)]),
        ("formatMediaTypeMachineInterpretable", [0, 20], [false, is_one_of(&MACHINE_READABLE)]),
        ("licenseAvailability", [20, 20], has("dct:license")),
        ("knownLicense", [10, 10], [is_open, !licences.is_empty()]),
        ("rightsAvailability", [5, 5], has("dct:rights")),
        ("byteSizeAvailability", [5, 5], has("dcat:byteSize")),
        ("dateIssuedAvailability", [5, 5], either("dct:issued")),
        ("dateModifiedAvailability", [5, 5], either("dct:modified")),
    ]
}

/// Statements by subject and predicate.
struct Facts<'t>(BTreeMap<(&'t str, &'t str), Vec<&'t str>>);

impl<'t> Facts<'t> {
    fn of(triples: impl Iterator<Item = TripleRef<'t>>) -> Self {
        let mut facts: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for TripleRef { subject, predicate, object } in triples {
            let NamedOrBlankNodeRef::NamedNode(subject) = subject else { continue };
            let value = match object {
                TermRef::NamedNode(node) => node.as_str(),
                TermRef::Literal(literal) => literal.value(),
                TermRef::BlankNode(_) => continue,
            };
            facts.entry((subject.as_str(), predicate.as_str())).or_default().push(value);
        }
        Self(facts)
    }

    fn values(&self, subject: &str, name: &str) -> Vec<&'t str> {
        let Some(predicate) = expand(name) else { return Vec::new() };
        self.0.get(&(subject, predicate.as_str())).cloned().unwrap_or_default()
    }

    fn has(&self, subject: &str, name: &str) -> bool {
        !self.values(subject, name).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::dcat_ap_no::tests::small_catalogue;

    #[test]
    fn the_points_add_up_to_those_of_the_services() {
        let facts = Facts::of(std::iter::empty());
        let all: Vec<Rated> = of_dataset(&facts, "d").into_iter().chain(of_distribution(&facts, "d", "f")).collect();
        let sum = |at: usize| all.iter().map(|(_, points, _)| points[at]).sum::<u32>();
        assert_eq!((sum(0), sum(1)), (FDK_MOST, EU_MOST));
    }

    #[test]
    fn what_lacks_is_told_with_its_points() {
        let (config, datasets) = small_catalogue();
        let scores: Vec<Option<Score>> = datasets.values().map(|entry| score(&config, entry).unwrap()).collect();
        assert_eq!(scores.iter().flatten().count(), 1, "only open data that are published have distributions");
        let whole = scores.into_iter().flatten().next().unwrap();
        let lost = |at: fn(&Gain) -> u32| whole.gains.iter().map(at).sum::<u32>();
        assert_eq!((whole.fdk + lost(|gain| gain.fdk), whole.eu + lost(|gain| gain.eu)), (FDK_MOST, EU_MOST));
        assert!(whole.fdk > 300 && whole.eu > 350, "{whole:#?}");
    }
}
