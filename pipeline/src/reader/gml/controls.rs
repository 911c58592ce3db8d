//! Positions in an element, and what else arcs are made of.

use catalog::table::wkb::Position;

use super::{
    super::{
        flaw::{Flaw, Judged},
        shape::NO_HEIGHT,
    },
    parser::{Parser, few},
    scope::Scope,
};

/// Numbers that a position may have.
const DIMENSIONS: [usize; 2] = [2, 3];

/// What is in a curve's element.
#[derive(Debug, Default)]
pub(super) struct Controls {
    /// Its positions: east, north.
    pub(super) positions: Vec<Position>,
    /// Radius in metres.
    pub(super) radius: Option<f64>,
    /// Angles where an arc begins and ends, in degrees.
    pub(super) angles: [Option<f64>; 2],
}

impl Parser {
    /// Positions of a line.
    pub(super) fn line(&mut self, scope: Scope) -> Judged<Vec<Position>> {
        let positions = self.controls(scope)?.positions;
        if positions.len() < 2 { Err(few(positions.len(), "two or more")) } else { Ok(positions) }
    }

    /// Reads the element that has just begun, to its end.
    pub(super) fn controls(&mut self, scope: Scope) -> Judged<Controls> {
        let mut controls = Controls::default();
        while let Some(name) = self.cursor.child()? {
            match name.as_str() {
                "pos" | "posList" => self.list(&name, scope, &mut controls.positions)?,
                "coordinates" => self.tuples(scope, &mut controls.positions)?,
                "pointProperty" | "pointRep" => self.inner_point(scope, &mut controls.positions)?,
                "radius" => controls.radius = Some(self.measure(metres)?),
                "startAngle" => controls.angles = [Some(self.measure(degrees)?), controls.angles[1]],
                "endAngle" => controls.angles = [controls.angles[0], Some(self.measure(degrees)?)],
                _ => self.cursor.skip()?,
            }
        }
        Ok(controls)
    }

    /// `pos` or `posList`.
    fn list(&mut self, name: &str, around: Scope, out: &mut Vec<Position>) -> Judged<()> {
        let scope = self.systems.enter(around, &self.cursor);
        let count = self.cursor.attribute("count").map(|count| count.trim().parse::<usize>().ok());
        let text = self.cursor.text()?;
        let mut numbers = Vec::new();
        for token in text.split_ascii_whitespace() {
            numbers.push(number(token)?);
        }
        let dimension = self.dimension(scope, (name == "pos").then_some(numbers.len()))?;
        if !numbers.len().is_multiple_of(dimension) {
            let reason = format!("{} numbers, which are no positions of {dimension} numbers each", numbers.len());
            return Err(Flaw::new("format-gml-coordinates", reason).into());
        }
        let positions = numbers.len() / dimension;
        if count.is_some_and(|count| count != Some(positions)) {
            let reason = format!("{positions} positions, which are not as many as the file says there are");
            return Err(Flaw::new("format-gml-coordinates", reason).into());
        }
        self.spend(positions)?;
        out.reserve(positions);
        for position in numbers.chunks_exact(dimension) {
            self.push(scope, position, out)?;
        }
        Ok(())
    }

    /// How many numbers a position has; `given` is how many numbers the only one has.
    fn dimension(&self, scope: Scope, given: Option<usize>) -> Judged<usize> {
        let wrong = |reason: String| Err(Flaw::new("format-gml-coordinates", reason).into());
        let told = scope.dimension;
        if let Some(told) = told.filter(|told| !DIMENSIONS.contains(told)) {
            return wrong(format!("srsDimension is {told}, not 2 or 3"));
        }
        if let Some(given) = given {
            // Heights of single points are often there without being announced.
            let right = DIMENSIONS.contains(&given) && told.is_none_or(|told| told <= given);
            return if right { Ok(given) } else { wrong(format!("a position of {given} numbers")) };
        }
        let heights = self.systems.of(scope).is_ok_and(|system| system.crs.heights().is_some());
        Ok(told.unwrap_or(if heights { 3 } else { 2 }))
    }

