//! ISO WKB: little-endian is written; both byte orders, heights (also EWKB's flag) and measures are read.

mod curve;

use super::{Geometry, MAX_NESTING, Position};

pub use curve::{Arcs, circular_string};

const Z_OFFSET: u32 = 1000;
const EWKB_Z: u32 = 0x8000_0000;
const EWKB_M: u32 = 0x4000_0000;
const EWKB_SRID: u32 = 0x2000_0000;

impl Geometry {
    /// The geometry as little-endian ISO WKB. If any position has a height, all are written with one, those that lack
    /// it as NaN.
    pub fn to_wkb(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        write(self, self.has_z(), &mut out);
        out
    }

    /// Reads WKB. Measures (M) are left out, an SRID is passed over. `None` for anything that is not one whole
    /// geometry: unknown types, positions that are not finite (also the empty point), trailing bytes, more than
    /// [`MAX_NESTING`] nested collections.
    pub fn from_wkb(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let geometry = reader.geometry(0)?;
        reader.rest.is_empty().then_some(geometry)
    }

    /// Reads WKB as [`from_wkb`](Self::from_wkb) does, and also curves and surfaces of them, triangles and nets of
    /// polygons: `arcs` gives the positions of an arc through three points, its first and last one included.
    pub fn from_curved_wkb(bytes: &[u8], arcs: Arcs<'_>) -> Option<Self> {
        let mut reader = Reader { rest: bytes, arcs: Some(arcs) };
        let geometry = reader.geometry(0)?;
        reader.rest.is_empty().then_some(geometry)
    }

    /// Whether WKB is a point whose coordinates are no numbers, which is how an empty one is written.
    pub fn is_empty_point(bytes: &[u8]) -> bool {
        let mut reader = Reader::new(bytes);
        let head = reader.head().filter(|head| head.code == 1);
        head.is_some_and(|head| {
            let mut numbers = std::iter::from_fn(|| reader.f64(head.little));
            let empty = numbers.by_ref().take(2).filter(|number| number.is_nan()).count() == 2;
            empty && numbers.all(f64::is_nan)
        })
    }

    fn code(&self) -> u32 {
        match self {
            Self::Point(_) => 1,
            Self::LineString(_) => 2,
            Self::Polygon(_) => 3,
            Self::MultiPoint(_) => 4,
            Self::MultiLineString(_) => 5,
            Self::MultiPolygon(_) => 6,
            Self::GeometryCollection(_) => 7,
        }
    }
}

fn write(geometry: &Geometry, z: bool, out: &mut Vec<u8>) {
    header(geometry.code(), z, out);
    match geometry {
        Geometry::Point(position) => write_position(position, z, out),
        Geometry::LineString(line) => write_line(line, z, out),
        Geometry::Polygon(rings) => write_rings(rings, z, out),
        Geometry::MultiPoint(points) => {
            count(points.len(), out);
            for point in points {
                header(1, z, out);
                write_position(point, z, out);
            }
        }
        Geometry::MultiLineString(lines) => {
            count(lines.len(), out);
            for line in lines {
                header(2, z, out);
                write_line(line, z, out);
            }
        }
        Geometry::MultiPolygon(polygons) => {
            count(polygons.len(), out);
            for rings in polygons {
                header(3, z, out);
                write_rings(rings, z, out);
            }
        }
        Geometry::GeometryCollection(members) => {
            count(members.len(), out);
            for member in members {
                write(member, z, out);
            }
        }
    }
}

fn header(code: u32, z: bool, out: &mut Vec<u8>) {
    out.push(1);
    out.extend((code + if z { Z_OFFSET } else { 0 }).to_le_bytes());
}

fn count(length: usize, out: &mut Vec<u8>) {
    // A geometry of four thousand million parts does not fit into memory.
    out.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

fn write_position(position: &Position, z: bool, out: &mut Vec<u8>) {
    out.extend(position.x.to_le_bytes());
    out.extend(position.y.to_le_bytes());
    if z {
        out.extend(position.z.unwrap_or(f64::NAN).to_le_bytes());
    }
}

fn write_line(line: &[Position], z: bool, out: &mut Vec<u8>) {
    count(line.len(), out);
    for position in line {
        write_position(position, z, out);
    }
}

fn write_rings(rings: &[Vec<Position>], z: bool, out: &mut Vec<u8>) {
    count(rings.len(), out);
    for ring in rings {
        write_line(ring, z, out);
    }
}

/// What a geometry's head says.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) little: bool,
    pub(super) code: u32,
    z: bool,
    m: bool,
}

