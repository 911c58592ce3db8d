//! The geometry of a feature.

use catalog::table::{
    Geometry,
    wkb::{Arcs, MAX_NESTING, Position, circular_string},
};

use super::buffer::{Broken, Table};

/// Most positions of a feature after its arcs were made lines.
const MAX_POSITIONS: usize = 4_000_000;
/// Most parts of a feature.
const MAX_PARTS: usize = 1_000_000;

/// Reads geometries.
pub(super) struct Shapes<'a> {
    /// How arcs become lines.
    pub(super) arcs: Arcs<'a>,
    positions: usize,
    parts: usize,
}

type Line = Vec<Position>;

impl<'a> Shapes<'a> {
    /// A reader for one feature.
    pub(super) fn new(arcs: Arcs<'a>) -> Self {
        Self { arcs, positions: 0, parts: 0 }
    }

    /// A geometry of a type, or of its own if that is 0; `None` for an empty point.
    pub(super) fn geometry(&mut self, table: Table<'_>, kind: u8, depth: usize) -> Result<Option<Geometry>, Broken> {
        let own = table.byte(6)?;
        let kind = if kind == 0 { own } else { kind };
        Ok(Some(match kind {
            1 => match self.line(table)?.first() {
                Some(first) => Geometry::Point(*first),
                None => return Ok(None),
            },
            2 | 8 | 9 | 13 => Geometry::LineString(self.curve(table, kind, depth)?),
            3 | 10 | 14 | 17 => Geometry::Polygon(self.rings(table, kind, depth)?),
            4 => Geometry::MultiPoint(self.line(table)?),
            5 => Geometry::MultiLineString(self.split(table)?),
            6 | 12 | 15 | 16 => {
                let rings = |shapes: &mut Self, part: Table<'_>| {
                    let own = part.byte(6)?;
                    shapes.rings(part, if own == 0 { 3 } else { own }, depth + 1)
                };
                Geometry::MultiPolygon(self.each(table, depth, rings)?)
            }
            7 => {
                let members = self.each(table, depth, |shapes, part| shapes.geometry(part, 0, depth + 1))?;
                Geometry::GeometryCollection(members.into_iter().flatten().collect())
            }
            11 => Geometry::MultiLineString(self.each(table, depth, |shapes, part| {
                let own = part.byte(6)?;
                shapes.curve(part, own, depth + 1)
            })?),
            _ => return Err(Broken),
        }))
    }

    /// The parts of a geometry, each read in one way.
    fn each<T>(
        &mut self,
        table: Table<'_>,
        depth: usize,
        one: impl Fn(&mut Self, Table<'_>) -> Result<T, Broken>,
    ) -> Result<Vec<T>, Broken> {
        let list = table.list(7, 4)?;
        self.parts = self.parts.saturating_add(list.count);
        if depth >= MAX_NESTING || self.parts > MAX_PARTS {
            return Err(Broken);
        }
        list.tables().map(|part| one(self, part?)).collect()
    }

    /// A line, an arc string, or a sequence of both.
    fn curve(&mut self, table: Table<'_>, kind: u8, depth: usize) -> Result<Line, Broken> {
        match kind {
            0 | 2 | 13 => self.line(table),
            8 => {
                let points = self.line(table)?;
                let line = circular_string(&points, self.arcs).ok_or(Broken)?;
                self.count(line.len())?;
                Ok(line)
            }
            9 => {
                let parts = self.each(table, depth, |shapes, part| {
                    let own = part.byte(6)?;
                    shapes.curve(part, own, depth + 1)
                })?;
                let mut whole = Line::new();
                for part in parts {
                    let meets = whole.last().zip(part.first()).is_some_and(|(a, b)| (a.x, a.y) == (b.x, b.y));
                    whole.extend(part.into_iter().skip(usize::from(meets)));
                }
                Ok(whole)
            }
            _ => Err(Broken),
        }
    }

    /// The rings of a polygon, or of one that curves bound.
    fn rings(&mut self, table: Table<'_>, kind: u8, depth: usize) -> Result<Vec<Line>, Broken> {
        if kind != 10 {
            return self.split(table);
        }
        self.each(table, depth, |shapes, part| {
            let own = part.byte(6)?;
            shapes.curve(part, own, depth + 1)
        })
    }

    /// All positions of a geometry.
    fn line(&mut self, table: Table<'_>) -> Result<Line, Broken> {
        let (plane, heights) = (table.list(1, 8)?, table.list(2, 8)?);
        let count = plane.count / 2;
        self.count(count)?;
        let mut numbers = plane.numbers()?;
        let mut heights = heights.numbers()?;
        let mut line = Line::with_capacity(count);
        while let (Some(x), Some(y)) = (numbers.next(), numbers.next()) {
            let position = Position { x, y, z: heights.next().filter(|z| !z.is_nan()) };
            if position.x.is_nan() && position.y.is_nan() && count == 1 {
                return Ok(Line::new());
            }
            if !x.is_finite() || !y.is_finite() || position.z.is_some_and(f64::is_infinite) {
                return Err(Broken);
            }
            line.push(position);
        }
        Ok(line)
    }

    /// The positions of a geometry in the parts that its ends make of them.
    fn split(&mut self, table: Table<'_>) -> Result<Vec<Line>, Broken> {
        let line = self.line(table)?;
        let ends = table.list(0, 4)?;
        if ends.count == 0 {
            return Ok(if line.is_empty() { Vec::new() } else { vec![line] });
        }
        let mut parts = Vec::with_capacity(ends.count);
        let mut start = 0;
        for end in ends.wholes()? {
            let end = usize::try_from(end).map_err(|_| Broken)?;
            parts.push(line.get(start..end).ok_or(Broken)?.to_vec());
            start = end;
        }
        if start == line.len() { Ok(parts) } else { Err(Broken) }
    }

    fn count(&mut self, positions: usize) -> Result<(), Broken> {
        self.positions = self.positions.saturating_add(positions);
        if self.positions > MAX_POSITIONS { Err(Broken) } else { Ok(()) }
    }
}
