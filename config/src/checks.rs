//! What a schema cannot say: references between parts, languages, secrets, schedules.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Access, ColumnType, Dataset, DatasetFile, DatasetId, Encryption, Env, Format, InstanceFile, Notify,
    PostgresqlSource, Profile, ProfileId, Schedule, Series, SeriesId, Source, Text, Tls,
    column_checks::known,
    document::Document,
    files::Part,
    format_checks,
    node::Node,
    privacy_checks,
    problem::{self, Problem, Problems, suggest},
    profiles::Profiles,
    quality_checks, secret_checks, statistics_checks,
};

/// Checks `allmenning.toml`.
pub(crate) fn instance(document: &Document, file: &InstanceFile, env: &Env, problems: &mut Problems) {
    languages(document, &["publisher", "name"], &file.publisher.name, problems);
    languages(document, &["catalog", "title"], &file.catalog.title, problems);
    languages(document, &["catalog", "description"], &file.catalog.description, problems);
    let allowed = ["storage.options", "notify.mail.password", "notify.webhooks"];
    secret_checks::nowhere_else(document, &allowed, problems);
    notify(document, &file.notify, env, problems);
    for (name, text) in &file.storage.options {
        secret_checks::reference(document, &["storage", "options", name], text, env, problems);
    }
}

/// Checks the secrets of notices, and that none goes over the network in the open.
fn notify(document: &Document, notify: &Notify, env: &Env, problems: &mut Problems) {
    for (at, webhook) in notify.webhooks.iter().enumerate() {
        let path = ["notify", "webhooks", &at.to_string(), "secret"];
        secret_checks::reference(document, &path, &webhook.secret, env, problems);
    }
    let Some(mail) = &notify.mail else { return };
    if let Some(password) = &mail.password {
        secret_checks::reference(document, &["notify", "mail", "password"], password, env, problems);
    }
    if mail.user.is_some() != mail.password.is_some() {
        let message = "`user` and `password` go together";
        problems.push(document.problem_at(problem::VALUE, &["notify", "mail"], message).hint("set both, or neither"));
    }
    if mail.password.is_some() && mail.encryption == Encryption::None {
        let message = "the password would be sent in the open";
        let problem = document.problem_at(problem::SECRET, &["notify", "mail", "encryption"], message);
        problems.push(problem.hint("choose `starttls` or `tls`, or sign in to no server"));
    }
}

/// Checks a profile by itself.
pub(crate) fn profile(part: &Part<ProfileId, Profile>, problems: &mut Problems) {
    let (document, profile) = (&part.document, &part.value);
    languages(document, &["title"], &profile.title, problems);
    secret_checks::nowhere_else(document, &[], problems);
    format_checks::columns(document, &profile.columns, problems);
    quality_checks::forms(document, &profile.columns, problems);
    format_checks::places(document, None, &profile.columns, problems);
    if guessed_columns(&part.guessed) {
        return;
    }
    quality_checks::profile(document, profile, problems);
    let names: Vec<&str> = profile.columns.iter().map(|column| column.name.as_str()).collect();
    duplicates(document, &names, problems);
    if names.is_empty() {
        return;
    }
    for (at, name) in profile.key.iter().enumerate() {
        known(document, &["key", &at.to_string()], name, &names, problems);
    }
    if let Some(partition) = &profile.partition {
        known(document, &["partition", "column"], &partition.column, &names, problems);
    }
    for (key, name) in profile.defaults.columns() {
        known(document, &["defaults", key], name, &names, problems);
    }
    for (at, order) in profile.order.iter().enumerate() {
        known(document, &["order", &at.to_string(), "column"], &order.column, &names, problems);
    }
}

/// Whether the columns cannot be told for certain, so that nothing may be held against them.
fn guessed_columns(guessed: &[String]) -> bool {
    let parts = guessed.iter().map(|path| path.split('.').collect::<Vec<_>>());
    parts.into_iter().any(|path| match path.as_slice() {
        ["columns"] | ["columns", _] => true,
        ["columns", _, key, ..] => matches!(*key, "name" | "class" | "type"),
        _ => false,
    })
}

