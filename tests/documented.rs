//! Every setting, command, error code and route has a heading in the docs.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

fn docs(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The texts in back-quotes of all headings.
fn headings(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.filter_map(|line| Some(line.split('`').nth(1)?.to_owned())).collect()
}

fn missing<'a>(wanted: impl IntoIterator<Item = &'a String>, name: &str) {
    let there = headings(&docs(name));
    let missing: Vec<_> = wanted.into_iter().filter(|heading| !there.contains(*heading)).collect();
    assert!(missing.is_empty(), "docs/{name} lacks headings: {missing:?}");
}

/// Every key of a JSON Schema, at any depth.
fn keys(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                found.extend(properties.keys().cloned());
            }
            object.values().for_each(|value| keys(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn settings() {
    let mut found = BTreeSet::new();
    for schema in [config::schema::instance(), config::schema::dataset(), config::schema::profile()] {
        keys(&schema, &mut found);
    }
    assert!(found.len() > 60, "{found:?}");
    missing(&found, "settings.md");
}

#[test]
fn commands() {
    use clap::CommandFactory;
    let cli = config::cli::Cli::command();
    let mut found: BTreeSet<String> = BTreeSet::new();
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
        found.insert(command.get_name().to_owned());
        found.extend(command.get_arguments().filter_map(|argument| Some(format!("--{}", argument.get_long()?))));
    }
    found.extend(cli.get_arguments().filter_map(|argument| Some(format!("--{}", argument.get_long()?))));
    found.retain(|name| name != "--help" && name != "--version");
    missing(&found, "commands.md");
}

#[test]
fn routes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("api/openapi.json");
    let document: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let found: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert!(found.len() >= 15, "{found:?}");
    missing(&found, "routes.md");
}

/// Every text of the sources that looks like an error or finding code.
#[test]
fn error_codes() {
    const FAMILIES: [&str; 14] = [
        "catalog-",
        "config-",
        "source-",
        "format-",
        "run-",
        "schedule-",
        "dataset-",
        "shape-",
        "size-",
        "drift-",
        "privacy-",
        "reject-",
        "sparql-",
        "api-",
    ];
    let mut found = BTreeSet::new();
    for folder in ["config/src", "catalog/src", "pipeline/src", "api/src"] {
        codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &FAMILIES, &mut found);
    }
    for other in ["api-key", "run-what", "shape-key", "sparql-worker"] {
        found.remove(other);
    }
    for known in
        ["catalog-conflict", "source-missing", "format-ragged", "privacy-identity-number", "config-unknown-key"]
    {
        assert!(found.contains(known), "{known} is not found in the sources: {found:?}");
    }
    missing(&found, "errors.md");
}

fn codes(folder: &Path, families: &[&str], found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes(&path, families, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let production = text.find("#[cfg(test)]").map_or(text.as_str(), |at| &text[..at]);
        let code = production.lines().filter(|line| !line.trim_start().starts_with("//"));
        for literal in code.flat_map(|line| line.split('"').skip(1).step_by(2)) {
            let plain = literal.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            if plain && families.iter().any(|family| literal.starts_with(family) && literal.len() > family.len()) {
                found.insert(literal.to_owned());
            }
        }
    }
}
