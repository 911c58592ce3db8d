//! The shapes of a file by serial number: positions on disk, places in memory.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write},
};

use catalog::table::wkb::Position;

use super::{
    flaw::{Bad, Flaw},
    group::MAX_POSITIONS,
    shape::{Rings, Shape},
};
use crate::Result;

/// Most shapes that others may refer to; each needs 16 bytes of memory.
const MAX_SHAPES: usize = 8_000_000;
/// Most bytes on disk for each byte of the file: arcs become many positions, but not without end.
const GROWTH: u64 = 64;
/// Bytes on disk that any file may have.
const SPARE: u64 = 16 << 20;
/// A position on disk: x, y and z, which is not a number where there is none.
const POSITION_BYTES: usize = 24;

const POINT: u8 = 0;
const LINE: u8 = 1;
const AREA: u8 = 2;
const PATH: u8 = 3;
const COMPLEX: u8 = 4;
const BROKEN: u8 = 5;

/// Shapes that are being put away.
pub(super) struct Shelf {
    file: BufWriter<File>,
    length: u64,
    room: u64,
    places: Vec<(i64, u64)>,
}

impl Shelf {
    /// An empty one in a temporary file, for a file of so many bytes.
    pub(super) fn new(bytes: u64) -> Result<Self> {
        let room = bytes.saturating_mul(GROWTH).saturating_add(SPARE);
        Ok(Self { file: BufWriter::new(tempfile::tempfile()?), length: 0, room, places: Vec::new() })
    }

    /// Puts a shape away; `None` is one that has a flaw. False if there is no room.
    pub(super) fn put(&mut self, serial: i64, shape: Option<&Shape>) -> Result<bool> {
        if self.places.len() >= MAX_SHAPES || self.length >= self.room {
            // Points are referred to by complex objects only, which few files have.
            return Ok(matches!(shape, Some(Shape::Point(_))));
        }
        let mut bytes = Vec::new();
        match shape {
            Some(Shape::Point(position)) => write_positions(POINT, std::slice::from_ref(position), &mut bytes),
            Some(Shape::Line(line)) => write_positions(LINE, line, &mut bytes),
            Some(Shape::Area(rings)) => write_rings(AREA, rings, &mut bytes),
            Some(Shape::Path(rings)) => write_rings(PATH, rings, &mut bytes),
            Some(Shape::Complex(rings)) => write_rings(COMPLEX, rings, &mut bytes),
            Some(Shape::None | Shape::Points(_)) => return Ok(true),
            None => bytes.push(BROKEN),
        }
        self.file.write_all(&bytes)?;
        self.places.push((serial, self.length));
        self.length += bytes.len() as u64;
        Ok(true)
    }

    /// All shapes, to be found by their numbers.
    pub(super) fn close(mut self) -> Result<Store> {
        self.places.sort_unstable();
        let mut file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Store { file: BufReader::new(file), position: 0, places: self.places })
    }
}

fn write_positions(tag: u8, positions: &[Position], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend((positions.len() as u64).to_le_bytes());
    for position in positions {
        for number in [position.x, position.y, position.z.unwrap_or(f64::NAN)] {
            out.extend(number.to_le_bytes());
        }
    }
}

fn write_rings(tag: u8, rings: &Rings, out: &mut Vec<u8>) {
    out.push(tag);
    out.extend((rings.len() as u64).to_le_bytes());
    for ring in rings {
        out.extend((ring.len() as u64).to_le_bytes());
        for serial in ring {
            out.extend(serial.to_le_bytes());
        }
    }
}

/// Shapes by serial number.
pub(super) struct Store {
    file: BufReader<File>,
    /// Where the file is read.
    position: u64,
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
        // Curves mostly stand near their areas: what was read ahead is kept.
        self.file.seek_relative(place.cast_signed() - self.position.cast_signed())?;
        self.position = place;
        Ok(match self.bytes::<1>()? {
            [POINT] => Shape::Point(self.positions()?.first().copied().ok_or_else(broken_store)?),
            [LINE] => Shape::Line(self.positions()?),
            [AREA] => Shape::Area(self.rings()?),
            [PATH] => Shape::Path(self.rings()?),
            [COMPLEX] => Shape::Complex(self.rings()?),
            _ => return Err(wrong(format!("group {serial}, which is referred to, is broken itself"))),
        })
    }

    fn bytes<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<()> {
        self.file.read_exact(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    fn count(&mut self) -> std::io::Result<usize> {
        usize::try_from(u64::from_le_bytes(self.bytes()?)).map_err(|_| broken_store())
    }

    fn positions(&mut self) -> std::io::Result<Vec<Position>> {
        let count = self.count()?;
        if count > MAX_POSITIONS {
            return Err(broken_store());
        }
        let mut bytes = vec![0; count * POSITION_BYTES];
        self.read(&mut bytes)?;
        let (numbers, _) = bytes.as_chunks::<8>();
        let (triples, _) = numbers.as_chunks::<3>();
        let number = |bytes: [u8; 8]| f64::from_le_bytes(bytes);
        let position = |[x, y, z]: [[u8; 8]; 3]| Position {
            x: number(x),
            y: number(y),
            z: Some(number(z)).filter(|z| !z.is_nan()),
        };
        Ok(triples.iter().copied().map(position).collect())
    }

    fn rings(&mut self) -> std::io::Result<Rings> {
        let mut rings = Rings::new();
        for _ in 0..self.count()? {
            let count = self.count()?;
            let mut bytes = vec![0; count * 8];
            self.read(&mut bytes)?;
            let (numbers, _) = bytes.as_chunks::<8>();
            rings.push(numbers.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect());
        }
        Ok(rings)
    }
}

fn broken_store() -> std::io::Error {
    std::io::Error::other("the temporary file of shapes is damaged")
}