/// Checks a dataset with its profile joined in; `columns_known`: what the profile says is certain.
pub(crate) fn dataset(
    part: &Part<DatasetId, DatasetFile>,
    joined: &Dataset,
    columns_known: bool,
    (env, series): (&Env, Option<&BTreeMap<SeriesId, Series>>),
    problems: &mut Problems,
) {
    let (document, file) = (&part.document, &part.value);
    languages(document, &["title"], &file.title, problems);
    languages(document, &["description"], &file.description, problems);
    if let Some(selection) = &file.selection {
        languages(document, &["selection"], selection, problems);
    }
    for (at, column) in file.columns.iter().enumerate() {
        languages(document, &["columns", &at.to_string(), "title"], &column.title, problems);
    }
    if columns_known && !guessed_columns(&part.guessed) {
        column_references(document, joined, problems);
        key_and_order(document, joined, problems);
        partition(document, joined, problems);
        privacy_checks::dataset(document, joined, problems);
        statistics_checks::dataset(document, joined, problems);
        quality_checks::dataset(document, joined, problems);
        format_checks::distributions(document, joined, problems);
    }
    format_checks::format(document, joined, problems);
    format_checks::columns(document, &file.columns, problems);
    quality_checks::forms(document, &file.columns, problems);
    format_checks::places(document, Some(&file.format), &file.columns, problems);
    if !part.guessed.iter().any(|path| path.starts_with("schedule")) {
        schedule(document, file.schedule.as_ref(), problems);
    }
    extent(document, file, problems);
    period(document, file, problems);
    links(document, file, series, problems);
    access(document, file, problems);
    secret_checks::nowhere_else(
        document,
        &["source.headers", "source.environment", "source.url", "source.password", "source.api_key"],
        problems,
    );
    source(document, (&file.source, &file.format), env, problems);
}

fn source(document: &Document, (source, format): (&Source, &Format), env: &Env, problems: &mut Problems) {
    if let Some((url, headers)) = source.web() {
        secret_checks::address(document, url, env, problems);
        for (name, text) in headers {
            secret_checks::reference(document, &["source", "headers", name], text, env, problems);
        }
    }
    if let Source::Command(command) = source {
        for (name, text) in &command.environment {
            secret_checks::reference(document, &["source", "environment", name], text, env, problems);
        }
    }
    if let Source::Postgresql(database) = source {
        postgresql(document, (database, format), env, problems);
    }
    if let Source::Einnsyn(einnsyn) = source {
        if let Some(url) = &einnsyn.base_url {
            secret_checks::base(document, url, problems);
        }
        if let Some(key) = &einnsyn.api_key {
            secret_checks::key(document, key, env, problems);
        }
    }
}

fn postgresql(
    document: &Document,
    (database, format): (&PostgresqlSource, &Format),
    env: &Env,
    problems: &mut Problems,
) {
    let url = &database.url;
    if !["postgres", "postgresql"].contains(&url.scheme()) || url.path().len() < 2 {
        let message = "this is no address of a database";
        let problem = document.problem_at(problem::VALUE, &["source", "url"], message);
        problems.push(problem.hint("write postgresql://user@host/name"));
    }
    if url.password().is_some() || url.query().is_some_and(|query| query.contains("password")) {
        let message = "the address holds a password";
        let problem = document.problem_at(problem::SECRET, &["source", "url"], message).redacted();
        problems.push(problem.hint("put it into source.password as \"${NAME}\""));
    }
    if let Some(password) = &database.password {
        secret_checks::reference(document, &["source", "password"], password, env, problems);
    }
    let here = |host: &str| ["localhost", "127.0.0.1", "[::1]", ""].contains(&host);
    if database.tls == Tls::Off && !url.host_str().is_none_or(here) {
        let message = "the rows go over the network for everybody to read";
        let problem = document.problem_at(problem::VALUE, &["source", "tls"], message).warning();
        problems.push(problem.hint("leave `tls` out where the server can TLS"));
    }
    if !matches!(format, Format::Ndjson(_)) {
        let message = "a database answers JSON objects, one a line";
        let problem = document.problem_at(problem::VALUE, &["format", "kind"], message);
        problems.push(problem.hint("write format = { kind = \"ndjson\" }"));
    }
}

/// Checks what can be checked of a dataset that could not be read as a whole.
pub(crate) fn broken_dataset(document: &Document, profiles: &Profiles, problems: &mut Problems) {
    if let Some(name) = document.root.at(&["profile"]).and_then(Node::text) {
        profiles.find(document, name, problems);
    }
    let readable = document.root.at(&["schedule"]).and_then(|node| serde_json::from_value(node.json()).ok());
    schedule(document, readable.as_ref(), problems);
    secret_checks::nowhere_else(
        document,
        &["source.headers", "source.environment", "source.url", "source.password", "source.api_key"],
        problems,
    );
}

