//! Files of `SQLite` (database file format 3), written once from the first page to the last. Only what `GeoPackage`
//! needs: tables with a row number and indexes that fit on a page.

mod page;
mod record;
mod tree;

use std::{
    fs::File,
    io::{BufWriter, Result, Seek, SeekFrom, Write},
    path::Path,
};

use self::{
    page::{Kind, Page},
    tree::FILE_HEADER,
};
pub(super) use self::{
    record::{Value, record},
    tree::{Table, shares},
};

/// Bytes of a page.
const PAGE: usize = 4096;
/// The page with the byte 2³⁰ of the file, on which locks are taken (section 1.5 of the format).
const LOCK_PAGE: u32 = (1 << 30) / 4096 + 1;
/// Version of the program that is said to have written the file; readers do not look at it.
const WRITER_VERSION: u32 = 3_040_000;

/// A file that grows page by page. The first page is written last.
#[derive(Debug)]
pub(super) struct Pages {
    out: BufWriter<File>,
    count: u32,
}

impl Pages {
    /// A new file.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn create(to: &Path) -> Result<Self> {
        let mut out = BufWriter::with_capacity(1 << 18, File::create(to)?);
        out.write_all(&[0; PAGE])?;
        Ok(Self { out, count: 1 })
    }

    /// The number that the page after this one has.
    fn after(page: u32) -> u32 {
        if page + 1 == LOCK_PAGE { page + 2 } else { page + 1 }
    }

    /// The number that the next page will have.
    fn next(&self) -> u32 {
        Self::after(self.count)
    }

    /// Writes a page; its number.
    fn append(&mut self, page: &[u8; PAGE]) -> Result<u32> {
        let number = self.next();
        if number > self.count + 1 {
            self.out.write_all(&[0; PAGE])?;
        }
        self.out.write_all(page)?;
        self.count = number;
        Ok(number)
    }

    /// Writes an index of few short records, in order; the number of its page.
    ///
    /// # Errors
    /// If the disk is full, or they do not fit on a page.
    pub(super) fn index(&mut self, records: &[Vec<u8>]) -> Result<u32> {
        let mut page = Page::new(Kind::IndexLeaf, 0);
        for record in records {
            let mut cell = Vec::with_capacity(record.len() + 2);
            record::varint(record.len() as u64, &mut cell);
            cell.extend(record);
            if record.len() > PAGE / 8 || !page.push(&cell) {
                return Err(std::io::Error::other("an index does not fit on a page"));
            }
        }
        self.append(&page.finish(0, None))
    }

    /// Writes the first page, with the table of all things, and syncs the file to disk.
    ///
    /// # Errors
    /// If the disk is full.
    pub(super) fn finish(mut self, things: &[Thing], application: [u8; 4], version: u32) -> Result<()> {
        let mut table = Table::first();
        for (id, thing) in (1..).zip(things) {
            let values = [
                Value::Text(thing.kind),
                Value::Text(&thing.name),
                Value::Text(&thing.table),
                Value::Integer(thing.root.into()),
                thing.sql.as_deref().map_or(Value::Null, Value::Text),
            ];
            table.push(&mut self, id, &record(&values))?;
        }
        let mut first = table.finish_first(&mut self)?;
        let header = header(self.count, application, version);
        first.iter_mut().zip(header).for_each(|(place, byte)| *place = byte);
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&first)?;
        self.out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
    }
}

/// A row of the table of all things (`sqlite_schema`).
#[derive(Debug)]
pub(super) struct Thing {
    /// `table`, `index` or `trigger`.
    pub(super) kind: &'static str,
    /// Its name.
    pub(super) name: String,
    /// The table that it belongs to.
    pub(super) table: String,
    /// The page of its root; 0 where it has none.
    pub(super) root: u32,
    /// The statement that makes it; `None` for indexes that come with a table.
    pub(super) sql: Option<String>,
}

/// The first hundred bytes (section 1.3 of the format).
fn header(pages: u32, application: [u8; 4], version: u32) -> [u8; FILE_HEADER] {
    let mut out = Vec::with_capacity(FILE_HEADER);
    out.extend(b"SQLite format 3\0");
    out.extend(4096_u16.to_be_bytes());
    // No journal beside the file, no reserved bytes, and the fractions that the format prescribes.
    out.extend([1, 1, 0, 64, 32, 32]);
    let counter = 1_u32;
    // Changes, pages, free pages (none), schema changes, schema format, cache, vacuum, UTF-8.
    for number in [counter, pages, 0, 0, 1, 4, 0, 0, 1, version, 0] {
        out.extend(number.to_be_bytes());
    }
    out.extend(application);
    out.resize(FILE_HEADER - 8, 0);
    out.extend(counter.to_be_bytes());
    out.extend(WRITER_VERSION.to_be_bytes());
    let mut header = [0; FILE_HEADER];
    header.iter_mut().zip(out).for_each(|(place, byte)| *place = byte);
    header
}
