//! Whether areas are what OGC 06-103r4 section 6.1.11 calls simple: rings that neither cross nor touch themselves, holes
//! within their shell, parts apart from each other. Exact in the plane of the coordinates.

mod boxes;
mod touch;

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashSet},
    ops::ControlFlow,
};

use self::{boxes::Boxes, touch::Touches};
use super::{
    Geometry, Position, overlap,
    ring::{is_whole, same},
    side::side,
};

/// Comparisons that a geometry may cost for each of its positions; real ones cost less than a tenth.
const COMPARISONS: u64 = 256;

/// What is wrong with an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flaw {
    /// A ring that does not end where it begins, or has fewer than four positions.
    Ring,
    /// A ring around nothing: all its positions lie on a line.
    Collapsed,
    /// Rings that cross or touch themselves, cross or share a stretch with each other, or cut the area in two; parts
    /// that lie in each other.
    SelfIntersection,
    /// A hole outside of its shell or within another hole.
    Hole,
    /// So many segments lie across each other's extents that comparing them would take too long.
    TooComplex,
}

impl Geometry {
    /// The first thing that is wrong with the areas of a geometry; points and lines may lie as they like. Members of a
    /// collection are looked at one by one. Takes n log n comparisons for n positions that lie as they do on maps.
    pub fn flaw(&self) -> Option<Flaw> {
        match self {
            Self::Polygon(rings) => of_area(std::slice::from_ref(rings)),
            Self::MultiPolygon(polygons) => of_area(polygons),
            Self::GeometryCollection(members) => members.iter().find_map(Self::flaw),
            Self::Point(_) | Self::LineString(_) | Self::MultiPoint(_) | Self::MultiLineString(_) => None,
        }
    }
}

/// One side of a ring.
#[derive(Debug, Clone)]
struct Segment {
    a: Position,
    b: Position,
    /// The ring, counted over all polygons.
    ring: usize,
    /// Its place in the ring.
    at: usize,
}

impl Segment {
    fn extent(&self) -> [f64; 4] {
        let (a, b) = (&self.a, &self.b);
        [a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y)]
    }

    fn side_of(&self, point: &Position) -> Ordering {
        side(&self.a, &self.b, point)
    }
}

/// A ring without repeated positions; the last position is not the first one again.
#[derive(Debug)]
struct Ring {
    polygon: usize,
    is_shell: bool,
    corners: Vec<Position>,
}

impl Ring {
    fn new(polygon: usize, index: usize, positions: &[Position]) -> Result<Self, Flaw> {
        if !is_whole(positions) {
            return Err(Flaw::Ring);
        }
        let mut corners = positions.to_vec();
        corners.dedup_by(|a, b| same(a, b));
        corners.pop();
        let flat = match corners.as_slice() {
            [a, b, rest @ ..] => rest.iter().all(|corner| side(a, b, corner) == Ordering::Equal),
            _ => true,
        };
        if flat { Err(Flaw::Collapsed) } else { Ok(Self { polygon, is_shell: index == 0, corners }) }
    }

    fn segments(&self, ring: usize) -> impl Iterator<Item = Segment> {
        let ends = self.corners.iter().cycle().skip(1);
        self.corners.iter().zip(ends).enumerate().map(move |(at, (a, b))| Segment { a: *a, b: *b, ring, at })
    }

    /// The corner before the start of a segment and the one behind its end.
    fn around(&self, at: usize) -> Option<(&Position, &Position)> {
        let count = self.corners.len();
        Some((self.corners.get((at + count - 1) % count)?, self.corners.get((at + 2) % count)?))
    }
}

fn of_area(polygons: &[Vec<Vec<Position>>]) -> Option<Flaw> {
    let rings = polygons.iter().enumerate().flat_map(|(polygon, rings)| {
        rings.iter().enumerate().map(move |(index, ring)| Ring::new(polygon, index, ring))
    });
    let rings = match rings.collect::<Result<Vec<Ring>, Flaw>>() {
        Ok(rings) => rings,
        Err(flaw) => return Some(flaw),
    };
    let segments: Vec<Segment> = rings.iter().enumerate().flat_map(|(at, ring)| ring.segments(at)).collect();
    let tree = Boxes::new(&segments);
    let mut touches = Touches::default();
    let budget = COMPARISONS * (segments.len() as u64 + 64);
    match tree.pairs(budget, &mut |a, b| meet(&rings, (a, b), &mut touches)) {
        None => Some(Flaw::TooComplex),
        Some(ControlFlow::Break(flaw)) => Some(flaw),
        Some(ControlFlow::Continue(())) if touches.cross(&rings) || touches.cut(&rings) => Some(Flaw::SelfIntersection),
        Some(ControlFlow::Continue(())) => misplaced(&rings, &tree, &touches.places()),
    }
}

