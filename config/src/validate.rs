//! Holds a file's tree against its JSON Schema, so that every wrong key and value is reported, each at its place.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value as Schema;

use crate::{
    document::Document,
    limits,
    mend::{self, Wrong},
    node::{Entry, Node, Value},
    problem::{self, Problems, closest, suggest},
};

/// A walk over one document.
pub(crate) struct Walk<'a> {
    document: &'a Document,
    schema: &'a Schema,
    /// The syntax is right, so a missing key is really missing.
    sound: bool,
    problems: Problems,
    wrong: Wrong<'a>,
    /// Patterns met so far: building one costs more than all its matches.
    patterns: BTreeMap<&'a str, Option<Regex>>,
}

impl<'a> Walk<'a> {
    /// A walk with the root of a schema.
    pub(crate) fn new(document: &'a Document, schema: &'a Schema, sound: bool) -> Self {
        Self {
            document,
            schema,
            sound,
            problems: Problems::default(),
            wrong: Wrong::default(),
            patterns: BTreeMap::new(),
        }
    }

    /// Every problem there is, and what is wrong in the tree.
    pub(crate) fn run(mut self) -> (Problems, Wrong<'a>) {
        self.node(&self.document.root, self.schema, "the file");
        (self.problems, self.wrong)
    }

    /// Reports a problem at a value.
    fn report(&mut self, code: &'static str, node: &'a Node, message: impl Into<String>, hint: Option<String>) {
        if code != problem::MISSING_KEY {
            self.wrong.values.push(node);
        }
        let span = if node.entries().is_empty() { node.span.clone() } else { node.span.start..node.span.start + 1 };
        self.problems.push(self.document.problem(code, span, message).maybe_hint(hint));
    }