fn languages(document: &Document, path: &[&str], text: &Text, problems: &mut Problems) {
    let missing: Vec<&str> = [("nn", &text.nn), ("en", &text.en)]
        .into_iter()
        .filter(|(_, text)| text.is_none())
        .map(|(tag, _)| tag)
        .collect();
    if !missing.is_empty() {
        let message = format!("`{}` has no text in {}", path.join("."), missing.join(" and "));
        let problem = document.problem_at(problem::LANGUAGE, path, message);
        problems.push(problem.hint("bokmål is shown in its place").warning());
    }
}

fn duplicates(document: &Document, names: &[&str], problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for (at, name) in names.iter().enumerate() {
        if !seen.insert(*name) {
            let message = format!("column `{name}` is declared twice");
            problems.push(document.problem_at(problem::COLUMN, &["columns", &at.to_string(), "name"], message));
        }
    }
}

fn column_references(document: &Document, joined: &Dataset, problems: &mut Problems) {
    let file = &joined.file;
    let of_profile: Vec<&str> = joined.profile.columns.iter().map(|column| column.name.as_str()).collect();
    let own: Vec<&str> = file.columns.iter().map(|column| column.name.as_str()).collect();
    duplicates(document, &own, problems);
    for (at, column) in file.columns.iter().enumerate() {
        if of_profile.contains(&column.name.as_str()) && !file.omit.contains(&column.name) {
            let message = format!("column `{}` is already in the profile `{}`", column.name, file.profile);
            let problem = document.problem_at(problem::COLUMN, &["columns", &at.to_string(), "name"], message);
            problems.push(problem.hint("use [mapping] to set its source names, or `omit` to replace it"));
        }
    }
    let omitted = document.root.at(&["omit"]).map(Node::items).unwrap_or_default();
    for (at, name) in omitted.iter().enumerate().filter_map(|(at, node)| Some((at, node.text()?.parse().ok()?))) {
        known(document, &["omit", &at.to_string()], &name, &of_profile, problems);
    }
    for name in file.mapping.keys().filter(|name| !of_profile.contains(&name.as_str())) {
        let message = format!("the profile `{}` has no column `{name}`", file.profile);
        let hint = if own.contains(&name.as_str()) {
            Some("the dataset declares it: set `from` there".to_owned())
        } else {
            suggest(name.as_str(), of_profile.iter().copied())
        };
        problems.push(document.problem_at(problem::COLUMN, &["mapping", name.as_str()], message).maybe_hint(hint));
    }
    if joined.published_columns().next().is_none() {
        let problem = document.problem_at(problem::COLUMN, &["profile"], "no column is published");
        problems.push(problem.hint("declare at least one column of class `open` under [[columns]]"));
    }
}

fn key_and_order(document: &Document, joined: &Dataset, problems: &mut Problems) {
    let names: Vec<&str> = joined.columns.iter().map(|column| column.name.as_str()).collect();
    let published: Vec<&str> = joined.published_columns().map(|column| column.name.as_str()).collect();
    let inherited = joined.file.key.is_none();
    for (at, name) in joined.key.iter().enumerate() {
        let own = at.to_string();
        let path: &[&str] = if inherited { &["profile"] } else { &["key", &own] };
        if known(document, path, name, &names, problems) && !published.contains(&name.as_str()) {
            let problem = document.problem_at(problem::COLUMN, path, format!("key column `{name}` is not published"));
            problems.push(problem.hint("a key is shown in the changelog, so it must be of class `open`"));
        }
    }
    for (at, order) in joined.file.order.iter().flatten().enumerate() {
        let path = ["order", &at.to_string(), "column"];
        if known(document, &path, &order.column, &names, problems) && !published.contains(&order.column.as_str()) {
            let message = format!("column `{}` of the order is not published", order.column);
            problems.push(document.problem_at(problem::COLUMN, &path, message));
        }
    }
}

fn partition(document: &Document, joined: &Dataset, problems: &mut Problems) {
    let Some(partition) = &joined.partition else { return };
    let path: &[&str] = if joined.file.partition.is_some() { &["partition", "column"] } else { &["profile"] };
    let names: Vec<&str> = joined.columns.iter().map(|column| column.name.as_str()).collect();
    let name = &partition.column;
    if !known(document, path, name, &names, problems) {
        return;
    }
    let problem = |text: &str| document.problem_at(problem::COLUMN, path, format!("column `{name}` {text}"));
    match joined.published_columns().find(|column| column.name == *name).map(|column| &column.kind) {
        None => problems.push(problem("divides the dataset into parts, but is not published")),
        Some(ColumnType::Date { .. } | ColumnType::Datetime { .. }) => {}
        Some(_) => {
            let hint = "parts are months or years: name a column of type date or datetime";
            problems.push(problem("is no date").hint(hint));
        }
    }
}

