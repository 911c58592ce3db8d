//! Whether a JSON document names a value.

use serde_json::Value;

/// Shorter values are looked for as a whole text only: inside other texts they would be found by chance.
const SHORTEST_PART: usize = 4;

/// True if every one of the values stands in the document: as a text, a number or a name, or, if it is not very short,
/// as a word within a text. What is not JSON is taken to name them.
pub(crate) fn mentions<'a>(document: &[u8], mut values: impl Iterator<Item = &'a String>) -> bool {
    let Ok(document) = serde_json::from_slice::<Value>(document) else { return true };
    values.all(|value| inside(&document, value))
}

fn inside(document: &Value, value: &str) -> bool {
    match document {
        Value::String(text) => in_text(text, value),
        Value::Number(number) => number.to_string() == value,
        Value::Array(items) => items.iter().any(|item| inside(item, value)),
        Value::Object(map) => map.iter().any(|(name, item)| in_text(name, value) || inside(item, value)),
        Value::Bool(_) | Value::Null => false,
    }
}

fn in_text(text: &str, value: &str) -> bool {
    if text == value {
        return true;
    }
    let is_word = |c: char| c.is_alphanumeric();
    value.chars().count() >= SHORTEST_PART
        && text.match_indices(value).any(|(at, found)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_where_they_stand() {
        let document = br#"{"seen":["2026/17-3"],"note":"row 40021 of a.csv","counts":{"rows":7}}"#;
        let find = |value: &str| mentions(document, [value.to_owned()].iter());
        for there in ["2026/17-3", "40021", "7", "seen"] {
            assert!(find(there), "{there}");
        }
        for not in ["2026/17", "4002", "17", "a", "9"] {
            assert_eq!(find(not), not == "2026/17", "{not}");
        }
        assert!(mentions(b"not json", ["x".to_owned()].iter()));
        assert!(!mentions(document, ["40021".to_owned(), "absent".to_owned()].iter()), "all of a key must be there");
    }
}
