//! Geometries of `ArcGIS` servers: rings in any order, curves, heights and measures.

mod curve;

use catalog::{
    crs::Crs,
    table::{Geometry, wkb::Position},
};
use config::EsriJsonFormat;
use serde_json::Value;

use super::{
    flaw::{Flaw, Notes},
    shape::{MAX_POSITIONS, NO_HEIGHT, nest, system::System},
};

/// How the geometries of a file are read.
#[derive(Debug, Clone)]
pub(super) struct EsriForm {
    system: System,
    /// Positions have heights; positions have measures.
    has: [bool; 2],
    /// Greatest distance of a line from its curve, in metres.
    tolerance: f64,
}

/// A geometry and its system.
pub(super) type Placed = (Geometry, System);

impl EsriForm {
    /// The form of a file by its `spatialReference`, and whether positions have heights and measures; an error for a
    /// coordinate system that is missing or unknown.
    pub(super) fn new(reference: Option<&Value>, has: [bool; 2], format: &EsriJsonFormat) -> Result<Self, String> {
        let system = match (reference, &format.crs) {
            (Some(reference), _) => referred(reference)?,
            (None, Some(name)) => {
                System::named(name).ok_or_else(|| format!("the coordinate system '{name}' is unknown"))?
            }
            (None, None) => return Err("there is no spatialReference".to_owned()),
        };
        Ok(Self { system, has, tolerance: format.arc_tolerance })
    }

    /// The geometry of a feature; `None` for an empty one.
    pub(super) fn read(&self, value: &Value, notes: &mut Notes) -> Result<Option<Placed>, Flaw> {
        let system = match value.get("spatialReference").filter(|reference| !reference.is_null()) {
            Some(reference) => referred(reference).map_err(|reason| Flaw::new("format-esri-crs", reason))?,
            None => self.system,
        };
        let flag = |name: &str, default: bool| value.get(name).and_then(Value::as_bool).unwrap_or(default);
        let [z, m] = self.has;
        let mut lines = Lines { form: self, has: [flag("hasZ", z), flag("hasM", m)], system, count: 0 };
        let member = |name: &str| value.get(name).and_then(Value::as_array);
        let geometry = if let Some(rings) = member("curveRings").or_else(|| member("rings")) {
            lines.polygon(rings, notes)?
        } else if let Some(paths) = member("curvePaths").or_else(|| member("paths")) {
            lines.paths(paths)?
        } else if let Some(points) = member("points") {
            let points = points.iter().map(|point| lines.position(point)).collect::<Result<Vec<_>, _>>()?;
            (!points.is_empty()).then_some(Geometry::MultiPoint(points))
        } else if value.get("x").is_some() {
            point(value)?.map(Geometry::Point)
        } else {
            let reason = "a geometry is no point, points, paths or rings";
            return Err(Flaw::new("format-esri-geometry", reason));
        };
        Ok(geometry.map(|geometry| (geometry, system)))
    }
}

/// The system of a `spatialReference`; the newer of its two codes is the one of the EPSG register.
fn referred(reference: &Value) -> Result<System, String> {
    let code = |name: &str| reference.get(name).and_then(Value::as_u64).and_then(|code| u32::try_from(code).ok());
    let known =
        [code("latestWkid"), code("wkid")].into_iter().flatten().find_map(|code| Crs::from_epsg(registered(code)));
    known.map(System::of).ok_or_else(|| match code("latestWkid").or_else(|| code("wkid")) {
        Some(code) => format!("the coordinate system {code} is unknown, or cannot be transformed"),
        None => "the spatialReference has no code".to_owned(),
    })
}

/// The code of the EPSG register for an older one of the vendor's.
fn registered(code: u32) -> u32 {
    match code {
        102_100 | 102_113 => 3857,
        _ => code,
    }
}

/// A point by its members; `None` for an empty one.
fn point(value: &Value) -> Result<Option<Position>, Flaw> {
    let member = |name: &str| value.get(name).filter(|number| !number.is_null() && *number != "NaN");
    let number = |name: &str| match member(name) {
        None => Ok(None),
        Some(number) => number.as_f64().map(Some).ok_or_else(no_number),
    };
    match (number("x")?, number("y")?) {
        (Some(x), Some(y)) => Ok(Some(Position { x, y, z: number("z")?.filter(|z| *z > NO_HEIGHT) })),
        _ => Ok(None),
    }
}

