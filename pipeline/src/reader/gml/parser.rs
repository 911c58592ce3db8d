//! Elements of GML → shapes.

use super::{
    super::{
        flaw::{Bad, Flaw, Judged},
        shape::{
            MAX_POSITIONS,
            system::{Order, System},
        },
    },
    cursor::Cursor,
    gather::Gather,
    scope::{Scope, Systems},
    shape::{Kind, Made, Shape},
};
use crate::Result;

/// What a member of a geometry costs, in positions.
const MEMBER: usize = 8;
/// Elements of GML that are whole geometries.
const GEOMETRIES: [&str; 29] = [
    "Point",
    "LineString",
    "LinearRing",
    "Ring",
    "Curve",
    "CompositeCurve",
    "OrientableCurve",
    "Polygon",
    "Surface",
    "PolyhedralSurface",
    "TriangulatedSurface",
    "Tin",
    "OrientableSurface",
    "CompositeSurface",
    "MultiPoint",
    "MultiLineString",
    "MultiCurve",
    "MultiPolygon",
    "MultiSurface",
    "MultiGeometry",
    "GeometricComplex",
    "Solid",
    "CompositeSolid",
    "MultiSolid",
    "Box",
    "Grid",
    "RectifiedGrid",
    "Shell",
    "Triangle",
];

/// True if an element of GML is a geometry by its name.
pub(super) fn is_geometry(name: &str) -> bool {
    GEOMETRIES.contains(&name)
}

/// Reads geometries.
pub(super) struct Parser {
    /// Where the document is read.
    pub(super) cursor: Cursor,
    /// The systems that were named.
    pub(super) systems: Systems,
    /// Greatest distance of a line from its arc, in metres.
    pub(super) tolerance: f64,
    /// What becomes of geometries that have an id.
    pub(super) gather: Gather,
    /// The system of the geometry that is being read.
    used: Option<Used>,
    /// Positions of the geometry so far.
    count: usize,
}

/// The system of a geometry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    /// The system.
    pub(super) system: System,
    /// The order of the numbers of its positions, which the first one shows.
    pub(super) order: Order,
}

impl Parser {
    /// A parser at the place of a cursor.
    pub(super) fn new(cursor: Cursor, systems: Systems, tolerance: f64, gather: Gather) -> Self {
        Self { cursor, systems, tolerance, gather, used: None, count: 0 }
    }

    /// The system of the geometry that was read last.
    pub(super) fn used(&self) -> Option<Used> {
        self.used
    }

    /// Reads the geometry whose element has just begun, to its end, whatever is wrong with it.
    pub(super) fn geometry(&mut self, name: &str, scope: Scope) -> Result<std::result::Result<Made, Flaw>> {
        let outside = self.cursor.depth().saturating_sub(1);
        (self.used, self.count) = (None, 0);
        match self.shape(name, scope) {
            Ok(shape) => Ok(Ok(Made { shape, crs: self.used.map(|used| used.system.crs) })),
            Err(Bad::Flaw(flaw)) => {
                self.cursor.leave(outside)?;
                Ok(Err(flaw))
            }
            Err(Bad::File(error)) => Err(error),
        }
    }

    /// What an `Envelope` in the element that has just begun says, which is read to its end.
    pub(super) fn envelope(&mut self, around: Scope) -> Result<Scope> {
        let mut scope = around;
        while let Some(name) = self.cursor.child()? {
            if name == "Envelope" {
                scope = self.systems.enter(around, &self.cursor);
            }
            self.cursor.skip()?;
        }
        Ok(scope)
    }

    // As deep as elements may be nested.
    fn shape(&mut self, name: &str, around: Scope) -> Judged<Shape> {
        let scope = self.systems.enter(around, &self.cursor);
        let id = self.cursor.attribute("id").map(str::to_owned);
        let shape = self.body(name, scope)?;
        if let Some(id) = id {
            let crs = self.used.map(|used| used.system.crs);
            self.gather.keep(&id, &shape, crs)?;
        }
        Ok(shape)
    }

    fn body(&mut self, name: &str, scope: Scope) -> Judged<Shape> {
        Ok(match name {
            "Point" => self.point(scope)?,
            "LineString" | "LineStringSegment" | "Geodesic" | "GeodesicString" => Shape::Line(self.line(scope)?),
            "LinearRing" => Shape::Line(self.controls(scope)?.positions),
            "Curve" => self.curve(scope)?,
            "CompositeCurve" | "Ring" => Shape::Chain(self.members(scope)?),
            "OrientableCurve" => {
                let turned = self.is_turned();
                let curve = self.base(scope)?;
                if turned { Shape::Turned(Box::new(curve)) } else { curve }
            }
            // A surface that looks down covers the same ground.
            "OrientableSurface" => self.base(scope)?,
            "Polygon" | "PolygonPatch" | "Triangle" | "Rectangle" => self.area(scope)?,
            "Surface" | "PolyhedralSurface" | "TriangulatedSurface" | "Tin" | "CompositeSurface" => {
                Shape::Many(Kind::Patches, self.members(scope)?)
            }
            "MultiPoint" => Shape::Many(Kind::Points, self.members(scope)?),
            "MultiLineString" | "MultiCurve" => Shape::Many(Kind::Curves, self.members(scope)?),
            "MultiPolygon" | "MultiSurface" => Shape::Many(Kind::Surfaces, self.members(scope)?),
            "MultiGeometry" | "GeometricComplex" => Shape::Many(Kind::Any, self.members(scope)?),
            "Arc" | "ArcString" | "Circle" | "ArcByCenterPoint" | "CircleByCenterPoint" => {
                Shape::Line(self.arc(name, scope)?)
            }
            _ => {
                let name: String = name.chars().take(40).collect();
                return Err(Flaw::new("format-gml-geometry", format!("a geometry of type '{name}' is not read")).into());
            }
        })
    }

