//! Publisher (`foaf:Agent`) and contact points (`vcard:Kind`).

use config::{Config, Contact, Dataset};

use super::{catalogue_iri, dataset_iri};
use crate::vocab::{terms, triples::Triples};

const ORGANISATIONS: &str = "https://organization-catalog.fellesdatakatalog.digdir.no/organizations/";

/// The IRI of the publisher in the national organisation catalogue.
pub(super) fn publisher_iri(config: &Config) -> String {
    format!("{ORGANISATIONS}{}", config.publisher.organisation_number)
}

/// The publisher.
pub(super) fn publisher(triples: &mut Triples, config: &Config) {
    let agent = publisher_iri(config);
    triples.kind(&agent, "foaf:Agent");
    triples.text(&agent, "foaf:name", &config.publisher.name);
    triples.plain(&agent, "dct:identifier", config.publisher.organisation_number.as_str());
    if config.publisher.municipality_number.is_some() {
        triples.concept(&agent, "dct:type", &terms::local_authority());
    }
}

/// The IRI of the publisher's contact point.
pub(super) fn catalogue_contact_iri(config: &Config) -> String {
    format!("{}#contact", catalogue_iri(config))
}

/// The IRI of a dataset's contact point: the publisher's where it is the same.
pub(super) fn contact_iri(config: &Config, dataset: &Dataset) -> String {
    if dataset.contact == config.publisher.contact {
        catalogue_contact_iri(config)
    } else {
        format!("{}#contact", dataset_iri(config, &dataset.id))
    }
}

/// A contact point. Both classes are given: version 2 of the standard looks for the general one, version 3 for the
/// special one.
pub(super) fn contact(triples: &mut Triples, iri: &str, contact: &Contact) {
    triples.kind(iri, "vcard:Kind");
    triples.kind(iri, "vcard:Organization");
    triples.text(iri, "vcard:fn", &contact.name);
    triples.link(iri, "vcard:hasEmail", &mail_address(&contact.email));
    if let Some(url) = &contact.url {
        triples.link(iri, "vcard:hasURL", url.as_str());
    }
}

/// A `mailto:` address (RFC 6068, section 2).
fn mail_address(email: &str) -> String {
    let mut address = "mailto:".to_owned();
    for c in email.chars() {
        match c {
            '%' | '?' | '#' | '&' | '[' | ']' | '/' => address.extend(format!("%{:02X}", u32::from(c)).chars()),
            c => address.push(c),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_iris() {
        assert_eq!(mail_address("apne.data@kommune.no"), "mailto:apne.data@kommune.no");
        assert_eq!(mail_address("a?b%c@kommune.no"), "mailto:a%3Fb%25c@kommune.no");
    }
}
