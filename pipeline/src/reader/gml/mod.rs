//! GML 3.2 application schemas: features from a file or a WFS, in any of their envelopes.
//!
//! One feature is one row. A document is read once; if a geometry refers to another one, it is looked through twice more
//! to put away what is referred to. All geometries are given in the coordinate system of the first one.

mod assemble;
mod controls;
mod cursor;
mod curve;
mod document;
mod feature;
mod features;
mod gather;
mod library;
mod parser;
mod scope;
mod shape;
#[cfg(test)]
mod tests;
mod wanted;

use std::{borrow::Cow, collections::BTreeSet};

use catalog::crs::Crs;
use config::{Column, GmlFormat};

use self::{
    cursor::Source,
    feature::Feature,
    features::{Features, Outcome},
    wanted::Wanted,
};
use super::{
    Input, Limits, MarkKind, Note, RawBatch, Reader,
    found::cell,
    rows::{Cell, Rows},
    shape::{
        BATCH_POSITIONS,
        place::{Misplaced, Placer},
    },
};
use crate::Result;

/// Reads the features of a GML document.
pub(super) struct GmlReader {
    source: Source,
    features: Features,
    wanted: Wanted,
    placer: Placer,
    rows: Rows,
    /// Types that are wanted; none means all.
    types: Vec<String>,
    /// Wanted types of which no feature came so far.
    unseen: BTreeSet<String>,
    /// Types of the features that came.
    kinds: BTreeSet<String>,
    missing: Vec<String>,
    undeclared: Vec<String>,
    ended: bool,
    first: Option<RawBatch>,
}

impl GmlReader {
    pub(super) fn open(input: Input<'_>, format: &GmlFormat, columns: &[Column], limits: Limits) -> Result<Self> {
        let source = Source { file: input.name.to_owned(), path: input.path.to_owned(), limits };
        let wanted = Wanted::new(columns);
        let types: Vec<String> = format.objects.iter().map(|name| name.trim().to_owned()).collect();
        let mut reader = Self {
            features: Features::open(&source, format, wanted.properties())?,
            wanted,
            placer: Placer::default(),
            rows: Rows::new(input.name, columns, limits),
            unseen: types.iter().cloned().collect(),
            types,
            kinds: BTreeSet::new(),
            missing: Vec::new(),
            undeclared: Vec::new(),
            ended: false,
            first: None,
            source,
        };
        reader.first = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> Result<Option<RawBatch>> {
        self.features.spent = 0;
        while !self.ended && !self.rows.is_full() && self.features.spent < BATCH_POSITIONS {
            self.row()?;
        }
        self.missing = self.wanted.missing();
        self.undeclared = self.wanted.undeclared().iter().cloned().collect();
        self.rows.take()
    }

    /// Takes the next feature.
    fn row(&mut self) -> Result<()> {
        let types = &self.types;
        let is_wanted = |name: &str| types.is_empty() || types.iter().any(|known| known == name);
        let Some(feature) = self.features.next(&mut self.wanted, &is_wanted)? else {
            self.finish();
            return Ok(());
        };
        self.unseen.remove(&feature.name);
        if !self.kinds.contains(&feature.name) {
            self.kinds.insert(feature.name.clone());
        }
        self.wanted.saw(&feature.found, |at| feature.taken.get(at).is_some_and(Option::is_some));
        let most = self.source.limits.max_columns;
        if self.wanted.undeclared().len().max(self.kinds.len()) > most {
            let reason = format!("more than {most} properties or types of features");
            return Err(self.source.fault("format-too-many-columns", feature.line, reason));
        }
        let line = feature.line;
        let cells = self.cells(feature)?;
        self.rows.push(line, &cells)
    }

    fn cells(&mut self, mut feature: Feature) -> Result<Vec<Cell<'static>>> {
        let label = feature.label();
        let mut cells = Vec::with_capacity(self.wanted.len());
        for at in 0..self.wanted.len() {
            if self.wanted.is_geometry(at) {
                let taken = feature.taken.get_mut(at).and_then(Option::take);
                let outcome = self.features.geometry(taken, &label)?;
                cells.push(self.place(outcome, &label));
                continue;
            }
            let found = feature.found.get_mut(at).and_then(Option::take);
            cells.push(self.bounded(cell(found, self.wanted.is_nested(at))));
        }
        Ok(cells)
    }

    /// A geometry in the system of the first one.
    fn place(&mut self, outcome: Outcome, label: &str) -> Cell<'static> {
        let placed = match outcome {
            Outcome::None => return Cell::Null,
            Outcome::Broken => return Cell::Bad(MarkKind::Geometry),
            Outcome::Placed(placed) => placed,
        };
        let notes = &mut self.features.notes;
        match self.placer.place(placed.crs, &placed.geometry) {
            Ok((wkb, moved)) => {
                if moved {
                    let message =
                        || format!("{label} is in {}; it was brought into the first one's system", placed.crs);
                    notes.tell("format-gml-mixed", message);
                }
                Cell::Wkb(wkb)
            }
            Err(Misplaced::Outside) => {
                notes.tell("format-outside", || format!("{label} lies outside of northern Europe"));
                Cell::Bad(MarkKind::Geometry)
            }
            Err(Misplaced::Heights) => {
                let message = || format!("{label} has heights that are counted from something else than the others'");
                notes.tell("format-heights", message);
                Cell::Bad(MarkKind::Geometry)
            }
        }
    }

    /// One value that is too long must not keep the other rows back.
    fn bounded(&self, cell: Cell<'static>) -> Cell<'static> {
        match cell {
            Cell::Text(text) if text.len() > self.source.limits.max_cell_bytes => Cell::Bad(MarkKind::TooLong),
            Cell::Text(Cow::Owned(text)) if text.contains('\u{7f}') => Cell::Bad(MarkKind::Control),
            other => other,
        }
    }

    fn finish(&mut self) {
        self.ended = true;
        for name in std::mem::take(&mut self.unseen) {
            self.features.notes.tell("format-gml-object", || format!("the file has no feature of type '{name}'"));
        }
    }
}

impl Reader for GmlReader {
    fn missing(&self) -> &[String] {
        &self.missing
    }

    fn undeclared(&self) -> &[String] {
        &self.undeclared
    }

    fn kinds(&self) -> &BTreeSet<String> {
        &self.kinds
    }

    fn notes(&self) -> &[Note] {
        &self.features.notes.0
    }

    fn crs(&self) -> Option<Crs> {
        self.placer.crs()
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        if let Some(first) = self.first.take() { Ok(Some(first)) } else { self.read() }
    }
}
