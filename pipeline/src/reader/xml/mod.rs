//! XML as a stream, for files from strangers: no DTD is fetched, no entity is expanded but the five predefined ones and
//! character references, and depth, sizes and counts are bounded. Every error names line and column.

mod element;
mod meter;
mod survey;
mod tag;
#[cfg(test)]
mod tests;
mod text;

use std::path::Path;

use quick_xml::{
    errors::IllFormedError,
    events::{BytesRef, Event as Raw},
};

use self::{meter::Meter, text::Text};
use super::{Limits, Note, fault::fault};
use crate::{Error, Result};

pub(crate) use self::tag::Tag;
pub(super) use self::{element::Element, meter::Position};

/// Bytes read at a time.
const CHUNK: usize = 64 << 10;
/// Deepest nesting of elements.
const MAX_DEPTH: usize = 64;
/// A tag or text may be so many times as long as a cell; one that is longer than a cell is cut.
const MAX_CELLS: usize = 64;
/// Most references in one run of text.
const MAX_REFERENCES: usize = 10_000;
/// Longest document type declaration, in bytes.
const MAX_DOCTYPE_BYTES: usize = 64 << 10;
/// Entities that people take for predefined ones, and that a message may name.
const KNOWN: [&str; 10] = ["nbsp", "aelig", "oslash", "aring", "AElig", "Oslash", "Aring", "eacute", "ndash", "sect"];
/// Most elements in one record.
const MAX_RECORD_ELEMENTS: usize = 100_000;
/// Most text in one record, in bytes.
const MAX_RECORD_BYTES: usize = 16 << 20;

/// A piece of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// An element begins; its name without a prefix.
    Start(String),
    /// Text, in as many pieces as the references in it make.
    Text(String),
    /// An element ends.
    End,
    /// The document is over.
    Eof,
}

/// A cursor in an XML document.
pub(crate) struct Xml {
    file: String,
    reader: quick_xml::Reader<Meter>,
    buffer: Vec<u8>,
    max_cell_bytes: usize,
    /// Where the elements that are open begin.
    open: Vec<Position>,
    rooted: bool,
    references: usize,
    note: Option<Note>,
    /// Prefix and attributes of the element that began last, if anybody wants them.
    tag: Option<Tag>,
}

impl Xml {
    /// Opens a file; its encoding is declared, marked or found out.
    pub(crate) fn open(file: &str, path: &Path, limits: Limits) -> Result<Self> {
        Self::chunked(file, path, limits, CHUNK)
    }

    fn chunked(file: &str, path: &Path, limits: Limits, chunk: usize) -> Result<Self> {
        let mut coding = survey::coding(file, path)?;
        let note = coding.note.take();
        let text = Text::open(file, path, &coding, chunk)?;
        let ration = limits.max_cell_bytes.saturating_mul(MAX_CELLS).saturating_add(MAX_DOCTYPE_BYTES);
        let mut reader = quick_xml::Reader::from_reader(Meter::new(file, text, ration));
        reader.config_mut().expand_empty_elements = true;
        Ok(Self {
            file: file.to_owned(),
            reader,
            buffer: Vec::new(),
            max_cell_bytes: limits.max_cell_bytes,
            open: Vec::new(),
            rooted: false,
            references: 0,
            note,
            tag: None,
        })
    }

    /// From now on keeps the attributes of the element that began last.
    pub(crate) fn with_tags(mut self) -> Self {
        self.tag = Some(Tag::default());
        self
    }

    /// The tag of the element that began last; `None` unless they are kept.
    pub(crate) fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Goes on until no more than `depth` elements are open.
    pub(super) fn leave(&mut self, depth: usize) -> Result<()> {
        while self.depth() > depth {
            self.next()?;
        }
        Ok(())
    }

