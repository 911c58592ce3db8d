//! Curves of `ArcGIS` servers: arcs through a point (`c`), arcs of circles and ellipses around a centre (`a`), and Bézier
//! curves (`b`), each from where the line is.

use catalog::table::wkb::Position;
use serde_json::Value;

use super::{
    super::{flaw::Flaw, shape::arc},
    Lines,
};

/// Most lines that stand for one Bézier curve.
const MAX_STEPS: f64 = 10_000.0;

fn flaw(reason: &str) -> Flaw {
    Flaw::new("format-esri-arc", reason)
}

impl Lines<'_> {
    /// A path or ring of positions and curves.
    pub(super) fn line(&mut self, value: &Value) -> Result<Vec<Position>, Flaw> {
        let parts = value.as_array().ok_or_else(|| Flaw::new("format-esri-geometry", "a path or ring is no list"))?;
        let mut line = Vec::with_capacity(parts.len());
        for part in parts {
            if part.is_array() {
                line.push(self.position(part)?);
            } else {
                self.curve(part, &mut line)?;
            }
        }
        Ok(line)
    }

    fn curve(&mut self, part: &Value, line: &mut Vec<Position>) -> Result<(), Flaw> {
        let start = line.last().copied().ok_or_else(|| flaw("a curve with nothing before it"))?;
        if self.system.is_geographic() {
            return Err(flaw("a curve in degrees is no curve on the ground"));
        }
        let list = |name: &str| part.get(name).and_then(Value::as_array).map(Vec::as_slice);
        let drawn = if let Some([end, through, ..]) = list("c") {
            let (end, through) = (self.position(end)?, self.position(through)?);
            self.circular(start, through, end)?
        } else if let Some([end, centre, rest @ ..]) = list("a") {
            let (end, centre) = (self.position(end)?, self.position(centre)?);
            self.elliptic([start, end, centre], rest)?
        } else if let Some([end, first, second, ..]) = list("b") {
            let (end, first, second) = (self.position(end)?, self.position(first)?, self.position(second)?);
            bezier([start, first, second, end], self.form.tolerance)
        } else {
            return Err(flaw("a curve of an unknown kind"));
        };
        self.spend(drawn.len())?;
        line.extend(drawn.into_iter().skip(1));
        Ok(())
    }

    fn circular(&self, start: Position, through: Position, end: Position) -> Result<Vec<Position>, Flaw> {
        if (start.x, start.y) != (end.x, end.y) {
            return Ok(arc::through(start, through, end, self.form.tolerance));
        }
        // The point of a whole circle lies opposite.
        let centre =
            Position { x: f64::midpoint(start.x, through.x), y: f64::midpoint(start.y, through.y), z: start.z };
        arc::about(centre, start, end, false, self.form.tolerance).ok_or_else(|| flaw("a circle without a size"))
    }

    /// `rest`: whether it is the shorter way, whether clockwise, and of an ellipse its rotation, longer half axis and
    /// the ratio of the shorter one to it.
    fn elliptic(&self, [start, end, centre]: [Position; 3], rest: &[Value]) -> Result<Vec<Position>, Flaw> {
        let number = |place: usize| rest.get(place).and_then(Value::as_f64);
        let clockwise =
            number(1).map_or_else(|| rest.get(1).and_then(Value::as_bool).unwrap_or(false), |one| one > 0.0);
        let ellipse = Ellipse { centre, rotation: number(2).unwrap_or(0.0), ratio: number(4).unwrap_or(1.0) };
        if !(ellipse.ratio > 0.0 && ellipse.ratio <= 1.0) {
            return Err(flaw("an ellipse with an impossible ratio"));
        }
        let (on_circle, to) = (ellipse.enter(start), ellipse.enter(end));
        let origin = Position { x: 0.0, y: 0.0, z: centre.z };
        let drawn = arc::about(origin, on_circle, to, clockwise, self.form.tolerance);
        let mut drawn = drawn.ok_or_else(|| flaw("an arc that begins in its centre"))?;
        for position in &mut drawn {
            *position = ellipse.leave(*position);
        }
        if let (Some(last), true) = (drawn.last_mut(), to.x.is_finite()) {
            *last = end;
        }
        Ok(drawn)
    }
}

/// An ellipse, and the circle that it is when it is stretched.
#[derive(Debug, Clone, Copy)]
struct Ellipse {
    centre: Position,
    /// Angle of the longer axis, counter-clockwise from the east, in radians.
    rotation: f64,
    /// Of the shorter to the longer axis.
    ratio: f64,
}

impl Ellipse {
    fn enter(self, at: Position) -> Position {
        let (x, y) = (at.x - self.centre.x, at.y - self.centre.y);
        let (sin, cos) = self.rotation.sin_cos();
        Position { x: x * cos + y * sin, y: (y * cos - x * sin) / self.ratio, z: at.z }
    }

    fn leave(self, at: Position) -> Position {
        let (sin, cos) = self.rotation.sin_cos();
        let (x, y) = (at.x, at.y * self.ratio);
        Position { x: self.centre.x + x * cos - y * sin, y: self.centre.y + x * sin + y * cos, z: at.z }
    }
}

/// A cubic curve as lines, so many that none is farther away than the tolerance.
fn bezier(points: [Position; 4], tolerance: f64) -> Vec<Position> {
    let [from, first, second, to] = points;
    let bend = |a: Position, b: Position, c: Position| (a.x - 2.0 * b.x + c.x).hypot(a.y - 2.0 * b.y + c.y);
    let most = bend(from, first, second).max(bend(first, second, to));
    let steps = (0.75 * most / tolerance).sqrt().ceil().clamp(1.0, MAX_STEPS);
    let (mut line, mut step) = (vec![from], 1.0);
    while step < steps {
        let share = step / steps;
        let rest = 1.0 - share;
        let weights =
            [rest * rest * rest, 3.0 * rest * rest * share, 3.0 * rest * share * share, share * share * share];
        let at = |of: fn(&Position) -> f64| points.iter().zip(weights).map(|(point, weight)| of(point) * weight).sum();
        let z = from.z.zip(to.z).map(|(low, high)| low + (high - low) * share);
        line.push(Position { x: at(|point| point.x), y: at(|point| point.y), z });
        step += 1.0;
    }
    line.push(to);
    line
}
