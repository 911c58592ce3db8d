//! One page of a b-tree (section 1.6 of the format).

use super::PAGE;

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Rows of a table.
    TableLeaf,
    /// Pages below, by the greatest row number of each.
    TableInterior,
    /// Entries of an index.
    IndexLeaf,
}

impl Kind {
    fn number(self) -> u8 {
        match self {
            Self::TableLeaf => 0x0d,
            Self::TableInterior => 0x05,
            Self::IndexLeaf => 0x0a,
        }
    }

    fn header(self) -> usize {
        if self == Self::TableInterior { 12 } else { 8 }
    }
}

/// A page to which cells are added.
#[derive(Debug)]
pub(super) struct Page {
    kind: Kind,
    /// Bytes that are kept free at the beginning.
    reserve: usize,
    cells: Vec<u8>,
    /// Where each cell ends in `cells`.
    ends: Vec<usize>,
}

impl Page {
    /// An empty page, with so many bytes kept free at its beginning.
    pub(super) fn new(kind: Kind, reserve: usize) -> Self {
        Self { kind, reserve, cells: Vec::with_capacity(PAGE), ends: Vec::new() }
    }

    /// Whether there are no cells.
    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds a cell; false if it does not fit.
    pub(super) fn push(&mut self, cell: &[u8]) -> bool {
        let taken = self.reserve + self.kind.header() + 2 * (self.ends.len() + 1) + self.cells.len() + cell.len();
        if taken > PAGE {
            return false;
        }
        self.cells.extend(cell);
        self.ends.push(self.cells.len());
        true
    }

    /// The page, its header from byte `at` (0, or after the header of the file), with the last page below where it has
    /// some.
    pub(super) fn finish(self, at: usize, right: Option<u32>) -> [u8; PAGE] {
        let mut bytes = vec![0; at];
        let content = PAGE - self.cells.len();
        let short = |number: usize| u16::try_from(number).unwrap_or_default().to_be_bytes();
        bytes.push(self.kind.number());
        bytes.extend([0, 0]);
        bytes.extend(short(self.ends.len()));
        bytes.extend(short(content));
        bytes.push(0);
        bytes.extend(right.map(u32::to_be_bytes).into_iter().flatten());
        // Cells lie in order from the middle to the end.
        let starts = std::iter::once(0).chain(self.ends.iter().copied()).take(self.ends.len());
        starts.for_each(|start| bytes.extend(short(content + start)));
        bytes.resize(content, 0);
        bytes.extend(&self.cells);
        let mut page = [0; PAGE];
        page.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        page
    }
}
