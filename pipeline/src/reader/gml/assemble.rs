//! Shapes → geometries: references are followed, curves joined, rings closed and turned.

use catalog::{
    crs::Crs,
    table::{
        Geometry,
        wkb::{MAX_NESTING, Position},
    },
};

use super::{
    super::{
        flaw::{Bad, Flaw, Judged},
        shape::{
            MAX_POSITIONS,
            ring::{self, Repair},
            system::System,
        },
    },
    gather::Store,
    shape::{Kind, Made, Shape},
};

/// What following a reference costs, in positions: shapes are read from disk.
const VISIT: usize = 16;
/// References may go through so many geometries.
const MAX_DEPTH: usize = 8;

/// The rings of a surface.
type Rings = Vec<Vec<Position>>;

/// Puts one geometry together.
pub(super) struct Assembler<'a> {
    store: Option<&'a mut Store>,
    /// The system of the positions so far.
    crs: Option<Crs>,
    /// Ids of the geometries that are being put together, to notice circles.
    open: Vec<String>,
    /// Positions so far.
    positions: usize,
    /// What had to be mended.
    pub(super) repairs: Vec<&'static str>,
}

/// A geometry and its system.
pub(super) struct Placed {
    /// The geometry: east, north.
    pub(super) geometry: Geometry,
    /// Its system.
    pub(super) crs: Crs,
}

impl<'a> Assembler<'a> {
    /// With the geometries that may be referred to.
    pub(super) fn new(store: Option<&'a mut Store>) -> Self {
        Self { store, crs: None, open: Vec::new(), positions: 0, repairs: Vec::new() }
    }

    /// Positions that were put together.
    pub(super) fn spent(&self) -> usize {
        self.positions
    }

    /// The geometry of a shape.
    pub(super) fn geometry(&mut self, made: Made) -> Judged<Placed> {
        self.crs = made.crs;
        let geometry = self.whole(made.shape, 0)?;
        let crs = self.crs.ok_or_else(|| Flaw::new("format-gml-geometry", "the geometry has no position"))?;
        Ok(Placed { geometry, crs })
    }

    fn whole(&mut self, shape: Shape, depth: usize) -> Judged<Geometry> {
        if depth > MAX_NESTING {
            let reason = format!("geometries are nested deeper than {MAX_NESTING} levels");
            return Err(Flaw::new("format-gml-limit", reason).into());
        }
        Ok(match shape {
            Shape::Point(position) => Geometry::Point(position),
            Shape::Line(line) => Geometry::LineString(two(line)?),
            chain @ Shape::Chain(_) => {
                let mut lines = self.lines(chain)?;
                match (lines.pop(), lines.is_empty()) {
                    (Some(line), true) => Geometry::LineString(line),
                    (last, _) => Geometry::MultiLineString(lines.into_iter().chain(last).collect()),
                }
            }
            Shape::Turned(inner) => match self.whole(*inner, depth)? {
                Geometry::LineString(mut line) => {
                    line.reverse();
                    Geometry::LineString(line)
                }
                other => other,
            },
            Shape::Area(rings) => Geometry::Polygon(self.rings(rings)?),
            Shape::Link(id) => {
                let shape = self.enter(&id)?;
                let geometry = self.whole(shape, depth)?;
                self.open.pop();
                geometry
            }
            Shape::Many(kind, members) => self.many(kind, members, depth)?,
        })
    }

    fn many(&mut self, kind: Kind, members: Vec<Shape>, depth: usize) -> Judged<Geometry> {
        if members.is_empty() {
            return Err(Flaw::new("format-gml-geometry", "the geometry has no members").into());
        }
        Ok(match kind {
            Kind::Points => {
                let points = members.into_iter().map(|member| self.point(member));
                Geometry::MultiPoint(points.collect::<Result<_, _>>()?)
            }
            Kind::Curves => {
                let mut lines = Vec::new();
                for member in members {
                    lines.extend(self.lines(member)?);
                }
                Geometry::MultiLineString(lines)
            }
            Kind::Surfaces => Geometry::MultiPolygon(self.surfaces(members)?),
            Kind::Patches => {
                let mut polygons = self.surfaces(members)?;
                match (polygons.pop(), polygons.is_empty()) {
                    (Some(polygon), true) => Geometry::Polygon(polygon),
                    (last, _) => Geometry::MultiPolygon(polygons.into_iter().chain(last).collect()),
                }
            }
            Kind::Any => {
                let members = members.into_iter().map(|member| self.whole(member, depth + 1));
                Geometry::GeometryCollection(members.collect::<Result<_, _>>()?)
            }
        })
    }

    fn point(&mut self, shape: Shape) -> Judged<Position> {
        match self.whole(shape, 0)? {
            Geometry::Point(position) => Ok(position),
            _ => Err(Flaw::new("format-gml-geometry", "a member of several points is no point").into()),
        }
    }

    /// The lines of a curve; those that follow each other are one.
    fn lines(&mut self, shape: Shape) -> Judged<Vec<Vec<Position>>> {
        Ok(match shape {
            Shape::Line(line) => vec![two(line)?],
            Shape::Turned(inner) => {
                let mut lines = self.lines(*inner)?;
                lines.reverse();
                for line in &mut lines {
                    line.reverse();
                }
                lines
            }
            Shape::Chain(members) | Shape::Many(Kind::Curves, members) => {
                let mut lines = Vec::with_capacity(members.len());
                for member in members {
                    lines.extend(self.lines(member)?);
                }
                ring::connect(lines, self.slack())
            }
            Shape::Link(id) => {
                let shape = self.enter(&id)?;
                let lines = self.lines(shape)?;
                self.open.pop();
                lines
            }
            Shape::Point(_) | Shape::Area(_) | Shape::Many(..) => {
                return Err(Flaw::new("format-gml-geometry", "a part of a curve or boundary is no curve").into());
            }
        })
    }

