//! Which field of which file mends a finding.

use config::{Config, Dataset, DatasetId, Link};
use serde::Serialize;

use crate::vocab::{compact, dcat_ap_no};

/// A field of a file of the publisher's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The file, from the folder of `allmenning.toml`.
    pub file: String,
    /// The key in it, with dots between tables.
    pub key: &'static str,
}

/// The field that a property of a node is made from; `None` for what nobody wrote.
pub(super) fn field(config: &Config, focus: &str, property: Option<&str>) -> Option<Field> {
    let property = compact(property?)?;
    let (root, catalogue) = (dcat_ap_no::dataset_iri_root(config), dcat_ap_no::catalogue_iri(config));
    if let Some(rest) = focus.strip_prefix(root.as_str()) {
        let id = rest.split(['#', '/']).next()?.parse::<DatasetId>().ok()?;
        let key = of_dataset(&property)?;
        return Some(Field { file: format!("datasets/{id}.toml"), key });
    }
    if let Some((dataset, key)) = linking(config, focus) {
        return Some(Field { file: format!("datasets/{}.toml", dataset.id), key });
    }
    let of_instance = |key| Some(Field { file: "allmenning.toml".to_owned(), key });
    match property.as_str() {
        "foaf:name" => of_instance("publisher.name"),
        "vcard:fn" => of_instance("publisher.contact.name"),
        "vcard:hasEmail" => of_instance("publisher.contact.email"),
        "vcard:hasURL" => of_instance("publisher.contact.url"),
        "dct:publisher" => of_instance("publisher.organisation_number"),
        "dcat:contactPoint" => of_instance("publisher.contact"),
        "dcat:endpointURL" | "foaf:homepage" => of_instance("server.base_url"),
        "dct:title" if focus.starts_with(catalogue.as_str()) => of_instance("catalog.title"),
        "dct:description" if focus.starts_with(catalogue.as_str()) => of_instance("catalog.description"),
        "dct:identifier" | "dct:type" => of_instance("publisher.municipality_number"),
        _ => None,
    }
}

/// The first dataset that names a document elsewhere, and where it does.
fn linking<'c>(config: &'c Config, focus: &str) -> Option<(&'c Dataset, &'static str)> {
    let names = |links: &[Link]| links.iter().any(|link| link.url.as_str() == focus);
    config.datasets.values().find_map(|dataset| match &dataset.file {
        file if names(&file.legislation) => Some((dataset, "legislation")),
        file if names(&file.conforms_to) => Some((dataset, "conforms_to")),
        _ => None,
    })
}

fn of_dataset(property: &str) -> Option<&'static str> {
    Some(match property {
        "dct:title" => "title",
        "dct:description" => "description",
        "dcat:theme" => "themes",
        "dcat:keyword" => "keywords",
        "dct:language" => "languages",
        "dct:license" => "licence",
        "dct:accessRights" => "access",
        "dct:accrualPeriodicity" => "frequency",
        "dct:temporal" | "dcat:startDate" | "dcat:endDate" => "period",
        "dct:issued" => "issued",
        "dct:provenance" => "provenance",
        "dcat:contactPoint" | "vcard:fn" | "vcard:hasEmail" | "vcard:hasURL" => "contact",
        "dcat:distribution" => "distributions",
        "adms:identifier" | "skos:notation" => "geonorge.record",
        _ => return None,
    })
}
