//! The forms in which a dataset is served (`dcat:Distribution`): files and the rows of the API.
//!
//! The IRI of a distribution names the format and not the version, so that it lives as long as the dataset; its
//! `dcat:downloadURL` names the immutable file.

use std::collections::BTreeMap;

use config::{Config, FileFormat, Language, Text};

use super::{dataset_iri, features_iri, has_features, instant, links, service_iri};
use crate::{
    Entry,
    version::{Manifest, PublishedFile},
    vocab::{terms, triples::Triples},
};

/// Every distribution of the current version.
pub(super) fn describe(triples: &mut Triples, config: &Config, entry: &Entry) {
    let Some(current) = entry.current() else { return };
    rights(triples, config, entry);
    let mut formats: BTreeMap<FileFormat, Vec<&PublishedFile>> = BTreeMap::new();
    for file in &current.files {
        formats.entry(file.format).or_default().push(file);
    }
    let geometry = formats.contains_key(&FileFormat::Geojson) || current.bbox.is_some();
    for (format, files) in formats {
        let iri = common(triples, config, entry, (format.extension(), format_name(format)));
        published_files(triples, config, &iri, (current, format, &files));
    }
    rows(triples, config, entry, geometry);
    if has_features(entry) {
        let iri = common(triples, config, entry, ("features", "OGC API Features"));
        let address = format!("{}ogc/collections/{}", config.base_url, entry.dataset.id);
        let form = (address.as_str(), FileFormat::Geojson.eu_code(), terms::media_type(FileFormat::Geojson));
        served(triples, &features_iri(config), &iri, form);
    }
}

/// To whom what is made of the data shall be attributed, and with which link. Version 2 of the standard looks for the one
/// class, version 3 for the other.
fn rights(triples: &mut Triples, config: &Config, entry: &Entry) {
    let dataset = dataset_iri(config, &entry.dataset.id);
    let statement = format!("{dataset}#rights");
    triples.kind(&statement, "dct:RightsStatement");
    triples.kind(&statement, "odrs:RightsStatement");
    triples.text(&statement, "odrs:attributionText", &config.publisher.name);
    triples.link(&statement, "odrs:attributionURL", &dataset);
}

/// What all distributions have in common; `form` is the fragment of the IRI and the name for the title.
fn common(triples: &mut Triples, config: &Config, entry: &Entry, form: (&str, &str)) -> String {
    let file = &entry.dataset.file;
    let dataset = dataset_iri(config, &entry.dataset.id);
    let iri = format!("{dataset}#{}", form.0);
    triples.link(&dataset, "dcat:distribution", &iri);
    triples.kind(&iri, "dcat:Distribution");
    triples.text(&iri, "dct:title", &title(&file.title, form.1));
    triples.concept(&iri, "dct:license", &terms::licence(file.licence));
    triples.link(&iri, "dct:rights", &format!("{dataset}#rights"));
    triples.concept(&iri, "adms:status", &terms::completed());
    triples.concept(&iri, "dcatap:availability", &terms::available());
    if !file.high_value.is_empty() {
        links::regulation(triples, &iri);
    }
    for language in &file.languages {
        triples.concept(&iri, "dct:language", &terms::language(*language));
    }
    if let Some(current) = entry.current() {
        triples.typed(&iri, "dct:modified", &instant(current.published), "xsd:dateTime");
    }
    iri
}

/// The files of a version in one format: addresses, type and size of all together. A dataset in parts has one address
/// for each part; a checksum can only be stated of a single file, those of parts are in `SHA256SUMS`.
fn published_files(
    triples: &mut Triples,
    config: &Config,
    iri: &str,
    (version, format, files): (&Manifest, FileFormat, &[&PublishedFile]),
) {
    let dataset = dataset_iri(config, &version.dataset);
    triples.link(iri, "dcat:accessURL", &dataset);
    for file in files {
        triples.link(iri, "dcat:downloadURL", &format!("{dataset}/v/{}/{}", version.number, file.name));
    }
    triples.concept(iri, "dct:format", &terms::file_type(format.eu_code()));
    if let Some(media_type) = terms::media_type(format) {
        triples.link(iri, "dcat:mediaType", &media_type);
        triples.kind(&media_type, "dct:MediaType");
    }
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    triples.typed(iri, "dcat:byteSize", &bytes.to_string(), "xsd:nonNegativeInteger");
    if let [file] = files {
        checksum(triples, iri, file);
    }
}

fn checksum(triples: &mut Triples, iri: &str, file: &PublishedFile) {
    let checksum = format!("{iri}-sha256");
    let algorithm = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256";
    triples.link(iri, "spdx:checksum", &checksum);
    triples.kind(&checksum, "spdx:Checksum");
    triples.link(&checksum, "spdx:algorithm", algorithm);
    triples.typed(&checksum, "spdx:checksumValue", file.sha256.as_str(), "xsd:hexBinary");
    triples.kind(algorithm, "spdx:ChecksumAlgorithm");
}

/// The rows of the API, served by the data service: pages of JSON, and everything in each other form that has a code of
/// the EU (a stream of Arrow batches has none).
fn rows(triples: &mut Triples, config: &Config, entry: &Entry, geometry: bool) {
    let forms = [("csv", FileFormat::Csv), ("ndjson", FileFormat::Ndjson), ("parquet", FileFormat::Parquet)];
    let geojson = geometry.then_some(("geojson", FileFormat::Geojson));
    let address = format!("{}/rows", dataset_iri(config, &entry.dataset.id));
    let iri = common(triples, config, entry, ("rows", "API"));
    served(triples, &service_iri(config), &iri, (&address, "JSON", Some(terms::json_media_type())));
    for (extension, format) in forms.into_iter().chain(geojson) {
        let name = format!("API, {}", format_name(format));
        let iri = common(triples, config, entry, (&format!("rows-{extension}"), &name));
        let form = (format!("{address}.{extension}"), format.eu_code(), terms::media_type(format));
        served(triples, &service_iri(config), &iri, (&form.0, form.1, form.2));
    }
}

/// One form of a data service: address, code of the EU and media type.
fn served(triples: &mut Triples, service: &str, iri: &str, form: (&str, &str, Option<String>)) {
    let (address, code, media_type) = form;
    triples.link(iri, "dcat:accessURL", address);
    triples.link(iri, "dcat:accessService", service);
    triples.concept(iri, "dct:format", &terms::file_type(code));
    if let Some(media_type) = media_type {
        triples.link(iri, "dcat:mediaType", &media_type);
        triples.kind(&media_type, "dct:MediaType");
    }
}

fn format_name(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Parquet => "Parquet",
        FileFormat::Csv => "CSV",
        FileFormat::Ndjson => "NDJSON",
        FileFormat::Geojson => "GeoJSON",
        FileFormat::Flatgeobuf => "FlatGeobuf",
        FileFormat::Geopackage => "GeoPackage",
        FileFormat::Pmtiles => "PMTiles",
    }
}

fn title(title: &Text, form: &str) -> Text {
    let named = |language| title.exact(language).map(|text| format!("{text} ({form})"));
    Text { nb: format!("{} ({form})", title.nb), nn: named(Language::Nn), en: named(Language::En) }
}