fn schedule(document: &Document, schedule: Option<&Schedule>, problems: &mut Problems) {
    let Some(schedule) = schedule else { return };
    let compiled = match schedule.parse() {
        Ok(compiled) => compiled,
        Err(error) => {
            let key = if matches!(error, crate::ScheduleError::Zone { .. }) { "time_zone" } else { "cron" };
            let problem = document.problem_at(problem::SCHEDULE, &["schedule", key], error.to_string());
            return problems.push(problem.hint(error.hint()));
        }
    };
    let at_cron = |message: String| document.problem_at(problem::SCHEDULE, &["schedule", "cron"], message);
    if !compiled.comes_due() {
        let problem = at_cron(format!("`{}` does not come due within five years", schedule.cron));
        return problems.push(problem.hint("look at day and month: is there such a day?"));
    }
    problems.extend(compiled.lints().into_iter().map(|lint| at_cron(lint).warning()));
}

/// The days that the data are about.
fn period(document: &Document, file: &DatasetFile, problems: &mut Problems) {
    let Some(period) = &file.period else { return };
    if period.start.zip(period.end).is_some_and(|(start, end)| end < start) {
        let problem = document.problem_at(problem::VALUE, &["period", "end"], "the period ends before it begins");
        problems.push(problem.hint("`start` is the first day, `end` the last one"));
    }
    if period.start.is_none() && period.end.is_none() {
        let problem = document.problem_at(problem::VALUE, &["period"], "the period has neither `start` nor `end`");
        problems.push(problem.hint("write period = { start = \"2024-01-01\" }"));
    }
}

/// The extent in which geometries must lie.
fn extent(document: &Document, file: &DatasetFile, problems: &mut Problems) {
    let Some([west, south, east, north]) = file.gates.geometry.extent else { return };
    let within = west >= -180.0 && east <= 180.0 && south >= -90.0 && north <= 90.0;
    if !(within && west < east && south < north) {
        let message = "this is no extent: west, south, east, north in degrees";
        let problem = document.problem_at(problem::VALUE, &["gates", "geometry", "extent"], message);
        problems.push(problem.hint("for example [10.4, 59.8, 11.0, 60.2]"));
    }
}

/// Checks that documents elsewhere have web addresses, and that the series is declared.
fn links(
    document: &Document,
    file: &DatasetFile,
    series: Option<&BTreeMap<SeriesId, Series>>,
    problems: &mut Problems,
) {
    for (key, links) in [("legislation", &file.legislation), ("conforms_to", &file.conforms_to)] {
        for (number, link) in links.iter().enumerate() {
            let at = number.to_string();
            languages(document, &[key, &at, "title"], &link.title, problems);
            if links.iter().take(number).any(|earlier| earlier.url == link.url) {
                let message = format!("`{}` stands twice in `{key}`", link.url);
                problems.push(document.problem_at(problem::VALUE, &[key, &at, "url"], message));
            }
            if !matches!(link.url.scheme(), "http" | "https") {
                let message = format!("`{}` is no web address", link.url);
                let problem = document.problem_at(problem::VALUE, &[key, &at, "url"], message);
                problems.push(problem.hint("give an address that begins with https://"));
            }
        }
    }
    if file.access != Access::Public && !file.high_value.is_empty() {
        let message =
            format!("a high-value dataset is open to everybody, and this one has access {}", file.access.code());
        let problem = document.problem_at(problem::VALUE, &["high_value"], message);
        problems.push(problem.hint("leave out `high_value`, or `access` (Directive (EU) 2019/1024, article 14)"));
    }
    if let Some((id, series)) = file.series.as_ref().zip(series).filter(|(id, series)| !series.contains_key(id)) {
        let problem = document.problem_at(problem::VALUE, &["series"], format!("there is no series `{id}`"));
        let known: Vec<&str> = series.keys().map(SeriesId::as_str).collect();
        let declare = || Some(format!("declare [catalog.series.{id}] in allmenning.toml"));
        problems.push(problem.maybe_hint(suggest(id.as_str(), known).or_else(declare)));
    }
}

fn access(document: &Document, file: &DatasetFile, problems: &mut Problems) {
    if file.access != Access::Public {
        let message = format!("files of a dataset with access {} are described, but not served", file.access.code());
        let problem: Problem = document.problem_at(problem::VALUE, &["access"], message).warning();
        problems.push(problem.hint(format!("the licence {} says nothing then", file.licence.code())));
    }
}
