//! A look at JSON: a list of objects somewhere in a document, objects one a line, or features of `GeoJSON`.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    path::Path,
};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Form, LIMITS, Look, seen::Seen};
use crate::{
    Error, Result,
    reader::{
        encoding::open_json,
        fault::{fault, read_fault},
        objects::json_fault,
    },
};

/// Objects in objects whose members become columns; what lies deeper stays JSON text.
const DEEPEST: usize = 4;

/// Looks at a whole file, one row in memory at a time.
pub(super) fn look(name: &str, path: &Path, names_person: fn(&str) -> bool) -> Result<Look> {
    let found = RefCell::new(Found::new(names_person));
    let mut json = serde_json::Deserializer::from_reader(open_json(name, path)?);
    Walk { found: &found, path: Vec::new() }.deserialize(&mut json).map_err(|error| told(name, error))?;
    // More than one document: one object a line.
    if json.end().is_err() {
        return lines(name, path, names_person);
    }
    let mut found = found.into_inner();
    found.check(name)?;
    if found.is_dataset && !found.dimensions.is_empty() {
        let (rows, dimensions) = (found.values, found.dimensions);
        return Ok(Look { rows, ..Table::default().into_look(Form::JsonStat { dimensions }) });
    }
    let most = found.tables.iter().max_by_key(|(list, table)| (table.rows, std::cmp::Reverse(list.len())));
    let Some(list) = most.map(|(list, _)| list.clone()) else {
        let reason = "the document holds no list of objects";
        return Err(fault(name, "format-not-looked-at", None, reason));
    };
    let table = found.tables.remove(&list).unwrap_or_default();
    let form = if found.features && list == "features" {
        Form::Features
    } else {
        Form::Objects { rows: (!list.is_empty()).then_some(list) }
    };
    Ok(table.into_look(form))
}

fn told(name: &str, error: serde_json::Error) -> Error {
    if error.is_io() { read_fault(error.into()) } else { json_fault(name, 1, &error) }
}

fn lines(name: &str, path: &Path, names_person: fn(&str) -> bool) -> Result<Look> {
    let mut found = Found::new(names_person);
    let json = serde_json::Deserializer::from_reader(open_json(name, path)?);
    for value in json.into_iter::<Value>() {
        let value = value.map_err(|error| told(name, error))?;
        if !value.is_object() {
            return Err(fault(name, "format-not-looked-at", None, "a line is no object"));
        }
        found.row("", value);
    }
    found.check(name)?;
    Ok(found.tables.remove("").unwrap_or_default().into_look(Form::Lines))
}

/// Lists of objects by their dotted paths.
struct Found {
    tables: BTreeMap<String, Table>,
    /// True if the document says that it is a collection of features.
    features: bool,
    /// True if the document says that it is a dataset, as JSON-stat does.
    is_dataset: bool,
    /// The dimensions of such a one, and the number of its values.
    dimensions: Vec<String>,
    values: u64,
    names_person: fn(&str) -> bool,
}

#[derive(Default)]
struct Table {
    rows: u64,
    columns: Vec<Seen>,
    places: HashMap<String, usize>,
    lists: BTreeSet<String>,
}

impl Found {
    fn new(names_person: fn(&str) -> bool) -> Self {
        let (tables, dimensions) = (BTreeMap::new(), Vec::new());
        Self { tables, features: false, is_dataset: false, dimensions, values: 0, names_person }
    }

    fn row(&mut self, list: &str, row: Value) {
        let Value::Object(members) = row else { return };
        if !self.tables.contains_key(list) {
            self.tables.insert(list.to_owned(), Table::default());
        }
        let is_feature = self.features && list == "features";
        if let Some(table) = self.tables.get_mut(list) {
            table.rows += 1;
            for (name, value) in members {
                if !(is_feature && matches!(name.as_str(), "type" | "geometry" | "bbox")) {
                    table.take(name, value, 1, self.names_person);
                }
            }
        }
    }

    fn check(&self, name: &str) -> Result<()> {
        if self.tables.values().any(|table| table.columns.len() > LIMITS.max_columns) {
            let reason = format!("objects with more than {} members", LIMITS.max_columns);
            return Err(fault(name, "format-too-many-columns", None, reason));
        }
        Ok(())
    }
}

impl Table {
    fn take(&mut self, name: String, value: Value, depth: usize, names_person: fn(&str) -> bool) {
        match value {
            Value::Object(members) if depth < DEEPEST && !members.is_empty() => {
                for (inner, value) in members {
                    self.take(format!("{name}.{inner}"), value, depth + 1, names_person);
                }
            }
            Value::Array(_) | Value::Object(_) => {
                self.lists.insert(name);
            }
            value => {
                if self.columns.len() > LIMITS.max_columns {
                    return;
                }
                let next = self.columns.len();
                let at = *self.places.entry(name).or_insert_with_key(|name| {
                    self.columns.push(Seen::named(name.clone()));
                    next
                });
                if let Some(column) = self.columns.get_mut(at) {
                    match value {
                        Value::Null => {}
                        Value::String(text) => column.take(&text, names_person),
                        Value::Number(number) => column.take_number(&number.to_string(), names_person),
                        value => column.take(&value.to_string(), names_person),
                    }
                }
            }
        }
    }

