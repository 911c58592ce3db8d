//! Journals: entries from any door, brought to one shape and then read like objects of JSON.
//!
//! The shape is that of eInnsyn's API, version 3 (`journaldato`, `skjerming.skjermingshjemmel` …), with a few members counted or
//! chosen here (`journalpostId`, `antallParter`, `hovedpart.rolle` …), so that the profile's source paths are the same
//! for every door. Only named members go through. Full titles and names of the sources' sensitive members go through
//! for checks (`parterNavn`), and as `medNavn` only where a column of the class `names` asks for them.

mod entry;
mod header;
mod meeting;
mod member;
mod names;
mod party;

use config::{Column, PrivacyClass};
use serde_json::{Map, Value};

use super::{
    Limits, MarkKind, Note, RawBatch, Reader,
    fault::fault,
    json::paths,
    objects::{Objects, Place},
};
use crate::{Error, Result};

pub(crate) use self::party::is_organisation;
pub(super) use self::{
    entry::{Case, Document, Entry},
    header::Header,
    meeting::meeting_cases,
    member::{full_text, list, object, text},
    names::{MASK, is_mark, marked, masked, revealed},
    party::Party,
};

/// Reads a journal of one form, portion by portion.
pub(super) trait Door: Send {
    /// Reads on until something was handed over; false at the end.
    fn advance(&mut self, out: &mut Collector) -> Result<bool>;
}

/// Collects entries into batches.
pub(super) struct Collector {
    file: String,
    authority: Option<String>,
    objects: Objects,
    notes: Vec<Note>,
    position: u64,
    unowned: u64,
    first_unowned: Option<u64>,
    selection: Option<String>,
    /// A column asks for texts with names of persons.
    names: bool,
}

impl Collector {
    /// A collector; `authority` is the organisation number where it is set.
    pub(super) fn new(file: &str, authority: Option<&config::OrgNumber>, columns: &[Column], limits: Limits) -> Self {
        Self {
            file: file.to_owned(),
            authority: authority.map(|number| number.as_str().to_owned()),
            objects: Objects::new(file, paths(columns), columns, limits),
            notes: Vec::new(),
            position: 0,
            unowned: 0,
            first_unowned: None,
            selection: None,
            names: columns.iter().any(|column| column.class == PrivacyClass::Names),
        }
    }

    /// Takes an entry that begins on a line.
    pub(super) fn push(&mut self, line: u64, entry: &Entry) -> Result<()> {
        match self.authority_of(entry.authority.as_deref()).map(str::to_owned) {
            Some(authority) => self.object(line, entry.object(&authority, self.names)),
            None => self.unowned(line),
        }
    }

    /// Takes a row of which nothing can be used: it is rejected, the others go on.
    pub(super) fn reject(&mut self, kind: MarkKind) -> Result<()> {
        self.position += 1;
        self.objects.reject(self.position, kind)
    }

    /// Takes a row that does not name its authority.
    pub(super) fn unowned(&mut self, line: u64) -> Result<()> {
        self.first_unowned.get_or_insert(line);
        self.unowned += 1;
        self.reject(MarkKind::Unowned)
    }

    /// Takes a row that is already an object.
    pub(super) fn object(&mut self, line: u64, object: Map<String, Value>) -> Result<()> {
        self.position += 1;
        let bytes = serde_json::to_vec(&Value::Object(object)).map_err(|error| Error::Internal(error.to_string()))?;
        self.objects.push(Place { row: self.position, line }, &bytes)
    }

    /// The authority: what is set, else what the source says.
    pub(super) fn authority_of<'a>(&'a self, said: Option<&'a str>) -> Option<&'a str> {
        self.authority.as_deref().or(said.filter(|text| is_organisation_number(text)))
    }

    /// A source in which no row at all names its authority lacks a setting.
    fn end(&self) -> Result<()> {
        if self.unowned == 0 || self.unowned < self.position {
            return Ok(());
        }
        let reason = "the source does not name its authority by organisation number";
        Err(fault(&self.file, "format-authority", self.first_unowned, reason))
    }

    /// Rows so far.
    pub(super) fn rows(&self) -> u64 {
        self.position
    }

    /// Notes by which criterion the source chose its entries, in its own words.
    pub(super) fn chosen(&mut self, selection: Option<String>) {
        self.selection = selection;
    }

    /// Notes something for the gates.
    pub(super) fn note(&mut self, note: Note) {
        self.notes.push(note);
    }
}

/// Nine digits; the control digit is the register's business.
pub(super) fn is_organisation_number(text: &str) -> bool {
    text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A reader through a door.
pub(super) struct JournalReader<D> {
    door: D,
    out: Collector,
    ended: bool,
    first: Option<RawBatch>,
}

impl<D: Door> JournalReader<D> {
    /// Reads the first batch.
    pub(super) fn open(door: D, out: Collector) -> Result<Self> {
        let mut reader = Self { door, out, ended: false, first: None };
        reader.first = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> Result<Option<RawBatch>> {
        while !self.ended && !self.out.objects.is_full() {
            self.ended = !self.door.advance(&mut self.out)?;
        }
        if self.ended {
            self.out.end()?;
        }
        self.out.objects.take()
    }
}

impl<D: Door> Reader for JournalReader<D> {
    fn missing(&self) -> &[String] {
        self.out.objects.missing()
    }

    fn undeclared(&self) -> &[String] {
        self.out.objects.undeclared()
    }

    fn notes(&self) -> &[Note] {
        &self.out.notes
    }

    fn selection(&self) -> Option<&str> {
        self.out.selection.as_deref()
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        if let Some(first) = self.first.take() { Ok(Some(first)) } else { self.read() }
    }
}
