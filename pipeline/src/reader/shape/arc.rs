//! Arcs and circles as lines: no line is farther from the arc than the tolerance, and the given points are kept.

use std::f64::consts::{PI, TAU};

use catalog::table::wkb::Position;

/// Most lines that stand for one arc.
const MAX_STEPS: f64 = 100_000.0;
/// An arc with a greater radius is straight, in metres.
const STRAIGHT: f64 = 1e9;

/// Where an arc turns around.
#[derive(Debug, Clone, Copy)]
struct Centre {
    x: f64,
    y: f64,
    radius: f64,
}

/// Turn of an arc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Left,
    Right,
}

/// The arc from `a` through `b` to `c`.
pub(in crate::reader) fn through(a: Position, b: Position, c: Position, tolerance: f64) -> Vec<Position> {
    let mut line = vec![a];
    match centre(a, b, c) {
        Some(circle) => {
            let turn = if cross(a, b, c) > 0.0 { Turn::Left } else { Turn::Right };
            circle.sweep(&mut line, b, turn, tolerance);
            circle.sweep(&mut line, c, turn, tolerance);
        }
        None => line.extend([b, c]),
    }
    line
}

/// The circle through three points, closed at the first one; `None` where there is none.
pub(in crate::reader) fn circle_through(
    a: Position,
    b: Position,
    c: Position,
    tolerance: f64,
) -> Option<Vec<Position>> {
    let circle = centre(a, b, c)?;
    let turn = if cross(a, b, c) > 0.0 { Turn::Left } else { Turn::Right };
    let mut line = vec![a];
    for end in [b, c, a] {
        circle.sweep(&mut line, end, turn, tolerance);
    }
    Some(line)
}

/// The circle around a point, counter-clockwise from the east.
pub(in crate::reader) fn circle(centre: Position, radius: f64, tolerance: f64) -> Vec<Position> {
    let at = |x: f64| Position { x: centre.x + x, ..centre };
    let circle = Centre { x: centre.x, y: centre.y, radius };
    let mut line = vec![at(radius)];
    circle.sweep(&mut line, at(-radius), Turn::Left, tolerance);
    circle.sweep(&mut line, at(radius), Turn::Left, tolerance);
    line
}

/// The arc around a point from `a` to `b`, or the whole circle where they are one; `None` if `a` is the centre.
pub(in crate::reader) fn about(
    centre: Position,
    a: Position,
    b: Position,
    clockwise: bool,
    tolerance: f64,
) -> Option<Vec<Position>> {
    let radius = (a.x - centre.x).hypot(a.y - centre.y);
    let circle = (radius > 0.0 && radius < STRAIGHT).then_some(Centre { x: centre.x, y: centre.y, radius })?;
    let turn = if clockwise { Turn::Right } else { Turn::Left };
    let mut line = vec![a];
    if (a.x, a.y) == (b.x, b.y) {
        let opposite = Position { x: 2.0 * centre.x - a.x, y: 2.0 * centre.y - a.y, z: a.z };
        circle.sweep(&mut line, opposite, turn, tolerance);
    }
    circle.sweep(&mut line, b, turn, tolerance);
    Some(line)
}

/// The arc from `a` to `b` with a radius: a negative one turns left, a positive one right; `great` takes the longer way.
/// `None` if the points are farther apart than the circle is wide; `slack` is how far they may be for rounding.
pub(in crate::reader) fn with_radius(a: Position, b: Position, arc: Arc, slack: f64) -> Option<Vec<Position>> {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let half = dx.hypot(dy) / 2.0;
    let radius = arc.radius.abs();
    if half == 0.0 || half - radius > slack || !radius.is_finite() {
        return None;
    }
    let radius = radius.max(half);
    let height = (radius * radius - half * half).max(0.0).sqrt() / (2.0 * half);
    let side = if (arc.radius < 0.0) == arc.great { -height } else { height };
    let circle = Centre { x: f64::midpoint(a.x, b.x) - dy * side, y: f64::midpoint(a.y, b.y) + dx * side, radius };
    let mut line = vec![a];
    circle.sweep(&mut line, b, if arc.radius < 0.0 { Turn::Left } else { Turn::Right }, arc.tolerance);
    Some(line)
}

/// An arc between two points.
#[derive(Debug, Clone, Copy)]
pub(in crate::reader) struct Arc {
    /// Radius with its sign.
    pub(in crate::reader) radius: f64,
    /// The longer way round.
    pub(in crate::reader) great: bool,
    /// Greatest distance of a line from the arc.
    pub(in crate::reader) tolerance: f64,
}

impl Centre {
    /// Goes on from the last position of a line to `end`.
    fn sweep(self, line: &mut Vec<Position>, end: Position, turn: Turn, tolerance: f64) {
        let Some(start) = line.last().copied() else { return };
        let angle = |position: Position| (position.y - self.y).atan2(position.x - self.x);
        let first = angle(start);
        let swept = match turn {
            Turn::Left => (angle(end) - first).rem_euclid(TAU),
            Turn::Right => -(first - angle(end)).rem_euclid(TAU),
        };
        let widest = if tolerance < self.radius { 2.0 * (1.0 - tolerance / self.radius).acos() } else { PI / 2.0 };
        let steps = (swept.abs() / widest.min(PI / 2.0)).ceil().clamp(1.0, MAX_STEPS);
        let mut step = 1.0;
        while step < steps {
            let share = step / steps;
            let (sin, cos) = (first + swept * share).sin_cos();
            let z = start.z.zip(end.z).map(|(from, to)| from + (to - from) * share);
            line.push(Position { x: self.x + self.radius * cos, y: self.y + self.radius * sin, z });
            step += 1.0;
        }
        line.push(end);
    }
}