/// What is left to be read.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// How arcs become lines; without it they are refused.
    pub(super) arcs: Option<Arcs<'a>>,
}

impl<'a> Reader<'a> {
    /// A reader of one geometry.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, arcs: None }
    }

    /// Calls `place` with the x and y of every position; `None` if this is not one whole geometry.
    pub(super) fn visit(mut self, place: &mut dyn FnMut(f64, f64)) -> Option<()> {
        self.pass(0, place)?;
        self.rest.is_empty().then_some(())
    }

    /// As [`Self::geometry`], without keeping anything.
    fn pass(&mut self, depth: usize, place: &mut dyn FnMut(f64, f64)) -> Option<()> {
        let head = self.head()?;
        match head.code {
            1 => self.pass_positions(head, 1, place),
            2 => self.pass_line(head, place),
            3 => self.pass_rings(head, place),
            4..=6 => {
                for _ in 0..self.u32(head.little)? {
                    let member = self.head()?;
                    match (head.code, member.code) {
                        (4, 1) => self.pass_positions(member, 1, place)?,
                        (5, 2) => self.pass_line(member, place)?,
                        (6, 3) => self.pass_rings(member, place)?,
                        _ => return None,
                    }
                }
                Some(())
            }
            7 if depth < MAX_NESTING => {
                for _ in 0..self.u32(head.little)? {
                    self.pass(depth + 1, place)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn pass_rings(&mut self, head: Head, place: &mut dyn FnMut(f64, f64)) -> Option<()> {
        for _ in 0..self.u32(head.little)? {
            self.pass_line(head, place)?;
        }
        Some(())
    }

    fn pass_line(&mut self, head: Head, place: &mut dyn FnMut(f64, f64)) -> Option<()> {
        let count = self.u32(head.little)?;
        self.pass_positions(head, count, place)
    }

    fn pass_positions(&mut self, head: Head, count: u32, place: &mut dyn FnMut(f64, f64)) -> Option<()> {
        for _ in 0..count {
            let position = self.position(head)?;
            place(position.x, position.y);
        }
        Some(())
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    fn u32(&mut self, little: bool) -> Option<u32> {
        let bytes = self.take::<4>()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn f64(&mut self, little: bool) -> Option<f64> {
        let bytes = self.take::<8>()?;
        Some(if little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    pub(super) fn head(&mut self) -> Option<Head> {
        let little = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        let raw = self.u32(little)?;
        if raw & EWKB_SRID != 0 {
            self.u32(little)?;
        }
        let code = raw & !(EWKB_Z | EWKB_M | EWKB_SRID);
        let dimensions = code / Z_OFFSET;
        Some(Head {
            little,
            code: (dimensions <= 3).then_some(code % Z_OFFSET)?,
            z: raw & EWKB_Z != 0 || dimensions == 1 || dimensions == 3,
            m: raw & EWKB_M != 0 || dimensions == 2 || dimensions == 3,
        })
    }

    fn geometry(&mut self, depth: usize) -> Option<Geometry> {
        let head = self.head()?;
        Some(match head.code {
            1 => Geometry::Point(self.position(head)?),
            2 => Geometry::LineString(self.line(head)?),
            3 => Geometry::Polygon(self.rings(head)?),
            4 => Geometry::MultiPoint(self.members(head, |reader| reader.member(1, Self::position))?),
            5 => Geometry::MultiLineString(self.members(head, |reader| reader.member(2, Self::line))?),
            6 => Geometry::MultiPolygon(self.members(head, |reader| reader.member(3, Self::rings))?),
            7 if depth < MAX_NESTING => {
                Geometry::GeometryCollection(self.members(head, |reader| reader.geometry(depth + 1))?)
            }
            _ => return curve::geometry(self, head),
        })
    }

    /// A counted list. Nothing is set aside for the count: it may be a lie.
    pub(super) fn members<T>(&mut self, head: Head, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.u32(head.little)?;
        let mut members = Vec::new();
        for _ in 0..count {
            members.push(one(self)?);
        }
        Some(members)
    }

    fn member<T>(&mut self, code: u32, body: impl Fn(&mut Self, Head) -> Option<T>) -> Option<T> {
        let head = self.head()?;
        if head.code == code { body(self, head) } else { None }
    }

    fn position(&mut self, head: Head) -> Option<Position> {
        let (x, y) = (self.f64(head.little)?, self.f64(head.little)?);
        let z = if head.z { Some(self.f64(head.little)?).filter(|z| !z.is_nan()) } else { None };
        if head.m {
            self.f64(head.little)?;
        }
        let finite = x.is_finite() && y.is_finite() && z.is_none_or(f64::is_finite);
        finite.then_some(Position { x, y, z })
    }

    pub(super) fn line(&mut self, head: Head) -> Option<Vec<Position>> {
        self.members(head, |reader| reader.position(head))
    }

    pub(super) fn rings(&mut self, head: Head) -> Option<Vec<Vec<Position>>> {
        self.members(head, |reader| reader.line(head))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::strategies, *};

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn reads_the_published_example_in_both_byte_orders() {
        // OGC 06-103r4: POINT(2.0 4.0), and the same from PostGIS with SRID 4326 in front.
        let expected = Some(Geometry::Point(Position { x: 2.0, y: 4.0, z: None }));
        assert_eq!(Geometry::from_wkb(&hex("000000000140000000000000004010000000000000")), expected);
        assert_eq!(Geometry::from_wkb(&hex("010100000000000000000000400000000000001040")), expected);
        assert_eq!(Geometry::from_wkb(&hex("0101000020e610000000000000000000400000000000001040")), expected);
    }

    #[test]
    fn heights_survive_and_measures_do_not() {
        let point = Geometry::Point(Position { x: 10.5, y: 59.5, z: Some(94.25) });
        let wkb = point.to_wkb();
        assert_eq!(&wkb[..5], &[1, 0xe9, 3, 0, 0]);
        assert_eq!(Geometry::from_wkb(&wkb), Some(point.clone()));
        let mut zm = wkb.clone();
        zm[1..5].copy_from_slice(&3001u32.to_le_bytes());
        zm.extend(7.0f64.to_le_bytes());
        assert_eq!(Geometry::from_wkb(&zm), Some(point));
    }

    #[test]
    fn refuses_lies_and_ruins() {
        assert_eq!(Geometry::from_wkb(&[]), None);
        assert_eq!(Geometry::from_wkb(&hex("0108000000")), None);
        assert_eq!(Geometry::from_wkb(&hex("0102000000ffffffff0000000000000000")), None);
        let mut trailing = Geometry::Point(Position { x: 1.0, y: 2.0, z: None }).to_wkb();
        trailing.push(0);
        assert_eq!(Geometry::from_wkb(&trailing), None);
        let nan = Geometry::Point(Position { x: f64::NAN, y: f64::NAN, z: None });
        assert_eq!(Geometry::from_wkb(&nan.to_wkb()), None);
    }

    #[test]
    fn deep_collections_are_refused_without_exhausting_the_stack() {
        let nested =
            |levels: usize| hex("010700000001000000").repeat(levels).into_iter().chain(hex("010400000000000000"));
        assert!(Geometry::from_wkb(&nested(MAX_NESTING).collect::<Vec<_>>()).is_some());
        assert!(Geometry::from_wkb(&nested(MAX_NESTING + 1).collect::<Vec<_>>()).is_none());
        assert!(Geometry::from_wkb(&nested(1_000_000).collect::<Vec<_>>()).is_none());
    }

    proptest! {
        #[test]
        fn round_trip(geometry in strategies::geometry()) {
            prop_assert_eq!(Geometry::from_wkb(&geometry.to_wkb()), Some(geometry));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Geometry::from_wkb(&bytes);
        }

        #[test]
        fn any_truncation_is_refused(geometry in strategies::geometry(), cut in any::<prop::sample::Index>()) {
            let wkb = geometry.to_wkb();
            prop_assert_eq!(Geometry::from_wkb(&wkb[..cut.index(wkb.len())]), None);
        }
    }
}
