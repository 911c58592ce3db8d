//! Journals as `OFFJOURNAL` of Noark 4, the form in which they were once delivered to the public service.
//!
//! Real files do not keep to the DTD: a case holds any number of entries, names may be marked inside texts. Read, not
//! validated; the DTD is never fetched.

use std::path::Path;

use config::{Column, JournalFormat};

use super::{
    Limits, MarkKind,
    journal::{Case, Collector, Document, Door, Entry, Header, JournalReader, Party, is_mark, marked, revealed},
    noark5::{full, own_text, root, value},
    xml::{Element, Event, Xml},
};
use crate::Result;

/// An `OFFJOURNAL`.
pub(super) struct Oep {
    xml: Xml,
    header: Header,
    /// The case that is open.
    case: Case,
    /// Names that are marked in the case.
    names: Vec<String>,
    /// A text of the case is too long.
    case_cut: bool,
}

/// Opens an `OFFJOURNAL`.
pub(super) fn open(
    file: &str,
    path: &Path,
    format: &JournalFormat,
    columns: &[Column],
    limits: Limits,
) -> Result<JournalReader<Oep>> {
    let mut out = Collector::new(file, format.orgnr.as_ref(), columns, limits);
    let mut xml = Xml::open(file, path, limits)?;
    root(&mut xml, &["OFFJOURNAL"])?;
    if let Some(note) = xml.note() {
        out.note(note.clone());
    }
    let (header, case, names) = (Header::default(), Case::default(), Vec::new());
    JournalReader::open(Oep { xml, header, case, names, case_cut: false }, out)
}

impl Door for Oep {
    fn advance(&mut self, out: &mut Collector) -> Result<bool> {
        loop {
            match self.xml.next()? {
                Event::Start(name) => match name.as_str() {
                    "RAPPORT" => {}
                    "NOARKSAK.OJ" => {
                        (self.case, self.names, self.case_cut) = (Case::default(), Vec::new(), false);
                    }
                    "PRODINFO" => self.header = header(&self.xml.element(name)?),
                    "JOURNPOST.OJ" => {
                        let post = self.xml.element(name)?;
                        if self.case_cut || post.cut {
                            out.reject(MarkKind::TooLong)?;
                            return Ok(true);
                        }
                        let authority = self.header.authority.clone();
                        let names = self.names.iter().cloned().chain(marked(&post.flat(&is_mark))).collect();
                        let entry = Entry { authority, case: self.case.clone(), names, ..entry(&post) };
                        self.header.saw(entry.date.as_deref());
                        out.push(post.line, &entry)?;
                        return Ok(true);
                    }
                    field if field.starts_with("SA.") => {
                        let field = self.xml.element(name)?;
                        self.field(&field);
                    }
                    _ => self.xml.skip()?,
                },
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

impl Oep {
    /// A field of the case.
    fn field(&mut self, field: &Element) {
        let text = own_text(field);
        self.names.extend(marked(&field.flat(&is_mark)));
        self.case_cut |= field.cut;
        match field.name.as_str() {
            "SA.SAAR" => self.case.year = text,
            "SA.SEKNR" => self.case.sequence = text,
            "SA.OFFTITTEL" => {
                let full = field.flat(&is_mark);
                self.case.full_title = (!marked(&full).is_empty()).then(|| revealed(&full));
                self.case.title = text;
            }
            "SA.ADMKORT" => self.case.unit = text,
            "SA.TGKODE" => self.case.access = text,
            "SA.UOFF" => self.case.basis = text,
            _ => {}
        }
    }
}

fn header(info: &Element) -> Header {
    Header {
        authority: value(info, "PI.ORGNR"),
        from: value(info, "PI.FRADATO"),
        to: value(info, "PI.TILDATO"),
        ..Header::default()
    }
}

fn entry(post: &Element) -> Entry {
    let kind = value(post, "JP.NDOKTYPE");
    let internal = matches!(kind.as_deref(), Some("N" | "X" | "S"));
    let settled = |name: &str| post.all("AVSMOT.OJ").find_map(|party| value(party, name));
    Entry {
        year: value(post, "JP.JAAR"),
        sequence: value(post, "JP.SEKNR"),
        number: value(post, "JP.POSTNR"),
        title: value(post, "JP.OFFINNHOLD"),
        full_title: full(post, "JP.OFFINNHOLD"),
        date: value(post, "JP.JDATO"),
        document_date: value(post, "JP.DOKDATO"),
        unit: settled("AM.ADMKORT"),
        access: value(post, "JP.TGKODE"),
        basis: value(post, "JP.UOFF"),
        settled: settled("AM.AVSKDATO"),
        settled_how: settled("AM.AVSKM"),
        parties: Some(post.all("AVSMOT.OJ").map(|element| party(element, internal)).collect()),
        documents: Some(post.all("DOKLINK.OJ").map(document).collect()),
        kind,
        ..Entry::default()
    }
}

/// Parties have 0 and 1 for sender and recipient; in internal documents both are inside.
fn party(party: &Element, internal: bool) -> Party {
    let role = value(party, "AM.IHTYPE").map(|role| match (role.as_str(), internal) {
        ("0", true) => "IA".to_owned(),
        ("1", true) => "IM".to_owned(),
        _ => role,
    });
    Party { role, name: value(party, "AM.NAVN"), hidden: full(party, "AM.NAVN") }
}

fn document(link: &Element) -> Document {
    let version = link.first("DOKBESKRIV.OJ").and_then(|described| described.first("DOKVERSJON.OJ"));
    Document { role: value(link, "DL.TYPE"), url: version.and_then(|version| value(version, "VE.FILREF")) }
}
