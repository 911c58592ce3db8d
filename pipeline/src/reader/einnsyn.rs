//! Objects of eInnsyn's API, version 3, one a line: entries of the journal, or cases of meetings.
//!
//! Named members only; those that hold full titles and names are read for checks and for columns of names. Parts that
//! stand there as an id only were not expanded and count as not there.

use std::path::Path;

use config::{Column, EinnsynEntity, EinnsynFormat};
use serde_json::{Map, Value};

use super::{
    Limits, MarkKind,
    encoding::{Text, open_json},
    fault::fault,
    journal::{
        Case, Collector, Document, Door, Entry, JournalReader, Party, full_text, list, meeting_cases, object, text,
    },
    lines::{Line, next_line},
    objects::json_fault,
};
use crate::Result;

/// Objects, one a line.
pub(super) struct Einnsyn {
    file: String,
    input: Text,
    line: u64,
    entity: EinnsynEntity,
}

/// Opens a file of objects.
pub(super) fn open(
    file: &str,
    path: &Path,
    format: &EinnsynFormat,
    columns: &[Column],
    limits: Limits,
) -> Result<JournalReader<Einnsyn>> {
    let out = Collector::new(file, format.orgnr.as_ref(), columns, limits);
    let door = Einnsyn { file: file.to_owned(), input: open_json(file, path)?, line: 0, entity: format.entity };
    JournalReader::open(door, out)
}

impl Door for Einnsyn {
    fn advance(&mut self, out: &mut Collector) -> Result<bool> {
        let mut text = Vec::new();
        let line = next_line(&mut self.input, &mut text)?;
        self.line += 1;
        match line {
            Line::End => return Ok(false),
            Line::TooLong => {
                out.reject(MarkKind::TooLong)?;
                return Ok(true);
            }
            Line::Whole => {}
        }
        if text.trim_ascii().is_empty() {
            return Ok(true);
        }
        // Parsed as any value first: the message about a wrong type would quote it.
        let object: Value = serde_json::from_slice(&text).map_err(|error| json_fault(&self.file, self.line, &error))?;
        let Value::Object(object) = object else {
            return Err(fault(&self.file, "format-json", Some(self.line), "a row must be an object"));
        };
        if object.get("deleted").and_then(Value::as_bool) == Some(true) {
            return Ok(true);
        }
        let entity = object.get("entity").and_then(Value::as_str);
        match (self.entity, entity) {
            (EinnsynEntity::Journalpost, None | Some("Journalpost")) => out.push(self.line, &entry(&object))?,
            (EinnsynEntity::Moetesak, None | Some("Moetesak" | "Moetemappe")) => {
                let Some(authority) = out.authority_of(authority(&object).as_deref()).map(str::to_owned) else {
                    out.unowned(self.line)?;
                    return Ok(true);
                };
                for case in meeting_cases(&object, &authority) {
                    out.object(self.line, case)?;
                }
            }
            // Streams of several kinds are read once for each kind.
            (EinnsynEntity::Journalpost | EinnsynEntity::Moetesak, Some(_)) => {}
        }
        Ok(true)
    }
}

/// Organisation number of the unit that owns an object.
fn authority(row: &Map<String, Value>) -> Option<String> {
    text(object(row, "journalenhet")?, "orgnummer")
}

fn entry(post: &Map<String, Value>) -> Entry {
    let shield = object(post, "skjerming");
    let parties = list(post, "korrespondansepart");
    let documents = list(post, "dokumentbeskrivelse");
    Entry {
        authority: authority(post),
        source_id: text(post, "id").or_else(|| text(post, "systemId")),
        case: case(post),
        external_id: text(post, "externalId"),
        unit_name: object(post, "administrativEnhetObjekt").and_then(|unit| text(unit, "navn")),
        year: text(post, "journalaar"),
        sequence: text(post, "journalsekvensnummer"),
        number: text(post, "journalpostnummer"),
        kind: text(post, "journalposttype"),
        title: text(post, "offentligTittel"),
        full_title: full_text(post, "offentligTittel"),
        date: text(post, "journaldato"),
        document_date: text(post, "dokumentetsDato"),
        published: text(post, "publisertDato"),
        updated: text(post, "oppdatertDato"),
        embargo: text(post, "accessibleAfter"),
        unit: text(post, "administrativEnhet"),
        access: shield.and_then(|shield| text(shield, "tilgangsrestriksjon")),
        basis: shield.and_then(|shield| text(shield, "skjermingshjemmel")),
        parties: parties.map(|all| all.into_iter().map(party).collect()),
        documents: documents.map(|all| all.into_iter().map(document).collect()),
        ..Entry::default()
    }
}

fn case(post: &Map<String, Value>) -> Case {
    let Some(case) = object(post, "saksmappe") else {
        return Case { id: text(post, "saksmappe"), ..Case::default() };
    };
    Case {
        id: text(case, "id"),
        year: text(case, "saksaar"),
        sequence: text(case, "sakssekvensnummer"),
        title: text(case, "offentligTittel"),
        full_title: full_text(case, "offentligTittel"),
        unit: text(case, "administrativEnhet"),
        ..Case::default()
    }
}

fn party(party: &Map<String, Value>) -> Party {
    let name = text(party, "korrespondansepartNavn");
    // Where a file holds the full name too, no public text of the entry may have it.
    let hidden = full_text(party, "korrespondansepartNavn").filter(|full| name.as_ref() != Some(full));
    Party { role: text(party, "korrespondanseparttype"), name, hidden }
}

fn document(document: &Map<String, Value>) -> Document {
    let files = list(document, "dokumentobjekt").unwrap_or_default();
    let url = files.into_iter().find_map(|file| text(file, "url").or_else(|| text(file, "referanseDokumentfil")));
    Document { role: text(document, "tilknyttetRegistreringSom"), url }
}
