//! Attributes of a group, in the order of the file.

use serde_json::{Map, Value as Json};

/// An element with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Number of dots.
    pub(super) level: usize,
    /// The name as written.
    pub(super) name: String,
    /// The name in capitals, by which it is found.
    pub(super) key: String,
    /// Its values.
    pub(super) values: Vec<Value>,
    /// The next value goes on with the last one (`&`).
    pub(super) joining: bool,
}

/// One value of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// The text, without quotes.
    pub(super) text: String,
    /// It stood in quotes.
    pub(super) quoted: bool,
}

impl Value {
    /// True where the source says that there is no value (`*`), or the usual one (`@`), which nobody here knows.
    fn is_none(&self) -> bool {
        !self.quoted && matches!(self.text.as_str(), "*" | "@")
    }
}

impl Item {
    /// An element without values.
    pub(super) fn new(level: usize, name: String) -> Self {
        Self { level, key: name.to_uppercase(), name, values: Vec::new(), joining: false }
    }

    /// Takes a value.
    pub(super) fn push(&mut self, value: Value) {
        if !value.quoted && value.text == "&" && self.values.last().is_some_and(|last| last.quoted) {
            self.joining = true;
            return;
        }
        match self.values.last_mut().filter(|_| self.joining && value.quoted) {
            Some(last) => last.text.push_str(&value.text),
            None => self.values.push(value),
        }
        self.joining = false;
    }

    /// All values as one text; `None` where there is none.
    pub(super) fn text(&self) -> Option<String> {
        if self.values.iter().all(Value::is_none) {
            return None;
        }
        let texts: Vec<&str> = self.values.iter().map(|value| value.text.as_str()).collect();
        Some(texts.join(" ")).filter(|text| !text.is_empty())
    }

    /// The value at a place, from 0.
    pub(super) fn at(&self, place: usize) -> Option<&str> {
        let value = self.values.get(place).filter(|value| !value.is_none())?;
        Some(value.text.as_str()).filter(|text| !text.is_empty())
    }
}

/// Each item with its path in capitals: names from the second level down, parted by dots.
pub(super) fn paths(items: &[Item]) -> impl Iterator<Item = (String, &Item)> {
    let mut names: Vec<&str> = Vec::new();
    items.iter().map(move |item| {
        names.truncate(item.level.saturating_sub(2));
        names.push(&item.key);
        (names.join("."), item)
    })
}

/// The items below the one at a place.
pub(super) fn below(items: &[Item], at: usize) -> &[Item] {
    let rest = items.get(at + 1..).unwrap_or_default();
    let level = items.get(at).map_or(0, |item| item.level);
    let count = rest.iter().take_while(|item| item.level > level).count();
    rest.get(..count).unwrap_or_default()
}

/// Items as a JSON object: text for an element with values, an object for one with elements below it, a list for
/// several of one name.
pub(super) fn object(items: &[Item]) -> Json {
    let mut members: Map<String, Json> = Map::new();
    let level = items.first().map_or(0, |item| item.level);
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.level == level) {
        let value = json(items, at);
        match members.get_mut(&item.name) {
            None => drop(members.insert(item.name.clone(), value)),
            Some(Json::Array(list)) => list.push(value),
            Some(first) => *first = Json::Array(vec![first.take(), value]),
        }
    }
    Json::Object(members)
}

/// The item at a place as JSON.
pub(super) fn json(items: &[Item], at: usize) -> Json {
    let inner = below(items, at);
    if inner.is_empty() { items.get(at).and_then(Item::text).map_or(Json::Null, Json::String) } else { object(inner) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(level: usize, name: &str, values: &[&str]) -> Item {
        let mut item = Item::new(level, name.to_owned());
        for value in values {
            let bare = value.strip_prefix('\'');
            item.push(Value { text: bare.unwrap_or(value).to_owned(), quoted: bare.is_some() });
        }
        item
    }

    #[test]
    fn texts_and_places() {
        let quality = item(2, "KVALITET", &["82", "*", "3"]);
        assert_eq!(quality.text().as_deref(), Some("82 * 3"));
        assert_eq!((quality.at(0), quality.at(1), quality.at(2), quality.at(3)), (Some("82"), None, Some("3"), None));
        assert_eq!(item(2, "A", &["*"]).text(), None);
        assert_eq!(item(2, "A", &["'*"]).text().as_deref(), Some("*"));
        assert_eq!(item(2, "A", &["'one ", "&", "'two"]).text().as_deref(), Some("one two"));
        assert_eq!(item(2, "A", &["Møller", "&", "Sønn"]).text().as_deref(), Some("Møller & Sønn"));
    }

    #[test]
    fn nesting_becomes_paths_and_json() {
        let items = [
            item(2, "Stedsnavn", &[]),
            item(3, "SPRÅK", &["nor"]),
            item(3, "SKRIVEMÅTE", &[]),
            item(4, "LANGNAVN", &["'Øy"]),
            item(2, "LTEMA", &["1"]),
            item(2, "LTEMA", &["2"]),
        ];
        let all: Vec<String> = paths(&items).map(|(path, _)| path).collect();
        assert_eq!(all[..4], ["STEDSNAVN", "STEDSNAVN.SPRÅK", "STEDSNAVN.SKRIVEMÅTE", "STEDSNAVN.SKRIVEMÅTE.LANGNAVN"]);
        let expected = json!({ "SPRÅK": "nor", "SKRIVEMÅTE": { "LANGNAVN": "Øy" } });
        assert_eq!(super::json(&items, 0), expected);
        assert_eq!(object(&items), json!({ "Stedsnavn": expected, "LTEMA": ["1", "2"] }));
    }
}
