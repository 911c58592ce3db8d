//! Every setting, command, error code and route has a heading in the docs.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

fn docs(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A heading: the second-level heading above it, and the texts in back-quotes of those between that and itself.
type Heading = (String, Vec<String>);

/// Every heading of the third level and below that has a text in back-quotes.
fn headings(text: &str) -> BTreeSet<Heading> {
    let (mut section, mut above, mut found) = (String::new(), Vec::new(), BTreeSet::new());
    for line in text.lines().filter(|line| line.starts_with('#')) {
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if level <= 2 {
            line.trim_start_matches('#').trim().clone_into(&mut section);
            above.clear();
            continue;
        }
        let quoted: Vec<String> = line.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        above.truncate(level - 3);
        above.push(quoted.join(" in "));
        if !quoted.is_empty() {
            found.insert((section.clone(), above.clone()));
        }
    }
    found
}

/// The plain texts of the headings.
fn names(file: &str) -> BTreeSet<String> {
    headings(&docs(file)).into_iter().filter_map(|(_, mut above)| above.pop()).collect()
}

fn same<T: Ord + std::fmt::Debug>(there: &BTreeSet<T>, wanted: &BTreeSet<T>, file: &str) {
    let missing: Vec<_> = wanted.difference(there).collect();
    assert!(missing.is_empty(), "docs/{file} lacks headings: {missing:?}");
    let idle: Vec<_> = there.difference(wanted).collect();
    assert!(idle.is_empty(), "docs/{file} has headings of what is not there: {idle:?}");
}

/// Every key of a JSON Schema with the path of its table, `key in table`.
fn keys(root: &Value, schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return keys(root, root.pointer(reference.trim_start_matches('#')).unwrap(), path, found);
    }
    for branches in ["allOf", "oneOf", "anyOf"] {
        schema[branches].as_array().into_iter().flatten().for_each(|branch| keys(root, branch, path, found));
    }
    if schema["items"].is_object() {
        keys(root, &schema["items"], &format!("{path}[]"), found);
    }
    // Texts for readers have a section of their own.
    let properties = schema["properties"].as_object().filter(|properties| !properties.contains_key("nb"));
    for (key, inner) in properties.into_iter().flatten() {
        found.insert(if path.is_empty() { key.clone() } else { format!("{key} in {path}") });
        keys(root, inner, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, found);
    }
}

#[test]
fn settings() {
    let files = [
        ("allmenning.toml", config::schema::instance()),
        ("datasets/*.toml", config::schema::dataset()),
        ("profiles/*.toml", config::schema::profile()),
    ];
    let mut wanted: BTreeSet<Heading> =
        ["nb", "nn", "en"].map(|key| ("Texts".to_owned(), vec![key.to_owned()])).into_iter().collect();
    for (file, schema) in files {
        let mut found = BTreeSet::new();
        keys(&schema, &schema, "", &mut found);
        // The columns of a profile are those of a dataset.
        let of_datasets = |key: &String| key.contains(" in columns[]") || key.contains(" in checks[]");
        let twice = |key: &String| file == "profiles/*.toml" && of_datasets(key);
        wanted.extend(found.into_iter().filter(|key| !twice(key)).map(|key| (file.to_owned(), vec![key])));
    }
    assert!(wanted.len() > 100, "{wanted:?}");
    same(&headings(&docs("settings.md")), &wanted, "settings.md");
}

#[test]
fn commands() {
    use clap::CommandFactory;
    let options = |command: &clap::Command| -> Vec<String> {
        let long = command.get_arguments().filter_map(|argument| Some(format!("--{}", argument.get_long()?)));
        long.filter(|name| name != "--help" && name != "--version").collect()
    };
    let cli = config::cli::Cli::command();
    let mut wanted: BTreeSet<Heading> = BTreeSet::new();
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_name().to_owned();
        wanted.insert(("Commands".to_owned(), vec![name.clone()]));
        let own = options(command).into_iter();
        wanted.extend(own.map(|option| ("Commands".to_owned(), vec![name.clone(), option])));
    }
    let global = options(&cli).into_iter();
    wanted.extend(global.map(|option| ("Options of every command".to_owned(), vec![option])));
    same(&headings(&docs("commands.md")), &wanted, "commands.md");
}

/// Exit codes of the help and of the page.
#[test]
fn exit_codes() {
    use clap::CommandFactory;
    let mut cli = config::cli::Cli::command();
    let help = cli.render_help().to_string();
    let (_, codes) = help.split_once("Exit codes:").unwrap();
    let of_help: BTreeSet<(u8, String)> = codes
        .lines()
        .filter_map(|line| line.trim().split_once("  "))
        .map(|(code, text)| (code.parse().unwrap(), text.trim().to_owned()))
        .collect();
    let page = docs("commands.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    let of_page: BTreeSet<(u8, String)> =
        rows.filter_map(|(code, text)| Some((code.parse().ok()?, text.replace('`', "")))).collect();
    assert!(of_help.len() >= 6, "{of_help:?}");
    assert_eq!(of_page, of_help);
}

#[test]
fn routes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("api/openapi.json");
    let document: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let found: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert!(found.len() >= 15, "{found:?}");
    same(&names("routes.md"), &found, "routes.md");
}

/// Every text of the sources that looks like an error or finding code.
#[test]
fn error_codes() {
    const FAMILIES: [&str; 15] = [
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
        "geometry-",
        "reject-",
        "sparql-",
        "api-",
    ];
    let mut found = BTreeSet::new();
    for folder in ["config/src", "catalog/src", "pipeline/src", "api/src"] {
        codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &FAMILIES, &mut found);
    }
    for other in ["api-key", "geometry-any", "run-what", "shape-key", "sparql-worker"] {
        found.remove(other);
    }
    for known in
        ["catalog-conflict", "source-missing", "format-ragged", "privacy-identity-number", "config-unknown-key"]
    {
        assert!(found.contains(known), "{known} is not found in the sources: {found:?}");
    }
    let there = names("errors.md");
    let missing: Vec<_> = found.difference(&there).collect();
    assert!(missing.is_empty(), "docs/errors.md lacks headings: {missing:?}");
    let mut literals = BTreeSet::new();
    for folder in ["config/src", "catalog/src", "pipeline/src", "api/src", "cli"] {
        codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &[""], &mut literals);
    }
    let idle: Vec<_> = there.difference(&literals).collect();
    assert!(idle.is_empty(), "docs/errors.md has headings of codes that nothing gives: {idle:?}");
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
            let plain = literal.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
            if plain && families.iter().any(|family| literal.starts_with(family) && literal.len() > family.len()) {
                found.insert(literal.to_owned());
            }
        }
    }
}
