//! Joins a dataset with its profile.

use std::collections::BTreeMap;

use crate::{
    Column, ColumnName, ColumnType, Contact, Dataset, DatasetFile, DatasetId, Env, FileFormat, OrderBy, Profile,
    Secret, Source, Text, checks, files::Part, hash, is_published, problem::Problems, profiles::Profiles, secret,
};

/// Stands for the publisher's contact where that cannot be read.
pub(crate) fn nobody() -> Contact {
    Contact { name: Text { nb: String::new(), nn: None, en: None }, email: String::new(), url: None }
}

/// The dataset with its profile joined in and everything checked; `None` where there is no such profile.
pub(crate) fn dataset(
    part: &Part<DatasetId, DatasetFile>,
    profiles: &Profiles,
    contact: &Contact,
    env: &Env,
    problems: &mut Problems,
) -> Option<Dataset> {
    let file = &part.value;
    let profile = profiles.find(&part.document, file.profile.as_str(), problems)?;
    let columns = columns(file, &profile.value);
    let key = file.key.clone().unwrap_or_else(|| profile.value.key.clone());
    let order = order(file, &profile.value, &key, &columns);
    let mut joined = Dataset {
        id: part.id.clone(),
        file: file.clone(),
        headers: headers(file, env),
        contact: file.contact.clone().unwrap_or_else(|| contact.clone()),
        profile: profile.value.clone(),
        columns,
        key,
        order,
        distributions: Vec::new(),
        config_sha256: hash::texts(&[&part.document.text, &profile.document.text]),
        metadata_sha256: String::new(),
    };
    joined.distributions = distributions(&joined);
    joined.metadata_sha256 = hash::metadata(&joined);
    checks::dataset(part, &joined, env, problems);
    Some(joined)
}

/// The profile's columns without the omitted ones, source names replaced, then the dataset's own.
fn columns(file: &DatasetFile, profile: &Profile) -> Vec<Column> {
    let kept = profile.columns.iter().filter(|column| !file.omit.contains(&column.name));
    let mapped = kept.map(|column| match file.mapping.get(&column.name) {
        Some(from) => Column { from: from.clone(), ..column.clone() },
        None => column.clone(),
    });
    mapped.chain(file.columns.iter().cloned()).collect()
}

/// The dataset's order, else the profile's as far as its columns are there, else the key.
fn order(file: &DatasetFile, profile: &Profile, key: &[ColumnName], columns: &[Column]) -> Vec<OrderBy> {
    if let Some(order) = &file.order {
        return order.clone();
    }
    let there = |order: &&OrderBy| {
        columns.iter().any(|column| column.name == order.column && is_published(column, columns, &file.gates.privacy))
    };
    let inherited: Vec<OrderBy> = profile.order.iter().filter(there).cloned().collect();
    if inherited.is_empty() {
        key.iter().map(|column| OrderBy { column: column.clone(), descending: false }).collect()
    } else {
        inherited
    }
}

/// Parquet first, then what is asked for, else CSV and, where there is a geometry, `GeoJSON`.
fn distributions(dataset: &Dataset) -> Vec<FileFormat> {
    let geometry = dataset.published_columns().any(|column| matches!(column.kind, ColumnType::Geometry {}));
    FileFormat::ALL
        .into_iter()
        .filter(|format| match (&dataset.file.distributions, format) {
            (_, FileFormat::Parquet) | (None, FileFormat::Csv) => true,
            (Some(wanted), format) => wanted.contains(format),
            (None, FileFormat::Geojson) => geometry,
            (None, FileFormat::Ndjson) => false,
        })
        .collect()
}

fn headers(file: &DatasetFile, env: &Env) -> BTreeMap<String, Secret<String>> {
    let Source::Http(http) = &file.source else { return BTreeMap::new() };
    let filled = http.headers.iter().filter_map(|(name, text)| Some((name.clone(), secret::fill(text, env)?)));
    filled.collect()
}
