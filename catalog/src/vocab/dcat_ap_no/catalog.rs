//! The catalogue (`dcat:Catalog`).

use std::collections::{BTreeMap, BTreeSet};

use config::{Config, DatasetId, Language, Licence, Theme};

use super::{agent, catalogue_iri, dataset_iri, instant, is_described_here, series, service_iri};
use crate::{
    Entry,
    vocab::{terms, triples::Triples},
};

/// Licence of the catalogue's own texts.
pub(super) const METADATA_LICENCE: Licence = Licence::CcBy40;

/// The catalogue and the links to its datasets and its service.
pub(super) fn describe(triples: &mut Triples, config: &Config, datasets: &BTreeMap<DatasetId, Entry>) {
    let iri = catalogue_iri(config);
    triples.kind(&iri, "dcat:Catalog");
    triples.text(&iri, "dct:title", &config.catalog.title);
    triples.text(&iri, "dct:description", &config.catalog.description);
    triples.plain(&iri, "dct:identifier", &iri);
    triples.link(&iri, "dct:publisher", &agent::publisher_iri(config));
    triples.link(&iri, "dcat:contactPoint", &agent::catalogue_contact_iri(config));
    for (language, _) in config.catalog.title.iter() {
        triples.concept(&iri, "dct:language", &terms::language(language));
    }
    triples.concept(&iri, "dct:license", &terms::licence(METADATA_LICENCE));
    triples.concept(&iri, "dct:spatial", &terms::norway());
    triples.link(&iri, "foaf:homepage", config.base_url.as_str());
    triples.kind(config.base_url.as_str(), "foaf:Document");
    triples.link(&iri, "dcat:themeTaxonomy", &terms::theme_scheme());
    triples.kind(&terms::theme_scheme(), "skos:ConceptScheme");
    triples.tagged(&terms::theme_scheme(), "dct:title", "Data theme", Language::En.tag());
    triples.link(&iri, "dcat:service", &service_iri(config));
    for id in datasets.iter().filter(|(_, entry)| is_described_here(entry)).map(|(id, _)| id) {
        triples.link(&iri, "dcat:dataset", &dataset_iri(config, id));
    }
    for (id, series) in &config.catalog.series {
        let within = datasets.values().filter(|entry| entry.dataset.file.series.as_ref() == Some(id));
        let themes: BTreeSet<Theme> = within.flat_map(|entry| entry.dataset.file.themes.iter().copied()).collect();
        // A series without a dataset has no theme, and nothing to say.
        if !themes.is_empty() {
            series::describe(triples, config, (id, series), &themes);
        }
    }
    dates(triples, &iri, datasets);
}

/// First and last publication of any version; nothing while there is none.
fn dates(triples: &mut Triples, iri: &str, datasets: &BTreeMap<DatasetId, Entry>) {
    let published = || datasets.values().flat_map(|entry| entry.versions.values()).map(|version| version.published);
    if let Some(first) = published().min() {
        triples.typed(iri, "dct:issued", &instant(first), "xsd:dateTime");
    }
    if let Some(last) = published().max() {
        triples.typed(iri, "dct:modified", &instant(last), "xsd:dateTime");
    }
}