    /// The polygons of surfaces; patches that stand upright cover no ground and are left out.
    fn surfaces(&mut self, members: Vec<Shape>) -> Judged<Vec<Rings>> {
        let patches = members.len() > 1;
        let mut polygons = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Shape::Area(rings) => match self.rings(rings) {
                    Ok(rings) => polygons.push(rings),
                    Err(Bad::Flaw(flaw)) if patches && flaw.code == "format-gml-flat" => {
                        self.repairs.push("a surface that covers no ground is left out");
                    }
                    Err(bad) => return Err(bad),
                },
                Shape::Many(Kind::Surfaces | Kind::Patches, members) => polygons.extend(self.surfaces(members)?),
                Shape::Turned(inner) => polygons.extend(self.surfaces(vec![*inner])?),
                Shape::Link(id) => {
                    let shape = self.enter(&id)?;
                    polygons.extend(self.surfaces(vec![shape])?);
                    self.open.pop();
                }
                Shape::Point(_) | Shape::Line(_) | Shape::Chain(_) | Shape::Many(..) => {
                    return Err(Flaw::new("format-gml-geometry", "a part of a surface is no surface").into());
                }
            }
        }
        if polygons.is_empty() {
            return Err(Flaw::new("format-gml-flat", "none of the surfaces covers any ground").into());
        }
        Ok(polygons)
    }

    fn rings(&mut self, shapes: Vec<Shape>) -> Judged<Rings> {
        let mut rings = Vec::with_capacity(shapes.len());
        for shape in shapes {
            rings.push(self.ring(shape)?);
        }
        let flat = || Flaw::new("format-gml-flat", "the boundary of a surface encloses nothing");
        let (rings, islands) = ring::polygon(rings).ok_or_else(flat)?;
        self.repairs.extend((0..islands).map(|_| "an inner boundary that encloses nothing is left out"));
        Ok(rings)
    }

    fn ring(&mut self, shape: Shape) -> Judged<Vec<Position>> {
        let open = || Flaw::new("format-gml-ring", "the curves of a boundary do not meet");
        if let Shape::Line(mut line) = shape {
            self.count(line.len())?;
            let slack = self.slack();
            if let (Some(first), Some(last)) = (line.first().copied(), line.last_mut()) {
                if (last.x - first.x).abs() <= slack && (last.y - first.y).abs() <= slack {
                    *last = first;
                } else {
                    self.repairs.push("a ring was not closed");
                    line.push(first);
                }
            }
            return Ok(line);
        }
        let members = match shape {
            Shape::Chain(members) => members,
            other => vec![other],
        };
        let mut lines = Vec::with_capacity(members.len());
        for member in members {
            lines.extend(self.lines(member)?);
        }
        let (ring, repair) = ring::close(lines, self.slack()).ok_or_else(open)?;
        match repair {
            Repair::None => {}
            Repair::Direction => self.repairs.push("a curve of a boundary runs in the wrong direction"),
            Repair::Order => self.repairs.push("the curves of a boundary stand in the wrong order"),
        }
        self.count(ring.len())?;
        Ok(ring)
    }

    fn slack(&self) -> f64 {
        self.crs.map_or(0.0, |crs| System::of(crs).slack())
    }

    fn count(&mut self, positions: usize) -> Judged<()> {
        self.positions += positions;
        if self.positions > MAX_POSITIONS {
            let reason = format!("the geometry has more than {MAX_POSITIONS} positions, or refers to too many others");
            return Err(Flaw::new("format-gml-limit", reason).into());
        }
        Ok(())
    }

    /// Begins with the geometry of an id.
    fn enter(&mut self, id: &str) -> Judged<Shape> {
        if self.open.iter().any(|open| open == id) {
            return Err(Flaw::new("format-gml-circular", format!("the references lead back to '{id}'")).into());
        }
        if self.open.len() >= MAX_DEPTH {
            let reason = format!("references go through more than {MAX_DEPTH} geometries");
            return Err(Flaw::new("format-gml-circular", reason).into());
        }
        let Some(store) = self.store.as_deref_mut() else {
            return Err(Flaw::new("format-gml-reference", format!("there is no geometry '{id}' to refer to")).into());
        };
        let made = store.get(id)?;
        let differ = made.crs.zip(self.crs).is_some_and(|(own, other)| own.horizontal() != other.horizontal());
        if differ {
            let reason = format!("'{id}', which it refers to, is in another coordinate system");
            return Err(Flaw::new("format-gml-mixed", reason).into());
        }
        self.crs = self.crs.or(made.crs);
        self.count(VISIT + positions(&made.shape))?;
        self.open.push(id.to_owned());
        Ok(made.shape)
    }
}

/// Positions of a shape.
fn positions(shape: &Shape) -> usize {
    match shape {
        Shape::Point(_) | Shape::Link(_) => 1,
        Shape::Line(line) => line.len(),
        Shape::Turned(inner) => positions(inner),
        Shape::Chain(members) | Shape::Area(members) | Shape::Many(_, members) => members.iter().map(positions).sum(),
    }
}

fn two(line: Vec<Position>) -> Judged<Vec<Position>> {
    if line.len() < 2 {
        return Err(Flaw::new("format-gml-coordinates", "a line of one position").into());
    }
    Ok(line)
}
