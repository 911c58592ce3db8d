//! Tables as trees of pages, walked from the first row to the last.

use super::{Database, MAX_ROW, number, varint};
use crate::Result;

/// Deepest tree: with the fewest cells in a page, no file is large enough for more.
const MAX_DEPTH: usize = 40;
const INTERIOR: u8 = 0x05;
const LEAF: u8 = 0x0D;

/// One page on the way to a row.
struct Step {
    number: u32,
    page: Vec<u8>,
    /// Where the page's own head is: behind the file's in the first one.
    head: usize,
    cells: usize,
    /// The next cell.
    next: usize,
}

/// The rows of a table.
pub(in super::super) struct Rows {
    root: u32,
    steps: Vec<Step>,
    begun: bool,
    /// Pages read so far: no sound tree has one twice.
    visited: u64,
}

impl Rows {
    /// The rows of the tree with a root.
    pub(in super::super) fn new(root: u32) -> Self {
        Self { root, steps: Vec::new(), begun: false, visited: 0 }
    }

    /// The number and the record of the next row; `None` after the last one.
    pub(in super::super) fn next(&mut self, database: &mut Database) -> Result<Option<(i64, Vec<u8>)>> {
        if !std::mem::replace(&mut self.begun, true) {
            self.enter(database, self.root)?;
        }
        while let Some(step) = self.steps.last_mut() {
            let at = step.next;
            step.next += 1;
            let kind = step.page.get(step.head).copied();
            match kind {
                Some(LEAF) if at < step.cells => {
                    let cell = cell(step, at, 8).ok_or_else(|| broken(database, step.number))?.to_vec();
                    let number = step.number;
                    return self.row(database, number, &cell).map(Some);
                }
                Some(INTERIOR) if at < step.cells => {
                    let child = cell(step, at, 12).map(|cell| self::number(cell, 0, 4));
                    let child = child.ok_or_else(|| broken(database, step.number))?;
                    self.enter(database, u32::try_from(child).unwrap_or_default())?;
                }
                Some(INTERIOR) if at == step.cells => {
                    let child = number(&step.page, step.head + 8, 4);
                    self.enter(database, u32::try_from(child).unwrap_or_default())?;
                }
                _ => drop(self.steps.pop()),
            }
        }
        Ok(None)
    }

    fn enter(&mut self, database: &mut Database, number: u32) -> Result<()> {
        self.count(database)?;
        let page = database.page(number)?;
        let head = if number == 1 { super::HEAD } else { 0 };
        let kind = page.get(head).copied().unwrap_or_default();
        let cells = usize::try_from(self::number(&page, head + 3, 2)).unwrap_or_default();
        let fits = head + 12 + 2 * cells <= page.len() || cells == 0;
        if !matches!(kind, INTERIOR | LEAF) || !fits || self.steps.len() >= MAX_DEPTH {
            return Err(broken(database, number));
        }
        self.steps.push(Step { number, page, head, cells, next: 0 });
        Ok(())
    }

    fn count(&mut self, database: &Database) -> Result<()> {
        self.visited += 1;
        if self.visited > u64::from(database.pages) {
            return Err(database.fault("its pages refer to each other in a circle"));
        }
        Ok(())
    }

    /// The row of a cell, with what lies on pages of its own.
    fn row(&mut self, database: &mut Database, number: u32, cell: &[u8]) -> Result<(i64, Vec<u8>)> {
        let mut rest = cell;
        let sizes = varint(&mut rest).zip(varint(&mut rest));
        let (bytes, row) = sizes.ok_or_else(|| broken(database, number))?;
        if bytes > MAX_ROW {
            return Err(database.fault(format!("a row on page {number} is larger than {MAX_ROW} bytes")));
        }
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let own = own_bytes(bytes, database.usable);
        let mut payload = rest.get(..own).ok_or_else(|| broken(database, number))?.to_vec();
        if own < bytes {
            let mut next = u32::try_from(self::number(rest, own, 4)).unwrap_or_default();
            while payload.len() < bytes {
                self.count(database)?;
                let page = database.page(next)?;
                next = u32::try_from(self::number(&page, 0, 4)).unwrap_or_default();
                let more = (bytes - payload.len()).min(database.usable - 4);
                payload.extend(page.get(4..4 + more).unwrap_or_default());
            }
        }
        Ok((row.cast_signed(), payload))
    }
}

fn broken(database: &Database, page: u32) -> crate::Error {
    database.fault(format!("page {page} is broken"))
}

/// The bytes of a page from one of its cells on; the pointers to cells begin behind the head.
fn cell(step: &Step, at: usize, head: usize) -> Option<&[u8]> {
    let pointer = step.head + head + 2 * at;
    step.page.get(pointer..pointer + 2)?;
    let start = usize::try_from(number(&step.page, pointer, 2)).ok()?;
    step.page.get(start..)
}

/// How many bytes of a row lie on its leaf; the others have pages of their own.
fn own_bytes(bytes: usize, usable: usize) -> usize {
    let most = usable - 35;
    let least = (usable - 12) * 32 / 255 - 23;
    if bytes <= most {
        return bytes;
    }
    let even = least + (bytes - least) % (usable - 4);
    if even <= most { even } else { least }
}
