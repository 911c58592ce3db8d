//! Shapes on disk: written one after the other, read by their places.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write},
};

use catalog::table::wkb::Position;

use super::MAX_POSITIONS;
use crate::Result;

/// Most bytes on disk for each byte of the file: arcs become many positions, but not without end.
const GROWTH: u64 = 64;
/// Bytes on disk that any file may have.
const SPARE: u64 = 16 << 20;
/// A position on disk: x, y and z, which is not a number where there is none.
const POSITION_BYTES: usize = 24;

/// A temporary file that is being written.
pub(in crate::reader) struct Writer {
    file: BufWriter<File>,
    length: u64,
    room: u64,
}

impl Writer {
    /// An empty one, with room for what a source of so many bytes may come to.
    pub(in crate::reader) fn new(bytes: u64) -> Result<Self> {
        let room = bytes.saturating_mul(GROWTH).saturating_add(SPARE);
        Ok(Self { file: BufWriter::new(tempfile::tempfile()?), length: 0, room })
    }

    /// True if no more may be written.
    pub(in crate::reader) fn is_full(&self) -> bool {
        self.length >= self.room
    }

    /// Writes a shape and gives its place.
    pub(in crate::reader) fn put(&mut self, bytes: &[u8]) -> std::io::Result<u64> {
        let place = self.length;
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(place)
    }

    /// All that was written, to be read.
    pub(in crate::reader) fn close(self) -> std::io::Result<Disk> {
        let mut file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Disk { file: BufReader::new(file), position: 0 })
    }
}

/// Writes how many there are of something.
pub(in crate::reader) fn write_count(count: usize, out: &mut Vec<u8>) {
    out.extend((count as u64).to_le_bytes());
}

/// Writes positions with their count.
pub(in crate::reader) fn write_positions(positions: &[Position], out: &mut Vec<u8>) {
    write_count(positions.len(), out);
    for position in positions {
        for number in [position.x, position.y, position.z.unwrap_or(f64::NAN)] {
            out.extend(number.to_le_bytes());
        }
    }
}

/// A temporary file that is being read.
pub(in crate::reader) struct Disk {
    file: BufReader<File>,
    position: u64,
}

impl Disk {
    /// Goes to a place. Shapes mostly stand near those that need them: what was read ahead is kept.
    pub(in crate::reader) fn seek(&mut self, place: u64) -> std::io::Result<()> {
        self.file.seek_relative(place.cast_signed() - self.position.cast_signed())?;
        self.position = place;
        Ok(())
    }

    /// The next bytes.
    pub(in crate::reader) fn bytes<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    /// Fills a slice with the next bytes.
    pub(in crate::reader) fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<()> {
        self.file.read_exact(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// A count of what follows.
    pub(in crate::reader) fn count(&mut self) -> std::io::Result<usize> {
        let count = usize::try_from(u64::from_le_bytes(self.bytes()?)).ok();
        count.filter(|count| *count <= MAX_POSITIONS).ok_or_else(damaged)
    }

    /// Positions with their count.
    pub(in crate::reader) fn positions(&mut self) -> std::io::Result<Vec<Position>> {
        let count = self.count()?;
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
}

/// What is read is not what was written.
pub(in crate::reader) fn damaged() -> std::io::Error {
    std::io::Error::other("the temporary file of shapes is damaged")
}
