//! Limits of single values that a JSON Schema states: ranges, lengths, formats.

use serde_json::Value as Schema;

use crate::{
    OrgNumber,
    node::{Node, Value},
};

/// What is wrong with a number.
pub(crate) fn number(node: &Node, schema: &Schema, name: &str) -> Option<String> {
    let (least, most) = range(schema);
    #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^53")]
    let value = match node.value {
        Value::Integer(number) => number as f64,
        Value::Float(number) => number,
        _ => return None,
    };
    if !value.is_finite() {
        return Some(format!("{name} must be a finite number"));
    }
    let too_small = least.filter(|least| value < *least).map(|least| format!("{name} must be at least {least}"));
    too_small.or_else(|| most.filter(|most| value > *most).map(|most| format!("{name} must be at most {most}")))
}

fn range(schema: &Schema) -> (Option<f64>, Option<f64>) {
    let limit = |key: &str| schema.get(key).and_then(Schema::as_f64);
    let most = match schema.get("format").and_then(Schema::as_str) {
        Some("uint32") => Some(f64::from(u32::MAX)),
        // 2^63 - 1024, the largest float that a signed 64-bit number holds.
        Some("uint64") => Some(9_223_372_036_854_774_784.0),
        _ => None,
    };
    (limit("minimum"), limit("maximum").or(most))
}

/// What is wrong with a text, and what would be right.
pub(crate) fn text(text: &str, schema: &Schema, name: &str) -> Option<(String, Option<String>)> {
    let length = text.chars().count() as u64;
    let limit = |key: &str| schema.get(key).and_then(Schema::as_u64);
    if limit("minLength").is_some_and(|least| length < least) {
        return Some((format!("{name} is empty"), None));
    }
    if let Some(most) = limit("maxLength").filter(|most| length > *most) {
        let unit = if most == 1 { "character" } else { "characters" };
        return Some((format!("{name} may have {most} {unit} at the most"), None));
    }
    if schema.get("x-id").is_some_and(|id| id == "organisation number") {
        let wrong = text.parse::<OrgNumber>().err()?;
        return Some((format!("`{text}` is not an organisation number"), Some(wrong.rule.to_owned())));
    }
    let format = schema.get("format").and_then(Schema::as_str)?;
    let (error, example) = match format {
        "uri" => (text.parse::<url::Url>().err()?.to_string(), "https://www.example.no/"),
        "date" => ("no such day".to_owned(), text.parse::<jiff::civil::Date>().err().map(|_| "2026-01-31")?),
        "socket-address" => (text.parse::<std::net::SocketAddr>().err()?.to_string(), "[::]:8080"),
        _ => return None,
    };
    Some((format!("`{text}` is not allowed as {name}: {error}"), Some(format!("for example {example}"))))
}

/// A JSON Schema type in words with an article.
pub(crate) fn type_in_words(wanted: &str) -> &'static str {
    match wanted {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        _ => "a table",
    }
}

/// How a value of a wrong type can be put right.
pub(crate) fn type_hint(node: &Node, wanted: &str, schema: &Schema, name: &str) -> Option<String> {
    let key = name.trim_matches('`');
    match (wanted, &node.value) {
        ("object", Value::String(text)) if schema.pointer("/properties/nb").is_some() => {
            Some(format!("write {key} = {{ nb = {text:?} }}"))
        }
        ("array", Value::String(text)) => Some(format!("write {key} = [{text:?}]")),
        ("string", Value::Integer(_) | Value::Float(_) | Value::Boolean(_)) => Some("put it in quotes".to_owned()),
        ("integer" | "number" | "boolean", Value::String(_)) => Some("leave the quotes out".to_owned()),
        _ => None,
    }
}
