//! Whether two geometries have a point in common, borders included: some of their segments cross or touch, or one lies
//! within an area of the other.

use super::{Geometry, Position, overlap};

/// What a geometry is made of.
#[derive(Default)]
struct Parts<'a> {
    /// Points that stand alone.
    points: Vec<Position>,
    /// Lines, and the rings of areas.
    lines: Vec<&'a [Position]>,
    /// Areas: their rings, the outer one first.
    areas: Vec<&'a [Vec<Position>]>,
}

impl<'a> Parts<'a> {
    fn add(&mut self, geometry: &'a Geometry) {
        match geometry {
            Geometry::Point(position) => self.points.push(*position),
            Geometry::MultiPoint(points) => self.points.extend(points),
            Geometry::LineString(line) => self.lines.push(line),
            Geometry::MultiLineString(lines) => self.lines.extend(lines.iter().map(Vec::as_slice)),
            Geometry::Polygon(rings) => self.add_area(rings),
            Geometry::MultiPolygon(areas) => areas.iter().for_each(|rings| self.add_area(rings)),
            Geometry::GeometryCollection(members) => members.iter().for_each(|member| self.add(member)),
        }
    }

    fn add_area(&mut self, rings: &'a [Vec<Position>]) {
        self.lines.extend(rings.iter().map(Vec::as_slice));
        self.areas.push(rings);
    }

    fn of(geometry: &'a Geometry) -> Self {
        let mut parts = Self::default();
        parts.add(geometry);
        parts
    }

    /// One position of every part: where no border is crossed, all of a part is within an area or none of it.
    fn samples(&self) -> impl Iterator<Item = &Position> {
        self.points.iter().chain(self.lines.iter().filter_map(|line| line.first()))
    }
}

/// Whether two geometries have a point in common.
pub(super) fn meet(a: &Geometry, b: &Geometry) -> bool {
    let (a, b) = (Parts::of(a), Parts::of(b));
    a.lines.iter().any(|line| b.lines.iter().any(|other| lines_meet(line, other)))
        || a.points.iter().any(|point| touches(&b, point))
        || b.points.iter().any(|point| touches(&a, point))
        || a.samples().any(|point| b.areas.iter().any(|area| within(area, point)))
        || b.samples().any(|point| a.areas.iter().any(|area| within(area, point)))
}

/// Whether a point is one of the other's points or lies on one of its lines.
fn touches(parts: &Parts<'_>, point: &Position) -> bool {
    parts.points.iter().any(|other| same(other, point))
        || parts.lines.iter().any(|line| segments(line).any(|(from, to)| on_segment(from, to, point)))
}

fn lines_meet(a: &[Position], b: &[Position]) -> bool {
    let Some(extent) = extent(b) else { return false };
    let near = segments(a).filter(|(from, to)| overlap(&extent, &span(from, to)));
    near.into_iter().any(|(from, to)| segments(b).any(|(start, end)| segments_meet((from, to), (start, end))))
}

/// The segments of a line; a single position is one of no length.
fn segments(line: &[Position]) -> impl Iterator<Item = (&Position, &Position)> {
    let alone = line.first().filter(|_| line.len() == 1).map(|only| (only, only));
    line.iter().zip(line.iter().skip(1)).chain(alone)
}

fn extent(line: &[Position]) -> Option<[f64; 4]> {
    line.iter().map(|p| [p.x, p.y, p.x, p.y]).reduce(super::union)
}

fn span(a: &Position, b: &Position) -> [f64; 4] {
    [a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y)]
}

fn same(a: &Position, b: &Position) -> bool {
    overlap(&span(a, a), &span(b, b))
}

/// Twice the signed area of a triangle: its sign says on which side of the line from `a` to `b` the point is.
fn side(a: &Position, b: &Position, point: &Position) -> f64 {
    (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
}

fn on_segment(a: &Position, b: &Position, point: &Position) -> bool {
    side(a, b, point) == 0.0 && overlap(&span(a, b), &span(point, point))
}

fn segments_meet((a, b): (&Position, &Position), (c, d): (&Position, &Position)) -> bool {
    if !overlap(&span(a, b), &span(c, d)) {
        return false;
    }
    let (c_side, d_side) = (side(a, b, c), side(a, b, d));
    let (a_side, b_side) = (side(c, d, a), side(c, d, b));
    let apart = |one: f64, other: f64| (one > 0.0 && other < 0.0) || (one < 0.0 && other > 0.0);
    (apart(c_side, d_side) && apart(a_side, b_side))
        || on_segment(a, b, c)
        || on_segment(a, b, d)
        || on_segment(c, d, a)
        || on_segment(c, d, b)
}

/// Whether a ray from the point crosses the rings an odd number of times; what lies on a ring is for [`touches`].
fn within(area: &[Vec<Position>], point: &Position) -> bool {
    let mut inside = false;
    for (a, b) in area.iter().flat_map(|ring| segments(ring)) {
        let crosses = (a.y > point.y) != (b.y > point.y);
        if crosses && point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Vec<Position> {
        points.iter().map(|(x, y)| Position { x: *x, y: *y, z: None }).collect()
    }

    fn square(west: f64, south: f64, size: f64) -> Vec<Position> {
        let (east, north) = (west + size, south + size);
        line(&[(west, south), (east, south), (east, north), (west, north), (west, south)])
    }

    #[test]
    fn a_hole_is_not_within_and_its_border_is() {
        let ring = Geometry::Polygon(vec![square(0.0, 0.0, 10.0), square(3.0, 3.0, 4.0)]);
        let point = |x, y| Geometry::Point(Position { x, y, z: None });
        assert!(meet(&ring, &point(1.0, 1.0)));
        assert!(meet(&ring, &point(0.0, 5.0)), "on the outer border");
        assert!(meet(&ring, &point(3.0, 5.0)), "on the border of the hole");
        assert!(!meet(&ring, &point(5.0, 5.0)), "in the hole");
        assert!(!meet(&ring, &Geometry::Polygon(vec![square(4.0, 4.0, 2.0)])), "an area in the hole");
        assert!(meet(&ring, &Geometry::Polygon(vec![square(4.0, 4.0, 5.0)])), "an area across the hole's border");
        assert!(meet(&ring, &Geometry::LineString(line(&[(5.0, 5.0), (5.0, 20.0)]))));
        assert!(!meet(&ring, &Geometry::LineString(line(&[(4.0, 4.0), (6.0, 6.0)]))));
    }

    #[test]
    fn segments_cross_touch_and_overlap() {
        let crossing =
            |a: &[(f64, f64)], b: &[(f64, f64)]| meet(&Geometry::LineString(line(a)), &Geometry::LineString(line(b)));
        assert!(crossing(&[(0.0, 0.0), (2.0, 2.0)], &[(0.0, 2.0), (2.0, 0.0)]));
        assert!(crossing(&[(0.0, 0.0), (2.0, 0.0)], &[(1.0, 0.0), (1.0, 5.0)]));
        assert!(crossing(&[(0.0, 0.0), (2.0, 0.0)], &[(1.0, 0.0), (5.0, 0.0)]));
        assert!(!crossing(&[(0.0, 0.0), (2.0, 0.0)], &[(3.0, 0.0), (5.0, 0.0)]));
        assert!(!crossing(&[(0.0, 0.0), (2.0, 2.0)], &[(1.0, 0.0), (3.0, 2.0)]));
        assert!(crossing(&[(0.0, 0.0), (2.0, 2.0)], &[(1.0, 1.0), (1.0, 1.0)]));
    }
}
