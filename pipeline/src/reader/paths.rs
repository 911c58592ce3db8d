//! Dotted paths into JSON objects, walked together.

use std::fmt;

use serde::{
    Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

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
    /// In the order of [`rank`], so that a name is found without hashing it.
    children: Vec<(String, Paths)>,
    /// Columns whose path ends here, with its place among the column's alternatives.
    columns: Vec<(usize, usize)>,
    /// Members without a declared path are reported here.
    watched: bool,
}

impl Paths {
    /// Adds a path of a column; `column` is `None` for paths that are known but not read.
    pub(super) fn add<'p>(&mut self, mut path: impl Iterator<Item = &'p str>, rank: usize, column: Option<usize>) {
        if let Some(node) = path.try_fold(self, Self::enter) {
            node.columns.extend(column.map(|column| (column, rank)));
        }
    }

    /// Reports undeclared members of the object at a path.
    pub(super) fn watch(&mut self, path: &[&str]) {
        if let Some(node) = path.iter().copied().try_fold(self, Self::enter) {
            node.watched = true;
        }
    }

    /// The child of a name, which is made where there is none.
    fn enter<'p>(&'p mut self, name: &str) -> Option<&'p mut Self> {
        let found = self.children.binary_search_by(|(known, _)| rank(known).cmp(&rank(name)));
        let at = found.unwrap_or_else(|at| {
            self.children.insert(at, (name.to_owned(), Self::default()));
            at
        });
        self.children.get_mut(at).map(|(_, child)| child)
    }

    fn child(&self, name: &str) -> Option<&Self> {
        let at = self.children.binary_search_by(|(known, _)| rank(known).cmp(&rank(name))).ok()?;
        self.children.get(at).map(|(_, child)| child)
    }

    /// Walks the text of an object in one pass; fills `found` by column and calls `undeclared` with names that no path
    /// has.
    pub(super) fn walk_object<'a>(
        &self,
        object: &'a str,
        found: &mut [Found<'a>],
        undeclared: &mut dyn FnMut(&str),
    ) -> serde_json::Result<()> {
        let mut deserializer = serde_json::Deserializer::from_str(object);
        deserializer.deserialize_map(Walk { node: self, found, undeclared })?;
        deserializer.end()
    }

    fn walk<'a>(
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
            Some(b'{') => self.walk_object(raw.get(), found, undeclared),
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
}

/// What names are sorted by: most are told apart by their lengths.
fn rank(name: &str) -> (usize, &str) {
    (name.len(), name)
}

/// An object under way.
struct Walk<'w, 'a> {
    node: &'w Paths,
    found: &'w mut [Found<'a>],
    undeclared: &'w mut dyn FnMut(&str),
}

impl<'de> Visitor<'de> for Walk<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { node, found, undeclared } = self;
        while let Some(child) = map.next_key_seed(Step { node, undeclared: &mut *undeclared })? {
            let Some(child) = child else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            child.walk(map.next_value()?, found, undeclared).map_err(de::Error::custom)?;
        }
        Ok(())
    }
}

/// A member's name on the way to its path, if it has one.
struct Step<'w, 'n> {
    node: &'w Paths,
    undeclared: &'n mut dyn FnMut(&str),
}

impl<'w, 'de> DeserializeSeed<'de> for Step<'w, '_> {
    type Value = Option<&'w Paths>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'w> Visitor<'_> for Step<'w, '_> {
    type Value = Option<&'w Paths>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let child = self.node.child(name);
        if child.is_none() && self.node.watched {
            (self.undeclared)(name);
        }
        Ok(child)
    }
}