    fn resolve(&self, schema: &'a Schema) -> &'a Schema {
        mend::resolve(self.schema, schema)
    }

    fn matches(&mut self, pattern: &'a str, text: &str) -> bool {
        let compiled = self.patterns.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }

    fn node(&mut self, node: &'a Node, schema: &'a Schema, name: &str) {
        let schema = self.resolve(schema);
        if let Some(branches) = schema.get("oneOf").and_then(Schema::as_array) {
            return self.one_of(node, branches, name);
        }
        if !self.typed(node, schema, name) {
            return;
        }
        match &node.value {
            Value::Table(entries) => self.table(node, entries, schema),
            Value::Array(items) => self.list(node, items, schema, name),
            Value::String(text) | Value::Datetime(text) => self.text(node, text, schema, name),
            Value::Integer(_) | Value::Float(_) => {
                if let Some(message) = limits::number(node, schema, name) {
                    self.report(problem::VALUE, node, message, None);
                }
            }
            Value::Boolean(_) => {}
        }
    }

    fn typed(&mut self, node: &'a Node, schema: &Schema, name: &str) -> bool {
        let Some(wanted) = schema.get("type").and_then(Schema::as_str) else { return true };
        let fits = match (&node.value, wanted) {
            (Value::String(_), "string")
            | (Value::Integer(_), "integer" | "number")
            | (Value::Float(_), "number")
            | (Value::Boolean(_), "boolean")
            | (Value::Array(_), "array")
            | (Value::Table(_), "object") => true,
            (Value::Datetime(_), "string") => schema.get("format").is_some_and(|format| format == "date"),
            _ => false,
        };
        if !fits {
            let message = format!("{name} must be {}, but is {}", limits::type_in_words(wanted), node.kind());
            self.report(problem::TYPE, node, message, limits::type_hint(node, wanted, schema, name));
        }
        fits
    }

    fn table(&mut self, node: &'a Node, entries: &'a [Entry], schema: &'a Schema) {
        let known = schema.get("properties").and_then(Schema::as_object);
        for entry in entries {
            if let Some(inner) = known.and_then(|known| known.get(&entry.key)) {
                self.node(&entry.node, inner, &format!("`{}`", entry.key));
            } else {
                self.additional(entry, schema);
            }
        }
        let required = schema.get("required").and_then(Schema::as_array).into_iter().flatten();
        for key in required.filter_map(Schema::as_str).filter(|key| node.entry(key).is_none()) {
            self.missing(node, key, known.and_then(|known| known.get(key)));
        }
    }

    fn missing(&mut self, node: &'a Node, key: &str, schema: Option<&Schema>) {
        if !self.sound {
            return;
        }
        let description = schema.and_then(|schema| schema.get("description")).and_then(Schema::as_str);
        let hint = description.map(|text| format!("`{key}`: {}", text.lines().next().unwrap_or_default()));
        self.report(problem::MISSING_KEY, node, format!("`{key}` is missing"), hint);
    }

    fn additional(&mut self, entry: &'a Entry, schema: &'a Schema) {
        let by_pattern = schema.get("patternProperties").and_then(Schema::as_object).into_iter().flatten().next();
        if let Some((pattern, inner)) = by_pattern {
            if self.matches(pattern, &entry.key) {
                return self.node(&entry.node, inner, &format!("`{}`", entry.key));
            }
            self.wrong.keys.push((entry, None));
            let message = format!("`{}` is not a valid name here", entry.key);
            let problem = self.document.problem(problem::VALUE, entry.key_span.clone(), message);
            return self.problems.push(problem.hint(format!("names fit the pattern {pattern}")));
        }
        match schema.get("additionalProperties") {
            Some(Schema::Bool(false)) => {
                let keys = schema.get("properties").and_then(Schema::as_object).into_iter().flatten();
                let keys: Vec<&str> = keys.map(|(key, _)| key.as_str()).collect();
                self.wrong.keys.push((entry, closest(&entry.key, keys.iter().copied()).map(str::to_owned)));
                let hint = suggest(&entry.key, keys);
                let message = format!("unknown key `{}`", entry.key);
                let problem = self.document.problem(problem::UNKNOWN_KEY, entry.key_span.clone(), message);
                self.problems.push(problem.maybe_hint(hint));
            }
            Some(inner @ Schema::Object(_)) => self.node(&entry.node, inner, &format!("`{}`", entry.key)),
            _ => {}
        }
    }

    fn list(&mut self, node: &'a Node, items: &'a [Node], schema: &'a Schema, name: &str) {
        let least = schema.get("minItems").and_then(Schema::as_u64).unwrap_or(0);
        if (items.len() as u64) < least {
            self.report(problem::VALUE, node, format!("{name} needs at least {least}"), None);
        }
        if schema.get("uniqueItems") == Some(&Schema::Bool(true)) {
            let texts: Vec<Option<&str>> = items.iter().map(Node::text).collect();
            for (at, item) in items.iter().enumerate() {
                let text = item.text().filter(|_| texts.iter().take(at).any(|earlier| *earlier == item.text()));
                if let Some(text) = text {
                    self.report(problem::VALUE, item, format!("`{text}` stands twice in {name}"), None);
                }
            }
        }
        if let Some(inner) = schema.get("items") {
            for item in items {
                self.node(item, inner, &format!("an item of {name}"));
            }
        }
    }

    fn text(&mut self, node: &'a Node, text: &str, schema: &'a Schema, name: &str) {
        if let Some(allowed) = schema.get("enum").and_then(Schema::as_array) {
            return self.closed(node, text, &allowed.iter().filter_map(Schema::as_str).collect::<Vec<_>>(), name);
        }
        if let Some((message, hint)) = limits::text(text, schema, name) {
            self.report(problem::VALUE, node, message, hint);
            return;
        }
        let pattern = schema.get("pattern").and_then(Schema::as_str);
        if pattern.is_some_and(|pattern| !self.matches(pattern, text)) {
            let rule = schema.get("x-rule").and_then(Schema::as_str).map(str::to_owned);
            let rule = rule.or_else(|| pattern.map(|pattern| format!("it must fit the pattern {pattern}")));
            self.report(problem::VALUE, node, format!("`{text}` is not allowed as {name}"), rule);
        }
    }

    fn closed(&mut self, node: &'a Node, text: &str, allowed: &[&str], name: &str) {
        if !allowed.contains(&text) {
            let hint = suggest(text, allowed.iter().copied());
            self.report(problem::VALUE, node, format!("`{text}` is not allowed as {name}"), hint);
        }
    }

    /// A closed list of texts, a table told apart by a tag, or both.
    fn one_of(&mut self, node: &'a Node, branches: &'a [Schema], name: &str) {
        let branches: Vec<&'a Schema> = branches.iter().map(|branch| self.resolve(branch)).collect();
        let texts: Vec<&str> = branches.iter().flat_map(|branch| texts_of(branch)).collect();
        let tables: Vec<(&str, &str, &'a Schema)> = branches.iter().filter_map(|branch| tagged(branch)).collect();
        match (&node.value, tables.first()) {
            (Value::Table(_), Some((tag, ..))) => self.tagged_table(node, tag, &tables),
            (Value::String(text), Some((tag, ..))) if tables.iter().any(|(_, value, _)| value == text) => {
                if !texts.contains(&text.as_str()) {
                    let hint = format!("write {{ {tag} = \"{text}\", … }}");
                    self.report(problem::TYPE, node, format!("`{text}` needs more settings as {name}"), Some(hint));
                }
            }
            (Value::String(text), _) if !texts.is_empty() => self.closed(node, text, &texts, name),
            (_, Some((tag, value, _))) => {
                let message = format!("{name} must be a table, but is {}", node.kind());
                self.report(problem::TYPE, node, message, Some(format!("write {{ {tag} = \"{value}\", … }}")));
            }
            _ => {
                let message = format!("{name} must be a text, but is {}", node.kind());
                self.report(problem::TYPE, node, message, suggest("", texts.iter().copied()));
            }
        }
    }

    fn tagged_table(&mut self, node: &'a Node, tag: &str, tables: &[(&str, &str, &'a Schema)]) {
        let values: Vec<&str> = tables.iter().map(|(_, value, _)| *value).collect();
        let Some(entry) = node.entry(tag) else {
            if self.sound {
                let hint = format!("`{tag}` is one of {}", values.join(", "));
                self.report(problem::MISSING_KEY, node, format!("`{tag}` is missing"), Some(hint));
            }
            return;
        };
        let text = entry.node.text();
        match tables.iter().find(|(_, value, _)| Some(*value) == text) {
            Some((.., schema)) => self.node(node, schema, tag),
            None if text.is_some() => self.closed(&entry.node, text.unwrap_or_default(), &values, &format!("`{tag}`")),
            None => {
                let message = format!("`{tag}` must be a text, but is {}", entry.node.kind());
                self.report(problem::TYPE, &entry.node, message, suggest("", values));
            }
        }
    }
}

/// The texts that a branch allows.
fn texts_of(branch: &Schema) -> Vec<&str> {
    let listed = branch.get("enum").and_then(Schema::as_array).into_iter().flatten();
    branch.get("const").into_iter().chain(listed).filter_map(Schema::as_str).collect()
}

/// The tag, its value and the schema of a table branch.
fn tagged(branch: &Schema) -> Option<(&str, &str, &Schema)> {
    let properties = branch.get("properties")?.as_object()?;
    properties.iter().find_map(|(key, schema)| Some((key.as_str(), schema.get("const")?.as_str()?, branch)))
}
