//! The declared columns as a tree of element names.
//!
//! In GML properties and types take turns (`identifikasjon/Identifikasjon/lokalId`); a path may leave the types out.

use std::collections::{BTreeSet, HashSet};

use config::{Column, ColumnType};

use super::super::{found::Found, rows::readable};

/// Place of a path in the tree.
pub(super) type Node = usize;

/// Column, and place of the path among the column's alternatives.
pub(super) type Slot = (usize, usize);

/// One name on the way of paths.
#[derive(Debug, Default)]
struct Step {
    children: Vec<(String, Node)>,
    columns: Vec<Slot>,
}

/// The columns that may be read.
#[derive(Debug)]
pub(super) struct Wanted {
    steps: Vec<Step>,
    names: Vec<String>,
    geometries: Vec<bool>,
    nested: Vec<bool>,
    seen: Vec<bool>,
    /// Geometries that are read from whichever property comes first.
    anywhere: Vec<usize>,
    undeclared: BTreeSet<String>,
}

impl Wanted {
    /// The columns that may be read; those of class `secret` count as declared.
    pub(super) fn new(columns: &[Column]) -> Self {
        let is_geometry = |column: &Column| matches!(column.kind, ColumnType::Geometry { .. });
        let names: Vec<String> = readable(columns).map(|column| column.name.as_str().to_owned()).collect();
        let mut wanted = Self {
            steps: vec![Step::default()],
            geometries: readable(columns).map(is_geometry).collect(),
            nested: readable(columns).map(|column| column.nested).collect(),
            seen: vec![false; names.len()],
            names,
            anywhere: Vec::new(),
            undeclared: BTreeSet::new(),
        };
        for (at, column) in readable(columns).enumerate() {
            if is_geometry(column) && column.from.is_empty() {
                wanted.anywhere.push(at);
                continue;
            }
            for (rank, path) in column.source_names().into_iter().enumerate() {
                let node = wanted.enter(path);
                if let Some(step) = wanted.steps.get_mut(node) {
                    step.columns.push((at, rank));
                }
            }
        }
        for path in columns.iter().flat_map(Column::source_names) {
            let first = path.split('.').next().unwrap_or_default();
            wanted.enter(first);
        }
        wanted
    }

    /// The place of a path, which is made where there is none.
    fn enter(&mut self, path: &str) -> Node {
        let mut node = 0;
        for name in segments(path) {
            node = self.child(node, &name).unwrap_or_else(|| {
                let made = self.steps.len();
                self.steps.push(Step::default());
                if let Some(step) = self.steps.get_mut(node) {
                    step.children.push((name, made));
                }
                made
            });
        }
        node
    }

    /// The place of a name after a place.
    pub(super) fn child(&self, node: Node, name: &str) -> Option<Node> {
        let children = &self.steps.get(node)?.children;
        children.iter().find(|(known, _)| known == name).map(|(_, child)| *child)
    }

    /// The columns whose path ends at a place: geometries, or others.
    pub(super) fn slots(&self, node: Node, geometry: bool) -> impl Iterator<Item = Slot> + '_ {
        let columns = self.steps.get(node).map(|step| step.columns.as_slice()).unwrap_or_default();
        columns.iter().copied().filter(move |(at, _)| self.is_geometry(*at) == geometry)
    }

    /// Geometries that are read from whichever property comes first.
    pub(super) fn anywhere(&self) -> &[usize] {
        &self.anywhere
    }

    /// True if a column takes values with members.
    pub(super) fn is_nested(&self, column: usize) -> bool {
        self.nested.get(column).copied().unwrap_or_default()
    }

    /// True if a column is a geometry.
    pub(super) fn is_geometry(&self, column: usize) -> bool {
        self.geometries.get(column).copied().unwrap_or_default()
    }

    /// How many columns there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The last names of the paths of geometries.
    pub(super) fn properties(&self) -> HashSet<String> {
        let steps = self.steps.iter().flat_map(|step| &step.children);
        let last = steps.filter(|(_, node)| self.slots(*node, true).next().is_some());
        last.map(|(name, _)| name.clone()).collect()
    }

    /// A feature had something for these columns.
    pub(super) fn saw(&mut self, found: &[Option<Found>], geometry: impl Fn(usize) -> bool) {
        for (at, seen) in self.seen.iter_mut().enumerate() {
            *seen |= found.get(at).is_some_and(Option::is_some) || geometry(at);
        }
    }

    /// Columns that no feature had so far.
    pub(super) fn missing(&self) -> Vec<String> {
        self.names.iter().zip(&self.seen).filter(|(_, seen)| !**seen).map(|(name, _)| name.clone()).collect()
    }

    /// A property of a feature that no column asks for.
    pub(super) fn unasked(&mut self, name: &str) {
        if !self.undeclared.contains(name) {
            self.undeclared.insert(name.to_owned());
        }
    }

    /// Properties that no column asks for.
    pub(super) fn undeclared(&self) -> &BTreeSet<String> {
        &self.undeclared
    }
}

/// The names of a path without prefixes; an attribute's begins with `@`.
fn segments(path: &str) -> Vec<String> {
    let plain = |name: &str| name.rsplit(':').next().unwrap_or_default().trim().to_owned();
    if path.trim() == "gml:id" {
        return vec!["@id".to_owned()];
    }
    let mut out = Vec::new();
    for segment in path.split('.') {
        let (element, attribute) = segment.split_once('@').map_or((segment, None), |(name, at)| (name, Some(at)));
        out.extend(Some(plain(element)).filter(|name| !name.is_empty()));
        out.extend(attribute.map(|attribute| format!("@{}", plain(attribute))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_names_and_attributes() {
        assert_eq!(segments("identifikasjon.lokalId"), ["identifikasjon", "lokalId"]);
        assert_eq!(segments("app:areal@uom"), ["areal", "@uom"]);
        assert_eq!(segments("planområde.@xlink:href"), ["planområde", "@href"]);
        assert_eq!(segments("@gml:id"), ["@id"]);
        assert_eq!(segments("gml:id"), ["@id"]);
    }
}
