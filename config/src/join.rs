//! Joins a dataset with its profile.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    Check, Column, ColumnName, ColumnType, Contact, Dataset, DatasetFile, DatasetId, EinnsynSource, Env, FileFormat,
    GateDefaults, GateKind, Link, NamesPolicy, OrderBy, Partition, PrivacyClass, Profile, Secret, Series, SeriesId,
    Source, Statistics, Text, checks, files::Part, hash, is_published, problem::Problems, profiles::Profiles, secret,
};

/// Stands for the publisher's contact where that cannot be read.
pub(crate) fn nobody() -> Contact {
    Contact { name: Text { nb: String::new(), nn: None, en: None }, email: String::new(), url: None }
}

/// Stands for a profile that cannot be read.
fn no_profile() -> Profile {
    Profile {
        title: Text { nb: String::new(), nn: None, en: None },
        description: None,
        columns: Vec::new(),
        key: Vec::new(),
        order: Vec::new(),
        partition: None,
        legislation: Vec::new(),
        conforms_to: Vec::new(),
        gates: GateKind::all(),
        checks: Vec::new(),
        defaults: GateDefaults::default(),
    }
}

/// What a dataset is joined with.
pub(crate) struct Around<'a> {
    /// The profiles.
    pub(crate) profiles: &'a Profiles,
    /// Whom to ask where the dataset names nobody.
    pub(crate) contact: &'a Contact,
    /// Series that a dataset may belong to; `None` where nobody knows which there are.
    pub(crate) series: Option<&'a BTreeMap<SeriesId, Series>>,
    /// Where secrets come from.
    pub(crate) env: &'a Env,
}

/// The dataset with its profile joined in and everything checked, and whether there is such a profile.
pub(crate) fn dataset(
    part: &Part<DatasetId, DatasetFile>,
    around: &Around<'_>,
    problems: &mut Problems,
) -> (Dataset, bool) {
    let file = &part.value;
    let guessed = part.guessed.iter().any(|path| path == "profile");
    let found = if guessed { None } else { around.profiles.find(&part.document, file.profile.as_str(), problems) };
    let profile = found.map_or_else(no_profile, |found| found.value.clone());
    let profile_text = found.map_or("", |found| found.document.text.as_str());
    let read = columns(file, &profile);
    let columns = file.statistics.as_ref().map_or_else(|| read.clone(), |statistics| statistics.columns(&read));
    let gates = profile.defaults.fill(&file.gates, &columns);
    let file = &DatasetFile {
        gates,
        checks: all_checks(file, &profile),
        source: source(file),
        legislation: all_links(&file.legislation, &profile.legislation),
        conforms_to: all_links(&file.conforms_to, &profile.conforms_to),
        ..file.clone()
    };
    let own = || file.key.clone().unwrap_or_else(|| profile.key.clone());
    let key = file.statistics.as_ref().map_or_else(own, Statistics::key);
    let partition = partition(file, &profile, &columns);
    let declared = order(file, &profile, &columns);
    let along = along(file, &columns).filter(|_| declared.is_empty() && partition.is_none());
    let by_key = if along.is_some() { &[] } else { key.as_slice() };
    let order = led_by(partition.as_ref(), if declared.is_empty() { ascending(by_key) } else { declared });
    let mut joined = Dataset {
        id: part.id.clone(),
        file: file.clone(),
        address: address(file, around.env),
        headers: headers(file, around.env),
        contact: file.contact.clone().unwrap_or_else(|| around.contact.clone()),
        profile,
        columns,
        rows: None,
        key,
        order,
        along,
        partition,
        distributions: Vec::new(),
        config_sha256: hash::texts(&[&part.document.text, profile_text]),
        metadata_sha256: String::new(),
    };
    joined.distributions = distributions(&joined);
    joined.rows = joined.file.statistics.as_ref().map(|statistics| Arc::new(rows(&joined, statistics, read)));
    joined.metadata_sha256 = hash::metadata(&joined);
    let columns_known = found.is_some_and(|found| found.guessed.is_empty());
    checks::dataset(part, &joined, columns_known, (around.env, around.series), problems);
    (joined, found.is_some())
}

/// The rows that statistics are made of.
fn rows(joined: &Dataset, statistics: &Statistics, columns: Vec<Column>) -> Dataset {
    let key = vec![statistics.unit.clone()];
    Dataset { columns, key, order: Vec::new(), along: None, partition: None, rows: None, ..joined.clone() }
}

/// The dataset's own checks, then those of the profile whose columns are there.
fn all_checks(file: &DatasetFile, profile: &Profile) -> Vec<Check> {
    let there = |check: &&Check| !check.reads(&profile.columns).iter().any(|name| file.omit.contains(name));
    file.checks.iter().chain(profile.checks.iter().filter(there)).cloned().collect()
}

