//! The API as `dcat:DataService`.

use config::{Access, Config, Language, Text};

use super::{agent, catalog::METADATA_LICENCE, service_iri};
use crate::vocab::{terms, triples::Triples};

const OPENAPI: &str = "https://spec.openapis.org/oas/v3.1.0";

/// The data service without the datasets that it serves.
pub(super) fn describe(triples: &mut Triples, config: &Config) {
    let iri = service_iri(config);
    let base = config.base_url.as_str();
    triples.kind(&iri, "dcat:DataService");
    triples.text(&iri, "dct:title", &title(config));
    triples.text(&iri, "dct:description", &description());
    triples.plain(&iri, "dct:identifier", &iri);
    triples.link(&iri, "dct:publisher", &agent::publisher_iri(config));
    triples.link(&iri, "dcat:contactPoint", &agent::catalogue_contact_iri(config));
    triples.link(&iri, "dcat:endpointURL", base);
    triples.link(&iri, "dcat:endpointDescription", &format!("{base}openapi.json"));
    triples.link(&iri, "dct:conformsTo", OPENAPI);
    triples.kind(OPENAPI, "dct:Standard");
    triples.tagged(OPENAPI, "dct:title", "OpenAPI Specification 3.1.0", Language::En.tag());
    triples.concept(&iri, "dct:license", &terms::licence(METADATA_LICENCE));
    triples.concept(&iri, "dct:accessRights", &terms::access(Access::Public));
    triples.concept(&iri, "dcatap:availability", &terms::available());
    triples.concept(&iri, "dct:format", &terms::file_type("JSON"));
}

fn title(config: &Config) -> Text {
    let name = |language| config.publisher.name.get(language);
    Text {
        nb: format!("Data-API for {}", name(Language::Nb)),
        nn: Some(format!("Data-API for {}", name(Language::Nn))),
        en: Some(format!("Data API of {}", name(Language::En))),
    }
}

fn description() -> Text {
    Text {
        nb: "Søk, rader, filer og metadata for alle åpne datasett i katalogen.".to_owned(),
        nn: Some("Søk, rader, filer og metadata for alle opne datasett i katalogen.".to_owned()),
        en: Some("Search, rows, files and metadata of all open datasets of the catalogue.".to_owned()),
    }
}
