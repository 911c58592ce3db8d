//! The API, and OGC API Features within it, as `dcat:DataService`.

use std::collections::BTreeSet;

use config::{Access, Config, HighValueCategory, Language, Text};

use super::{agent, catalog::METADATA_LICENCE, features_iri, links, service_iri};
use crate::vocab::{terms, triples::Triples};

const OPENAPI: &str = "https://spec.openapis.org/oas/v3.1.0";
const FEATURES: &str = "https://docs.ogc.org/is/17-069r4/17-069r4.html";

/// A data service, without the datasets that it serves.
struct Service<'a> {
    iri: String,
    title: Text,
    description: Text,
    endpoint: String,
    /// Where its description is, below the endpoint.
    described: &'a str,
    /// Address and name of the standard it keeps.
    standard: (&'a str, &'a str),
    format: &'a str,
}

/// The data service without the datasets that it serves; `categories` are those of high-value datasets among them.
pub(super) fn describe(triples: &mut Triples, config: &Config, categories: &BTreeSet<HighValueCategory>) {
    let service = Service {
        iri: service_iri(config),
        title: title(config, "Data-API", "Data API"),
        description: description(),
        endpoint: config.base_url.to_string(),
        described: "openapi.json",
        standard: (OPENAPI, "OpenAPI Specification 3.1.0"),
        format: "JSON",
    };
    links::high_value(triples, &service.iri, categories);
    service.describe(triples, config);
}

/// OGC API Features, without the datasets that it serves.
pub(super) fn features(triples: &mut Triples, config: &Config, categories: &BTreeSet<HighValueCategory>) {
    let service = Service {
        iri: features_iri(config),
        title: title(config, "OGC API Features", "OGC API Features"),
        description: Text {
            nb: "Alle åpne datasett med geometri som objekter, for kartprogrammer.".to_owned(),
            nn: Some("Alle opne datasett med geometri som objekt, for kartprogram.".to_owned()),
            en: Some("All open datasets with a geometry as features, for mapping programs.".to_owned()),
        },
        endpoint: format!("{}ogc", config.base_url),
        described: "/api",
        standard: (FEATURES, "OGC API - Features - Part 1: Core"),
        format: "GEOJSON",
    };
    links::high_value(triples, &service.iri, categories);
    service.describe(triples, config);
}

impl Service<'_> {
    fn describe(&self, triples: &mut Triples, config: &Config) {
        let iri = self.iri.as_str();
        triples.kind(iri, "dcat:DataService");
        triples.text(iri, "dct:title", &self.title);
        triples.text(iri, "dct:description", &self.description);
        triples.plain(iri, "dct:identifier", iri);
        triples.link(iri, "dct:publisher", &agent::publisher_iri(config));
        triples.link(iri, "dcat:contactPoint", &agent::catalogue_contact_iri(config));
        triples.link(iri, "dcat:endpointURL", &self.endpoint);
        triples.link(iri, "dcat:endpointDescription", &format!("{}{}", self.endpoint, self.described));
        let page = format!("{}docs", config.base_url);
        triples.link(iri, "foaf:page", &page);
        triples.kind(&page, "foaf:Document");
        let (standard, name) = self.standard;
        triples.link(iri, "dct:conformsTo", standard);
        triples.kind(standard, "dct:Standard");
        triples.tagged(standard, "dct:title", name, Language::En.tag());
        triples.concept(iri, "dct:license", &terms::licence(METADATA_LICENCE));
        triples.concept(iri, "dct:accessRights", &terms::access(Access::Public));
        triples.concept(iri, "dcatap:availability", &terms::available());
        triples.concept(iri, "dct:format", &terms::file_type(self.format));
    }
}

fn title(config: &Config, norwegian: &str, english: &str) -> Text {
    let name = |language| config.publisher.name.get(language);
    Text {
        nb: format!("{norwegian} for {}", name(Language::Nb)),
        nn: Some(format!("{norwegian} for {}", name(Language::Nn))),
        en: Some(format!("{english} of {}", name(Language::En))),
    }
}

fn description() -> Text {
    Text {
        nb: "Søk, rader, filer og metadata for alle åpne datasett i katalogen.".to_owned(),
        nn: Some("Søk, rader, filer og metadata for alle opne datasett i katalogen.".to_owned()),
        en: Some("Search, rows, files and metadata of all open datasets of the catalogue.".to_owned()),
    }
}
