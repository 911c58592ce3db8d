//! Geometries of one coordinate system on their way into rows.

use catalog::{
    crs::{Crs, Transform},
    table::Geometry,
};
use config::Epsg;

use super::{
    super::{MarkKind, Note, fault::fault, flaw::Notes, rows::Cell},
    system_of_code,
};
use crate::Result;

/// What a file says of its coordinate system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum System {
    /// Longitude and latitude in WGS 84.
    Crs84,
    /// An EPSG code.
    Epsg(u32),
    /// A name that no code is known for.
    Named(String),
    /// Nothing.
    Unsaid,
}

/// Judges geometries of one system, and keeps what is to be told about those that cannot be used.
#[derive(Debug)]
pub(in super::super) struct Placing {
    crs: Crs,
    /// Knows where the system can be used.
    way: Transform,
    notes: Notes,
}

impl Placing {
    /// The system of a layer: what is declared, else what the file says; never a guess.
    pub(in super::super) fn new(file: &str, declared: Option<Epsg>, found: &System) -> Result<Self> {
        let unknown = |name: &str| {
            fault(file, "format-crs-unknown", None, format!("the coordinate system '{name}' is not known"))
        };
        let of_code = |code| system_of_code(code).ok_or_else(|| unknown(&format!("EPSG:{code}")));
        let crs = match (declared, found) {
            (Some(epsg), _) => of_code(epsg.code())?,
            (None, System::Epsg(code)) => of_code(*code)?,
            (None, System::Crs84) => Crs::CRS84,
            (None, System::Named(name)) => return Err(unknown(name)),
            (None, System::Unsaid) => {
                return Err(fault(file, "format-crs-unknown", None, "nothing says which coordinate system it is in"));
            }
        };
        Ok(Self { crs, way: Transform::new(crs, Crs::CRS84), notes: Notes::default() })
    }

    /// The system.
    pub(in super::super) fn crs(&self) -> Crs {
        self.crs
    }

    /// The cell of a geometry; `which` names its feature.
    pub(in super::super) fn cell(&mut self, geometry: &Geometry, which: impl FnOnce() -> String) -> Cell<'static> {
        let mut there = true;
        geometry.each_position(&mut |at| there &= self.way.reaches([at.x, at.y, at.x, at.y]));
        if there {
            return Cell::Wkb(geometry.to_wkb());
        }
        let crs = self.crs;
        self.notes.tell("format-outside", || format!("{} lies where {crs} cannot be used", which()));
        Cell::Bad(MarkKind::Geometry)
    }

    /// The cell of a geometry that is broken.
    pub(in super::super) fn broken(&mut self, reason: &str, which: impl FnOnce() -> String) -> Cell<'static> {
        self.notes.tell("format-broken-geometry", || format!("{}: {reason}", which()));
        Cell::Bad(MarkKind::Geometry)
    }

    /// What is to be told.
    pub(in super::super) fn notes(&self) -> &[Note] {
        &self.notes.0
    }
}
