//! Series of datasets (`dcat:DatasetSeries`).

use std::collections::BTreeSet;

use config::{Config, Series, SeriesId, Theme};

use super::{agent, catalogue_iri};
use crate::vocab::{terms, triples::Triples};

/// The IRI of a series, `{base}catalog#series-{id}`.
pub(super) fn iri(config: &Config, id: &SeriesId) -> String {
    format!("{}#series-{id}", catalogue_iri(config))
}

/// A series, with the themes of its datasets.
pub(super) fn describe(
    triples: &mut Triples,
    config: &Config,
    (id, series): (&SeriesId, &Series),
    themes: &BTreeSet<Theme>,
) {
    let iri = iri(config, id);
    triples.kind(&iri, "dcat:DatasetSeries");
    triples.text(&iri, "dct:title", &series.title);
    triples.text(&iri, "dct:description", &series.description);
    triples.plain(&iri, "dct:identifier", &iri);
    triples.link(&iri, "dct:publisher", &agent::publisher_iri(config));
    triples.link(&iri, "dcat:contactPoint", &agent::catalogue_contact_iri(config));
    agent::contact(triples, &agent::catalogue_contact_iri(config), &config.publisher.contact);
    for theme in themes {
        triples.concept(&iri, "dcat:theme", &terms::theme(*theme));
    }
}
