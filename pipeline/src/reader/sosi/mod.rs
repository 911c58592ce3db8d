//! SOSI: the Norwegian text format of map data, versions 2 to 5.
//!
//! One object is one row. Areas may come before the curves that bound them, so a file is read twice: first all shapes
//! are put away on disk by their serial numbers, then rows are made. Positions stay in the system of the file.

mod assemble;
mod charset;
mod decimal;
mod feature;
mod filter;
mod group;
mod head;
mod item;
mod kind;
pub(super) mod koordsys;
mod lexer;
mod row;
mod shape;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use catalog::{
    crs::{Crs, Within},
    table::Geometry,
};
use config::{Column, SosiFormat};

use self::{feature::Features, filter::Filter, group::Group, item::Item, row::Wanted};
use super::{
    Input, Limits, MarkKind, Note, RawBatch, Reader,
    fault::fault,
    rows::{Cell, Rows},
    shape::{
        BATCH_POSITIONS,
        place::{lies_north, north},
    },
};
use crate::Result;

/// Reads the objects of a SOSI file.
pub(super) struct SosiReader {
    file: String,
    features: Features,
    filter: Filter,
    wanted: Wanted,
    rows: Rows,
    crs: Crs,
    /// From there to longitude and latitude.
    north: Within,
    head: Vec<Item>,
    /// Wanted types of which no object came so far.
    unseen: BTreeSet<String>,
    /// Types of the objects that came.
    kinds: BTreeSet<String>,
    max_columns: usize,
    missing: Vec<String>,
    undeclared: Vec<String>,
    ended: bool,
    first: Option<RawBatch>,
}

impl SosiReader {
    pub(super) fn open(input: Input<'_>, format: &SosiFormat, columns: &[Column], limits: Limits) -> Result<Self> {
        let features = Features::open(input, format.koordsys, format.arc_tolerance)?;
        let (frame, line) = features.frame();
        let filter = Filter::new(&format.objects);
        let crs = frame.crs(input.name, line)?;
        let mut reader = Self {
            file: input.name.to_owned(),
            crs,
            north: north(crs),
            head: features.head().to_vec(),
            unseen: filter.all().map(str::to_owned).collect(),
            features,
            filter,
            wanted: Wanted::new(columns),
            rows: Rows::new(input.name, columns, limits),
            kinds: BTreeSet::new(),
            max_columns: limits.max_columns,
            missing: Vec::new(),
            undeclared: Vec::new(),
            ended: false,
            first: None,
        };
        reader.first = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> Result<Option<RawBatch>> {
        self.features.rest();
        while !self.ended && !self.rows.is_full() && self.features.spent() < BATCH_POSITIONS {
            self.row()?;
        }
        self.missing = self.wanted.missing();
        self.undeclared = self.wanted.undeclared().iter().cloned().collect();
        self.rows.take()
    }

    /// Takes the next object.
    fn row(&mut self) -> Result<()> {
        let filter = &self.filter;
        let Some(feature) = self.features.next(&|group| filter.takes(group))? else {
            self.finish();
            return Ok(());
        };
        let group = feature.group;
        for name in self.filter.of(&group) {
            self.unseen.remove(name);
        }
        if let Some(kind) = group.item("OBJTYPE").and_then(Item::text).filter(|kind| !self.kinds.contains(kind)) {
            self.kinds.insert(kind);
        }
        let geometry = match feature.geometry {
            Err(_) => Cell::Bad(MarkKind::Geometry),
            Ok(None) => Cell::Null,
            Ok(Some(geometry)) => self.placed(&group, &geometry),
        };
        let cells = self.wanted.cells(&group, &self.head, &geometry);
        if self.wanted.undeclared().len().max(self.kinds.len()) > self.max_columns {
            let reason = format!("more than {} attributes or types of objects", self.max_columns);
            return Err(fault(&self.file, "format-too-many-columns", Some(group.line), reason));
        }
        self.rows.push(group.line, &cells)
    }

    fn placed(&mut self, group: &Group, geometry: &Geometry) -> Cell<'static> {
        if lies_north(&mut self.north, geometry) {
            return Cell::Wkb(geometry.to_wkb());
        }
        let message = || format!("{} lies outside of northern Europe", group.label());
        self.features.notes.tell("format-sosi-coordinates", message);
        Cell::Bad(MarkKind::Geometry)
    }

    fn finish(&mut self) {
        self.ended = true;
        for name in std::mem::take(&mut self.unseen) {
            self.features.notes.tell("format-sosi-object", || format!("the file has no object of type '{name}'"));
        }
    }
}

impl Reader for SosiReader {
    fn missing(&self) -> &[String] {
        &self.missing
    }

    fn undeclared(&self) -> &[String] {
        &self.undeclared
    }

    fn notes(&self) -> &[Note] {
        &self.features.notes.0
    }

    fn kinds(&self) -> &BTreeSet<String> {
        &self.kinds
    }

    fn crs(&self) -> Option<Crs> {
        Some(self.crs)
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        if let Some(first) = self.first.take() { Ok(Some(first)) } else { self.read() }
    }
}
