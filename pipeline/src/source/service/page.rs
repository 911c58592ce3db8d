//! One page: its members, and its features as they were served.

use std::collections::BTreeMap;

use serde_json::{Value, value::RawValue};

/// A JSON object with, or without, a list of features.
#[derive(Debug)]
pub(super) struct Page<'a> {
    members: BTreeMap<String, &'a RawValue>,
    pub(super) features: Vec<&'a RawValue>,
}

impl<'a> Page<'a> {
    /// Reads a page; the reason where it is none.
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, String> {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        if body.trim_ascii_start().starts_with(b"<") {
            return Err("this is a web page or XML, not JSON".to_owned());
        }
        let mut members: BTreeMap<String, &RawValue> = serde_json::from_slice(body).map_err(|error| told(&error))?;
        let features = match members.remove("features") {
            Some(list) => {
                serde_json::from_str(list.get()).map_err(|error| format!("'features' is no list: {}", told(&error)))?
            }
            None => Vec::new(),
        };
        Ok(Self { members, features })
    }

    /// A member as it was served.
    pub(super) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.members.get(name).copied().filter(|raw| raw.get() != "null")
    }

    /// A member; null where it is missing.
    pub(super) fn value(&self, name: &str) -> Value {
        self.raw(name).and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }

    /// A member that is a whole number.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.value(name).as_u64()
    }

    /// How many features there are.
    pub(super) fn len(&self) -> u64 {
        self.features.len() as u64
    }
}

/// What is wrong and where.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    format!("line {}, column {}: {reason}", error.line(), error.column())
}
