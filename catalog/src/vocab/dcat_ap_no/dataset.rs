//! A dataset (`dcat:Dataset`).

use config::{ColumnType, Config, GeonorgeRecord, Language, MetadataHome, Period};
use jiff::civil::Date;

use super::{agent, dataset_iri, instant, links, series, version};
use crate::{
    Entry,
    version::ColumnInfo,
    vocab::{terms, triples::Triples},
};

/// The dataset without its distributions.
pub(super) fn describe(triples: &mut Triples, config: &Config, entry: &Entry) {
    let dataset = &*entry.dataset;
    let file = &dataset.file;
    let iri = dataset_iri(config, &dataset.id);
    triples.kind(&iri, "dcat:Dataset");
    triples.text(&iri, "dct:title", &file.title);
    triples.text(&iri, "dct:description", &file.description);
    triples.link(&iri, "dct:publisher", &agent::publisher_iri(config));
    triples.link(&iri, "dcat:contactPoint", &agent::contact_iri(config, dataset));
    // The page has an address of its own: a dataset is no document.
    let page = format!("{}{}/d/{}", config.base_url, Language::Nb.tag(), dataset.id);
    triples.link(&iri, "dcat:landingPage", &page);
    triples.kind(&page, "foaf:Document");
    triples.concept(&iri, "dct:accessRights", &terms::access(file.access));
    triples.concept(&iri, "dct:accrualPeriodicity", &terms::frequency(file.frequency));
    triples.concept(&iri, "dct:spatial", &terms::norway());
    for theme in &file.themes {
        triples.concept(&iri, "dcat:theme", &terms::theme(*theme));
    }
    for language in &file.languages {
        triples.concept(&iri, "dct:language", &terms::language(*language));
    }
    for language in Language::ALL {
        for keyword in file.keywords.get(language) {
            triples.tagged(&iri, "dcat:keyword", keyword, language.tag());
        }
    }
    for term in &file.subjects {
        triples.concept(&iri, "dcat:theme", &terms::los(*term));
    }
    links::standards(triples, &iri, &file.conforms_to);
    links::legislation(triples, &iri, file);
    links::high_value(triples, &iri, &file.high_value);
    if let Some((id, series)) = file.series.as_ref().and_then(|id| config.catalog.series.get_key_value(id)) {
        triples.link(&iri, "dcat:inSeries", &series::iri(config, id));
        series::describe(triples, config, (id, series), &file.themes);
    }
    temporal(triples, &iri, entry);
    geonorge(triples, &iri, entry);
    provenance(triples, &iri, entry);
    dates(triples, &iri, entry);
    version::withdrawn(triples, &iri, entry);
}

/// The days that the data are about: as declared, else from the data.
fn temporal(triples: &mut Triples, iri: &str, entry: &Entry) {
    let Some(Period { start, end }) = entry.dataset.file.period.or_else(|| measured(entry)) else { return };
    let period = format!("{iri}#period");
    triples.link(iri, "dct:temporal", &period);
    triples.kind(&period, "dct:PeriodOfTime");
    for (property, day) in [("dcat:startDate", start), ("dcat:endDate", end)] {
        if let Some(day) = day {
            triples.typed(&period, property, &day.to_string(), "xsd:date");
        }
    }
}

/// The least and the greatest day of the column that divides the dataset into parts, else of its first column of days or
/// times.
fn measured(entry: &Entry) -> Option<Period> {
    let current = entry.current()?;
    let divides = entry.dataset.partition.as_ref().map(|partition| &partition.column);
    let is_time = |column: &&ColumnInfo| matches!(column.kind, ColumnType::Date { .. } | ColumnType::Datetime { .. });
    let named = || current.columns.iter().filter(is_time);
    let column = named().find(|column| Some(&column.name) == divides).or_else(|| named().next())?;
    let range = current.statistics.get(&column.name)?;
    let day = |text: &Option<String>| text.as_deref()?.get(..10)?.parse::<Date>().ok();
    Some(Period { start: Some(day(&range.min)?), end: Some(day(&range.max)?) })
}

/// The record in the national map catalogue: its page, its UUID as a further identifier, and its IRI as the dataset's
/// own where the dataset is described there.
fn geonorge(triples: &mut Triples, iri: &str, entry: &Entry) {
    let record = entry.dataset.file.geonorge.as_ref();
    let there = record.filter(|record| record.home == MetadataHome::Geonorge).map(GeonorgeRecord::page);
    triples.plain(iri, "dct:identifier", there.as_deref().unwrap_or(iri));
    let Some(record) = record else { return };
    let (page, identifier) = (record.page(), format!("{iri}#geonorge"));
    triples.link(iri, "foaf:page", &page);
    triples.kind(&page, "foaf:Document");
    triples.link(iri, "adms:identifier", &identifier);
    triples.kind(&identifier, "adms:Identifier");
    triples.typed(&identifier, "skos:notation", record.record.as_str(), "xsd:string");
    triples.plain(&identifier, "adms:schemaAgency", "Geonorge");
}

fn provenance(triples: &mut Triples, iri: &str, entry: &Entry) {
    let Some(text) = &entry.dataset.file.provenance else { return };
    let statement = format!("{iri}#provenance");
    triples.link(iri, "dct:provenance", &statement);
    triples.kind(&statement, "dct:ProvenanceStatement");
    triples.text(&statement, "rdfs:label", text);
}

/// Dates and number of the current version.
fn dates(triples: &mut Triples, iri: &str, entry: &Entry) {
    match (entry.dataset.file.issued, entry.versions.values().next()) {
        (Some(date), _) => triples.typed(iri, "dct:issued", &date.to_string(), "xsd:date"),
        (None, Some(first)) => triples.typed(iri, "dct:issued", &instant(first.first_published()), "xsd:dateTime"),
        (None, None) => {}
    }
    if let Some(current) = entry.current() {
        triples.typed(iri, "dct:modified", &instant(current.published), "xsd:dateTime");
        triples.plain(iri, "dcat:version", &current.number.to_string());
    }
}
