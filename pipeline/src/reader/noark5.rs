//! Journals as Noark 5 XML: `offentligJournal` and `loependeJournal`.
//!
//! Each `journalregistrering` holds one entry and repeats its case. Read, not validated: what is not known is passed
//! over.

use std::path::Path;

use config::{Column, JournalFormat};

use super::{
    Limits, MarkKind,
    journal::{
        Case, Collector, Document, Door, Entry, Header, JournalReader, Party, is_mark, marked, masked, revealed,
    },
    xml::{Element, Event, Xml},
};
use crate::Result;

/// The names that the root may have.
const ROOTS: [&str; 2] = ["offentligJournal", "loependeJournal"];

/// A Noark 5 journal.
pub(super) struct Noark5 {
    xml: Xml,
    header: Header,
}

/// Opens a Noark 5 journal.
pub(super) fn open(
    file: &str,
    path: &Path,
    format: &JournalFormat,
    columns: &[Column],
    limits: Limits,
) -> Result<JournalReader<Noark5>> {
    let mut out = Collector::new(file, format.orgnr.as_ref(), columns, limits);
    let mut xml = Xml::open(file, path, limits)?;
    root(&mut xml, &ROOTS)?;
    if let Some(note) = xml.note() {
        out.note(note.clone());
    }
    JournalReader::open(Noark5 { xml, header: Header::default() }, out)
}

/// Goes into the root element, which must have one of these names.
pub(super) fn root(xml: &mut Xml, names: &[&str]) -> Result<()> {
    loop {
        match xml.next()? {
            Event::Start(name) if names.contains(&name.as_str()) => return Ok(()),
            Event::Start(name) => {
                let name: String = name.chars().take(40).collect();
                let reason = format!("the root element is '{name}', not {}", names.join(" or "));
                return Err(xml.fault("format-xml-root", reason));
            }
            Event::Text(_) | Event::End | Event::Eof => {}
        }
    }
}

/// Text of a child, names masked; `None` where it is not there or empty.
pub(super) fn value(element: &Element, name: &str) -> Option<String> {
    own_text(element.first(name)?)
}

/// Text of a child with the names that are marked in it; `None` where nothing is.
pub(super) fn full(element: &Element, name: &str) -> Option<String> {
    let text = element.first(name)?.flat(&is_mark);
    (!marked(&text).is_empty()).then(|| revealed(&text))
}

/// Text of an element, names masked; `None` where there is none.
pub(super) fn own_text(element: &Element) -> Option<String> {
    let text = masked(&element.flat(&is_mark));
    (!text.is_empty()).then_some(text)
}

impl Door for Noark5 {
    fn advance(&mut self, out: &mut Collector) -> Result<bool> {
        loop {
            match self.xml.next()? {
                Event::Start(name) if name == "journalhode" => {
                    let head = self.xml.element(name)?;
                    self.header = header(&head);
                    out.chosen(self.header.selection.clone());
                }
                Event::Start(name) if name == "journalregistrering" => {
                    let registration = self.xml.element(name)?;
                    self.take(&registration, out)?;
                    return Ok(true);
                }
                Event::Start(_) => self.xml.skip()?,
                Event::Text(_) | Event::End => {}
                Event::Eof => {
                    for note in self.header.notes(out.rows()) {
                        out.note(note);
                    }
                    return Ok(false);
                }
            }
        }
    }
}

impl Noark5 {
    fn take(&mut self, registration: &Element, out: &mut Collector) -> Result<()> {
        let class = registration.first("klasse");
        let case = Case {
            class: class.and_then(|class| value(class, "klasseID")),
            class_title: class.and_then(|class| value(class, "tittel")),
            ..registration.first("saksmappe").map(case).unwrap_or_default()
        };
        let too_long = registration.first("saksmappe").is_some_and(|case| case.cut);
        for post in registration.all("journalpost") {
            if too_long || post.cut {
                out.reject(MarkKind::TooLong)?;
                continue;
            }
            let entry = Entry {
                authority: self.header.authority.clone(),
                case: case.clone(),
                names: marked(&registration.flat(&is_mark)),
                ..entry(post)
            };
            self.header.saw(entry.date.as_deref());
            out.push(post.line, &entry)?;
        }
        Ok(())
    }
}

fn header(head: &Element) -> Header {
    let creator = head.first("arkivskaper");
    Header {
        authority: creator.and_then(|creator| value(creator, "arkivskaperID")),
        from: value(head, "journalStartDato"),
        to: value(head, "journalSluttDato"),
        count: value(head, "antallJournalposter"),
        selection: value(head, "seleksjon"),
        ..Header::default()
    }
}

fn case(case: &Element) -> Case {
    Case {
        id: value(case, "systemID").or_else(|| value(case, "mappeID")),
        year: value(case, "saksaar"),
        sequence: value(case, "sakssekvensnummer"),
        title: value(case, "offentligTittel"),
        full_title: full(case, "offentligTittel"),
        unit: value(case, "administrativEnhet"),
        access: value(case, "tilgangsrestriksjon"),
        basis: value(case, "skjermingshjemmel"),
        ..Case::default()
    }
}

fn entry(post: &Element) -> Entry {
    let parties: Vec<Party> = post.all("korrespondansepart").map(party).collect();
    let documents: Vec<Document> = post.all("dokumentbeskrivelse").map(document).collect();
    Entry {
        source_id: value(post, "systemID").or_else(|| value(post, "registreringsID")),
        external_id: value(post, "registreringsID"),
        year: value(post, "journalaar"),
        sequence: value(post, "journalsekvensnummer"),
        number: value(post, "journalpostnummer"),
        kind: value(post, "journalposttype"),
        title: value(post, "offentligTittel"),
        full_title: full(post, "offentligTittel"),
        date: value(post, "journaldato"),
        document_date: value(post, "dokumentetsDato"),
        unit: value(post, "administrativEnhet"),
        access: value(post, "tilgangsrestriksjon"),
        basis: value(post, "skjermingshjemmel"),
        settled: value(post, "avskrivningsdato"),
        settled_how: value(post, "avskrivningsmaate"),
        parties: Some(parties),
        // The public journal leaves documents out; other exports add them.
        documents: (!documents.is_empty()).then_some(documents),
        ..Entry::default()
    }
}

fn party(party: &Element) -> Party {
    Party {
        role: value(party, "korrespondanseparttype"),
        name: value(party, "korrespondansepartNavn"),
        hidden: full(party, "korrespondansepartNavn"),
    }
}

fn document(document: &Element) -> Document {
    let object = document.first("dokumentobjekt");
    Document {
        role: value(document, "tilknyttetRegistreringSom"),
        url: object.and_then(|object| value(object, "referanseDokumentfil")),
    }
}
