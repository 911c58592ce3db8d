//! Geometries made of texts: points of columns of coordinates, and well-known text. Each row may be in a system of its own.

use std::collections::HashMap;

use catalog::{
    crs::{Crs, Transform, Within},
    table::{Geometry, wkb::Position},
};
use config::{Column, ColumnType, Epsg, GeometryCrs, Point};

use super::{
    MarkKind,
    fault::fault,
    flaw::{Flaw, Notes},
    geo::system_of_code,
    rows::{Cell, readable},
    shape::place::{lies_north, north},
    sosi::koordsys,
};
type Result<T, E = crate::Error> = std::result::Result<T, E>;

/// Most systems that are remembered.
const MAX_SYSTEMS: usize = 1000;

/// How one column is made.
#[derive(Debug, Clone)]
enum Made {
    /// As the format has it.
    Otherwise,
    /// Of coordinates in other columns, in one system or in that of each row.
    Point(Option<Crs>),
    /// Of its text.
    Text(Crs),
}

/// The geometries of a table of texts.
#[derive(Debug, Default)]
pub(super) struct Points {
    made: Vec<Made>,
    /// Columns that are points.
    count: usize,
    /// The system of all geometries: the declared one, else that of the first.
    target: Option<Crs>,
    systems: HashMap<String, Option<Crs>>,
    /// In each system that was met where the north is, and the way to the system of all.
    norths: HashMap<Crs, Within>,
    ways: HashMap<Crs, Transform>,
}

/// The texts of x, y, z and the system of one row.
pub(super) type Texts<'a> = [&'a str; 4];

impl Points {
    /// Of the columns that may be read.
    pub(super) fn new(file: &str, columns: &[Column]) -> Result<Self> {
        let known = |epsg: Option<Epsg>| match epsg {
            None => Ok(Crs::CRS84),
            Some(epsg) => system_of_code(epsg.code()).ok_or_else(|| {
                fault(file, "format-crs-unknown", None, format!("the coordinate system '{epsg}' is not known"))
            }),
        };
        let mut points = Self::default();
        for column in readable(columns) {
            points.made.push(match (&column.point, &column.wkt) {
                (Some(Point { crs_from: Some(_), .. }), _) => Made::Point(None),
                (Some(point), _) => Made::Point(Some(known(point.crs)?)),
                (None, Some(wkt)) => Made::Text(known(wkt.crs)?),
                (None, None) => Made::Otherwise,
            });
            points.count += usize::from(column.point.is_some());
            points.target = points.target.or(match column.kind {
                ColumnType::Geometry { crs: GeometryCrs::Epsg(code) } => Crs::from_epsg(code),
                ColumnType::Geometry { crs: GeometryCrs::Crs84 } => Some(Crs::CRS84),
                _ => None,
            });
        }
        Ok(points)
    }

    /// Whether a column is a point of other columns.
    pub(super) fn is_point(&self, column: usize) -> bool {
        matches!(self.made.get(column), Some(Made::Point(_)))
    }

    /// How many columns are points of other columns.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether a column is well-known text.
    pub(super) fn is_text(&self, column: usize) -> bool {
        matches!(self.made.get(column), Some(Made::Text(_)))
    }

    /// The system of all geometries, if any was made.
    pub(super) fn crs(&self) -> Option<Crs> {
        self.target
    }

    /// The cell of a point; `at` is its column and the row where it stands.
    pub(super) fn point(&mut self, at: (usize, u64), texts: Texts<'_>, notes: &mut Notes) -> Cell<'static> {
        self.point_of(at.0, texts).unwrap_or_else(|flaw| bad(&flaw, at.1, notes))
    }

    /// The cell of a well-known text, which may name its system (`SRID=25833;POINT(…)`).
    pub(super) fn text(&mut self, at: (usize, u64), text: &str, notes: &mut Notes) -> Cell<'static> {
        self.geometry_of(at.0, text).unwrap_or_else(|flaw| bad(&flaw, at.1, notes))
    }

