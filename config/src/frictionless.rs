//! The names that Frictionless has for settings: Table Schema v2 and Table Dialect v2. Whoever knows them may write them.
//!
//! A document is brought to our own names before anything else looks at it, so that there is one name for everything
//! behind this module, and the schemas for editors know both.

use serde_json::{Map, Value as Json};

use crate::node::{Entry, Node, Value};

/// Where a setting stands, what Frictionless calls it, and what it is called here.
struct Same {
    table: Table,
    theirs: &'static str,
    ours: &'static str,
}

/// The tables of a dataset file in which the names stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Dataset,
    Format,
    Column,
    Check,
}

impl Table {
    const fn same(self, theirs: &'static str, ours: &'static str) -> Same {
        Same { table: self, theirs, ours }
    }

    /// The key of the table or list of tables; none of the file itself.
    fn key(self) -> Option<&'static str> {
        match self {
            Self::Dataset => None,
            Self::Format => Some("format"),
            Self::Column => Some("columns"),
            Self::Check => Some("checks"),
        }
    }

    /// The definition in the schemas; none of the file itself.
    fn definition(self) -> Option<&'static str> {
        match self {
            Self::Dataset => None,
            Self::Format => Some("Format"),
            Self::Column => Some("Column"),
            Self::Check => Some("Check"),
        }
    }
}

const SAME: [Same; 10] = [
    Table::Dataset.same("primaryKey", "key"),
    Table::Format.same("delimiter", "separator"),
    Table::Format.same("quoteChar", "quote"),
    Table::Format.same("commentChar", "comment"),
    Table::Format.same("decimalChar", "decimal"),
    Table::Format.same("groupChar", "group"),
    Table::Format.same("sheetName", "sheet"),
    Table::Column.same("missingValues", "null"),
    Table::Check.same("minLength", "min_length"),
    Table::Check.same("maxLength", "max_length"),
];

/// Gives settings our own names. One that stands under both names keeps theirs, which is then reported as unknown.
pub(crate) fn rename(root: &mut Node) {
    for Same { table, theirs, ours } in SAME {
        let Some(key) = table.key() else {
            rename_in(root, theirs, ours);
            continue;
        };
        let Value::Table(entries) = &mut root.value else { return };
        for entry in entries.iter_mut().filter(|entry| entry.key == key) {
            match &mut entry.node.value {
                Value::Array(items) => items.iter_mut().for_each(|item| rename_in(item, theirs, ours)),
                _ => rename_in(&mut entry.node, theirs, ours),
            }
        }
    }
}

fn rename_in(table: &mut Node, theirs: &str, ours: &str) {
    let Value::Table(entries) = &mut table.value else { return };
    if entries.iter().all(|entry| entry.key != ours) {
        let theirs = |entry: &&mut Entry| entry.key == theirs;
        entries.iter_mut().filter(theirs).for_each(|entry| ours.clone_into(&mut entry.key));
    }
}

/// Adds the names to a schema of dataset files or profiles.
pub(crate) fn add_to(schema: &mut Json) {
    for Same { table, theirs, ours } in SAME {
        let place = match table.definition() {
            None => Some(&mut *schema),
            Some(name) => schema.get_mut("definitions").and_then(|all| all.get_mut(name)),
        };
        if let Some(place) = place {
            add(place, theirs, ours);
        }
    }
}

fn add(place: &mut Json, theirs: &str, ours: &str) {
    for branches in ["oneOf", "anyOf"] {
        let branches = place.get_mut(branches).and_then(Json::as_array_mut).into_iter().flatten();
        branches.for_each(|branch| add(branch, theirs, ours));
    }
    let Some(properties) = place.get_mut("properties").and_then(Json::as_object_mut) else { return };
    if let Some(Json::Object(own)) = properties.get(ours) {
        let mut copy: Map<String, Json> = own.clone();
        copy.insert("description".to_owned(), format!("The name that Frictionless has for `{ours}`.").into());
        properties.insert(theirs.to_owned(), Json::Object(copy));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::Document;

    #[test]
    fn both_names_are_read_as_one() {
        let text = "primaryKey = [\"nr\"]\nformat = { kind = \"csv\", decimalChar = \",\", delimiter = \"\\t\" }\n\
                    [[columns]]\nname = \"nr\"\nmissingValues = [\"-\"]\nformat = { decimalChar = 1 }\n\
                    [[checks]]\nminLength = 1\nmaxLength = 2\nmax_length = 3\n";
        let (mut document, problems) = Document::parse("x.toml", text.to_owned());
        assert!(problems.is_empty());
        rename(&mut document.root);
        assert_eq!(
            document.root.json(),
            json!({
                "key": ["nr"],
                "format": { "kind": "csv", "decimal": ",", "separator": "\t" },
                "columns": [{ "name": "nr", "null": ["-"], "format": { "decimalChar": 1 } }],
                "checks": [{ "min_length": 1, "maxLength": 2, "max_length": 3 }],
            })
        );
    }

    #[test]
    fn schemas_know_both_names() {
        let schema = crate::schema::dataset();
        assert!(schema["properties"]["primaryKey"].is_object(), "the file");
        assert!(schema["definitions"]["Column"]["properties"]["missingValues"].is_object(), "columns");
        assert!(schema["definitions"]["Check"]["properties"]["minLength"].is_object(), "checks");
        let csv = &schema["definitions"]["Format"]["oneOf"][0]["properties"];
        assert_eq!(csv["decimalChar"]["default"], csv["decimal"]["default"]);
    }
}
