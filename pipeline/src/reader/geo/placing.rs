//! Geometries of one coordinate system on their way into rows.

use catalog::table::{Geometry, wkb::Position};
use config::Epsg;

use super::{
    super::{MarkKind, Note, fault::fault, rows::Cell, sosi::flaw::Notes},
    horizontal,
};
use crate::{Result, crs::Crs};

/// Northern Europe: west, south, east, north in degrees.
const NORTH: [f64; 4] = [-45.0, 45.0, 75.0, 89.0];

/// What a file says of its coordinate system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum System {
    /// An EPSG code.
    Epsg(u32),
    /// A name that no code is known for.
    Named(String),
    /// Nothing.
    Unsaid,
}

/// Brings geometries to longitude and latitude, and keeps what is to be told about those that cannot be brought there.
#[derive(Debug)]
pub(in super::super) struct Placing {
    crs: Crs,
    notes: Notes,
}

impl Placing {
    /// The system of a layer: what is declared, else what the file says; never a guess.
    pub(in super::super) fn new(file: &str, declared: Option<Epsg>, found: &System) -> Result<Self> {
        let (code, label) = match (declared, found) {
            (Some(epsg), _) => (Some(epsg.code()), epsg.to_string()),
            (None, System::Epsg(code)) => (Some(*code), format!("EPSG:{code}")),
            (None, System::Named(name)) => (None, name.clone()),
            (None, System::Unsaid) => {
                return Err(fault(file, "format-crs-unknown", None, "nothing says which coordinate system it is in"));
            }
        };
        let crs = code.and_then(|code| Crs::from_epsg(horizontal(code))).ok_or_else(|| {
            fault(file, "format-crs-unknown", None, format!("the coordinate system '{label}' is not known"))
        })?;
        Ok(Self { crs, notes: Notes::default() })
    }

    /// The cell of a geometry; `which` names its feature.
    pub(in super::super) fn cell(&mut self, geometry: &Geometry, which: impl FnOnce() -> String) -> Cell<'static> {
        if let Some(geometry) = in_degrees(self.crs, geometry) {
            return Cell::Wkb(geometry.to_wkb());
        }
        self.notes.tell("format-coordinates", || format!("{} lies outside of northern Europe", which()));
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

/// A geometry in longitude and latitude; `None` if a position lies where no Norwegian map reaches.
pub(in super::super) fn in_degrees(crs: Crs, geometry: &Geometry) -> Option<Geometry> {
    let [west, south, east, north] = NORTH;
    let place = |position: &Position| {
        let (x, y) = crs.to_degrees(position.x, position.y)?;
        let there = (west..=east).contains(&x) && (south..=north).contains(&y);
        (there && position.z.is_none_or(f64::is_finite)).then_some(Position { x, y, z: position.z })
    };
    let line = |line: &Vec<Position>| line.iter().map(place).collect::<Option<Vec<_>>>();
    let lines = |lines: &Vec<Vec<Position>>| lines.iter().map(line).collect::<Option<Vec<_>>>();
    Some(match geometry {
        Geometry::Point(position) => Geometry::Point(place(position)?),
        Geometry::LineString(own) => Geometry::LineString(line(own)?),
        Geometry::MultiPoint(own) => Geometry::MultiPoint(line(own)?),
        Geometry::Polygon(own) => Geometry::Polygon(lines(own)?),
        Geometry::MultiLineString(own) => Geometry::MultiLineString(lines(own)?),
        Geometry::MultiPolygon(own) => Geometry::MultiPolygon(own.iter().map(lines).collect::<Option<_>>()?),
        Geometry::GeometryCollection(own) => {
            Geometry::GeometryCollection(own.iter().map(|member| in_degrees(crs, member)).collect::<Option<_>>()?)
        }
    })
}
