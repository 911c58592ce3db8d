//! The declared columns among the named fields of a layer.

use config::{Column, ColumnType};

use super::super::{header::locate, rows::readable};
use crate::Result;

/// What a declared column takes of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Take {
    /// Nothing: the layer has no such field.
    Nothing,
    /// One of the geometries, by its place among them.
    Geometry(usize),
    /// A field, by its place.
    Field(usize),
}

/// Where the declared columns stand.
#[derive(Debug)]
pub(in super::super) struct Fields {
    /// For each column that may be read, what it takes.
    pub(in super::super) takes: Vec<Take>,
    /// For each column that may be read, whether it may hold a list or an object.
    pub(in super::super) nested: Vec<bool>,
    /// Declared columns (published names) that the layer does not have.
    pub(in super::super) missing: Vec<String>,
    /// Fields of the layer that are not declared.
    pub(in super::super) undeclared: Vec<String>,
}

impl Fields {
    /// Finds the columns by the names of fields. A geometry has the name of one of `geometries`, or is the first of them
    /// whatever that is called.
    pub(in super::super) fn locate(
        file: &str,
        names: &[String],
        geometries: &[&str],
        columns: &[Column],
    ) -> Result<Self> {
        let layout = locate(file, 1, names, columns)?;
        let mut takes = Vec::with_capacity(layout.positions.len());
        let mut missing = layout.missing;
        for (column, position) in readable(columns).zip(layout.positions) {
            if !matches!(column.kind, ColumnType::Geometry { .. }) {
                takes.push(position.map_or(Take::Nothing, Take::Field));
                continue;
            }
            let own = column
                .source_names()
                .into_iter()
                .find_map(|name| geometries.iter().position(|geometry| geometry.trim() == name.trim()));
            let found = own.or((!geometries.is_empty()).then_some(0));
            takes.push(found.map_or(Take::Nothing, Take::Geometry));
            missing.retain(|name| found.is_none() || name != column.name.as_str());
        }
        let undeclared = layout.undeclared.into_iter().filter(|name| !geometries.contains(&name.as_str())).collect();
        let nested = readable(columns).map(|column| column.nested).collect();
        Ok(Self { takes, nested, missing, undeclared })
    }

    /// Whether a column takes the geometry at a place.
    pub(in super::super) fn takes_geometry(&self) -> bool {
        self.takes.iter().any(|take| matches!(take, Take::Geometry(_)))
    }
}
