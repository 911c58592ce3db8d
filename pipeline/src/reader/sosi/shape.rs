//! What a group's own elements say of its geometry.

use catalog::table::wkb::Position;

use super::{
    super::{
        flaw::Flaw,
        shape::arc::{self, Arc},
    },
    decimal::Decimal,
    group::Group,
    item::{Item, paths},
    kind::Kind,
    koordsys,
};

/// References of one group to others: the outer ring, then its islands. A negative number means the other direction.
pub(super) type Rings = Vec<Vec<i64>>;

/// A geometry that may still refer to others.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// No geometry.
    None,
    /// A point.
    Point(Position),
    /// Several points.
    Points(Vec<Position>),
    /// A line.
    Line(Vec<Position>),
    /// An area within curves.
    Area(Rings),
    /// A sequence of curves.
    Path(Rings),
    /// An object of objects.
    Complex(Rings),
}

/// How shapes are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// Code of the file's coordinate system.
    pub(super) koordsys: u16,
    /// One unit of the file.
    pub(super) unit: f64,
    /// Greatest distance of a line from its arc.
    pub(super) tolerance: f64,
}

/// The shape of a group.
pub(super) fn shape(group: &Group, measure: Measure) -> Result<Shape, Flaw> {
    let kind = Kind::of(&group.name);
    if let Some(flaw) = &group.flaw {
        return Err(flaw.clone());
    }
    one_system(group, measure)?;
    let points = group.positions.as_slice();
    Ok(match kind {
        Kind::Point => match points {
            [] => Shape::None,
            [first, ..] => Shape::Point(*first),
        },
        Kind::Swarm if points.is_empty() => Shape::None,
        Kind::Swarm => Shape::Points(points.to_vec()),
        Kind::Area => Shape::Area(references(group)?),
        Kind::Path => Shape::Path(references(group)?),
        Kind::Complex => Shape::Complex(references(group)?),
        Kind::Head | Kind::End | Kind::Declaration | Kind::Other => Shape::None,
        Kind::Line
        | Kind::Approximated
        | Kind::ArcByRadius
        | Kind::ArcByPoints
        | Kind::CircleByRadius
        | Kind::CircleByPoints => Shape::Line(curve(kind, group, measure)?),
    })
}

/// The one system of the file is that of all its groups.
fn one_system(group: &Group, measure: Measure) -> Result<(), Flaw> {
    let other = paths(&group.items)
        .filter(|(path, _)| matches!(path.as_str(), "KOORDSYS" | "TRANSPAR.KOORDSYS"))
        .filter_map(|(_, item)| item.values.first())
        .find(|value| value.text.parse() != Ok(measure.koordsys));
    if other.is_none() {
        return Ok(());
    }
    Err(Flaw::new("format-sosi-crs", format!("the group is not in KOORDSYS {}, as the file is", measure.koordsys)))
}

fn curve(kind: Kind, group: &Group, measure: Measure) -> Result<Vec<Position>, Flaw> {
    let points = group.positions.as_slice();
    let few = |wanted: &str| Flaw::new("format-sosi-coordinates", format!("{} positions, not {wanted}", points.len()));
    let arc = |reason: &str| Flaw::new("format-sosi-arc", reason);
    let tolerance = measure.tolerance;
    if !matches!(kind, Kind::Line | Kind::Approximated) && koordsys::is_geographic(measure.koordsys) {
        return Err(arc("an arc in degrees is no arc on the ground"));
    }
    Ok(match (kind, points) {
        (Kind::Line | Kind::Approximated, [_, _, ..]) => points.to_vec(),
        (Kind::Line | Kind::Approximated, _) => return Err(few("two or more")),
        (Kind::ArcByPoints, [first, .., last]) if points.len() >= 3 => {
            let middle = points.get((points.len() - 1) / 2).unwrap_or(first);
            if (first.x, first.y) == (last.x, last.y) {
                return Err(arc("the arc ends where it begins"));
            }
            arc::through(*first, *middle, *last, tolerance)
        }
        (Kind::ArcByRadius, [first, .., last]) => {
            let great = group.item("STORBUE").and_then(|item| item.at(0)).is_some_and(|value| value != "0");
            let turned = Arc { radius: radius(group)?, great, tolerance };
            arc::with_radius(*first, *last, turned, measure.unit)
                .ok_or_else(|| arc("the ends of the arc are one point, or too far apart for its radius"))?
        }
        (Kind::CircleByRadius, [centre, ..]) => arc::circle(*centre, radius(group)?.abs(), tolerance),
        (Kind::CircleByPoints, [a, b, c, ..]) => {
            arc::circle_through(*a, *b, *c, tolerance).ok_or_else(|| arc("no circle goes through the three points"))?
        }
        _ => return Err(few("as many as the type needs")),
    })
}

