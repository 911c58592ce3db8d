//! A TOML document as an owned tree in which every key and value knows where it stands.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A place in a file, in bytes.
pub(crate) type Span = Range<usize>;

/// One value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Where the value stands.
    pub(crate) span: Span,
    /// The value.
    pub(crate) value: Value,
}

/// One value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Text.
    String(String),
    /// A whole number.
    Integer(i128),
    /// A floating point number.
    Float(f64),
    /// A truth value.
    Boolean(bool),
    /// A date or time, as written.
    Datetime(String),
    /// A list.
    Array(Vec<Node>),
    /// A table, in the order of its keys.
    Table(Vec<Entry>),
}

/// One key and value of a table.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) key_span: Span,
    /// The value.
    pub(crate) node: Node,
}

impl Node {
    /// Takes a parsed document over.
    pub(crate) fn document(table: &Spanned<DeTable<'_>>) -> Self {
        Self { span: table.span(), value: Value::Table(entries(table.get_ref())) }
    }

    fn new(value: &Spanned<DeValue<'_>>) -> Self {
        let converted = match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Integer(number) => {
                Value::Integer(i128::from_str_radix(number.as_str(), number.radix()).unwrap_or(i128::MAX))
            }
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(truth) => Value::Boolean(*truth),
            DeValue::Datetime(time) => Value::Datetime(time.to_string()),
            DeValue::Array(items) => Value::Array(items.iter().map(Self::new).collect()),
            DeValue::Table(table) => Value::Table(entries(table)),
        };
        Self { span: value.span(), value: converted }
    }

    /// The entries of a table; none for another value.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for another value.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) | Value::Datetime(text) => Some(text),
            _ => None,
        }
    }

    /// The entry of a key.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value at a path of keys and, as digits, list positions.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, step| match &node.value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => Some(&node.entry(step)?.node),
        })
    }

    /// The kind of value, in words with an article.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::String(_) => "a text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::Datetime(_) => "a date or time",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// The value as JSON, for serde.
    pub(crate) fn json(&self) -> serde_json::Value {
        match &self.value {
            Value::String(text) | Value::Datetime(text) => text.as_str().into(),
            Value::Integer(number) => {
                let small = i64::try_from(*number).map(serde_json::Value::from);
                small.or_else(|_| u64::try_from(*number).map(serde_json::Value::from)).unwrap_or_default()
            }
            Value::Float(number) => serde_json::Number::from_f64(*number).map_or_else(Default::default, Into::into),
            Value::Boolean(truth) => (*truth).into(),
            Value::Array(items) => items.iter().map(Self::json).collect(),
            Value::Table(entries) => {
                serde_json::Value::Object(entries.iter().map(|e| (e.key.clone(), e.node.json())).collect())
            }
        }
    }
}

fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry { key: key.get_ref().to_string(), key_span: key.span(), node: Node::new(value) })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    entries
}
