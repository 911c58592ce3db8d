//! Curves of segments, and arcs as lines.

use catalog::table::wkb::Position;

use super::{
    super::{
        flaw::{Bad, Flaw, Judged},
        shape::{arc, ring},
    },
    controls::Controls,
    parser::{Parser, Used, few},
    scope::Scope,
    shape::Shape,
};

/// Half the longer axis of the ellipsoid in metres, and its eccentricity squared.
const AXIS: f64 = 6_378_137.0;
const ECCENTRICITY: f64 = 0.006_694_38;

impl Parser {
    /// A curve: its segments follow each other.
    pub(super) fn curve(&mut self, scope: Scope) -> Judged<Shape> {
        let mut lines = Vec::new();
        for segment in self.members(scope)? {
            let Shape::Line(line) = segment else {
                return Err(Flaw::new("format-gml-geometry", "a segment of a curve is no segment").into());
            };
            lines.push(line);
        }
        let slack = self.used().map_or(0.0, |used| used.system.slack());
        let mut lines = ring::connect(lines, slack);
        match (lines.pop(), lines.is_empty()) {
            (Some(line), true) => Ok(Shape::Line(line)),
            (None, _) => Err(Flaw::new("format-gml-geometry", "a curve has no segments").into()),
            (Some(_), false) => Err(Flaw::new("format-gml-ring", "the segments of a curve do not meet").into()),
        }
    }

    /// An arc or a circle as a line.
    pub(super) fn arc(&mut self, name: &str, scope: Scope) -> Judged<Vec<Position>> {
        let controls = self.controls(scope)?;
        let plane = Plane::of(self.used(), &controls.positions);
        let on_plane: Vec<Position> = controls.positions.iter().map(|position| plane.enter(*position)).collect();
        let mut line = self.draw(name, &on_plane, &controls, plane.is_map())?;
        for position in &mut line {
            *position = plane.leave(*position);
        }
        self.spend(line.len())?;
        Ok(line)
    }

    fn draw(&self, name: &str, points: &[Position], controls: &Controls, is_map: bool) -> Judged<Vec<Position>> {
        let tolerance = self.tolerance;
        let flaw = |reason: &str| -> Bad { Flaw::new("format-gml-arc", reason).into() };
        match (name, points) {
            ("Arc", [a, b, c]) => through(*a, *b, *c, tolerance).ok_or_else(|| flaw("the arc ends where it begins")),
            ("Circle", [a, b, c]) => arc::circle_through(*a, *b, *c, tolerance)
                .ok_or_else(|| flaw("no circle goes through the three points")),
            ("ArcString", [first, rest @ ..]) if rest.len() >= 2 && rest.len().is_multiple_of(2) => {
                let mut line = vec![*first];
                for pair in rest.chunks_exact(2) {
                    let ([middle, end], Some(start)) = (pair, line.last().copied()) else { continue };
                    let arc = through(start, *middle, *end, tolerance);
                    line.extend(arc.ok_or_else(|| flaw("an arc ends where it begins"))?.into_iter().skip(1));
                }
                Ok(line)
            }
            (ARC_AT | CIRCLE_AT, [centre]) => {
                let radius = controls.radius.filter(|radius| *radius > 0.0 && *radius < 1e7);
                let radius = radius.ok_or_else(|| flaw("an arc without a readable radius"))?;
                match controls.angles {
                    [Some(start), Some(end)] if name == ARC_AT => {
                        around(*centre, radius, [start, end], is_map, tolerance)
                            .ok_or_else(|| flaw("an arc begins and ends at the same angle"))
                    }
                    _ => Ok(arc::circle(*centre, radius, tolerance)),
                }
            }
            _ => Err(match few(points.len(), "as many as an arc or circle needs") {
                Bad::Flaw(few) => flaw(&few.reason),
                file @ Bad::File(_) => file,
            }),
        }
    }
}

const ARC_AT: &str = "ArcByCenterPoint";
const CIRCLE_AT: &str = "CircleByCenterPoint";

fn through(a: Position, b: Position, c: Position, tolerance: f64) -> Option<Vec<Position>> {
    ((a.x, a.y) != (c.x, c.y)).then(|| arc::through(a, b, c, tolerance))
}

/// The arc around a point from one angle to the other: on maps counter-clockwise from the east, of degrees bearings.
fn around(centre: Position, radius: f64, angles: [f64; 2], is_map: bool, tolerance: f64) -> Option<Vec<Position>> {
    let [start, end] = angles;
    if (end - start).abs() >= 360.0 {
        return Some(arc::circle(centre, radius, tolerance));
    }
    let at = |angle: f64| {
        let (sin, cos) = angle.to_radians().sin_cos();
        let (x, y) = if is_map { (cos, sin) } else { (sin, cos) };
        Position { x: centre.x + radius * x, y: centre.y + radius * y, z: centre.z }
    };
    through(at(start), at(f64::midpoint(start, end)), at(end), tolerance)
}

/// The plane on which arcs are drawn: the map's, or for degrees one that touches the ellipsoid there.
#[derive(Debug, Clone, Copy)]
struct Plane {
    /// Longitude, latitude, and metres of a degree of each.
    touching: Option<[f64; 4]>,
}

impl Plane {
    fn of(used: Option<Used>, positions: &[Position]) -> Self {
        let geographic = used.is_some_and(|used| used.system.is_geographic());
        let touching = positions.first().filter(|_| geographic).map(|at| {
            let (sin, cos) = at.y.to_radians().sin_cos();
            let flat = 1.0 - ECCENTRICITY * sin * sin;
            let prime = AXIS / flat.sqrt();
            let meridian = prime * (1.0 - ECCENTRICITY) / flat;
            [at.x, at.y, (prime * cos).to_radians(), meridian.to_radians()]
        });
        Self { touching }
    }

    fn is_map(self) -> bool {
        self.touching.is_none()
    }

    fn enter(self, position: Position) -> Position {
        let Some([x, y, east, north]) = self.touching else { return position };
        Position { x: (position.x - x) * east, y: (position.y - y) * north, z: position.z }
    }

    fn leave(self, position: Position) -> Position {
        let Some([x, y, east, north]) = self.touching else { return position };
        Position { x: x + position.x / east, y: y + position.y / north, z: position.z }
    }
}
