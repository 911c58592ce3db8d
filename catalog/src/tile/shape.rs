//! The shape of a feature: on the whole world, and in the units of a zoom.

use super::{
    matrix::{EXTENT, Point, WORLD},
    simplify,
};
use crate::{
    crs::Transform,
    table::{Geometry, wkb::Position},
};

/// How far a line may be off after simplification, in units of a tile: an eighth of a pixel of 512 a tile.
const TOLERANCE: f64 = 1.0;
/// Areas smaller than this many square units are drawn as squares of this size, so many of them that what they cover
/// together stays the same.
const DUST: f64 = 16.0;

/// Points, lines and areas; rings do not have their first position once more at the end.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shape {
    /// Points that stand alone.
    pub(super) points: Vec<Point>,
    /// Lines.
    pub(super) lines: Vec<Vec<Point>>,
    /// Areas: their rings, the outer one first.
    pub(super) areas: Vec<Vec<Vec<Point>>>,
}

impl Shape {
    /// Whether nothing is there.
    pub(super) fn is_empty(&self) -> bool {
        self.points.is_empty() && self.lines.is_empty() && self.areas.is_empty()
    }

    /// The extent: least and greatest coordinates; `None` of an empty shape.
    pub(super) fn extent(&self) -> Option<[f64; 4]> {
        let lines = self.lines.iter().flatten();
        let mut points = self.points.iter().chain(lines).chain(self.areas.iter().flatten().flatten());
        let [x, y] = points.next()?;
        let span = |[west, north, east, south]: [f64; 4], [x, y]: &Point| {
            [west.min(*x), north.min(*y), east.max(*x), south.max(*y)]
        };
        Some(points.fold([*x, *y, *x, *y], span))
    }

    fn add(&mut self, geometry: &Geometry) {
        match geometry {
            Geometry::Point(position) => self.points.push(share(position)),
            Geometry::MultiPoint(points) => self.points.extend(points.iter().map(share)),
            Geometry::LineString(line) => self.lines.push(line.iter().map(share).collect()),
            Geometry::MultiLineString(lines) => {
                self.lines.extend(lines.iter().map(|line| line.iter().map(share).collect()));
            }
            Geometry::Polygon(rings) => self.areas.push(open(rings)),
            Geometry::MultiPolygon(polygons) => self.areas.extend(polygons.iter().map(|rings| open(rings))),
            Geometry::GeometryCollection(members) => members.iter().for_each(|member| self.add(member)),
        }
    }
}

/// A position in Web Mercator as shares of the world's square, from its north-western corner.
fn share(position: &Position) -> Point {
    let [west, _, east, north] = WORLD;
    [(position.x - west) / (east - west), (north - position.y) / (east - west)]
}

fn open(rings: &[Vec<Position>]) -> Vec<Vec<Point>> {
    let open = |ring: &Vec<Position>| ring.iter().take(ring.len().saturating_sub(1)).map(share).collect();
    rings.iter().map(open).collect()
}

/// A shape as shares of the world's square.
#[derive(Debug, Clone)]
pub(crate) struct World(Shape);

impl World {
    /// The shape of a geometry; `None` if a position has no place in Web Mercator.
    pub(super) fn of(geometry: &Geometry, to_mercator: &Transform) -> Option<Self> {
        let mut shape = Shape::default();
        if to_mercator.is_none() {
            shape.add(geometry);
        } else {
            shape.add(&geometry.transform(to_mercator)?);
        }
        Some(Self(shape)).filter(|world| !world.0.is_empty())
    }

    /// Least and greatest shares.
    pub(crate) fn extent(&self) -> [f64; 4] {
        self.0.extent().unwrap_or_default()
    }

    /// Segments of lines and rings, and their length together in shares of the world's side.
    pub(crate) fn segments(&self) -> (u64, f64) {
        let lines = self.0.lines.iter().chain(self.0.areas.iter().flatten());
        lines
            .flat_map(|line| line.iter().zip(line.iter().skip(1)))
            .fold((0, 0.0), |(count, length), (a, b)| (count + 1, length + (a[0] - b[0]).hypot(a[1] - b[1])))
    }

    /// The simplified shape in the units of a zoom, counted from the world's north-western corner. `draw` decides which
    /// areas that are too small to be seen stand for the others.
    pub(crate) fn at_zoom(&self, zoom: u8, draw: u64) -> Shape {
        let units = f64::from(EXTENT) * f64::from(1_u32 << zoom);
        let scaled = |line: &Vec<Point>| line.iter().map(|[x, y]| [x * units, y * units]).collect::<Vec<Point>>();
        let lines = self.0.lines.iter().map(|line| simplify::line(&scaled(line), TOLERANCE));
        let areas = self.0.areas.iter().zip(0_u64..).filter_map(|(rings, at)| {
            area(&rings.iter().map(scaled).collect::<Vec<_>>(), mixed(draw ^ at.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
        });
        Shape { points: scaled(&self.0.points), lines: lines.collect(), areas: areas.collect() }
    }
}

/// A simplified area; `None` if it is too small and others stand for it.
fn area(rings: &[Vec<Point>], draw: u64) -> Option<Vec<Vec<Point>>> {
    let outer = rings.first()?;
    let size = doubled_area(outer).abs() / 2.0;
    let simple = if size < DUST { Vec::new() } else { simplify::ring(outer, TOLERANCE) };
    if simple.len() < 3 {
        return (size / DUST > part(draw)).then(|| vec![square(outer)]);
    }
    let holes = rings.iter().skip(1).filter(|hole| doubled_area(hole).abs() / 2.0 >= DUST);
    let holes = holes.map(|hole| simplify::ring(hole, TOLERANCE)).filter(|hole| hole.len() > 2);
    Some(std::iter::once(simple).chain(holes).collect())
}

/// A square of the size of [`DUST`] with the middle of a ring in it.
fn square(ring: &[Point]) -> Vec<Point> {
    let lone = Shape { points: ring.to_vec(), ..Shape::default() };
    let [west, north, east, south] = lone.extent().unwrap_or_default();
    let half = DUST.sqrt() / 2.0;
    let (x, y) = (f64::midpoint(west, east), f64::midpoint(north, south));
    vec![[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]]
}

/// Twice the area, positive where the ring goes clockwise on a screen (y down; MVT 2.1 section 4.3.4.4).
pub(super) fn doubled_area(ring: &[Point]) -> f64 {
    let Some([x0, y0]) = ring.first() else { return 0.0 };
    let next = ring.iter().skip(1).chain(ring.first());
    // Counted from the first position, so that far from the corner of the world nothing is lost.
    let cross = |([ax, ay], [bx, by]): (&Point, &Point)| (ax - x0) * (by - y0) - (bx - x0) * (ay - y0);
    ring.iter().zip(next).map(cross).sum()
}

/// A number that looks drawn at random, always the same for the same one (the finaliser of `SplitMix64`).
pub(crate) fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A number as part of all numbers, from 0 to 1.
fn part(number: u64) -> f64 {
    f64::from(u32::try_from(number >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}