/// Two segments whose extents meet: breaks where they must not.
fn meet(rings: &[Ring], (first, second): (&Segment, &Segment), touches: &mut Touches) -> ControlFlow<Flaw> {
    let corners = rings.get(first.ring).map_or(0, |ring| ring.corners.len());
    if first.ring == second.ring && second.at == first.at + 1 {
        return folds(first, second);
    }
    if first.ring == second.ring && first.at == 0 && second.at + 1 == corners {
        return folds(second, first);
    }
    let (c, d) = (first.side_of(&second.a), first.side_of(&second.b));
    let (a, b) = (second.side_of(&first.a), second.side_of(&first.b));
    let apart = |one: Ordering, other: Ordering| one.is_ne() && one == other.reverse();
    if apart(a, b) && apart(c, d) || [a, b, c, d].into_iter().all(Ordering::is_eq) && share(first, second) {
        return ControlFlow::Break(Flaw::SelfIntersection);
    }
    let on_first = |point: &Position| overlap(&first.extent(), &[point.x, point.y, point.x, point.y]);
    let on_second = |point: &Position| overlap(&second.extent(), &[point.x, point.y, point.x, point.y]);
    let ends = [
        (second.a, c.is_eq() && on_first(&second.a)),
        (second.b, d.is_eq() && on_first(&second.b)),
        (first.a, a.is_eq() && on_second(&first.a)),
        (first.b, b.is_eq() && on_second(&first.b)),
    ];
    let Some((place, _)) = ends.into_iter().find(|(_, touches)| *touches) else { return ControlFlow::Continue(()) };
    if first.ring == second.ring {
        return ControlFlow::Break(Flaw::SelfIntersection);
    }
    touches.add(place, (first, second));
    ControlFlow::Continue(())
}

/// A segment and the next one: breaks where the ring turns back on itself.
fn folds(before: &Segment, after: &Segment) -> ControlFlow<Flaw> {
    let (a, b, c) = (&before.a, &before.b, &after.b);
    let back =
        || (a.x < b.x && c.x < b.x) || (a.x > b.x && c.x > b.x) || (a.y < b.y && c.y < b.y) || (a.y > b.y && c.y > b.y);
    if before.side_of(c).is_eq() && back() {
        return ControlFlow::Break(Flaw::SelfIntersection);
    }
    ControlFlow::Continue(())
}

/// Whether two segments on one line have more than a point in common.
fn share(first: &Segment, second: &Segment) -> bool {
    let ([west, south, east, north], [other_west, other_south, other_east, other_north]) =
        (first.extent(), second.extent());
    west.max(other_west) < east.min(other_east) || south.max(other_south) < north.min(other_north)
}

/// Holes that are not within their shell, and parts that lie in each other, of rings that do not cross.
fn misplaced(rings: &[Ring], tree: &Boxes<'_>, touched: &HashSet<(u64, u64)>) -> Option<Flaw> {
    if rings.len() < 2 {
        return None;
    }
    rings.iter().enumerate().find_map(|(at, ring)| {
        let free = ring.corners.iter().find(|corner| !touched.contains(&touch::bits(corner)));
        let place = free.copied().or_else(|| halfway(ring))?;
        let around = around(tree, &place, at);
        let holes_of = |polygon: usize| {
            around.iter().filter_map(|at| rings.get(*at)).any(|ring| ring.polygon == polygon && !ring.is_shell)
        };
        let shells = || around.iter().filter_map(|at| rings.get(*at)).filter(|ring| ring.is_shell);
        if ring.is_shell {
            let nested = shells().any(|shell| shell.polygon != ring.polygon && !holes_of(shell.polygon));
            return nested.then_some(Flaw::SelfIntersection);
        }
        let lost = holes_of(ring.polygon) || !shells().any(|shell| shell.polygon == ring.polygon);
        lost.then_some(Flaw::Hole)
    })
}

/// A place on a ring all corners of which lie on other rings.
fn halfway(ring: &Ring) -> Option<Position> {
    let (a, b) = (ring.corners.first()?, ring.corners.get(1)?);
    Some(Position { x: f64::midpoint(a.x, b.x), y: f64::midpoint(a.y, b.y), z: None })
}

/// The other rings around a place that lies on none of them: those that a ray to the east crosses an odd number of
/// times.
fn around(tree: &Boxes<'_>, place: &Position, own: usize) -> Vec<usize> {
    let mut crossed: BTreeMap<usize, bool> = BTreeMap::new();
    tree.ray(place, &mut |segment| {
        let (a, b) = (&segment.a, &segment.b);
        let upward = b.y > place.y && a.y <= place.y;
        let downward = a.y > place.y && b.y <= place.y;
        let wanted = if upward { Ordering::Greater } else { Ordering::Less };
        if segment.ring != own && (upward || downward) && segment.side_of(place) == wanted {
            let odd = crossed.entry(segment.ring).or_default();
            *odd = !*odd;
        }
    });
    crossed.into_iter().filter_map(|(ring, odd)| odd.then_some(ring)).collect()
}

#[cfg(test)]
mod tests;
