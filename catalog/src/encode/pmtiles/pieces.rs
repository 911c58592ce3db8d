//! What tiles show, sorted by tile and row on disk.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, Write},
};

use crate::{
    Result,
    tile::{Piece, Rank},
};

/// Bytes that are sorted in memory at a time.
const RUN_BYTES: usize = 64 << 20;
/// What a piece takes beside its bytes.
const OVERHEAD: usize = 128;

/// Pieces so far: sorted runs on disk, and the last ones in memory.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    runs: Vec<File>,
    held: Vec<(u64, Piece)>,
    bytes: usize,
}

impl Pieces {
    /// Adds a piece of a tile.
    pub(super) fn push(&mut self, tile: u64, piece: Piece) -> Result<()> {
        self.bytes +=
            OVERHEAD + piece.tags.len() + piece.geometries.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
        self.held.push((tile, piece));
        if self.bytes > RUN_BYTES { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<()> {
        let mut out = BufWriter::new(tempfile::tempfile()?);
        for (tile, piece) in self.take_sorted() {
            write(&mut out, tile, &piece)?;
        }
        let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        Ok(())
    }

    fn take_sorted(&mut self) -> Vec<(u64, Piece)> {
        self.bytes = 0;
        let mut held = std::mem::take(&mut self.held);
        held.sort_unstable_by_key(|(tile, piece)| (*tile, piece.row));
        held
    }

    /// All pieces, by tile, then by row.
    pub(super) fn sorted(mut self) -> Result<impl Iterator<Item = Result<(u64, Piece)>>> {
        let last = Run::Held(self.take_sorted().into_iter());
        let runs = self.runs.into_iter().map(|file| Run::Stored(Box::new(BufReader::new(file))));
        let mut runs: Vec<Run> = runs.chain([last]).collect();
        let mut heads = BinaryHeap::new();
        let mut next = vec![None; runs.len()];
        for (index, (run, slot)) in runs.iter_mut().zip(&mut next).enumerate() {
            advance(run, slot, (index, &mut heads))?;
        }
        Ok(std::iter::from_fn(move || {
            let Reverse((_, _, index)) = heads.pop()?;
            let slot = next.get_mut(index)?;
            let piece = slot.take()?;
            let run = runs.get_mut(index)?;
            Some(advance(run, slot, (index, &mut heads)).map(|()| piece))
        }))
    }
}

/// A sorted run.
enum Run {
    Held(std::vec::IntoIter<(u64, Piece)>),
    Stored(Box<BufReader<File>>),
}

/// The first piece of each run: tile, row, run.
type Heads = BinaryHeap<Reverse<(u64, u64, usize)>>;

/// Puts the next piece of a run into its slot.
fn advance(run: &mut Run, slot: &mut Option<(u64, Piece)>, (index, heads): (usize, &mut Heads)) -> Result<()> {
    *slot = match run {
        Run::Held(pieces) => pieces.next(),
        Run::Stored(file) => read(file)?,
    };
    if let Some((tile, piece)) = slot {
        heads.push(Reverse((*tile, piece.row, index)));
    }
    Ok(())
}

fn write(out: &mut dyn Write, tile: u64, piece: &Piece) -> std::io::Result<()> {
    let [extent, lot] = piece.rank.numbers();
    let mut bytes = Vec::new();
    for (kind, commands) in
        [(0, &piece.tags)].into_iter().chain(piece.geometries.iter().map(|(kind, one)| (*kind, one)))
    {
        bytes.push(kind);
        bytes.extend((commands.len() as u64).to_le_bytes());
        bytes.extend(commands);
    }
    for number in [tile, piece.row, extent, lot, bytes.len() as u64] {
        out.write_all(&number.to_le_bytes())?;
    }
    out.write_all(&bytes)
}

/// The next piece; `None` at the end.
fn read(file: &mut dyn Read) -> std::io::Result<Option<(u64, Piece)>> {
    let mut head = [0; 40];
    // A run ends where a piece would begin.
    let mut first = [0; 1];
    if file.read(&mut first)? == 0 {
        return Ok(None);
    }
    let [start, rest @ ..] = &mut head;
    *start = first[0];
    file.read_exact(rest)?;
    let mut numbers = head.chunks_exact(8).filter_map(|bytes| bytes.try_into().ok().map(u64::from_le_bytes));
    let mut number = || numbers.next().unwrap_or_default();
    let (tile, row, extent, lot, length) = (number(), number(), number(), number(), number());
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    file.read_exact(&mut bytes)?;
    let mut parts = parts(&bytes);
    let tags = parts.next().map(|(_, tags)| tags).unwrap_or_default();
    Ok(Some((tile, Piece { rank: Rank::from_numbers([extent, lot]), row, geometries: parts.collect(), tags })))
}

/// Bytes with their kind.
fn parts(mut bytes: &[u8]) -> impl Iterator<Item = (u8, Vec<u8>)> {
    std::iter::from_fn(move || {
        let (kind, rest) = bytes.split_first()?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let (part, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        bytes = rest;
        Some((*kind, part.to_vec()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_on_disk_come_back_in_order() {
        let mut pieces = Pieces::default();
        let piece = |row: u64| Piece {
            rank: Rank::from_numbers([row * 3, !row]),
            row,
            geometries: vec![(1, vec![1, 2, 3]), (3, vec![])],
            tags: vec![u8::try_from(row % 251).unwrap(); 5],
        };
        for row in 0..500_u64 {
            pieces.push(row * 7 % 13, piece(row)).unwrap();
            if row % 90 == 89 {
                pieces.spill().unwrap();
            }
        }
        let sorted: Vec<(u64, Piece)> = pieces.sorted().unwrap().collect::<Result<_>>().unwrap();
        assert_eq!(sorted.len(), 500);
        assert!(sorted.windows(2).all(|pair| (pair[0].0, pair[0].1.row) < (pair[1].0, pair[1].1.row)));
        assert!(sorted.iter().all(|(tile, own)| *tile == own.row * 7 % 13 && *own == piece(own.row)));
    }
}
