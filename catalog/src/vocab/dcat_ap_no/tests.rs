use std::collections::BTreeMap;

use config::{
    Access, Config, Contact, DatasetId, FileFormat, Frequency, GeonorgeRecord, Keywords, Licence, MetadataHome, Text,
    Theme,
};
use oxigraph::model::Term;

use super::*;
use crate::{
    Sha256, testing,
    version::{Manifest, PublishedFile, VersionNumber, Withdrawal, WithdrawalKind},
};

fn text(nb: &str, nn: &str, en: &str) -> Text {
    Text { nb: nb.to_owned(), nn: Some(nn.to_owned()), en: Some(en.to_owned()) }
}

fn version(dataset: &config::Dataset, number: u64, formats: &[FileFormat]) -> Manifest {
    let file = |format: &FileFormat| PublishedFile {
        name: format!("{}.{}", dataset.id, format.extension()),
        format: *format,
        sha256: Sha256::of(format!("{number}{format:?}").as_bytes()),
        bytes: 1000 + number,
        rows: 10,
        part: None,
    };
    Manifest {
        dataset: dataset.id.clone(),
        number: VersionNumber(number),
        parent: None,
        published: format!("2026-08-{:02}T04:00:00.123Z", 20 + number).parse().unwrap(),
        program: "allmenning 0.1.0".to_owned(),
        config_sha256: String::new(),
        metadata_sha256: String::new(),
        rows: 10,
        columns: Vec::new(),
        key: Vec::new(),
        statistics: BTreeMap::new(),
        bbox: None,
        partition: None,
        files: formats.iter().map(file).collect(),
        gates: Vec::new(),
        sources: Vec::new(),
        changes: None,
        changes_file: None,
        highest_field_id: 0,
        rows_left_out: 0,
        note: None,
        replaces: None,
    }
}

fn published(dataset: config::Dataset, numbers: &[u64], formats: &[FileFormat]) -> Entry {
    let versions = numbers.iter().map(|number| (VersionNumber(*number), version(&dataset, *number, formats).into()));
    let versions = versions.collect();
    Entry { versions, ..testing::entry_of(dataset) }
}

/// A catalogue of three datasets: an open one with everything, one that has no version, and one that is not public.
pub(crate) fn small_catalogue() -> (Config, BTreeMap<DatasetId, Entry>) {
    let mut bathing = testing::dataset("badeplasser", "Badeplasser", "Målt vannkvalitet.");
    bathing.file.title = text("Badeplasser", "Badeplassar", "Bathing waters");
    bathing.file.description = text("Målt vannkvalitet.", "Målt vasskvalitet.", "Water quality as measured.");
    bathing.file.themes = [Theme::Envi, Theme::Heal].into();
    bathing.file.frequency = Frequency::Weekly;
    bathing.file.licence = Licence::CcBy40;
    bathing.file.provenance = Some(text("Prøver tatt av kommunen.", "Prøver tekne av kommunen.", "Samples."));
    bathing.file.keywords = Keywords { nb: vec!["vann".to_owned()], nn: vec![], en: vec!["water".to_owned()] };
    bathing.contact = Contact {
        name: text("Miljøetaten", "Miljøetaten", "Environment"),
        email: "miljø+bad@testvik.example".to_owned(),
        url: Some("https://testvik.example/kontakt?emne={bad|plass}".parse().unwrap()),
    };
    let mut protected = testing::dataset("tilsyn", "Tilsyn", "Ikke åpent.");
    protected.file.access = Access::NonPublic;
    let future = testing::dataset("kommunale-boliger", "Kommunale boliger", "Kommer.");
    let entries = [
        published(bathing, &[2, 3], &FileFormat::ALL),
        published(protected, &[1], &[FileFormat::Parquet]),
        testing::entry_of(future),
    ];
    let mut config = std::sync::Arc::unwrap_or_clone(testing::config(vec![]));
    config.publisher.municipality_number = Some("0219".parse().unwrap());
    config.catalog.title = text("Åpne data", "Opne data", "Open data");
    (config, entries.into_iter().map(|entry| (entry.dataset.id.clone(), entry)).collect())
}