fn no_number() -> Flaw {
    Flaw::new("format-esri-coordinates", "a coordinate is no number")
}

/// The lines of one geometry.
struct Lines<'a> {
    /// How they are read.
    form: &'a EsriForm,
    /// Positions have heights; positions have measures.
    has: [bool; 2],
    /// Their system.
    system: System,
    count: usize,
}

impl Lines<'_> {
    /// A position: `[x, y]`, and a height and a measure where the geometry has them.
    fn position(&mut self, value: &Value) -> Result<Position, Flaw> {
        self.spend(1)?;
        let numbers = value.as_array().ok_or_else(no_number)?;
        let [has_z, has_m] = self.has;
        let most = if has_z && has_m { 4 } else { 3 };
        if numbers.len() > most {
            let reason = format!("a position of {} numbers", numbers.len());
            return Err(Flaw::new("format-esri-coordinates", reason));
        }
        let at = |place: usize| numbers.get(place).and_then(Value::as_f64);
        let (x, y) = at(0).zip(at(1)).ok_or_else(no_number)?;
        // A third number that is not said to be a measure is a height.
        let z = if has_m && !has_z { None } else { at(2).filter(|z| *z > NO_HEIGHT) };
        Ok(Position { x, y, z })
    }

    /// Counts positions; too many are a flaw.
    fn spend(&mut self, positions: usize) -> Result<(), Flaw> {
        self.count += positions;
        if self.count <= MAX_POSITIONS {
            return Ok(());
        }
        let reason = format!("the geometry has more than {MAX_POSITIONS} positions");
        Err(Flaw::new("format-esri-coordinates", reason))
    }

    fn paths(&mut self, paths: &[Value]) -> Result<Option<Geometry>, Flaw> {
        let mut lines = Vec::new();
        for path in paths {
            let line = self.line(path)?;
            match line.len() {
                0 => {}
                1 => return Err(Flaw::new("format-esri-coordinates", "a path of one position")),
                _ => lines.push(line),
            }
        }
        Ok(match (lines.pop(), lines.is_empty()) {
            (None, _) => None,
            (Some(line), true) => Some(Geometry::LineString(line)),
            (last, false) => Some(Geometry::MultiLineString(lines.into_iter().chain(last).collect())),
        })
    }

    /// Rings: outer ones run clockwise, holes counter-clockwise; where that is not so, their places decide.
    fn polygon(&mut self, rings: &[Value], notes: &mut Notes) -> Result<Option<Geometry>, Flaw> {
        let mut closed = Vec::with_capacity(rings.len());
        for ring in rings {
            let mut line = self.line(ring)?;
            let open = line.first().zip(line.last()).is_some_and(|(a, b)| (a.x, a.y) != (b.x, b.y));
            if open {
                notes.tell("format-esri-repaired", || "a ring was not closed".to_owned());
                line.extend(line.first().copied());
            }
            closed.push(line);
        }
        closed.retain(|line| !line.is_empty());
        if closed.is_empty() {
            return Ok(None);
        }
        let Some(mut nested) = nest::nested(closed, true) else {
            return Err(Flaw::new("format-esri-geometry", "the geometry has too many rings"));
        };
        for (count, what) in
            [(nested.flat, "a ring encloses nothing"), (nested.misdirected, "the direction of a ring is wrong")]
        {
            (0..count).for_each(|_| notes.tell("format-esri-repaired", || what.to_owned()));
        }
        match (nested.polygons.pop(), nested.polygons.is_empty()) {
            (None, _) => Err(Flaw::new("format-esri-geometry", "the rings enclose nothing")),
            (Some(polygon), true) => Ok(Some(Geometry::Polygon(polygon))),
            (last, false) => Ok(Some(Geometry::MultiPolygon(nested.polygons.into_iter().chain(last).collect()))),
        }
    }
}