    /// The old form: `x,y x,y`, or with other separators.
    fn tuples(&mut self, around: Scope, out: &mut Vec<Position>) -> Judged<()> {
        let scope = self.systems.enter(around, &self.cursor).without_dimension();
        let sign = |name: &str, default: char| {
            let sign = self.cursor.attribute(name).and_then(|text| text.chars().next());
            sign.unwrap_or(default)
        };
        let (decimal, comma, blank) = (sign("decimal", '.'), sign("cs", ','), sign("ts", ' '));
        let text = self.cursor.text()?;
        let is_end = |character: char| character == blank || (blank == ' ' && character.is_whitespace());
        for tuple in text.split(is_end).map(str::trim).filter(|tuple| !tuple.is_empty()) {
            let mut numbers = Vec::new();
            for token in tuple.split(comma).map(str::trim) {
                let token = if decimal == '.' { token.to_owned() } else { token.replace(decimal, ".") };
                numbers.push(number(&token)?);
            }
            self.dimension(scope, Some(numbers.len()))?;
            self.spend(1)?;
            self.push(scope, &numbers, out)?;
        }
        Ok(())
    }

    fn inner_point(&mut self, scope: Scope, out: &mut Vec<Position>) -> Judged<()> {
        let before = out.len();
        while let Some(name) = self.cursor.child()? {
            let scope = self.systems.enter(scope, &self.cursor);
            if name == "Point" {
                out.extend(self.controls(scope)?.positions);
            } else {
                self.cursor.skip()?;
            }
        }
        if out.len() == before + 1 {
            return Ok(());
        }
        let reason = "a point of a curve is not in its place, but referred to";
        Err(Flaw::new("format-gml-reference", reason).into())
    }

    fn push(&mut self, scope: Scope, numbers: &[f64], out: &mut Vec<Position>) -> Judged<()> {
        let (first, second, z) = match numbers {
            [first, second] => (*first, *second, None),
            [first, second, z] => (*first, *second, Some(*z).filter(|z| *z > NO_HEIGHT)),
            _ => return Err(few(0, "one")),
        };
        let used = self.system(scope, first, second)?;
        let (x, y) = used.order.sorted(first, second);
        out.push(Position { x, y, z });
        Ok(())
    }

    /// A number with a unit, in the element that has just begun.
    fn measure(&mut self, factor: fn(&str) -> Option<f64>) -> Judged<f64> {
        let factor = self.cursor.attribute("uom").map_or(Some(1.0), |uom| factor(uom.trim()));
        let text = self.cursor.text()?;
        let unknown = || Flaw::new("format-gml-arc", "the unit of a radius or an angle is unknown");
        Ok(number(text.trim())? * factor.ok_or_else(unknown)?)
    }
}

fn number(token: &str) -> Judged<f64> {
    let number = token.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| Flaw::new("format-gml-coordinates", "a coordinate is no number").into())
}

/// The unit of a length in metres.
fn metres(uom: &str) -> Option<f64> {
    let uom = uom.to_ascii_lowercase();
    match uom.rsplit([':', '#', '/']).next()? {
        "" | "m" | "metre" | "meter" | "9001" => Some(1.0),
        "km" | "9036" => Some(1000.0),
        "[nmi_i]" | "nmi" | "9030" => Some(1852.0),
        _ => None,
    }
}

/// The unit of an angle in degrees.
fn degrees(uom: &str) -> Option<f64> {
    let uom = uom.to_ascii_lowercase();
    match uom.rsplit([':', '#', '/']).next()? {
        "" | "deg" | "degree" | "degrees" | "9102" | "9122" => Some(1.0),
        "rad" | "radian" | "9101" => Some(1.0_f64.to_degrees()),
        "gon" | "grad" | "9105" | "9106" => Some(0.9),
        _ => None,
    }
}
