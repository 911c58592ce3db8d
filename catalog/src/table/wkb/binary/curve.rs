//! Curves in WKB (OGC 06-103r4 section 8.2, ISO 19125-1): circular strings, and what is made of them. They are read as
//! the lines that stand for them.

use super::{
    super::{Geometry, Position},
    Head, Reader,
};

/// Gives the positions of an arc through three points.
pub type Arcs<'a> = &'a dyn Fn([Position; 3]) -> Vec<Position>;

/// Most positions that one geometry may have after its arcs were made lines.
const MAX_POSITIONS: usize = 4_000_000;

/// A geometry that only those read who know what to do with arcs.
pub(super) fn geometry(reader: &mut Reader<'_>, head: Head) -> Option<Geometry> {
    reader.arcs?;
    Some(match head.code {
        8 | 9 => Geometry::LineString(curve(reader, head)?),
        10 => Geometry::Polygon(curve_rings(reader, head)?),
        11 => Geometry::MultiLineString(reader.members(head, member)?),
        12 | 15 | 16 => Geometry::MultiPolygon(reader.members(head, surface)?),
        17 => Geometry::Polygon(reader.rings(head)?),
        _ => return None,
    })
}

/// A line, a circular string, or a sequence of them.
fn curve(reader: &mut Reader<'_>, head: Head) -> Option<Vec<Position>> {
    match head.code {
        2 => reader.line(head),
        8 => {
            let points = reader.line(head)?;
            circular_string(&points, reader.arcs?)
        }
        9 => {
            let parts = reader.members(head, |reader| {
                let head = reader.head()?;
                if matches!(head.code, 2 | 8) { curve(reader, head) } else { None }
            })?;
            let mut whole: Vec<Position> = Vec::new();
            for part in parts {
                let meets = whole.last().zip(part.first()).is_some_and(|(a, b)| (a.x, a.y) == (b.x, b.y));
                whole.extend(part.into_iter().skip(usize::from(meets)));
            }
            Some(whole)
        }
        _ => None,
    }
}

/// The line of a string of arcs, of which every second position is where one ends and the next begins; `None` where the
/// number of positions is not that of whole arcs, or the line has too many.
pub fn circular_string(points: &[Position], arcs: Arcs<'_>) -> Option<Vec<Position>> {
    if points.is_empty() {
        return Some(Vec::new());
    }
    if points.len() < 3 || points.len().is_multiple_of(2) {
        return None;
    }
    let mut line: Vec<Position> = points.first().copied().into_iter().collect();
    for three in points.windows(3).step_by(2) {
        let three: [Position; 3] = three.try_into().ok()?;
        line.extend(arcs(three).into_iter().skip(1));
        if line.len() > MAX_POSITIONS {
            return None;
        }
    }
    Some(line)
}

fn member(reader: &mut Reader<'_>) -> Option<Vec<Position>> {
    let head = reader.head()?;
    curve(reader, head)
}

fn curve_rings(reader: &mut Reader<'_>, head: Head) -> Option<Vec<Vec<Position>>> {
    reader.members(head, member)
}

fn surface(reader: &mut Reader<'_>) -> Option<Vec<Vec<Position>>> {
    let head = reader.head()?;
    match head.code {
        3 | 17 => reader.rings(head),
        10 => curve_rings(reader, head),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(code: u32, out: &mut Vec<u8>) {
        out.push(1);
        out.extend(code.to_le_bytes());
    }

    fn points(code: u32, points: &[(f64, f64)], out: &mut Vec<u8>) {
        head(code, out);
        out.extend(u32::try_from(points.len()).unwrap().to_le_bytes());
        for (x, y) in points {
            out.extend(x.to_le_bytes());
            out.extend(y.to_le_bytes());
        }
    }

    fn read(bytes: &[u8]) -> Option<Geometry> {
        // Arcs are bent by one position more, so that they can be told from lines.
        let bend = |[a, b, c]: [Position; 3]| vec![a, b, Position { x: b.x + 0.5, ..b }, c];
        Geometry::from_curved_wkb(bytes, &bend)
    }

    #[test]
    fn curves_and_surfaces_become_lines_and_polygons() {
        let arc = [(0.0, 0.0), (1.0, 1.0), (2.0, 0.0)];
        let mut string = Vec::new();
        points(8, &arc, &mut string);
        let Some(Geometry::LineString(line)) = read(&string) else { panic!("{:?}", read(&string)) };
        assert_eq!(line.len(), 4);
        let mut compound = Vec::new();
        head(9, &mut compound);
        compound.extend(2_u32.to_le_bytes());
        points(8, &arc, &mut compound);
        points(2, &[(2.0, 0.0), (0.0, 0.0)], &mut compound);
        let Some(Geometry::LineString(line)) = read(&compound) else { panic!("{:?}", read(&compound)) };
        assert_eq!(line.len(), 5, "the meeting point once");
        let mut polygon = Vec::new();
        head(10, &mut polygon);
        polygon.extend(1_u32.to_le_bytes());
        polygon.extend(&compound);
        assert!(matches!(read(&polygon), Some(Geometry::Polygon(rings)) if rings[0].len() == 5));
        let mut several = Vec::new();
        head(12, &mut several);
        several.extend(1_u32.to_le_bytes());
        several.extend(&polygon);
        assert!(matches!(read(&several), Some(Geometry::MultiPolygon(polygons)) if polygons.len() == 1));
        assert_eq!(Geometry::from_wkb(&string), None, "who does not know arcs refuses them");
        for cut in 0..several.len() {
            assert_eq!(read(&several[..cut]), None, "{cut}");
        }
        let mut even = Vec::new();
        points(8, &[(0.0, 0.0), (1.0, 1.0), (2.0, 0.0), (3.0, 1.0)], &mut even);
        assert_eq!(read(&even), None);
    }
}
