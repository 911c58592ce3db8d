//! A cursor in a GML document, which knows the elements of GML from those of the application.

use super::super::{
    Limits, MAX_ROW_BYTES, Note,
    fault::fault,
    xml::{Event, Tag, Xml},
};
use crate::{Error, Result};

/// How the name spaces of GML begin, all versions of them.
const NAMESPACE: &str = "http://www.opengis.net/gml";
/// Most prefixes that are told apart.
const MAX_PREFIXES: usize = 16;

/// Where a document is and how it is read.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// What messages call it.
    pub(super) file: String,
    /// Where it is.
    pub(super) path: std::path::PathBuf,
    /// The limits.
    pub(super) limits: Limits,
}

impl Source {
    /// An error in the document.
    pub(super) fn fault(&self, code: &'static str, line: u64, reason: impl Into<String>) -> Error {
        fault(&self.file, code, Some(line), reason)
    }
}

/// A cursor.
pub(super) struct Cursor {
    source: Source,
    xml: Xml,
    /// Prefixes that were declared for GML.
    prefixes: Vec<String>,
}

impl Cursor {
    /// At the beginning of a document.
    pub(super) fn open(source: &Source) -> Result<Self> {
        let xml = Xml::open(&source.file, &source.path, source.limits)?.with_tags();
        Ok(Self { source: source.clone(), xml, prefixes: vec!["gml".to_owned()] })
    }

    /// What must be told about the encoding.
    pub(super) fn note(&self) -> Option<&Note> {
        self.xml.note()
    }

    /// An error at the last event.
    pub(super) fn fault(&self, code: &'static str, reason: impl AsRef<str>) -> Error {
        self.xml.fault(code, reason)
    }

    /// The line of the last event.
    pub(super) fn line(&self) -> u64 {
        self.xml.place().line
    }

    /// The next event.
    pub(super) fn next(&mut self) -> Result<Event> {
        let event = self.xml.next()?;
        if let (Event::Start(_), Some(tag)) = (&event, self.xml.tag()) {
            for (prefix, namespace) in tag.bindings() {
                let known = self.prefixes.iter().any(|known| known == prefix);
                if namespace.starts_with(NAMESPACE) && !known && self.prefixes.len() < MAX_PREFIXES {
                    self.prefixes.push(prefix.to_owned());
                }
            }
        }
        Ok(event)
    }

    /// The next element in the one that is open; `None` at its end. Text between is passed over.
    pub(super) fn child(&mut self) -> Result<Option<String>> {
        loop {
            match self.next()? {
                Event::Start(name) => return Ok(Some(name)),
                Event::End | Event::Eof => return Ok(None),
                Event::Text(_) => {}
            }
        }
    }

    /// The text of the element that has just begun, to its end; elements in it are passed over.
    pub(super) fn text(&mut self) -> Result<String> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Event::Start(_) => self.xml.skip()?,
                Event::Text(part) if text.is_empty() => text = part,
                Event::Text(part) => text.push_str(&part),
                Event::End | Event::Eof => return Ok(text),
            }
            if text.len() > MAX_ROW_BYTES {
                let reason = format!("a text is longer than {MAX_ROW_BYTES} bytes");
                return Err(self.source.fault("format-gml-limit", self.line(), reason));
            }
        }
    }

    /// Goes past the element that has just begun.
    pub(super) fn skip(&mut self) -> Result<()> {
        self.xml.skip()
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.xml.depth()
    }

    /// Goes on until no more than `depth` elements are open.
    pub(super) fn leave(&mut self, depth: usize) -> Result<()> {
        self.xml.leave(depth)
    }

    /// The tag of the element that began last.
    pub(super) fn tag(&self) -> Option<&Tag> {
        self.xml.tag()
    }

    /// An attribute of the element that began last, by its name without a prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.tag().and_then(|tag| tag.attribute(name))
    }

    /// The id in this document that the element that began last refers to: an error for one that leads elsewhere.
    pub(super) fn reference(&self) -> Option<std::result::Result<String, String>> {
        let href = self.attribute("href")?.trim();
        Some(match href.strip_prefix('#') {
            Some(id) if !id.is_empty() => Ok(id.to_owned()),
            _ => Err("a reference leads out of the file".to_owned()),
        })
    }

    /// True if the element that began last is one of GML.
    pub(super) fn is_gml(&self) -> bool {
        self.tag().is_some_and(|tag| self.prefixes.contains(&tag.prefix))
    }
}
