//! The parameters of an action: in the address, in a JSON object, or in a form; those of a body go before the address's.

use actix_web::{HttpMessage, HttpRequest, web};
use serde_json::{Map, Value};

use super::fault::Fault;

/// Bytes of a body at the most.
const MOST_BYTES: usize = 64 << 10;

/// The parameters of an action.
#[derive(Debug, Default)]
pub(super) struct Asked(Map<String, Value>);

impl Asked {
    /// Those in the address. A name that stands there twice is a list.
    pub(super) fn in_address(request: &HttpRequest) -> Self {
        Self(pairs(request.query_string().as_bytes()))
    }

    /// Those in the body, and for the rest those in the address: some clients send nothing but that.
    pub(super) async fn in_body(request: &HttpRequest, payload: web::Payload) -> Result<Self, Fault> {
        let mut all = pairs(request.query_string().as_bytes());
        let body = match payload.to_bytes_limited(MOST_BYTES).await {
            Ok(Ok(body)) => body,
            Ok(Err(error)) => return Err(Fault::wrong("body", format!("The body cannot be read: {error}."))),
            Err(_) => return Err(Fault::wrong("body", format!("The body has more than {MOST_BYTES} bytes."))),
        };
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(all));
        }
        if request.content_type() == "application/x-www-form-urlencoded" && !body.starts_with(b"{") {
            all.extend(pairs(&body));
            return Ok(Self(all));
        }
        match serde_json::from_slice(&body) {
            Ok(Value::Object(members)) => all.extend(members),
            Ok(_) => return Err(Fault::wrong("body", "The body must be a JSON object.")),
            Err(error) => return Err(Fault::wrong("body", format!("The body is no JSON: {error}."))),
        }
        Ok(Self(all))
    }

    /// A text; a number as text too.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A text that must be there.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Fault> {
        self.text(name).ok_or_else(|| Fault::wrong(name, "Missing value"))
    }

    /// A value as it was sent.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A truth value; false where there is none.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Fault> {
        self.flag_or(name, false)
    }

    /// A truth value.
    pub(super) fn flag_or(&self, name: &str, default: bool) -> Result<bool, Fault> {
        match self.value(name) {
            None => Ok(default),
            Some(Value::Bool(truth)) => Ok(*truth),
            Some(value) => match value.as_str().map(str::to_lowercase).as_deref() {
                Some("true" | "1" | "yes" | "on") => Ok(true),
                Some("false" | "0" | "no" | "off" | "") => Ok(false),
                _ => Err(Fault::wrong(name, "Must be true or false")),
            },
        }
    }

    /// A number that is not negative, and not above the greatest one.
    pub(super) fn number(&self, name: &str, default: u64, most: u64) -> Result<u64, Fault> {
        let number = match self.value(name) {
            None => Some(default),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(value) => value.as_u64(),
        };
        number.map(|number| number.min(most)).ok_or_else(|| Fault::wrong(name, "Must be a natural number"))
    }

    /// A list of texts: a JSON list, a text that is one, or a text with commas.
    pub(super) fn list(&self, name: &str) -> Result<Vec<String>, Fault> {
        let texts = |values: Vec<Value>| {
            let text = |value: Value| {
                value.as_str().map(str::to_owned).ok_or_else(|| Fault::wrong(name, "Must be a list of texts"))
            };
            values.into_iter().map(text).collect()
        };
        match self.value(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => texts(values.clone()),
            Some(Value::String(text)) if text.trim_start().starts_with('[') => {
                texts(serde_json::from_str(text).map_err(|error| Fault::wrong(name, error.to_string()))?)
            }
            Some(Value::String(text)) => {
                Ok(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
            }
            Some(_) => Err(Fault::wrong(name, "Must be a list of texts")),
        }
    }

    /// A page of a list, by `limit` and `offset`.
    pub(super) fn page(&self, all: Vec<Value>) -> Result<Value, Fault> {
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let (limit, offset) = (self.number("limit", u64::MAX, u64::MAX)?, self.number("offset", 0, u64::MAX)?);
        Ok(all.into_iter().skip(place(offset)).take(place(limit)).collect())
    }
}

fn pairs(encoded: &[u8]) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in url::form_urlencoded::parse(encoded) {
        let value = Value::String(value.into_owned());
        match all.get_mut(&*name) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => {
                all.insert(name.into_owned(), value);
            }
        }
    }
    all
}