    fn point(&mut self, scope: Scope) -> Judged<Shape> {
        match self.controls(scope)?.positions.as_slice() {
            [position] => Ok(Shape::Point(*position)),
            positions => Err(few(positions.len(), "one")),
        }
    }

    /// A surface within rings.
    fn area(&mut self, scope: Scope) -> Judged<Shape> {
        let (mut outer, mut inner) = (Vec::new(), Vec::new());
        while let Some(name) = self.cursor.child()? {
            match name.as_str() {
                "exterior" | "outerBoundaryIs" => self.member(scope, &mut outer)?,
                "interior" | "innerBoundaryIs" => self.member(scope, &mut inner)?,
                _ => self.cursor.skip()?,
            }
        }
        if outer.len() != 1 {
            let reason = format!("a surface has {} outer boundaries", outer.len());
            return Err(Flaw::new("format-gml-ring", reason).into());
        }
        outer.extend(inner);
        Ok(Shape::Area(outer))
    }

    /// The one member of a geometry that is another one seen differently.
    fn base(&mut self, scope: Scope) -> Judged<Shape> {
        let mut members = self.members(scope)?;
        match (members.pop(), members.is_empty()) {
            (Some(member), true) => Ok(member),
            _ => Err(Flaw::new("format-gml-geometry", "an oriented geometry has not one base").into()),
        }
    }

    fn is_turned(&self) -> bool {
        self.cursor.attribute("orientation").is_some_and(|orientation| orientation.trim() == "-")
    }

    /// The members of the geometry whose element has just begun.
    pub(super) fn members(&mut self, scope: Scope) -> Judged<Vec<Shape>> {
        let mut members = Vec::new();
        while let Some(name) = self.cursor.child()? {
            if holds_members(&name) {
                self.member(scope, &mut members)?;
            } else {
                self.cursor.skip()?;
            }
        }
        Ok(members)
    }

    /// What is in the property that has just begun, or what it refers to.
    fn member(&mut self, scope: Scope, members: &mut Vec<Shape>) -> Judged<()> {
        let link = self.cursor.reference();
        let before = members.len();
        while let Some(name) = self.cursor.child()? {
            self.spend(MEMBER)?;
            members.push(self.shape(&name, scope)?);
        }
        if let Some(link) = link.filter(|_| members.len() == before) {
            self.spend(MEMBER)?;
            let id = link.map_err(|reason| Flaw::new("format-gml-reference", reason))?;
            self.gather.link(&id)?;
            members.push(Shape::Link(id));
        }
        Ok(())
    }

    /// Counts positions; too many are a flaw.
    pub(super) fn spend(&mut self, positions: usize) -> Judged<()> {
        self.count += positions;
        if self.count > MAX_POSITIONS {
            let reason = format!("the geometry has more than {MAX_POSITIONS} positions, or too many members");
            return Err(Flaw::new("format-gml-limit", reason).into());
        }
        Ok(())
    }

    /// The system for positions in a scope, of which the first one is given.
    pub(super) fn system(&mut self, scope: Scope, first: f64, second: f64) -> Judged<Used> {
        let system = self.systems.of(scope).map_err(|reason| Flaw::new("format-gml-crs", reason))?;
        if let Some(used) = self.used {
            if used.system.crs.horizontal() == system.crs.horizontal() {
                return Ok(used);
            }
            let reason = "the geometry has positions in two coordinate systems";
            return Err(Flaw::new("format-gml-mixed", reason).into());
        }
        let order = system.order(first, second);
        let used = Used { system, order };
        self.used = Some(used);
        Ok(used)
    }
}

/// True for properties of a geometry that hold other geometries.
fn holds_members(name: &str) -> bool {
    name.ends_with("Member")
        || name.ends_with("Members")
        || matches!(
            name,
            "segments" | "patches" | "polygonPatches" | "trianglePatches" | "baseCurve" | "baseSurface" | "element"
        )
}

/// A flaw: not as many positions as there must be.
pub(super) fn few(positions: usize, wanted: &str) -> Bad {
    Flaw::new("format-gml-coordinates", format!("{positions} positions, not {wanted}")).into()
}
