//! Sorts by key in bounded memory: what does not fit is spilled to disk. Of several values of one key the last stays.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
    vec,
};

/// Bytes that are held in memory before they are spilled.
const HELD_BYTES: usize = 32 << 20;
/// What an entry costs beside its bytes, about.
const OVERHEAD: usize = 64;

/// Takes keys and values in any order.
#[derive(Debug)]
pub(super) struct Sorter {
    held: Vec<(String, String)>,
    bytes: usize,
    most: usize,
    runs: Vec<File>,
}

impl Sorter {
    pub(super) fn new() -> Self {
        Self::holding(HELD_BYTES)
    }

    fn holding(most: usize) -> Self {
        Self { held: Vec::new(), bytes: 0, most, runs: Vec::new() }
    }

    pub(super) fn push(&mut self, key: String, value: String) -> io::Result<()> {
        self.bytes += key.len() + value.len() + OVERHEAD;
        self.held.push((key, value));
        if self.bytes > self.most { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for (key, value) in self.take() {
            write_text(&mut file, &key)?;
            write_text(&mut file, &value)?;
        }
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        Ok(())
    }

    /// What is held, sorted, each key once.
    fn take(&mut self) -> Vec<(String, String)> {
        self.bytes = 0;
        let mut held = std::mem::take(&mut self.held);
        // The sort is stable and deduplication keeps the first, so the last comes first.
        held.reverse();
        held.sort_by(|(a, _), (b, _)| a.cmp(b));
        held.dedup_by(|(later, _), (earlier, _)| later == earlier);
        held
    }

    /// All keys in order.
    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        let held = Run::Held(self.take().into_iter());
        let mut runs: Vec<Run> = self.runs.into_iter().map(|file| Run::Spilled(BufReader::new(file))).collect();
        runs.push(held);
        let mut sorted = Sorted { values: vec![String::new(); runs.len()], runs, heads: BinaryHeap::new() };
        for run in 0..sorted.runs.len() {
            sorted.advance(run)?;
        }
        Ok(sorted)
    }
}

#[derive(Debug)]
enum Run {
    Held(vec::IntoIter<(String, String)>),
    Spilled(BufReader<File>),
}

impl Run {
    fn next(&mut self) -> io::Result<Option<(String, String)>> {
        match self {
            Self::Held(held) => Ok(held.next()),
            Self::Spilled(file) => {
                let Some(key) = read_text(file)? else { return Ok(None) };
                let value = read_text(file)?.ok_or(io::ErrorKind::UnexpectedEof)?;
                Ok(Some((key, value)))
            }
        }
    }
}

/// Keys in order, each once, with the value that was pushed last.
#[derive(Debug)]
pub(super) struct Sorted {
    runs: Vec<Run>,
    /// The next key of every run; of equal ones that of the latest run comes first.
    heads: BinaryHeap<Reverse<(String, Reverse<usize>)>>,
    /// The value that belongs to a run's next key.
    values: Vec<String>,
}

impl Sorted {
    fn advance(&mut self, at: usize) -> io::Result<()> {
        let (Some(run), Some(slot)) = (self.runs.get_mut(at), self.values.get_mut(at)) else { return Ok(()) };
        if let Some((key, value)) = run.next()? {
            *slot = value;
            self.heads.push(Reverse((key, Reverse(at))));
        }
        Ok(())
    }

    /// The next key with its value.
    pub(super) fn next(&mut self) -> io::Result<Option<(String, String)>> {
        let Some(Reverse((key, Reverse(at)))) = self.heads.pop() else { return Ok(None) };
        let value = self.values.get_mut(at).map(std::mem::take).unwrap_or_default();
        self.advance(at)?;
        while let Some(Reverse((other, Reverse(run)))) = self.heads.peek() {
            if *other != key {
                break;
            }
            let run = *run;
            self.heads.pop();
            self.advance(run)?;
        }
        Ok(Some((key, value)))
    }
}

fn write_text(file: &mut impl Write, text: &str) -> io::Result<()> {
    file.write_all(&(text.len() as u64).to_le_bytes())?;
    file.write_all(text.as_bytes())
}

fn read_text(file: &mut impl Read) -> io::Result<Option<String>> {
    let mut length = [0; 8];
    match file.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u64::from_le_bytes(length);
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    String::from_utf8(bytes).map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_last_value_of_a_key_stays_whether_spilled_or_not() {
        for most in [1, 300, HELD_BYTES] {
            let mut taker = Sorter::holding(most);
            let mut expected = BTreeMap::new();
            for n in 0..500_u32 {
                let (key, value) = (format!("k{:03}", n * 7919 % 131), format!("linje {n}\n"));
                expected.insert(key.clone(), value.clone());
                taker.push(key, value).unwrap();
            }
            let mut sorted = taker.finish().unwrap();
            let mut found = Vec::new();
            while let Some(entry) = sorted.next().unwrap() {
                found.push(entry);
            }
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{most} bytes");
        }
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(Sorter::new().finish().unwrap().next().unwrap(), None);
    }
}
