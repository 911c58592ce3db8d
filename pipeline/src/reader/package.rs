//! ZIP packages of workbooks: unpacked once to nowhere, to see that nothing in them can bring the reading down.

use std::{
    cell::{Cell, RefCell},
    fs::File,
    io::{self, BufRead, BufReader, Read},
};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use zip::ZipArchive;

use super::{Input, fault::fault};
use crate::{Error, Result};

/// An opened package.
pub(super) type Archive = ZipArchive<BufReader<File>>;

/// Most parts of a package.
const MAX_PARTS: usize = 10_000;
/// Most shared texts that a workbook may announce, since room for them is made at once.
const MAX_SHARED: u64 = 16_000_000;

/// What may be in a package.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    /// Bytes of a part that is held in memory.
    pub(super) part: u64,
    /// Bytes of all parts together, and of a part that is streamed.
    pub(super) total: u64,
    /// Times that a package is larger unpacked, once it is larger than `free`.
    pub(super) ratio: u64,
    /// Bytes below which the ratio does not matter.
    pub(super) free: u64,
    /// Bytes of one XML event (a text, a tag) and of the texts of one cell.
    pub(super) node: u64,
}

/// The limits of every workbook.
pub(super) const MOST: Most = Most { part: 64 << 20, total: 1 << 30, ratio: 200, free: 16 << 20, node: 8 << 20 };

/// Counts what is unpacked, and says no where it is too much or the run is to stop.
pub(super) struct Guard<'a> {
    input: Input<'a>,
    most: Most,
    /// Bytes of the packed file.
    packed: u64,
    total: Cell<u64>,
    part: Cell<u64>,
    part_most: Cell<u64>,
    /// Bytes since the last XML event.
    node: Cell<u64>,
    fault: RefCell<Option<Error>>,
}

impl<'a> Guard<'a> {
    /// A guard of a package.
    pub(super) fn new(input: Input<'a>, most: Most) -> Result<Self> {
        let packed = std::fs::metadata(input.path)?.len();
        let zero = || Cell::new(0);
        let (total, part, node, fault) = (zero(), zero(), zero(), RefCell::new(None));
        Ok(Self { input, most, packed, total, part, part_most: Cell::new(most.total), node, fault })
    }

    /// The next XML event begins.
    pub(super) fn next_node(&self) {
        self.node.set(0);
    }

    /// What stopped the reading, if it was the guard.
    pub(super) fn verdict(&self) -> Result<()> {
        self.fault.borrow_mut().take().map_or(Ok(()), Err)
    }

    fn next_part(&self, most: u64) {
        self.part.set(0);
        self.node.set(0);
        self.part_most.set(most);
    }

    fn count(&self, bytes: u64) -> Result<()> {
        self.input.check()?;
        let add = |counter: &Cell<u64>| {
            counter.set(counter.get().saturating_add(bytes));
            counter.get()
        };
        let (total, part) = (add(&self.total), add(&self.part));
        add(&self.node);
        let large = |reason: String| Err(fault(self.input.name, "format-too-large", None, reason));
        if part > self.part_most.get() {
            return large(format!("a part unpacks to more than {} bytes", self.part_most.get()));
        }
        if total > self.most.total {
            return large(format!("it unpacks to more than {} bytes", self.most.total));
        }
        if total > self.most.free && total > self.packed.saturating_mul(self.most.ratio) {
            return large(format!("it unpacks to more than {} times its size", self.most.ratio));
        }
        Ok(())
    }
}

/// Bytes of a part under guard.
pub(super) struct Guarded<'a, 'g, R> {
    source: R,
    guard: &'g Guard<'a>,
    /// One XML event may not be larger than the limit.
    events: bool,
}

impl<'a, 'g, R: Read> Guarded<'a, 'g, R> {
    /// A part that is read as XML, event by event.
    pub(super) fn xml(source: R, guard: &'g Guard<'a>) -> Self {
        guard.next_part(guard.most.total);
        Self { source, guard, events: true }
    }
}

