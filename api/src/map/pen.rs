//! Geometries as paths of SVG, in pixels with one decimal.

use std::fmt::Write;

use catalog::table::{Geometry, wkb::Position};

use super::View;

/// Bytes of all paths at the most.
const BYTES: usize = 600_000;
/// Positions nearer to the one before than this many pixels are left out.
const NEAR: f64 = 0.6;
/// Areas smaller than this in both directions are drawn as dots, in pixels.
const DOT: f64 = 1.5;

/// What is drawn, kind by kind.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    /// Areas, each a path of its own that is filled by the even-odd rule.
    pub(crate) areas: Vec<String>,
    /// Areas that are too small to have a shape: lines without length.
    pub(crate) specks: String,
    /// Lines.
    pub(crate) lines: String,
    /// Points: lines without length.
    pub(crate) points: String,
    /// Features that were drawn.
    pub(crate) features: u64,
    bytes: usize,
}

impl Paths {
    /// Whether nothing more is drawn.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes > BYTES
    }

    /// Draws a geometry, unless there is too much already.
    pub(crate) fn add(&mut self, geometry: &Geometry, view: &View) {
        if self.is_full() {
            return;
        }
        self.features += 1;
        self.draw(geometry, view);
        self.bytes = self.specks.len()
            + self.lines.len()
            + self.points.len()
            + self.areas.iter().map(String::len).sum::<usize>();
    }

    fn draw(&mut self, geometry: &Geometry, view: &View) {
        match geometry {
            Geometry::Point(position) => dot(&mut self.points, view.pixel(position)),
            Geometry::MultiPoint(points) => points.iter().for_each(|point| dot(&mut self.points, view.pixel(point))),
            Geometry::LineString(line) => path(&mut self.lines, line, view, false),
            Geometry::MultiLineString(lines) => {
                for line in lines {
                    path(&mut self.lines, line, view, false);
                }
            }
            Geometry::Polygon(rings) => self.area(std::slice::from_ref(rings), view),
            Geometry::MultiPolygon(polygons) => self.area(polygons, view),
            Geometry::GeometryCollection(members) => members.iter().for_each(|member| self.draw(member, view)),
        }
    }

    fn area(&mut self, polygons: &[Vec<Vec<Position>>], view: &View) {
        let mut out = String::new();
        for rings in polygons {
            let Some([west, north, east, south]) = rings.first().and_then(|ring| span(ring, view)) else { continue };
            if east - west < DOT && south - north < DOT {
                dot(&mut self.specks, [f64::midpoint(west, east), f64::midpoint(north, south)]);
            } else {
                for ring in rings {
                    path(&mut out, ring, view, true);
                }
            }
        }
        if !out.is_empty() {
            self.areas.push(out);
        }
    }
}

/// The extent of a line in pixels.
fn span(line: &[Position], view: &View) -> Option<[f64; 4]> {
    let pixels = line.iter().map(|position| view.pixel(position));
    pixels.map(|[x, y]| [x, y, x, y]).reduce(|a, b| {
        let ([west, north, east, south], [x, y, ..]) = (a, b);
        [west.min(x), north.min(y), east.max(x), south.max(y)]
    })
}

fn dot(out: &mut String, [x, y]: [f64; 2]) {
    // Writing to text cannot fail.
    let _ = write!(out, "M{x:.1} {y:.1}h0");
}

/// A line, or a ring, without positions that nobody could tell apart.
fn path(out: &mut String, line: &[Position], view: &View, is_ring: bool) {
    let mut before: Option<[f64; 2]> = None;
    let last = line.len().saturating_sub(1);
    for (index, position) in line.iter().enumerate() {
        let [x, y] = view.pixel(position);
        let near = before.is_some_and(|[a, b]| (a - x).abs() < NEAR && (b - y).abs() < NEAR);
        if is_ring && index == last || near && index < last {
            continue;
        }
        let _ = write!(out, "{}{x:.1} {y:.1}", if before.is_none() { 'M' } else { 'L' });
        before = Some([x, y]);
    }
    if is_ring && before.is_some() {
        out.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use catalog::crs::Crs;

    use super::*;

    fn at(x: f64, y: f64) -> Position {
        Position { x, y, z: None }
    }

    #[test]
    fn every_kind_is_drawn_in_pixels() {
        let view = View::new(Crs::from_epsg(25_833).unwrap(), [0.0, 0.0, 960.0, 540.0]);
        let [height, scale] = [view.height, view.width / (view.extent[2] - view.extent[0])];
        assert!((height - 540.0).abs() < 1e-6 && (scale - 1.0).abs() < 1e-6, "{view:?}");
        let mut paths = Paths::default();
        let ring = |side: f64| vec![at(10.0, 40.0), at(10.0 + side, 40.0), at(10.0, 40.0 + side), at(10.0, 40.0)];
        paths.add(&Geometry::Point(at(10.0, 40.0)), &view);
        paths.add(&Geometry::LineString(vec![at(0.0, 0.0), at(0.2, 0.2), at(100.0, 50.0)]), &view);
        paths.add(&Geometry::MultiPolygon(vec![vec![ring(100.0)], vec![ring(1.0)]]), &view);
        assert_eq!(paths.points, "M10.0 500.0h0");
        assert_eq!(paths.lines, "M0.0 540.0L100.0 490.0");
        assert_eq!(paths.areas, ["M10.0 500.0L110.0 500.0L10.0 400.0Z"]);
        assert_eq!((paths.specks.as_str(), paths.features), ("M10.5 499.5h0", 3));
    }

    #[test]
    fn what_is_drawn_has_an_end() {
        let view = View::new(Crs::CRS84, [0.0, 0.0, 10.0, 10.0]);
        let mut paths = Paths::default();
        for _ in 0..100_000 {
            paths.add(&Geometry::Point(at(5.0, 5.0)), &view);
        }
        assert!(paths.is_full() && paths.points.len() < BYTES + 100 && paths.features < 100_000);
    }
}
