//! Hashes of declarations.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Dataset;

/// SHA-256 of several texts, each preceded by its length, in lower-case hexadecimal.
pub(crate) fn texts(texts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hexadecimal(&hasher.finalize())
}

/// SHA-256 of what the public sees of a dataset's declaration.
pub(crate) fn metadata(dataset: &Dataset) -> String {
    let file = &dataset.file;
    let columns: Vec<Value> = dataset
        .published_columns()
        .map(|column| {
            json!({
                "name": column.name, "type": column.kind, "title": column.title, "description": column.description,
                "required": column.required, "unit": column.unit, "codes": column.codes, "concept": column.concept,
            })
        })
        .collect();
    let mut seen = json!({
        "title": file.title, "description": file.description, "themes": file.themes, "keywords": file.keywords,
        "licence": file.licence, "access": file.access, "frequency": file.frequency, "contact": dataset.contact,
        "provenance": file.provenance, "languages": file.languages, "issued": file.issued, "profile": file.profile, "columns": columns,
        "key": dataset.key, "distributions": dataset.distributions,
    });
    // Left out where there is none, so that older versions keep their hash.
    if let (Some(selection), Some(map)) = (&file.selection, seen.as_object_mut()) {
        map.insert("selection".to_owned(), json!(selection));
    }
    if let (Some(period), Some(map)) = (&file.period, seen.as_object_mut()) {
        map.insert("period".to_owned(), json!(period));
    }
    if let (Some(record), Some(map)) = (&file.geonorge, seen.as_object_mut()) {
        map.insert("geonorge".to_owned(), json!(record));
    }
    let lists = [
        ("subjects", json!(file.subjects)),
        ("high_value", json!(file.high_value)),
        ("legislation", json!(file.legislation)),
        ("conforms_to", json!(file.conforms_to)),
        ("series", json!(file.series.iter().collect::<Vec<_>>())),
    ];
    for (name, list) in lists.into_iter().filter(|(_, list)| list.as_array().is_some_and(|list| !list.is_empty())) {
        if let Some(map) = seen.as_object_mut() {
            map.insert(name.to_owned(), list);
        }
    }
    texts(&[&canonical(&seen)])
}

/// JSON with sorted keys and no white space.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            let members = keys.into_iter().filter_map(|key| {
                let value = canonical(map.get(key)?);
                Some(format!("{}:{value}", Value::String(key.clone())))
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_does_not_depend_on_the_order_of_keys() {
        let a: Value = serde_json::from_str(r#"{"b": [1, {"d": null, "c": "å"}], "a": 2}"#).unwrap();
        assert_eq!(canonical(&a), r#"{"a":2,"b":[1,{"c":"å","d":null}]}"#);
    }

    #[test]
    fn borders_between_texts_count() {
        assert_ne!(texts(&["ab", "c"]), texts(&["a", "bc"]));
        assert_eq!(texts(&[]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