/// The dataset's own documents, then those of the profile that it does not name itself.
fn all_links(own: &[Link], profile: &[Link]) -> Vec<Link> {
    let new = profile.iter().filter(|link| !own.iter().any(|known| known.url == link.url));
    own.iter().chain(new).cloned().collect()
}

/// The source; it keeps texts with names only where the dataset publishes them for a while.
fn source(file: &DatasetFile) -> Source {
    match &file.source {
        Source::Einnsyn(einnsyn) => {
            let names = file.gates.privacy.names != NamesPolicy::Off;
            Source::Einnsyn(EinnsynSource { names, ..einnsyn.clone() })
        }
        other => other.clone(),
    }
}

/// The profile's columns without the omitted ones, source names replaced, then the dataset's own. Those with names are
/// there only where the dataset keeps names.
fn columns(file: &DatasetFile, profile: &Profile) -> Vec<Column> {
    let names = file.gates.privacy.names != NamesPolicy::Off;
    let wanted = |column: &&Column| names || column.class != PrivacyClass::Names;
    let kept = profile.columns.iter().filter(|column| !file.omit.contains(&column.name)).filter(wanted);
    let mapped = kept.map(|column| match file.mapping.get(&column.name) {
        Some(from) => Column { from: from.clone(), ..column.clone() },
        None => column.clone(),
    });
    mapped.chain(file.columns.iter().cloned()).collect()
}

/// The dataset's order, else the profile's as far as its columns are there.
fn order(file: &DatasetFile, profile: &Profile, columns: &[Column]) -> Vec<OrderBy> {
    if let Some(order) = &file.order {
        return order.clone();
    }
    let there = |order: &&OrderBy| {
        columns.iter().any(|column| column.name == order.column && is_published(column, columns, &file.gates.privacy))
    };
    profile.order.iter().filter(there).cloned().collect()
}

fn ascending(names: &[ColumnName]) -> Vec<OrderBy> {
    names.iter().map(|column| OrderBy { column: column.clone(), descending: false }).collect()
}

/// The first published geometry.
fn along(file: &DatasetFile, columns: &[Column]) -> Option<ColumnName> {
    let is_place = |column: &&Column| {
        matches!(column.kind, ColumnType::Geometry { .. }) && is_published(column, columns, &file.gates.privacy)
    };
    columns.iter().find(is_place).map(|column| column.name.clone())
}

/// The dataset's partition, else the profile's if its column is there.
fn partition(file: &DatasetFile, profile: &Profile, columns: &[Column]) -> Option<Partition> {
    let there = |name: &ColumnName| {
        columns.iter().any(|column| column.name == *name && is_published(column, columns, &file.gates.privacy))
    };
    let inherited = profile.partition.as_ref().filter(|partition| there(&partition.column));
    file.partition.as_ref().or(inherited).cloned()
}

/// The order with the column of the partition first: the parts, one after the other, then are the table in its order.
fn led_by(partition: Option<&Partition>, mut order: Vec<OrderBy>) -> Vec<OrderBy> {
    if let Some(partition) = partition
        && order.first().is_none_or(|first| first.column != partition.column)
    {
        order.retain(|by| by.column != partition.column);
        order.insert(0, OrderBy { column: partition.column.clone(), descending: false });
    }
    order
}

/// Parquet first, then what is asked for, else CSV and, where there is a geometry, `GeoJSON`.
fn distributions(dataset: &Dataset) -> Vec<FileFormat> {
    let geometry = dataset.published_columns().any(|column| matches!(column.kind, ColumnType::Geometry { .. }));
    FileFormat::ALL
        .into_iter()
        .filter(|format| match (&dataset.file.distributions, format) {
            (_, FileFormat::Parquet) | (None, FileFormat::Csv) => true,
            (Some(wanted), format) => wanted.contains(format),
            (None, FileFormat::Geojson) => geometry,
            (None, FileFormat::Ndjson | FileFormat::Flatgeobuf | FileFormat::Geopackage | FileFormat::Pmtiles) => false,
        })
        .collect()
}

fn address(file: &DatasetFile, env: &Env) -> Option<Secret<url::Url>> {
    let (url, _) = file.source.web()?;
    secret::fill_query(url, env)
}

fn headers(file: &DatasetFile, env: &Env) -> BTreeMap<String, Secret<String>> {
    let texts: Vec<(&str, &str)> = match &file.source {
        Source::Einnsyn(einnsyn) => einnsyn.api_key.iter().map(|key| ("api-key", key.as_str())).collect(),
        Source::Command(command) => {
            command.environment.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
        }
        Source::Postgresql(database) => {
            database.password.iter().map(|password| ("password", password.as_str())).collect()
        }
        other => {
            let headers = other.web().into_iter().flat_map(|(_, headers)| headers);
            headers.map(|(name, text)| (name.as_str(), text.as_str())).collect()
        }
    };
    let filled = texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), secret::fill(text, env)?)));
    filled.collect()
}
