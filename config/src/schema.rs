//! JSON Schemas (draft 7) of the files, for editors and for the check of every file that is read.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value};

use crate::{DatasetFile, InstanceFile, Profile, frictionless};

/// The schema of `allmenning.toml`.
pub fn instance() -> Value {
    public(raw::<InstanceFile>())
}

/// The schema of the files under `datasets/`.
pub fn dataset() -> Value {
    both(raw::<DatasetFile>())
}

/// The schema of the files under `profiles/`.
pub fn profile() -> Value {
    both(raw::<Profile>())
}

/// A schema with the rules in words (`x-rule`, `x-id`) that problems quote. TOML has no null, so neither has the schema.
pub(crate) fn raw<T: JsonSchema>() -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    without_null(schema.to_value())
}

/// A public schema with the names that Frictionless has beside our own.
fn both(mut schema: Value) -> Value {
    frictionless::add_to(&mut schema);
    public(schema)
}

fn public(schema: Value) -> Value {
    match schema {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(key, _)| !key.starts_with("x-"));
            Value::Object(kept.map(|(key, value)| (key, public(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(public).collect(),
        other => other,
    }
}

fn without_null(schema: Value) -> Value {
    match schema {
        Value::Object(map) => Value::Object(map_without_null(map)),
        Value::Array(items) => items.into_iter().map(without_null).collect(),
        other => other,
    }
}

fn map_without_null(map: Map<String, Value>) -> Map<String, Value> {
    let mut kept = Map::new();
    for (key, value) in map {
        match (key.as_str(), value) {
            (_, Value::Null) => {}
            ("type", Value::Array(types)) => {
                let left: Vec<Value> = types.into_iter().filter(|kind| kind != "null").collect();
                let single = left.first().filter(|_| left.len() == 1).cloned();
                kept.insert(key, single.unwrap_or(Value::Array(left)));
            }
            ("anyOf", Value::Array(branches)) => {
                let left: Vec<Value> = branches
                    .into_iter()
                    .filter(|branch| branch.get("type").is_none_or(|kind| kind != "null"))
                    .collect();
                kept.insert(if left.len() == 1 { "allOf".to_owned() } else { key }, without_null(Value::Array(left)));
            }
            (_, value) => {
                kept.insert(key, without_null(value));
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The committed schemas are what editors use; `ALLMENNING_BLESS=1` writes them anew.
    #[test]
    fn committed_schemas_are_current() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
        let bless = std::env::var_os("ALLMENNING_BLESS").is_some();
        for (name, schema) in [("instance", instance()), ("dataset", dataset()), ("profile", profile())] {
            let path = folder.join(format!("{name}.schema.json"));
            let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
            if bless {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, &text).unwrap();
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(committed == text, "{name}.schema.json is old: run the tests with ALLMENNING_BLESS=1");
        }
    }

    #[test]
    fn schemas_know_no_null_and_no_private_keys() {
        for schema in [instance(), dataset(), profile()] {
            let text = schema.to_string();
            assert!(!text.contains(":null") && !text.contains(r#""type":"null""#), "TOML has no null");
            assert!(!text.contains("\"x-"), "private keys are for our own messages");
            assert!(text.contains("draft-07"), "taplo reads draft 7");
        }
    }
}