/// Objects of a subject and a prefixed predicate, as N-Triples without angle brackets around IRIs.
fn objects(triples: &[Triple], subject: &str, predicate: &str) -> Vec<String> {
    let predicate = crate::vocab::prefix::expand(predicate).unwrap();
    let mut found: Vec<String> = triples
        .iter()
        .filter(|triple| triple.subject.to_string() == format!("<{subject}>") && triple.predicate.as_str() == predicate)
        .map(|triple| match &triple.object {
            Term::NamedNode(node) => node.as_str().to_owned(),
            other => other.to_string(),
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

const BASE: &str = "https://data.testvik.example/";

fn bathing() -> Vec<Triple> {
    let (config, entries) = small_catalogue();
    dataset(&config, &entries[&"badeplasser".parse().unwrap()]).unwrap()
}

#[test]
fn a_distribution_keeps_its_iri_and_points_at_the_immutable_file() {
    let triples = bathing();
    let distributions = objects(&triples, &format!("{BASE}d/badeplasser"), "dcat:distribution");
    let expected = [
        "csv",
        "fgb",
        "geojson",
        "gpkg",
        "ndjson",
        "parquet",
        "pmtiles",
        "rows",
        "rows-csv",
        "rows-geojson",
        "rows-ndjson",
        "rows-parquet",
    ]
    .map(|form| format!("{BASE}d/badeplasser#{form}"));
    assert_eq!(distributions, expected);
    let csv = format!("{BASE}d/badeplasser#csv");
    assert_eq!(objects(&triples, &csv, "dcat:downloadURL"), [format!("{BASE}d/badeplasser/v/3/badeplasser.csv")]);
    assert_eq!(objects(&triples, &csv, "dcat:accessURL"), [format!("{BASE}d/badeplasser")]);
    let size = objects(&triples, &csv, "dcat:byteSize");
    assert_eq!(size, ["\"1003\"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>"]);
    let checksum = objects(&triples, &csv, "spdx:checksum").remove(0);
    let value = objects(&triples, &checksum, "spdx:checksumValue").remove(0);
    assert!(value.contains(Sha256::of(b"3Csv").as_str()), "{value}");
    assert_eq!(objects(&triples, &format!("{BASE}d/badeplasser#ndjson"), "dcat:mediaType"), [""; 0]);
}

#[test]
fn rows_are_served_by_the_data_service() {
    let triples = bathing();
    let rows = format!("{BASE}d/badeplasser#rows");
    assert_eq!(objects(&triples, &rows, "dcat:accessURL"), [format!("{BASE}d/badeplasser/rows")]);
    assert_eq!(objects(&triples, &rows, "dcat:accessService"), [format!("{BASE}#api")]);
    let service = format!("{BASE}#api");
    assert_eq!(objects(&triples, &service, "dcat:servesDataset"), [format!("{BASE}d/badeplasser")]);
    assert_eq!(objects(&triples, &service, "dcat:endpointDescription"), [format!("{BASE}openapi.json")]);
}

#[test]
fn dates_and_version_come_from_the_versions() {
    let triples = bathing();
    let iri = format!("{BASE}d/badeplasser");
    let at = |day| format!("\"2026-08-{day}T04:00:00Z\"^^<http://www.w3.org/2001/XMLSchema#dateTime>");
    assert_eq!(objects(&triples, &iri, "dct:issued"), [at(22)]);
    assert_eq!(objects(&triples, &iri, "dct:modified"), [at(23)]);
    assert_eq!(objects(&triples, &iri, "dcat:version"), ["\"3\""]);
}

#[test]
fn withdrawn_versions_say_when_why_and_what_to_use_instead() {
    let (config, mut entries) = small_catalogue();
    let entry = entries.get_mut(&"badeplasser".parse().unwrap()).unwrap();
    let time = "2026-08-24T04:00:00Z".parse().unwrap();
    let why =
        Withdrawal { time, reason: "feil".to_owned(), replaced_by: Some(VersionNumber(3)), ..Withdrawal::default() };
    entry.withdrawn.insert(VersionNumber(1), why.clone());
    let old = Withdrawal { kind: WithdrawalKind::Retention, ..why };
    entry.withdrawn.insert(VersionNumber(7), old);
    let triples = dataset(&config, entry).unwrap();
    let gone = format!("{BASE}d/badeplasser/v/1");
    assert_eq!(objects(&triples, &gone, "dct:isReplacedBy"), [format!("{BASE}d/badeplasser/v/3")]);
    assert_eq!(objects(&triples, &gone, "prov:invalidatedAtTime").len(), 1);
    assert_eq!(objects(&triples, &gone, "adms:versionNotes"), ["\"feil\""]);
    assert_eq!(objects(&triples, &format!("{BASE}d/badeplasser/v/7"), "dct:isReplacedBy"), [""; 0]);
}

#[test]
fn what_is_not_public_or_not_there_yet_has_no_distribution() {
    let (config, entries) = small_catalogue();
    for id in ["tilsyn", "kommunale-boliger"] {
        let triples = dataset(&config, &entries[&id.parse().unwrap()]).unwrap();
        let iri = format!("{BASE}d/{id}");
        assert_eq!(objects(&triples, &iri, "dct:title").len(), 1);
        assert_eq!(objects(&triples, &iri, "dcat:distribution"), [""; 0], "{id}");
        assert!(!triples.iter().any(|triple| triple.object.to_string().contains("/v/")), "{id}");
    }
    let triples = catalogue(&config, &entries).unwrap();
    let served = objects(&triples, &format!("{BASE}#api"), "dcat:servesDataset");
    assert_eq!(served, [format!("{BASE}d/badeplasser")]);
    assert_eq!(objects(&triples, &format!("{BASE}catalog"), "dcat:dataset").len(), 3);
}

#[test]
fn texts_carry_their_language_and_nothing_is_blank() {
    let triples = bathing();
    let iri = format!("{BASE}d/badeplasser");
    let titles = objects(&triples, &iri, "dct:title");
    assert_eq!(titles, ["\"Badeplassar\"@nn", "\"Badeplasser\"@nb", "\"Bathing waters\"@en"]);
    assert_eq!(objects(&triples, &iri, "dct:language").len(), 1);
    assert_eq!(objects(&triples, &iri, "dcat:keyword"), ["\"vann\"@nb", "\"water\"@en"]);
    assert!(triples.iter().all(|triple| !triple.subject.is_blank_node() && !triple.object.is_blank_node()));
}

#[test]
fn the_contact_is_the_datasets_own_where_it_has_one() {
    let triples = bathing();
    let contact = objects(&triples, &format!("{BASE}d/badeplasser"), "dcat:contactPoint").remove(0);
    assert_eq!(contact, format!("{BASE}d/badeplasser#contact"));
    let url = objects(&triples, &contact, "vcard:hasURL");
    assert_eq!(url, ["https://testvik.example/kontakt?emne=%7Bbad%7Cplass%7D"]);
    let publisher = "https://organization-catalog.fellesdatakatalog.digdir.no/organizations/974760673";
    let kind = objects(&triples, publisher, "dct:type");
    assert_eq!(kind, ["http://purl.org/adms/publishertype/LocalAuthority"]);
}

#[test]
fn every_term_of_a_vocabulary_is_described() {
    let triples = bathing();
    for triple in &triples {
        let Term::NamedNode(object) = &triple.object else { continue };
        let is_scheme = triple.predicate.as_str().ends_with("#inScheme");
        if object.as_str().starts_with("http://publications.europa.eu/") && !is_scheme {
            assert!(!objects(&triples, object.as_str(), "skos:prefLabel").is_empty(), "{object}");
            assert_eq!(objects(&triples, object.as_str(), "skos:inScheme").len(), 1, "{object}");
        }
    }
}

/// The catalogue with a record of the national map catalogue for one dataset.
pub(crate) fn recorded(home: MetadataHome) -> (Config, BTreeMap<DatasetId, Entry>) {
    let (config, mut entries) = small_catalogue();
    let entry = entries.get_mut(&"badeplasser".parse().unwrap()).unwrap();
    let mut dataset = (*entry.dataset).clone();
    let record = "041f1e6e-bdbc-4091-b48f-8a5990f3cc5b".parse().unwrap();
    dataset.file.geonorge = Some(GeonorgeRecord { record, home });
    entry.dataset = dataset.into();
    (config, entries)
}

#[test]
fn a_dataset_is_in_one_harvested_catalogue_only() {
    let iri = format!("{BASE}d/badeplasser");
    let page = "https://kartkatalog.geonorge.no/Metadata/uuid/041f1e6e-bdbc-4091-b48f-8a5990f3cc5b";
    for (home, identifier, is_here) in [(MetadataHome::Own, iri.as_str(), true), (MetadataHome::Geonorge, page, false)]
    {
        let (config, entries) = recorded(home);
        let own = dataset(&config, &entries[&"badeplasser".parse().unwrap()]).unwrap();
        assert_eq!(objects(&own, &iri, "dct:identifier"), [format!("\"{identifier}\"")]);
        assert_eq!(objects(&own, &iri, "foaf:page"), [page]);
        let other = objects(&own, &iri, "adms:identifier");
        assert_eq!(objects(&own, &other[0], "skos:notation"), ["\"041f1e6e-bdbc-4091-b48f-8a5990f3cc5b\""]);
        let whole = catalogue(&config, &entries).unwrap();
        assert_eq!(objects(&whole, &format!("{BASE}catalog"), "dcat:dataset").contains(&iri), is_here);
        assert_eq!(objects(&whole, &format!("{BASE}#api"), "dcat:servesDataset").contains(&iri), is_here);
    }
}

#[test]
fn what_is_of_high_value_says_so_in_all_its_parts() {
    let (config, mut datasets) = small_catalogue();
    let entry = datasets.get_mut(&"badeplasser".parse().unwrap()).unwrap();
    let file = &mut std::sync::Arc::make_mut(&mut entry.dataset).file;
    file.high_value = serde_json::from_str("[\"Water\"]").unwrap();
    file.subjects = serde_json::from_str("[\"tema/kultur\"]").unwrap();
    let triples = dataset(&config, entry).unwrap();
    let iri = dataset_iri(&config, &entry.dataset.id);
    let law = |subject: &str| objects(&triples, subject, "dcatap:applicableLegislation");
    let regulation = vec![crate::vocab::HVD_LEGISLATION.to_owned()];
    for subject in [iri.clone(), format!("{iri}#csv"), format!("{iri}#rows"), service_iri(&config)] {
        assert_eq!(law(&subject), regulation, "{subject}");
    }
    assert_eq!(objects(&triples, &iri, "dcatap:hvdCategory"), ["http://data.europa.eu/bna/c_43f88346"]);
    assert!(objects(&triples, &iri, "dcat:theme").contains(&"https://psi.norge.no/los/tema/kultur".to_owned()));
    let (plain, plain_entry) = small_catalogue();
    let plain = dataset(&plain, &plain_entry[&"badeplasser".parse().unwrap()]).unwrap();
    assert!(objects(&plain, &iri, "dcatap:applicableLegislation").is_empty());
}

#[test]
fn versions_tell_how_they_were_made_and_are_not_harvested() {
    let (config, datasets) = small_catalogue();
    let entry = &datasets[&"badeplasser".parse().unwrap()];
    let triples = versions(&config, entry).unwrap();
    let iri = dataset_iri(&config, &entry.dataset.id);
    assert_eq!(objects(&triples, &iri, "dcat:hasVersion"), [format!("{iri}/v/2"), format!("{iri}/v/3")]);
    assert_eq!(objects(&triples, &format!("{iri}/v/3"), "prov:wasGeneratedBy"), [format!("{iri}/v/3#run")]);
    let harvested = dataset(&config, entry).unwrap();
    assert!(harvested.iter().all(|triple| !triple.subject.to_string().contains("/v/")));
    let closed = versions(&config, &datasets[&"tilsyn".parse().unwrap()]).unwrap();
    assert!(closed.is_empty(), "versions of what is not public are nobody's business: {closed:?}");
}

#[test]
fn a_series_is_told_with_the_themes_of_its_datasets() {
    let (mut config, mut datasets) = small_catalogue();
    let series: config::Series =
        serde_json::from_str(r#"{ "title": { "nb": "Vann" }, "description": { "nb": "Alt om vann." } }"#).unwrap();
    config.catalog.series.insert("vann".parse().unwrap(), series.clone());
    config.catalog.series.insert("tom".parse().unwrap(), series);
    let entry = datasets.get_mut(&"badeplasser".parse().unwrap()).unwrap();
    std::sync::Arc::make_mut(&mut entry.dataset).file.series = Some("vann".parse().unwrap());
    let iri = format!("{}#series-vann", catalogue_iri(&config));
    let of_dataset = dataset(&config, &datasets[&"badeplasser".parse().unwrap()]).unwrap();
    let of_catalogue = catalogue(&config, &datasets).unwrap();
    let within = objects(&of_dataset, &dataset_iri(&config, &"badeplasser".parse().unwrap()), "dcat:inSeries");
    assert_eq!(within, std::slice::from_ref(&iri));
    for triples in [&of_dataset, &of_catalogue] {
        assert_eq!(objects(triples, &iri, "dcat:theme").len(), 2);
    }
    let empty = format!("{}#series-tom", catalogue_iri(&config));
    assert!(objects(&of_catalogue, &empty, "dct:title").is_empty());
}