/// Twice the signed area of the triangle: positive if it turns left.
fn cross(a: Position, b: Position, c: Position) -> f64 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// The circle through three points; `None` if they stand in a line, or so nearly that it makes no difference.
fn centre(a: Position, b: Position, c: Position) -> Option<Centre> {
    // Relative to the first point, so that the great numbers of coordinates cost no digits.
    let (bx, by, cx, cy) = (b.x - a.x, b.y - a.y, c.x - a.x, c.y - a.y);
    let doubled = 2.0 * (bx * cy - by * cx);
    let (b_squared, c_squared) = (bx * bx + by * by, cx * cx + cy * cy);
    let east = (cy * b_squared - by * c_squared) / doubled;
    let north = (bx * c_squared - cx * b_squared) / doubled;
    let radius = east.hypot(north);
    (radius > 0.0 && radius < STRAIGHT).then_some(Centre { x: a.x + east, y: a.y + north, radius })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64) -> Position {
        Position { x: 500_000.0 + x, y: 6_500_000.0 + y, z: None }
    }

    fn length(line: &[Position]) -> f64 {
        line.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).sum()
    }

    /// Every vertex on the circle, every middle of a line at most the tolerance within.
    fn holds(line: &[Position], centre: Position, radius: f64, tolerance: f64) {
        let far = |x: f64, y: f64| (x - centre.x).hypot(y - centre.y);
        for position in line {
            assert!((far(position.x, position.y) - radius).abs() < 1e-6);
        }
        for pair in line.windows(2) {
            let middle = far(f64::midpoint(pair[0].x, pair[1].x), f64::midpoint(pair[0].y, pair[1].y));
            assert!(radius - middle <= tolerance * 1.000_001, "{} within", radius - middle);
        }
    }

    #[test]
    fn three_points_give_the_arc_through_the_middle_one() {
        // Half a circle, once to each side, and 315 degrees that a shorter way would miss.
        for (middle, y) in [(at(50.0, 50.0), 50.0), (at(50.0, -50.0), -50.0)] {
            let line = through(at(0.0, 0.0), middle, at(100.0, 0.0), 0.01);
            holds(&line, at(50.0, 0.0), 50.0, 0.01);
            assert!((length(&line) - 50.0 * PI).abs() < 0.1, "{}", length(&line));
            assert!(line.contains(&at(50.0, y)));
        }
        let corner = 50.0 * (PI / 4.0).cos();
        let line = through(at(50.0, 0.0), at(-50.0, 0.0), at(corner, -corner), 0.001);
        holds(&line, at(0.0, 0.0), 50.0, 0.001);
        assert!((length(&line) - 274.889).abs() < 0.02, "{}", length(&line));
    }

    #[test]
    fn a_radius_has_two_sides_and_two_ways() {
        let (a, b) = (at(0.0, 0.0), at(10.0, 0.0));
        let arc = |radius: f64, great: bool| with_radius(a, b, Arc { radius, great, tolerance: 0.001 }, 0.0).unwrap();
        let reach = 75_f64.sqrt();
        // A left turn from west to east swings to the south, a right turn to the north.
        for (radius, great, y) in
            [(-10.0, false, reach), (-10.0, true, -reach), (10.0, false, -reach), (10.0, true, reach)]
        {
            let line = arc(radius, great);
            holds(&line, at(5.0, y), 10.0, 0.001);
            let expected = if great { 10.0 * TAU * 5.0 / 6.0 } else { 10.0 * TAU / 6.0 };
            assert!((length(&line) - expected).abs() < 0.01, "{radius} {great}: {}", length(&line));
            let south = line.iter().any(|position| position.y < 6_499_999.0);
            assert_eq!(south, radius < 0.0, "{radius} {great}");
        }
        let far = Arc { radius: 4.99, great: false, tolerance: 0.001 };
        assert!(with_radius(a, b, far, 0.0).is_none());
        assert!(with_radius(a, b, far, 0.01).is_some(), "rounded coordinates");
        assert!(with_radius(a, a, far, 0.01).is_none());
    }

    #[test]
    fn circles_are_closed_and_straight_arcs_straight() {
        let line = circle(at(0.0, 0.0), 20.0, 0.01);
        holds(&line, at(0.0, 0.0), 20.0, 0.01);
        assert_eq!(line.first(), line.last());
        let line = circle_through(at(20.0, 0.0), at(0.0, 20.0), at(-20.0, 0.0), 0.01).unwrap();
        assert_eq!((line.first(), line.len() > 60), (line.last(), true));
        holds(&line, at(0.0, 0.0), 20.0, 0.01);
        assert_eq!(through(at(0.0, 0.0), at(1.0, 1.0), at(3.0, 3.0), 0.01).len(), 3);
        assert!(circle_through(at(0.0, 0.0), at(1.0, 1.0), at(3.0, 3.0), 0.01).is_none());
        let small = circle(at(0.0, 0.0), 0.001, 0.01);
        assert_eq!(small.len(), 5, "a circle below the tolerance keeps a shape");
    }

    #[test]
    fn heights_rise_along_an_arc() {
        let lift = |position: Position, z: f64| Position { z: Some(z), ..position };
        let line = through(lift(at(0.0, 0.0), 1.0), lift(at(50.0, 50.0), 2.0), lift(at(100.0, 0.0), 4.0), 0.01);
        assert!(line.windows(2).all(|pair| pair[0].z < pair[1].z));
    }
}
