//! Members of objects of eInnsyn's API.

use serde_json::{Map, Value};

use super::names::masked;

/// A member that is text or a number; names that are marked in it are masked.
pub(in crate::reader) fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match object.get(name)? {
        Value::String(text) => masked(text),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The form of a text that is not for everybody, where the source has it: for checks only, never to be published.
pub(in crate::reader) fn full_text(object: &Map<String, Value>, name: &str) -> Option<String> {
    text(object, &format!("{name}Sensitiv"))
}

/// A member that is an object.
pub(in crate::reader) fn object<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    object.get(name)?.as_object()
}

/// The objects in a member that is a list; `None` where it is not there or only ids.
pub(in crate::reader) fn list<'a>(object: &'a Map<String, Value>, name: &str) -> Option<Vec<&'a Map<String, Value>>> {
    let items = object.get(name)?.as_array()?;
    let objects: Vec<_> = items.iter().filter_map(Value::as_object).collect();
    (objects.len() == items.len()).then_some(objects)
}

/// The id of a member that is an id or an object with one.
pub(in crate::reader) fn id(object: &Map<String, Value>, name: &str) -> Option<String> {
    text(object, name).or_else(|| text(object.get(name)?.as_object()?, "id"))
}