    /// Numbers of JSON have a point, whatever the texts beside them have.
    fn into_look(mut self, form: Form) -> Look {
        let (rows, lists) = (self.rows, self.lists);
        // A member that is a list in one row is none that a column can hold.
        self.columns.retain(|column| !lists.contains(&column.name));
        let (columns, lists) = (self.columns, lists.into_iter().collect());
        Look { form, decimal: '.', rows, totals: 0, notes: 0, nameless: 0, lists, columns }
    }
}

/// Walks through a document and hands out each object of each list.
struct Walk<'a> {
    found: &'a RefCell<Found>,
    path: Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let path = self.path.iter().cloned().chain([name]).collect();
            map.next_value_seed(Walk { found: self.found, path })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<(), A::Error> {
        let path = self.path.join(".");
        while let Some(row) = list.next_element::<Value>()? {
            match (path.as_str(), &row) {
                ("id", Value::String(dimension)) => self.found.borrow_mut().dimensions.push(dimension.clone()),
                ("value", Value::Number(_) | Value::Null | Value::String(_)) => self.found.borrow_mut().values += 1,
                _ => {}
            }
            self.found.borrow_mut().row(&path, row);
        }
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<(), E> {
        if self.path == ["type"] && text == "FeatureCollection" {
            self.found.borrow_mut().features = true;
        }
        if self.path == ["class"] && text == "dataset" {
            self.found.borrow_mut().is_dataset = true;
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> std::result::Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{super::Guess, *};

    fn looked(text: &str) -> Result<Look> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        look("a.json", file.path(), |text| text.contains("person"))
    }

    #[test]
    fn the_longest_list_of_objects_is_the_table() {
        let found = looked(
            "\u{feff}{ \"sider\": [{ \"nr\": 1 }], \"data\": { \"rader\": [\
             { \"nr\": 1, \"sted\": { \"navn\": \"Ås\", \"punkt\": [1, 2] }, \"aktiv\": true, \"areal\": 58.2 },\
             { \"nr\": 2, \"sted\": { \"navn\": \"Bø\" }, \"dato\": \"2026-01-02\", \"areal\": null }] } }",
        )
        .unwrap();
        assert_eq!(found.form, Form::Objects { rows: Some("data.rader".to_owned()) });
        let columns: Vec<(&str, Guess)> =
            found.columns.iter().map(|column| (column.name.as_str(), column.guess('.'))).collect();
        assert_eq!(
            columns,
            [
                ("nr", Guess::Integer),
                ("sted.navn", Guess::Text),
                ("aktiv", Guess::Boolean),
                ("areal", Guess::Decimal(1)),
                ("dato", Guess::Date),
            ]
        );
        assert_eq!((found.rows, found.lists), (2, vec!["sted.punkt".to_owned()]));
        let table =
            looked("{ \"class\": \"dataset\", \"id\": [\"Region\", \"Tid\"], \"value\": [1, null, 3] }").unwrap();
        assert_eq!(table.form, Form::JsonStat { dimensions: vec!["Region".to_owned(), "Tid".to_owned()] });
        assert_eq!(table.rows, 3);
    }

    #[test]
    fn lines_and_features_are_told_from_documents() {
        let lines = looked("{\"a\": 1}\n{\"a\": 2, \"b\": \"x\"}\n").unwrap();
        assert_eq!((&lines.form, lines.rows, lines.columns.len()), (&Form::Lines, 2, 2));
        let features = "{ \"type\": \"FeatureCollection\", \"features\": [{ \"type\": \"Feature\", \"id\": 7, \
                        \"geometry\": { \"type\": \"Point\", \"coordinates\": [10, 60] }, \"properties\": { \"navn\": \"x\" } }] }";
        let features = looked(features).unwrap();
        let names: Vec<&str> = features.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!((features.form, names), (Form::Features, vec!["id", "properties.navn"]));
    }

    #[test]
    fn a_byte_order_mark_tells_the_encoding() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let text = "\u{feff}[{\"a\": \"Å\"}]";
        file.write_all(&text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()).unwrap();
        let input = crate::reader::Input { name: "a.json", path: file.path(), stopped: &|| false };
        let found = super::super::look(input, None, |_| false).unwrap();
        assert_eq!((found.form, found.rows), (Form::Objects { rows: None }, 1));
    }

    #[test]
    fn what_is_no_table_is_told() {
        for (text, code) in [
            ("{ \"a\": 1 }", "format-not-looked-at"),
            ("[1, 2]", "format-not-looked-at"),
            ("{\"a\": 1}\n2\n", "format-not-looked-at"),
            ("{\"a\": 1", "format-json"),
            ("[{\"a\": 1},]", "format-json"),
        ] {
            assert_eq!(looked(text).unwrap_err().code(), code, "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(looked(&deep).unwrap_err().code(), "format-json");
    }
}
