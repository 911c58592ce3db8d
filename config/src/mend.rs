//! Puts a file with wrong keys and values right as far as can be guessed, so that the other checks still see the rest.
//!
//! What comes out is looked at, never run.

use serde_json::{Map, Value as Json};

use crate::node::{Entry, Node, Value};

/// Texts of which one fits every pattern and format of the schemas.
const TEXTS: [&str; 6] = ["x", "000000000", "0000", "2000-01-01", "https://x.invalid/", "127.0.0.1:1"];

/// What a walk over a tree found wrong, by reference into that tree.
#[derive(Debug, Default)]
pub(crate) struct Wrong<'a> {
    /// Values that are not allowed.
    pub(crate) values: Vec<&'a Node>,
    /// Keys that nothing reads, each with the key that was probably meant.
    pub(crate) keys: Vec<(&'a Entry, Option<String>)>,
}

/// A tree put right.
#[derive(Debug, Default)]
pub(crate) struct Mended {
    /// The content.
    pub(crate) value: Json,
    /// Dotted paths at which something was left out or made up.
    pub(crate) guessed: Vec<String>,
}

/// Leaves out what is wrong, reads misspelt keys as what was meant, and makes up what must be there.
pub(crate) fn mend(root: &Node, wrong: &Wrong<'_>, schema: &Json) -> Mended {
    let mut mending = Mending { wrong, root: schema, path: Vec::new(), guessed: Vec::new() };
    let value = mending.value(root, schema).unwrap_or_default();
    Mended { value, guessed: mending.guessed }
}

/// The schema behind references and one-branch combinations.
pub(crate) fn resolve<'a>(root: &'a Json, mut schema: &'a Json) -> &'a Json {
    for _ in 0..16 {
        let target = match schema.get("$ref").and_then(Json::as_str) {
            Some(reference) => root.pointer(reference.trim_start_matches('#')),
            None => schema.pointer("/allOf/0"),
        };
        let Some(target) = target else { return schema };
        schema = target;
    }
    schema
}

struct Mending<'a> {
    wrong: &'a Wrong<'a>,
    root: &'a Json,
    path: Vec<String>,
    guessed: Vec<String>,
}

impl<'a> Mending<'a> {
    fn value(&mut self, node: &Node, schema: &'a Json) -> Option<Json> {
        if self.wrong.values.iter().any(|wrong| std::ptr::eq(*wrong, node)) {
            return None;
        }
        let schema = resolve(self.root, schema);
        match &node.value {
            Value::Table(entries) => self.table(node, entries, self.branch(node, schema)?),
            Value::Array(items) => {
                let inner = schema.get("items");
                let mut mended = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    mended.extend(self.step(&at.to_string(), true, inner, |own| own.value(item, inner?)));
                }
                Some(Json::Array(mended))
            }
            _ => Some(node.json()),
        }
    }

    /// The schema of a table, told by its tag where there are several.
    fn branch(&self, node: &Node, schema: &'a Json) -> Option<&'a Json> {
        let Some(branches) = schema.get("oneOf").and_then(Json::as_array) else { return Some(schema) };
        let fits = |branch: &&Json| {
            let mut tags = branch.get("properties").and_then(Json::as_object).into_iter().flatten();
            tags.any(|(key, inner)| {
                let constant = inner.get("const").and_then(Json::as_str);
                constant.is_some() && node.entry(key).and_then(|entry| entry.node.text()) == constant
            })
        };
        branches.iter().map(|branch| resolve(self.root, branch)).find(fits)
    }

    fn table(&mut self, node: &Node, entries: &[Entry], schema: &'a Json) -> Option<Json> {
        let properties = schema.get("properties").and_then(Json::as_object);
        let required: Vec<&str> =
            schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
        let mut mended = Map::new();
        for entry in entries {
            let meant = match self.wrong.keys.iter().find(|(wrong, _)| std::ptr::eq(*wrong, entry)) {
                Some((_, Some(meant))) if node.entry(meant).is_none() => meant.as_str(),
                Some(_) => continue,
                None => &entry.key,
            };
            let known = properties.and_then(|known| known.get(meant));
            let open = || first_pattern(schema).or_else(|| schema.get("additionalProperties"));
            let Some(inner) = known.or_else(open) else { continue };
            let must = required.contains(&meant);
            let value = self.step(meant, must, Some(inner), |own| own.value(&entry.node, inner));
            mended.extend(value.map(|value| (meant.to_owned(), value)));
        }
        for key in required {
            if !mended.contains_key(key) {
                let inner = properties.and_then(|known| known.get(key));
                mended.insert(key.to_owned(), self.step(key, true, inner, |_| None)?);
            }
        }
        Some(Json::Object(mended))
    }

    /// A value one step down, made up where there is none and there must be one.
    fn step(
        &mut self,
        step: &str,
        must: bool,
        schema: Option<&'a Json>,
        value: impl FnOnce(&mut Self) -> Option<Json>,
    ) -> Option<Json> {
        self.path.push(step.to_owned());
        let mut found = value(self);
        if found.is_none() {
            self.guessed.push(self.path.join("."));
            found = schema.filter(|_| must).and_then(|schema| blank(self.root, schema));
        }
        self.path.pop();
        found
    }
}

fn first_pattern(schema: &Json) -> Option<&Json> {
    schema.get("patternProperties").and_then(Json::as_object).and_then(|patterns| patterns.values().next())
}

/// The plainest value that a schema allows.
fn blank(root: &Json, schema: &Json) -> Option<Json> {
    let schema = resolve(root, schema);
    let first = |key: &str| schema.get(key).and_then(Json::as_array).and_then(|list| list.first());
    let given = schema.get("default").or_else(|| schema.get("const")).or_else(|| first("enum"));
    if let Some(given) = given {
        return Some(given.clone());
    }
    if let Some(branch) = first("oneOf") {
        return blank(root, branch);
    }
    match schema.get("type").and_then(Json::as_str)? {
        "string" => text(schema),
        "integer" | "number" => Some(schema.get("minimum").cloned().unwrap_or_else(|| 0.into())),
        "boolean" => Some(false.into()),
        "array" => {
            let least = schema.get("minItems").and_then(Json::as_u64).unwrap_or(0);
            let item = schema.get("items").filter(|_| least > 0).and_then(|items| blank(root, items));
            Some(Json::Array(item.into_iter().collect()))
        }
        _ => table(root, schema),
    }
}

fn text(schema: &Json) -> Option<Json> {
    let pattern = schema.get("pattern").and_then(Json::as_str).and_then(|pattern| regex::Regex::new(pattern).ok());
    let fits = |text: &&&str| {
        let in_pattern = pattern.as_ref().is_none_or(|pattern| pattern.is_match(text));
        in_pattern && crate::limits::text(text, schema, "").is_none()
    };
    TEXTS.iter().find(fits).map(|text| (*text).into())
}

/// A table with all that must be there, and with all languages where it is a text for readers.
fn table(root: &Json, schema: &Json) -> Option<Json> {
    let properties = schema.get("properties")?.as_object()?;
    let required: Vec<&Json> = schema.get("required").and_then(Json::as_array).into_iter().flatten().collect();
    let is_text = properties.contains_key("nb");
    let wanted = properties.iter().filter(|(key, _)| is_text || required.iter().any(|name| name.as_str() == Some(key)));
    let members = wanted.map(|(key, inner)| Some((key.clone(), blank(root, inner)?)));
    members.collect::<Option<Map<_, _>>>().map(Json::Object)
}
