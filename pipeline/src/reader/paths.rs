//! Dotted paths into JSON objects, walked together.

use std::{collections::HashMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// Members of an object with their text.
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// What was found for one column.
#[derive(Clone, Copy, Default)]
pub(super) struct Found<'a> {
    /// Place of the path among the column's alternatives, and the value; `None` where there is none.
    value: Option<(usize, &'a RawValue)>,
    /// A path of the column was there, though perhaps with null.
    pub(super) there: bool,
}

impl<'a> Found<'a> {
    /// The value of the first path that has one.
    pub(super) fn value(self) -> Option<&'a RawValue> {
        self.value.map(|(_, value)| value)
    }
}

/// The declared paths as a tree.
#[derive(Debug, Default)]
pub(super) struct Paths {
    children: HashMap<String, Paths>,
    /// Columns whose path ends here, with its place among the column's alternatives.
    columns: Vec<(usize, usize)>,
    /// Members without a declared path are reported here.
    watched: bool,
}

impl Paths {
    /// Adds a path of a column; `column` is `None` for paths that are known but not read.
    pub(super) fn add<'p>(&mut self, path: impl Iterator<Item = &'p str>, rank: usize, column: Option<usize>) {
        let mut node = self;
        for segment in path {
            node = node.children.entry(segment.to_owned()).or_default();
        }
        node.columns.extend(column.map(|column| (column, rank)));
    }

    /// Reports undeclared members of the object at a path.
    pub(super) fn watch(&mut self, path: &[&str]) {
        let mut node = self;
        for segment in path {
            node = node.children.entry((*segment).to_owned()).or_default();
        }
        node.watched = true;
    }

    /// Walks a value; fills `found` by column and calls `undeclared` with names that no path has.
    pub(super) fn walk<'a>(
        &self,
        raw: &'a RawValue,
        found: &mut [Found<'a>],
        undeclared: &mut dyn FnMut(&str),
    ) -> serde_json::Result<()> {
        for (column, rank) in &self.columns {
            if let Some(found) = found.get_mut(*column) {
                found.there = true;
                if raw.get() != "null" && found.value.is_none_or(|(best, _)| *rank < best) {
                    found.value = Some((*rank, raw));
                }
            }
        }
        if self.children.is_empty() && !self.watched {
            return Ok(());
        }
        match raw.get().as_bytes().first() {
            Some(b'{') => self.walk_object(raw, found, undeclared),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(raw.get())?;
                for (segment, child) in &self.children {
                    if let Some(item) = segment.parse::<usize>().ok().and_then(|at| items.get(at)) {
                        child.walk(item, found, undeclared)?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn walk_object<'a>(
        &self,
        raw: &'a RawValue,
        found: &mut [Found<'a>],
        undeclared: &mut dyn FnMut(&str),
    ) -> serde_json::Result<()> {
        let Members(members) = serde_json::from_str(raw.get())?;
        for (name, value) in members {
            match self.children.get(&name) {
                Some(child) => child.walk(value, found, undeclared)?,
                None if self.watched => undeclared(&name),
                None => {}
            }
        }
        Ok(())
    }
}