impl<R: Read> Read for Guarded<'_, '_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let guard = self.guard;
        let refuse = |error: Error| {
            guard.fault.replace(Some(error));
            io::Error::other("refused")
        };
        if self.events && guard.node.get() > guard.most.node {
            let reason = format!("a text or tag is longer than {} bytes", guard.most.node);
            return Err(refuse(fault(guard.input.name, "format-cell-too-long", None, reason)));
        }
        let count = self.source.read(out)?;
        guard.count(count as u64).map_err(refuse)?;
        Ok(count)
    }
}

/// Opens a package, looks at all of it, and gives the names of its parts: lower case, with slashes.
pub(super) fn inspect(input: Input<'_>, most: Most) -> Result<Vec<String>> {
    let broken = |reason: String| fault(input.name, "format-workbook", None, reason);
    let source = BufReader::new(File::open(input.path)?);
    let mut archive =
        Archive::new(source).map_err(|error| broken(format!("this is no XLSX, XLSB or ODS workbook ({error})")))?;
    if archive.len() > MAX_PARTS {
        return Err(broken(format!("it has more than {MAX_PARTS} parts")));
    }
    if archive.has_overlapping_files().map_err(|error| broken(error.to_string()))? {
        return Err(broken("parts of it lie on top of each other".to_owned()));
    }
    let guard = Guard::new(input, most)?;
    let mut names = Vec::with_capacity(archive.len());
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| broken(error.to_string()))?;
        let name = String::from_utf8_lossy(part.name_raw()).replace('\\', "/").to_ascii_lowercase();
        let name = name.trim_start_matches('/').to_owned();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let is_xml = matches!(extension, "xml" | "rels");
        let streamed = name == "content.xml" || (name.contains("worksheets/") && (is_xml || extension == "bin"));
        guard.next_part(if streamed { most.total } else { most.part });
        // The reader of OpenDocument sheets guards itself.
        let events = is_xml && name != "content.xml";
        let mut part = BufReader::new(Guarded { source: part, guard: &guard, events });
        if events {
            survey(&mut part, &guard)?;
        }
        part.get_mut().events = false;
        let measured = io::copy(&mut part, &mut io::sink());
        guard.verdict()?;
        measured.map_err(|error| broken(error.to_string()))?;
        names.push(name);
    }
    Ok(names)
}

/// Walks the XML as the workbook libraries will, up to where it is broken, to see what they would hold at once.
fn survey(part: impl BufRead, guard: &Guard<'_>) -> Result<()> {
    let mut xml = Reader::from_reader(part);
    let config = xml.config_mut();
    config.check_end_names = false;
    config.expand_empty_elements = true;
    let (mut buffer, mut in_cell, mut text) = (Vec::new(), false, 0);
    loop {
        buffer.clear();
        guard.next_node();
        let bytes = match xml.read_event_into(&mut buffer) {
            Ok(Event::Eof) | Err(_) => return guard.verdict(),
            Ok(Event::Start(element)) => {
                match element.local_name().as_ref() {
                    "si" | "c" => (in_cell, text) = (true, 0),
                    "sst" => announced(&element, guard)?,
                    _ => {}
                }
                0
            }
            Ok(Event::End(element)) => {
                in_cell &= !matches!(element.local_name().as_ref(), "si" | "c");
                0
            }
            Ok(Event::Text(part)) => part.len(),
            Ok(Event::CData(part)) => part.len(),
            Ok(Event::GeneralRef(part)) => part.len(),
            Ok(_) => 0,
        };
        text += if in_cell { bytes as u64 } else { 0 };
        if text > guard.most.node {
            let reason = format!("the text of a cell is longer than {} bytes", guard.most.node);
            return Err(fault(guard.input.name, "format-cell-too-long", None, reason));
        }
    }
}

/// Refuses a list of shared texts that says to be longer than memory is.
fn announced(element: &BytesStart<'_>, guard: &Guard<'_>) -> Result<()> {
    let count = element.try_get_attribute("uniqueCount").ok().flatten();
    let count = count.map_or(Ok(0), |count| count.value.trim().parse::<u64>());
    if count.is_ok_and(|count| count <= MAX_SHARED) {
        return Ok(());
    }
    Err(fault(guard.input.name, "format-workbook", None, "the number of its shared texts cannot be right"))
}