/// The radius in metres.
fn radius(group: &Group) -> Result<f64, Flaw> {
    let number = group.item("RADIUS").and_then(|item| Decimal::parse(item.at(0)?)).map(Decimal::to_f64);
    number
        .filter(|radius| *radius != 0.0 && radius.abs() < 1e7)
        .ok_or_else(|| Flaw::new("format-sosi-arc", "no readable RADIUS"))
}

/// The references of a group: `:1 :-2 (:3 :4) (:5)`, with or without blanks.
fn references(group: &Group) -> Result<Rings, Flaw> {
    let unreadable = || Flaw::new("format-sosi-reference", "a reference is not a number after a colon");
    let mut rings: Rings = vec![Vec::new()];
    let mut island = false;
    let all = group.items.iter().filter(|item| item.level == 2 && is_reference(item));
    for value in all.flat_map(|item| &item.values) {
        let mut rest = value.text.as_str();
        while let Some(character) = rest.chars().next() {
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
            match character {
                '(' if !island => {
                    island = true;
                    rings.push(Vec::new());
                }
                ')' if island => island = false,
                ':' => {
                    let end = rest.find([':', '(', ')']).unwrap_or(rest.len());
                    let (number, after) = rest.split_at_checked(end).ok_or_else(unreadable)?;
                    let number = number.parse::<i64>().ok().filter(|number| *number != 0 && *number != i64::MIN);
                    let ring = if island { rings.last_mut() } else { rings.first_mut() };
                    ring.ok_or_else(unreadable)?.push(number.ok_or_else(unreadable)?);
                    rest = after;
                }
                _ => return Err(unreadable()),
            }
        }
    }
    if island {
        return Err(Flaw::new("format-sosi-reference", "the parenthesis of an island is not closed"));
    }
    Ok(rings)
}

fn is_reference(item: &Item) -> bool {
    item.key == "REF"
}

#[cfg(test)]
mod tests {
    use super::{super::item::Value, *};

    fn refer(texts: &[&str]) -> Result<Rings, Flaw> {
        let values = texts.iter().map(|text| Value { text: (*text).to_owned(), quoted: false }).collect();
        let item = Item { values, ..Item::new(2, "Ref".to_owned()) };
        references(&Group { items: vec![item], ..Group::default() })
    }

    #[test]
    fn references_with_islands_and_directions() {
        assert_eq!(
            refer(&[":1", ":-2:3", "(:4", ":5)", "(:-6)(:7)"]).unwrap(),
            [vec![1, -2, 3], vec![4, 5], vec![-6], vec![7]]
        );
        assert_eq!(refer(&["(:4)", ":1"]).unwrap(), [vec![1], vec![4]], "an island may come first");
        for bad in [":", ":x", "1", "(:1", "(:1 (:2))", ":1)", ":0", ":99999999999999999999"] {
            let texts: Vec<&str> = bad.split(' ').collect();
            assert_eq!(refer(&texts).unwrap_err().code, "format-sosi-reference", "{bad}");
        }
    }
}