    /// What must be told about the encoding.
    pub(super) fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }

    /// Where the last event began.
    pub(super) fn place(&self) -> Position {
        self.reader.get_ref().start()
    }

    /// An error at the last event.
    pub(crate) fn fault(&self, code: &'static str, reason: impl AsRef<str>) -> Error {
        self.fault_at(self.place(), code, reason.as_ref())
    }

    fn fault_at(&self, place: Position, code: &'static str, reason: &str) -> Error {
        fault(&self.file, code, Some(place.line), format!("column {}: {reason}", place.column))
    }

    /// The next event; comments, instructions and the document type are passed over.
    pub(crate) fn next(&mut self) -> Result<Event> {
        loop {
            if let Some(event) = self.step()? {
                return Ok(event);
            }
        }
    }

    fn step(&mut self) -> Result<Option<Event>> {
        self.buffer.clear();
        self.reader.get_mut().refill();
        let place = self.place();
        let raw = match self.reader.read_event_into(&mut self.buffer) {
            Ok(raw) => raw,
            Err(error) => {
                let failure = self.reader.get_mut().take_failure();
                return Err(failure.unwrap_or_else(|| self.malformed(&error)));
            }
        };
        let (file, last) = (&self.file, self.references);
        let at = |code, reason: &str| fault(file, code, Some(place.line), format!("column {}: {reason}", place.column));
        self.references = 0;
        let event = match raw {
            Raw::Start(start) => {
                let opened = tag::opened(&start, self.tag.as_mut());
                Event::Start(opened.map_err(|(code, reason)| at(code, &reason))?)
            }
            Raw::End(_) => Event::End,
            Raw::Text(text) => {
                self.references = last;
                Event::Text(text.xml10_content().into_owned())
            }
            Raw::CData(text) => Event::Text(text.xml10_content().into_owned()),
            Raw::GeneralRef(reference) => {
                self.references = last + 1;
                if self.references > MAX_REFERENCES {
                    let reason = format!("more than {MAX_REFERENCES} references in one text");
                    return Err(at("format-xml-limit", &reason));
                }
                Event::Text(resolved(&reference).map_err(|reason| at("format-xml-entity", &reason))?.to_string())
            }
            Raw::DocType(text) if text.len() > MAX_DOCTYPE_BYTES => {
                let reason = format!("the document type is longer than {MAX_DOCTYPE_BYTES} bytes");
                return Err(at("format-xml-limit", &reason));
            }
            Raw::DocType(_) if self.rooted => return Err(at("format-xml", "a document type inside the document")),
            Raw::Eof => Event::Eof,
            // Empty elements come as two events by the reader's setting.
            Raw::Comment(_) | Raw::Decl(_) | Raw::PI(_) | Raw::DocType(_) | Raw::Empty(_) => return Ok(None),
        };
        self.follow(&event, place)?;
        Ok(Some(event))
    }

    /// Keeps account of open elements; refuses what no document may have.
    fn follow(&mut self, event: &Event, place: Position) -> Result<()> {
        let wrong = match event {
            Event::Start(_) if self.open.is_empty() && self.rooted => "a second root element",
            Event::Start(_) if self.open.len() >= MAX_DEPTH => {
                let reason = format!("elements are nested deeper than {MAX_DEPTH} levels");
                return Err(self.fault_at(place, "format-xml-limit", &reason));
            }
            Event::Start(_) => {
                self.rooted = true;
                self.open.push(place);
                return Ok(());
            }
            Event::End => {
                self.open.pop();
                return Ok(());
            }
            Event::Text(text) if self.open.is_empty() && !text.trim().is_empty() => "text outside the root element",
            Event::Text(_) => return Ok(()),
            Event::Eof if !self.rooted => "there is no element",
            Event::Eof => match self.open.last() {
                None => return Ok(()),
                Some(begun) => {
                    let reason = format!("the file breaks off inside the element that begins on line {}", begun.line);
                    return Err(self.fault_at(self.reader.get_ref().place(), "format-xml", &reason));
                }
            },
        };
        Err(self.fault_at(place, "format-xml", wrong))
    }

    /// What is wrong, without any word of the document: what stands where a name should be may be anything.
    fn malformed(&self, error: &quick_xml::Error) -> Error {
        let reason = match error {
            quick_xml::Error::Syntax(error) => error.to_string(),
            quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => "'&' without a reference".to_owned(),
            quick_xml::Error::IllFormed(_) => "an end tag that does not fit, or a part without its name".to_owned(),
            _ => "not well-formed".to_owned(),
        };
        self.fault("format-xml", reason)
    }

    /// Reads the element that has just begun to its end.
    pub(super) fn element(&mut self, name: String) -> Result<Element> {
        let mut open = vec![Element::new(name, self.place().line)];
        let (mut elements, mut bytes) = (0, 0);
        loop {
            match self.next()? {
                Event::Start(name) => {
                    elements += 1;
                    open.push(Element::new(name, self.place().line));
                }
                Event::Text(text) => {
                    bytes += open.last_mut().map_or(0, |element| element.push_text(&text, self.max_cell_bytes));
                }
                Event::End => {
                    let done = open.pop();
                    match (done, open.last_mut()) {
                        (Some(done), Some(parent)) => parent.push(done),
                        (Some(done), None) => return Ok(done),
                        (None, _) => return Err(self.fault("format-xml", "an end without a beginning")),
                    }
                }
                Event::Eof => return Err(self.fault("format-xml", "the file breaks off")),
            }
            if elements > MAX_RECORD_ELEMENTS || bytes > MAX_RECORD_BYTES {
                let reason =
                    format!("one record has more than {MAX_RECORD_ELEMENTS} elements or {MAX_RECORD_BYTES} bytes");
                return Err(self.fault("format-xml-limit", reason));
            }
        }
    }

    /// Goes past the element that has just begun.
    pub(super) fn skip(&mut self) -> Result<()> {
        self.leave(self.depth().saturating_sub(1))
    }
}

/// The character that a reference stands for.
fn resolved(reference: &BytesRef<'_>) -> std::result::Result<char, String> {
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        name if name.starts_with('#') => match reference.resolve_char_ref() {
            Ok(Some(character)) if !character.is_control() || matches!(character, '\t' | '\n' | '\r') => Ok(character),
            _ => Err("a reference to no character of XML".to_owned()),
        },
        name if KNOWN.contains(&name) => Err(format!("the entity '{name}' is not expanded")),
        _ => Err("an entity that is not expanded".to_owned()),
    }
}
