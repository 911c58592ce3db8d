//! DCAT-AP-NO 3: catalogue, datasets, distributions, data service, publisher and contact.
//!
//! Nothing is a blank node: the portals drop blank catalogues and datasets and give blank distributions a new identity
//! at every change. Every referenced term carries its class, label and scheme, so that a validator that fetches
//! nothing finds nothing missing.

mod agent;
mod catalog;
mod dataset;
mod distribution;
mod links;
mod series;
mod service;
#[cfg(test)]
pub(crate) mod tests;
mod version;

use std::collections::{BTreeMap, BTreeSet};

use config::{Access, ColumnType, Config, DatasetId, HighValueCategory, MetadataHome};
use jiff::Timestamp;
use oxigraph::model::Triple;

use super::{
    dqv,
    triples::{Triples, escape},
};
use crate::{Entry, Result, version::ColumnInfo};

/// The IRI of the catalogue, `{base}catalog`.
pub fn catalogue_iri(config: &Config) -> String {
    escape(&format!("{}catalog", config.base_url))
}

/// The IRI of a dataset, `{base}d/{id}`.
pub fn dataset_iri(config: &Config, dataset: &DatasetId) -> String {
    format!("{}{dataset}", dataset_iri_root(config))
}

/// What the IRIs of all datasets begin with, `{base}d/`.
pub(crate) fn dataset_iri_root(config: &Config) -> String {
    escape(&format!("{}d/", config.base_url))
}

/// The IRI of the data service, `{base}#api`.
pub fn service_iri(config: &Config) -> String {
    escape(&format!("{}#api", config.base_url))
}

/// The IRI of OGC API Features as a data service, `{base}#ogc`.
pub fn features_iri(config: &Config) -> String {
    escape(&format!("{}#ogc", config.base_url))
}

/// The triples of the catalogue itself: `dcat:Catalog`, the data service, publisher and contact.
pub fn catalogue(config: &Config, datasets: &BTreeMap<DatasetId, Entry>) -> Result<Vec<Triple>> {
    let mut triples = Triples::default();
    catalog::describe(&mut triples, config, datasets);
    let here = || datasets.values().filter(|entry| is_described_here(entry));
    let served = || here().filter(|entry| is_served(entry));
    service::describe(&mut triples, config, &categories(served()));
    for id in served().map(|entry| &entry.dataset.id) {
        triples.link(&service_iri(config), "dcat:servesDataset", &dataset_iri(config, id));
    }
    let mut features = here().filter(|entry| has_features(entry)).peekable();
    if features.peek().is_some() {
        triples.link(&catalogue_iri(config), "dcat:service", &features_iri(config));
        let categories = categories(here().filter(|entry| has_features(entry)));
        service::features(&mut triples, config, &categories);
    }
    for entry in features {
        triples.link(&features_iri(config), "dcat:servesDataset", &dataset_iri(config, &entry.dataset.id));
    }
    agent::publisher(&mut triples, config);
    agent::contact(&mut triples, &agent::catalogue_contact_iri(config), &config.publisher.contact);
    triples.finish()
}

/// The triples of one dataset as portals get them, complete in themselves: its distributions, publisher, contact and data service too.
pub fn dataset(config: &Config, entry: &Entry) -> Result<Vec<Triple>> {
    let mut triples = Triples::default();
    dataset::describe(&mut triples, config, entry);
    if is_served(entry) {
        if let Some(current) = entry.current() {
            let iris = (catalogue_iri(config), dataset_iri(config, &entry.dataset.id));
            dqv::describe(&mut triples, (&iris.0, &iris.1), current);
        }
        distribution::describe(&mut triples, config, entry);
        let categories = &entry.dataset.file.high_value;
        service::describe(&mut triples, config, categories);
        let iri = dataset_iri(config, &entry.dataset.id);
        triples.link(&service_iri(config), "dcat:servesDataset", &iri);
        if has_features(entry) {
            service::features(&mut triples, config, categories);
            triples.link(&features_iri(config), "dcat:servesDataset", &iri);
        }
        agent::contact(&mut triples, &agent::catalogue_contact_iri(config), &config.publisher.contact);
    }
    agent::publisher(&mut triples, config);
    agent::contact(&mut triples, &agent::contact_iri(config, &entry.dataset), &entry.dataset.contact);
    triples.finish()
}

/// What is told of a dataset's versions beside its description: in its own document and to queries. Portals do not get it,
/// since they take what `dcat:hasVersion` leads to for datasets of their own.
pub(crate) fn versions(config: &Config, entry: &Entry) -> Result<Vec<Triple>> {
    let mut triples = Triples::default();
    if is_served(entry) {
        version::describe(&mut triples, config, &dataset_iri(config, &entry.dataset.id), entry);
    }
    triples.finish()
}

/// The categories of high value of some datasets.
fn categories<'a>(entries: impl Iterator<Item = &'a Entry>) -> BTreeSet<HighValueCategory> {
    entries.flat_map(|entry| entry.dataset.file.high_value.iter().copied()).collect()
}

/// Whether the dataset belongs in the catalogue that others harvest: its metadata have their home here.
pub fn is_described_here(entry: &Entry) -> bool {
    entry.dataset.file.geonorge.as_ref().is_none_or(|record| record.home == MetadataHome::Own)
}

/// Whether the dataset's files are served: it is open to everybody and has a version.
fn is_served(entry: &Entry) -> bool {
    entry.dataset.file.access == Access::Public && entry.current().is_some()
}

/// Whether the dataset is also served as features: one that is served and has a geometry.
fn has_features(entry: &Entry) -> bool {
    let is_geometry = |column: &ColumnInfo| matches!(column.kind, ColumnType::Geometry { .. });
    is_served(entry) && entry.current().is_some_and(|manifest| manifest.columns.iter().any(is_geometry))
}

/// An instant as `xsd:dateTime`, to the second.
fn instant(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
