//! Attributes of a group → the cells of a row.

use std::collections::{BTreeSet, HashMap, HashSet};

use config::{Column, ColumnType};
use serde_json::Value as Json;

use super::{
    super::{
        found::{Found, add, cell},
        rows::{Cell, readable},
    },
    group::Group,
    item::{self, Item},
};

/// A group's own elements that are no attributes.
const NOT_ATTRIBUTES: [&str; 6] = ["REF", "ENHET", "ENHET-H", "ENHET-D", "TRANSPAR", "KOORDSYS"];
/// Attributes of the head that hold for all groups that do not say otherwise.
const INHERITED: [&str; 1] = ["KVALITET"];

/// What stands before the paths of the head's attributes.
const HEAD: &str = "@HODE.";

/// Column, and place of the name among the column's alternatives.
type Slot = (usize, usize);

/// Finds the declared columns among the attributes.
#[derive(Debug)]
pub(super) struct Wanted {
    names: Vec<String>,
    slots: HashMap<String, Vec<Slot>>,
    /// Names of which single values are asked for by their places.
    placed: HashSet<String>,
    /// Somebody asks for an attribute of the head.
    asks_head: bool,
    /// Names of the second level that somebody asks for.
    tops: HashSet<String>,
    geometries: Vec<bool>,
    nested: Vec<bool>,
    seen: Vec<bool>,
    undeclared: BTreeSet<String>,
}

impl Wanted {
    /// The columns that may be read; those of class `secret` count as declared.
    pub(super) fn new(columns: &[Column]) -> Self {
        let mut slots: HashMap<String, Vec<Slot>> = HashMap::new();
        let mut placed = HashSet::new();
        for (at, column) in readable(columns).enumerate() {
            for (rank, name) in column.source_names().into_iter().enumerate() {
                let path = name.trim().to_uppercase();
                if let Some((base, place)) = path.rsplit_once('.')
                    && place.bytes().all(|byte| byte.is_ascii_digit())
                {
                    placed.insert(base.to_owned());
                }
                slots.entry(path).or_default().push((at, rank));
            }
        }
        let first = |name: &str| name.trim().to_uppercase().split('.').next().unwrap_or_default().to_owned();
        let names: Vec<String> = readable(columns).map(|column| column.name.as_str().to_owned()).collect();
        Self {
            asks_head: slots.keys().any(|path| path.starts_with(HEAD)),
            slots,
            placed,
            tops: columns.iter().flat_map(Column::source_names).map(first).collect(),
            geometries: readable(columns).map(|column| matches!(column.kind, ColumnType::Geometry { .. })).collect(),
            nested: readable(columns).map(|column| column.nested).collect(),
            seen: vec![false; names.len()],
            names,
            undeclared: BTreeSet::new(),
        }
    }

    /// The cells of a group; `geometry` is taken for each column that is one.
    pub(super) fn cells(&mut self, group: &Group, head: &[Item], geometry: &Cell<'static>) -> Vec<Cell<'static>> {
        let mut found: Vec<Option<Found>> = vec![None; self.names.len()];
        self.own(group, &mut found);
        self.walk(&group.items, "", &mut found);
        if self.asks_head {
            self.walk(head, HEAD, &mut found);
        }
        for (at, item) in head.iter().enumerate() {
            let name = item.key.as_str();
            let inherited = INHERITED.contains(&name) && group.item(name).is_none() && item.level == 2;
            if inherited {
                let (inner, own) = (item::below(head, at).len(), std::slice::from_ref(item));
                self.walk(head.get(at..=at + inner).unwrap_or(own), "", &mut found);
            }
        }
        let columns = found.into_iter().zip(self.geometries.iter().zip(&self.nested));
        let mut cells = Vec::with_capacity(self.names.len());
        for ((found, (is_geometry, nested)), seen) in columns.zip(&mut self.seen) {
            *seen |= found.is_some() || (*is_geometry && !matches!(geometry, Cell::Null));
            cells.push(if *is_geometry { geometry.clone() } else { cell(found, *nested) });
        }
        cells
    }

    /// Columns that no group had so far.
    pub(super) fn missing(&self) -> Vec<String> {
        self.names.iter().zip(&self.seen).filter(|(_, seen)| !**seen).map(|(name, _)| name.clone()).collect()
    }

    /// Attributes of the second level that no column asks for.
    pub(super) fn undeclared(&self) -> &BTreeSet<String> {
        &self.undeclared
    }

    /// The group's type and number, as attributes.
    fn own(&self, group: &Group, found: &mut [Option<Found>]) {
        self.note("@GRUPPE", Some(&group.name), found);
        let serial = group.serial.map(|serial| serial.to_string());
        self.note("@NUMMER", serial.as_deref(), found);
    }

    fn walk(&mut self, items: &[Item], prefix: &str, found: &mut [Option<Found>]) {
        for (at, (path, item)) in item::paths(items).enumerate() {
            if item.level == 2 && prefix.is_empty() && !self.tops.contains(&path) {
                self.unasked(&path, item);
            }
            let path = format!("{prefix}{path}");
            if self.placed.contains(&path) {
                for place in 0..item.values.len() {
                    self.note(&format!("{path}.{}", place + 1), item.at(place), found);
                }
            }
            if self.slots.contains_key(&path) {
                self.item(&path, items, at, found);
            }
        }
    }

    /// An item that a column asks for; with elements below it, it is a value only for a column that takes such.
    fn item(&self, path: &str, items: &[Item], at: usize, found: &mut [Option<Found>]) {
        let inner = item::below(items, at);
        if inner.is_empty() {
            self.note(path, items.get(at).and_then(Item::text).as_deref(), found);
            return;
        }
        for (column, rank) in self.slots.get(path).into_iter().flatten().copied() {
            let Some(slot) = found.get_mut(column) else { continue };
            add(slot, rank, Some(item::object(inner)));
        }
    }

    fn note(&self, path: &str, value: Option<&str>, found: &mut [Option<Found>]) {
        for (column, rank) in self.slots.get(path).into_iter().flatten().copied() {
            if let Some(slot) = found.get_mut(column) {
                add(slot, rank, value.map(Json::from));
            }
        }
    }

    fn unasked(&mut self, path: &str, item: &Item) {
        let plain = path != "OBJTYPE" && !NOT_ATTRIBUTES.contains(&path);
        if plain && !self.undeclared.contains(&item.name) {
            self.undeclared.insert(item.name.clone());
        }
    }
}
