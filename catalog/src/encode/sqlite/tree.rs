//! The b-tree of a table, built from the leaves up. Rows that are too long go on in pages of their own.

use std::io::Result;

use super::{
    PAGE, Pages,
    page::{Kind, Page},
    record::varint,
};

/// Bytes at the beginning of the file, before the header of its first page.
pub(super) const FILE_HEADER: usize = 100;
/// Pages below an interior page at most; as many always fit.
const CHILDREN: usize = 256;
/// Bytes of a row that a leaf holds at most, and at least where the rest is elsewhere (section 1.6 of the format).
const LOCAL_MAX: usize = PAGE - 35;
const LOCAL_MIN: usize = (PAGE - 12) * 32 / 255 - 23;
/// Bytes of a row that an overflow page holds.
const OVERFLOW: usize = PAGE - 4;

/// A page and the greatest row number on it.
type Child = (u32, i64);

/// A table that is being written, rows in the order of their numbers. Memory: 16 bytes for each page.
#[derive(Debug)]
pub(in super::super) struct Table {
    leaf: Page,
    leaves: Vec<Child>,
    last: i64,
}

impl Table {
    /// An empty table.
    pub(in super::super) fn new() -> Self {
        Self::with_reserve(0)
    }

    /// The table whose root is the first page of the file.
    pub(super) fn first() -> Self {
        Self::with_reserve(FILE_HEADER)
    }

    fn with_reserve(reserve: usize) -> Self {
        Self { leaf: Page::new(Kind::TableLeaf, reserve), leaves: Vec::new(), last: 0 }
    }

    /// Adds a row; numbers must rise.
    ///
    /// # Errors
    /// If the disk is full.
    pub(in super::super) fn push(&mut self, pages: &mut Pages, id: i64, record: &[u8]) -> Result<()> {
        let local = local(record.len());
        let (here, rest) = record.split_at(local);
        let mut cell = Vec::with_capacity(local + 22);
        varint(record.len() as u64, &mut cell);
        varint(id.cast_unsigned(), &mut cell);
        cell.extend(here);
        if !rest.is_empty() {
            cell.extend(overflow(pages, rest)?.to_be_bytes());
        }
        if !self.leaf.push(&cell) {
            self.flush(pages)?;
            if !self.leaf.push(&cell) {
                return Err(std::io::Error::other("a row does not fit on a page"));
            }
        }
        self.last = id;
        Ok(())
    }

    fn flush(&mut self, pages: &mut Pages) -> Result<()> {
        // Only a leaf that is the root shares its page with the header of the file.
        let full = std::mem::replace(&mut self.leaf, Page::new(Kind::TableLeaf, 0));
        let number = pages.append(&full.finish(0, None))?;
        self.leaves.push((number, self.last));
        Ok(())
    }

    /// Writes what is left; the number of the root.
    ///
    /// # Errors
    /// If the disk is full.
    pub(in super::super) fn finish(mut self, pages: &mut Pages) -> Result<u32> {
        if !self.leaf.is_empty() || self.leaves.is_empty() {
            self.flush(pages)?;
        }
        let mut level = self.leaves;
        while level.len() > 1 {
            level = above(pages, &level)?;
        }
        Ok(level.first().map_or(0, |(root, _)| *root))
    }

    /// Writes what is left but the root, which is the first page of the file.
    pub(super) fn finish_first(mut self, pages: &mut Pages) -> Result<[u8; PAGE]> {
        if self.leaves.is_empty() {
            return Ok(self.leaf.finish(FILE_HEADER, None));
        }
        self.flush(pages)?;
        let mut level = self.leaves;
        while level.len() > CHILDREN {
            level = above(pages, &level)?;
        }
        Ok(interior(&level, FILE_HEADER))
    }
}

/// Bytes of a row that stay on its leaf.
fn local(length: usize) -> usize {
    if length <= LOCAL_MAX {
        return length;
    }
    let least = LOCAL_MIN + (length - LOCAL_MIN) % OVERFLOW;
    if least <= LOCAL_MAX { least } else { LOCAL_MIN }
}

/// Writes the rest of a row; the number of its first page.
fn overflow(pages: &mut Pages, rest: &[u8]) -> Result<u32> {
    let first = pages.next();
    let mut chunks = rest.chunks(OVERFLOW).peekable();
    while let Some(chunk) = chunks.next() {
        let next = if chunks.peek().is_some() { Pages::after(pages.next()) } else { 0 };
        let mut page = [0; PAGE];
        page.iter_mut().zip(next.to_be_bytes().iter().chain(chunk)).for_each(|(place, byte)| *place = *byte);
        pages.append(&page)?;
    }
    Ok(first)
}

/// Writes the pages above these.
fn above(pages: &mut Pages, level: &[Child]) -> Result<Vec<Child>> {
    shares(level, CHILDREN)
        .map(|share| Ok((pages.append(&interior(share, 0))?, share.last().map_or(0, |(_, key)| *key))))
        .collect()
}

/// A page over others; its header from byte `at`.
fn interior(children: &[Child], at: usize) -> [u8; PAGE] {
    let mut page = Page::new(Kind::TableInterior, at);
    let Some(((right, _), others)) = children.split_last() else { return page.finish(at, None) };
    for (child, key) in others {
        let mut cell = child.to_be_bytes().to_vec();
        varint(key.cast_unsigned(), &mut cell);
        page.push(&cell);
    }
    page.finish(at, Some(*right))
}

/// Divides evenly into as few shares as there must be, so that none is left with a single member.
pub(in super::super) fn shares<T>(all: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    let count = all.len().div_ceil(most);
    (0..count).filter_map(move |at| all.get(at * all.len() / count..(at + 1) * all.len() / count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_left_alone() {
        for count in [1, 2, 256, 257, 513, 65_537] {
            let all: Vec<usize> = (0..count).collect();
            let sizes: Vec<usize> = shares(&all, CHILDREN).map(<[usize]>::len).collect();
            assert_eq!((sizes.iter().sum::<usize>(), sizes.len()), (count, count.div_ceil(CHILDREN)));
            assert!(sizes.iter().all(|size| *size <= CHILDREN && (*size > 1 || count == 1)), "{count}: {sizes:?}");
        }
    }

    #[test]
    fn long_rows_keep_as_much_as_the_format_says() {
        assert_eq!((LOCAL_MAX, LOCAL_MIN), (4061, 489));
        assert_eq!(local(4061), 4061);
        assert_eq!(local(4062), LOCAL_MIN, "489 + 3573 is more than fits");
        for length in [4062, 4100, 4580, 4581, 10_000, 1_000_000] {
            let here = local(length);
            assert!((LOCAL_MIN..=LOCAL_MAX).contains(&here), "{length}: {here}");
        }
    }
}
