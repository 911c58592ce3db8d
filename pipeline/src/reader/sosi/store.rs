//! The shapes of a file by serial number: positions on disk, places in memory.

use catalog::table::wkb::Position;

use super::{
    super::{
        flaw::{Bad, Flaw},
        shape::disk::{Disk, Writer, damaged, write_count, write_positions},
    },
    shape::{Rings, Shape},
};
use crate::Result;

/// Most shapes that others may refer to; each needs 16 bytes of memory.
const MAX_SHAPES: usize = 8_000_000;

const POINT: u8 = 0;
const LINE: u8 = 1;
const AREA: u8 = 2;
const PATH: u8 = 3;
const COMPLEX: u8 = 4;
const BROKEN: u8 = 5;

/// Shapes that are being put away.
pub(super) struct Shelf {
    file: Writer,
    places: Vec<(i64, u64)>,
}

impl Shelf {
    /// An empty one in a temporary file, for a file of so many bytes.
    pub(super) fn new(bytes: u64) -> Result<Self> {
        Ok(Self { file: Writer::new(bytes)?, places: Vec::new() })
    }

    /// Puts a shape away; `None` is one that has a flaw. False if there is no room.
    pub(super) fn put(&mut self, serial: i64, shape: Option<&Shape>) -> Result<bool> {
        if self.places.len() >= MAX_SHAPES || self.file.is_full() {
            // Points are referred to by complex objects only, which few files have.
            return Ok(matches!(shape, Some(Shape::Point(_))));
        }
        let mut bytes = Vec::new();
        match shape {
            Some(Shape::Point(position)) => write_line(POINT, std::slice::from_ref(position), &mut bytes),
            Some(Shape::Line(line)) => write_line(LINE, line, &mut bytes),
            Some(Shape::Area(rings)) => write_rings(AREA, rings, &mut bytes),
            Some(Shape::Path(rings)) => write_rings(PATH, rings, &mut bytes),
            Some(Shape::Complex(rings)) => write_rings(COMPLEX, rings, &mut bytes),
            Some(Shape::None | Shape::Points(_)) => return Ok(true),
            None => bytes.push(BROKEN),
        }
        self.places.push((serial, self.file.put(&bytes)?));
        Ok(true)
    }

    /// All shapes, to be found by their numbers.
    pub(super) fn close(mut self) -> Result<Store> {
        self.places.sort_unstable();
        Ok(Store { file: self.file.close()?, places: self.places })
    }
}

fn write_line(tag: u8, line: &[Position], out: &mut Vec<u8>) {
    out.push(tag);
    write_positions(line, out);
}

fn write_rings(tag: u8, rings: &Rings, out: &mut Vec<u8>) {
    out.push(tag);
    write_count(rings.len(), out);
    for ring in rings {
        write_count(ring.len(), out);
        for serial in ring {
            out.extend(serial.to_le_bytes());
        }
    }
}

/// Shapes by serial number.
pub(super) struct Store {
    file: Disk,
    /// Serial number and place on disk, sorted.
    places: Vec<(i64, u64)>,
}

impl Store {
    /// The shape with a serial number.
    pub(super) fn get(&mut self, serial: i64) -> std::result::Result<Shape, Bad> {
        let wrong = |reason: String| Bad::Flaw(Flaw::new("format-sosi-reference", reason));
        let first = self.places.partition_point(|(number, _)| *number < serial);
        let place = match self.places.get(first..) {
            Some([(one, _), (other, _), ..]) if *one == serial && *other == serial => {
                return Err(wrong(format!("two groups have the number {serial}")));
            }
            Some([(number, place), ..]) if *number == serial => *place,
            _ => return Err(wrong(format!("there is no group {serial} to refer to"))),
        };
        self.file.seek(place)?;
        Ok(match self.file.bytes::<1>()? {
            [POINT] => Shape::Point(self.file.positions()?.first().copied().ok_or_else(damaged)?),
            [LINE] => Shape::Line(self.file.positions()?),
            [AREA] => Shape::Area(self.rings()?),
            [PATH] => Shape::Path(self.rings()?),
            [COMPLEX] => Shape::Complex(self.rings()?),
            _ => return Err(wrong(format!("group {serial}, which is referred to, is broken itself"))),
        })
    }

    fn rings(&mut self) -> std::io::Result<Rings> {
        let mut rings = Rings::new();
        for _ in 0..self.file.count()? {
            let count = self.file.count()?;
            let mut bytes = vec![0; count * 8];
            self.file.read(&mut bytes)?;
            let (numbers, _) = bytes.as_chunks::<8>();
            rings.push(numbers.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect());
        }
        Ok(rings)
    }
}
