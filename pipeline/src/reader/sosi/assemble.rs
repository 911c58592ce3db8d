//! References → geometries: areas, paths and objects of objects.

use catalog::table::{Geometry, wkb::Position};

use super::{
    super::{
        flaw::{Bad, Flaw, Notes},
        shape::{
            MAX_POSITIONS,
            ring::{self, Repair},
        },
    },
    shape::{Rings, Shape},
    store::Store,
};

/// What going to a group costs, in positions: groups are read from disk.
const VISIT: usize = 16;
/// References may go through so many groups.
const MAX_DEPTH: usize = 8;

/// Puts geometries together.
pub(super) struct Assembler {
    store: Store,
    /// Ends of lines may lie apart as far as this.
    slack: f64,
    /// Groups that are being put together, to notice circles.
    open: Vec<i64>,
    /// Positions of the geometry so far.
    positions: usize,
    /// Positions since somebody asked.
    pub(super) spent: usize,
}

impl Assembler {
    /// With the shapes of a file and its unit.
    pub(super) fn new(store: Store, slack: f64) -> Self {
        Self { store, slack, open: Vec::new(), positions: 0, spent: 0 }
    }

    /// The geometry of a shape; `label` is what notes call its group.
    pub(super) fn geometry(
        &mut self,
        serial: Option<i64>,
        shape: Shape,
        notes: &mut Notes,
        label: &str,
    ) -> Result<Option<Geometry>, Bad> {
        self.open.clear();
        self.open.extend(serial);
        self.positions = 0;
        let mut repairs = Vec::new();
        let geometry = self.whole(shape, &mut repairs)?;
        for repair in repairs {
            notes.tell("format-sosi-repaired", || format!("{label}: {repair}"));
        }
        Ok(geometry)
    }

    fn whole(&mut self, shape: Shape, repairs: &mut Vec<&'static str>) -> Result<Option<Geometry>, Bad> {
        Ok(Some(match shape {
            Shape::None => return Ok(None),
            Shape::Point(position) => Geometry::Point(position),
            Shape::Points(positions) => Geometry::MultiPoint(positions),
            Shape::Line(line) => Geometry::LineString(line),
            Shape::Area(rings) => self.area(&rings, repairs)?,
            Shape::Path(rings) => self.path(&rings)?,
            Shape::Complex(rings) if rings.iter().all(Vec::is_empty) => return Ok(None),
            Shape::Complex(rings) => self.complex(&rings, repairs)?,
        }))
    }

    fn area(&mut self, rings: &Rings, repairs: &mut Vec<&'static str>) -> Result<Geometry, Bad> {
        let mut closed = Vec::with_capacity(rings.len());
        for members in rings {
            closed.push(self.ring(members, repairs)?);
        }
        let Some((rings, flat)) = ring::polygon(closed) else {
            return Err(Flaw::new("format-sosi-ring", "the boundary encloses nothing").into());
        };
        repairs.extend((0..flat).map(|_| "an island without an area is left out"));
        Ok(Geometry::Polygon(rings))
    }

    fn ring(&mut self, members: &[i64], repairs: &mut Vec<&'static str>) -> Result<Vec<Position>, Bad> {
        if members.is_empty() {
            return Err(Flaw::new("format-sosi-ring", "an area or island refers to no curve").into());
        }
        let mut lines = Vec::with_capacity(members.len());
        for member in members {
            lines.push(self.line(*member, repairs)?);
        }
        let Some((ring, repair)) = ring::close(lines, self.slack) else {
            return Err(Flaw::new("format-sosi-ring", "the curves of the boundary do not meet").into());
        };
        match repair {
            Repair::None => {}
            Repair::Direction => repairs.push("a curve is referred to in the wrong direction"),
            Repair::Order => repairs.push("the curves are referred to in the wrong order"),
        }
        Ok(ring)
    }

    /// The line of a curve, or the outer boundary of an area.
    fn line(&mut self, reference: i64, repairs: &mut Vec<&'static str>) -> Result<Vec<Position>, Bad> {
        let serial = reference.abs();
        let mut line = match self.enter(serial)? {
            Shape::Line(line) => line,
            Shape::Area(rings) => {
                let members = rings.into_iter().next().unwrap_or_default();
                self.ring(&members, repairs)?
            }
            _ => {
                let reason = format!("group {serial} is neither a curve nor an area");
                return Err(Flaw::new("format-sosi-reference", reason).into());
            }
        };
        self.leave(line.len())?;
        if reference < 0 {
            line.reverse();
        }
        Ok(line)
    }

    fn path(&mut self, rings: &Rings) -> Result<Geometry, Bad> {
        let mut lines = Vec::new();
        for reference in rings.iter().flatten() {
            lines.push(self.line(*reference, &mut Vec::new())?);
        }
        let mut lines = ring::connect(lines, self.slack);
        Ok(match (lines.pop(), lines.is_empty()) {
            (None, _) => return Err(Flaw::new("format-sosi-reference", "the path refers to no curve").into()),
            (Some(line), true) => Geometry::LineString(line),
            (Some(line), false) => {
                lines.push(line);
                Geometry::MultiLineString(lines)
            }
        })
    }

    fn complex(&mut self, rings: &Rings, repairs: &mut Vec<&'static str>) -> Result<Geometry, Bad> {
        let mut members = Vec::new();
        for reference in rings.iter().flatten() {
            let shape = self.enter(reference.abs())?;
            let own = match &shape {
                Shape::Line(line) => line.len(),
                _ => 1,
            };
            members.extend(self.whole(shape, repairs)?);
            self.leave(own)?;
        }
        Ok(Geometry::GeometryCollection(members))
    }

    fn enter(&mut self, serial: i64) -> Result<Shape, Bad> {
        if self.open.contains(&serial) {
            let reason = format!("the references lead back to group {serial}");
            return Err(Flaw::new("format-sosi-circular", reason).into());
        }
        if self.open.len() > MAX_DEPTH {
            let reason = format!("references go through more than {MAX_DEPTH} groups");
            return Err(Flaw::new("format-sosi-circular", reason).into());
        }
        self.open.push(serial);
        self.store.get(serial)
    }

    fn leave(&mut self, positions: usize) -> Result<(), Bad> {
        self.open.pop();
        self.positions += positions + VISIT;
        self.spent += positions + VISIT;
        if self.positions > MAX_POSITIONS {
            let reason = format!("the geometry has more than {MAX_POSITIONS} positions, or refers to too many groups");
            return Err(Flaw::new("format-sosi-limit", reason).into());
        }
        Ok(())
    }
}