    fn point_of(&mut self, column: usize, texts: Texts<'_>) -> Result<Cell<'static>, Flaw> {
        let [x, y, z, system] = texts.map(str::trim);
        if x.is_empty() && y.is_empty() {
            return Ok(Cell::Null);
        }
        let numbers = (number(x), number(y), if z.is_empty() { Some(None) } else { number(z).map(Some) });
        let (Some(x), Some(y), Some(z)) = numbers else {
            return Err(Flaw::new("format-point", "its coordinates are not all there, or no numbers"));
        };
        let crs = match self.made.get(column) {
            Some(Made::Point(Some(crs))) => *crs,
            _ if system.is_empty() => return Err(Flaw::new("format-point-crs", "it names no coordinate system")),
            _ => self.system(system).ok_or_else(|| unknown(system))?,
        };
        self.place(crs, &Geometry::Point(Position { x, y, z }))
    }

    fn geometry_of(&mut self, column: usize, text: &str) -> Result<Cell<'static>, Flaw> {
        let (own, wkt) = match text.trim().split_once(';') {
            Some((head, rest)) if head.trim().to_ascii_uppercase().starts_with("SRID=") => {
                (head.split_once('=').map(|(_, code)| code.trim()), rest)
            }
            _ => (None, text.trim()),
        };
        if wkt.is_empty() || wkt.to_ascii_uppercase().ends_with(" EMPTY") {
            return Ok(Cell::Null);
        }
        let crs = match (own, self.made.get(column)) {
            (None, Some(Made::Text(crs))) => *crs,
            (None, _) => Crs::CRS84,
            (Some(code), _) => self.system(code).ok_or_else(|| unknown(code))?,
        };
        let no_text = || Flaw::new("format-point", "the text is no well-known text of a geometry");
        self.place(crs, &Geometry::from_wkt(wkt).ok_or_else(no_text)?)
    }

    fn place(&mut self, crs: Crs, geometry: &Geometry) -> Result<Cell<'static>, Flaw> {
        let within = self.norths.entry(crs).or_insert_with(|| north(crs));
        if !lies_north(within, geometry) {
            return Err(Flaw::new("format-outside", "it lies outside of northern Europe"));
        }
        let target = self.target.unwrap_or(crs);
        if geometry.has_z() && !crs.keeps_heights_in(target) {
            return Err(Flaw::new("format-heights", "its height is counted from something else than the others'"));
        }
        self.target = Some(target);
        let way = *self.ways.entry(crs).or_insert_with(|| Transform::new(crs, target));
        let moved = geometry.transform(&way);
        let no_place = || Flaw::new("format-outside", "it has no place in the system that is published");
        Ok(Cell::Wkb(moved.ok_or_else(no_place)?.to_wkb()))
    }

    /// The system of a code: EPSG, or SOSI where it has three digits at the most.
    fn system(&mut self, text: &str) -> Option<Crs> {
        if let Some(known) = self.systems.get(text) {
            return *known;
        }
        let prefix = text.get(..5).is_some_and(|prefix| prefix.eq_ignore_ascii_case("EPSG:"));
        let digits = if prefix { text.get(5..).unwrap_or_default() } else { text };
        let digits = digits.trim();
        // Numbers of tables that were a spreadsheet once.
        let digits = digits.strip_suffix(".0").or_else(|| digits.strip_suffix(",0")).unwrap_or(digits);
        let code = digits.parse::<u32>().ok().and_then(|code| match u16::try_from(code) {
            Ok(code) if code < 1000 && !prefix => koordsys::epsg(code),
            _ => Some(code),
        });
        let crs = code.and_then(system_of_code);
        if self.systems.len() < MAX_SYSTEMS {
            self.systems.insert(text.to_owned(), crs);
        }
        crs
    }
}

fn unknown(system: &str) -> Flaw {
    let shown: String = system.chars().filter(|c| !c.is_control()).take(40).collect();
    Flaw::new("format-point-crs", format!("the coordinate system '{shown}' is not known"))
}

/// The cell of a geometry with a flaw, which is told.
fn bad(flaw: &Flaw, line: u64, notes: &mut Notes) -> Cell<'static> {
    notes.tell(flaw.code, || format!("row {line}: {}", flaw.reason));
    Cell::Bad(MarkKind::Geometry)
}

/// A coordinate with a point or a comma before its decimals, and blanks between its digits.
fn number(text: &str) -> Option<f64> {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}')).collect();
    let text = text.replace('\u{2212}', "-");
    let plain =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b'+' | b'e' | b'E'));
    let mixed = text.contains('.') && text.contains(',');
    let number = if plain && !mixed { text.replace(',', ".").parse::<f64>().ok() } else { None };
    number.filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests;
