//! Journals as expanded JSON-LD, the form of eInnsyn's first generation.
//!
//! One list of nodes that name each other: everything but the entries is kept by its id (bounded), then the entries
//! are read one by one in a second pass. Only the expanded form is read; a document with a context is refused.

use std::{collections::HashMap, path::Path};

use config::{Column, JournalFormat};
use serde_json::{Map, Value};

use super::{
    Limits,
    encoding::open_json,
    fault::fault,
    journal::{Case, Collector, Document, Door, Entry, JournalReader, MASK, Party, is_organisation_number, masked},
    objects::json_fault,
    scanner::Scanner,
};
use crate::{Error, Result};

/// The vocabulary of the archive's structure.
const VOCABULARY: &str = "http://www.arkivverket.no/standarder/noark5/arkivstruktur/";
/// Most JSON text of the nodes that are kept, in bytes.
const MAX_KEPT_BYTES: usize = 64 << 20;

type Node = Map<String, Value>;

/// A list of nodes.
pub(super) struct JsonLd {
    file: String,
    scanner: Scanner,
    first: bool,
    /// Nodes that entries name, by id.
    kept: HashMap<String, Node>,
}

/// Opens a list of nodes.
pub(super) fn open(
    file: &str,
    path: &Path,
    format: &JournalFormat,
    columns: &[Column],
    limits: Limits,
) -> Result<JournalReader<JsonLd>> {
    let out = Collector::new(file, format.orgnr.as_ref(), columns, limits);
    let kept = keep(file, path)?;
    let mut scanner = Scanner::new(file, open_json(file, path)?);
    scanner.expect(b'[')?;
    JournalReader::open(JsonLd { file: file.to_owned(), scanner, first: true, kept }, out)
}

/// The first pass: every node that is no entry.
fn keep(file: &str, path: &Path) -> Result<HashMap<String, Node>> {
    let mut scanner = Scanner::new(file, open_json(file, path)?);
    if scanner.peek()? != Some(b'[') {
        return Err(compact(file, scanner.line(), "it is no list of nodes"));
    }
    scanner.expect(b'[')?;
    let (mut kept, mut bytes, mut first) = (HashMap::new(), 0, true);
    while let Some(Found { node, length, .. }) = next(file, &mut scanner, first)? {
        first = false;
        if is_entry(&node) {
            continue;
        }
        bytes += length;
        if bytes > MAX_KEPT_BYTES {
            let reason = format!("the nodes beside the entries are larger than {MAX_KEPT_BYTES} bytes");
            return Err(fault(file, "format-too-large", Some(scanner.line()), reason));
        }
        if let Some(id) = node.get("@id").and_then(Value::as_str) {
            kept.insert(id.to_owned(), node);
        }
    }
    scanner.end()?;
    Ok(kept)
}

/// A node, the length of its text, and its line.
struct Found {
    node: Node,
    length: usize,
    line: u64,
}

/// The next node.
fn next(file: &str, scanner: &mut Scanner, first: bool) -> Result<Option<Found>> {
    if !scanner.next_member(b']', first)? {
        return Ok(None);
    }
    scanner.peek()?;
    let line = scanner.line();
    let mut raw = Vec::new();
    scanner.value(Some(&mut raw))?;
    // Parsed as any value first: the message about a wrong type would quote it.
    let node: Value = serde_json::from_slice(&raw).map_err(|error| json_fault(file, line, &error))?;
    let Value::Object(node) = node else { return Err(compact(file, line, "a node is no object")) };
    // In the expanded form every member is a keyword or an absolute IRI.
    if node.contains_key("@context") || node.contains_key("@graph") {
        return Err(compact(file, line, "it has a context or named graphs"));
    }
    if node.keys().any(|name| !name.starts_with('@') && !name.contains("://")) {
        return Err(compact(file, line, "a member has no absolute IRI"));
    }
    Ok(Some(Found { node, length: raw.len(), line }))
}

fn compact(file: &str, line: u64, why: &str) -> Error {
    fault(file, "format-jsonld", Some(line), format!("this is not expanded JSON-LD: {why}"))
}

fn is_entry(node: &Node) -> bool {
    let types = node.get("@type").and_then(Value::as_array).into_iter().flatten();
    types.filter_map(Value::as_str).any(|name| name.strip_prefix(VOCABULARY) == Some("Journalpost"))
}

impl Door for JsonLd {
    fn advance(&mut self, out: &mut Collector) -> Result<bool> {
        while let Some(Found { node, line, .. }) = next(&self.file, &mut self.scanner, std::mem::take(&mut self.first))?
        {
            if is_entry(&node) {
                let entry = self.entry(&node);
                out.push(line, &entry)?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl JsonLd {
    /// The nodes that a member holds or names.
    fn nodes<'a>(&'a self, node: &'a Node, name: &str) -> impl Iterator<Item = &'a Node> {
        values(node, name).filter_map(Value::as_object).filter_map(|object| {
            let named = object.get("@id").and_then(Value::as_str);
            // A node that says more than its id stands in its place.
            if object.len() > 1 { Some(object) } else { self.kept.get(named?) }
        })
    }

    fn entry(&self, node: &Node) -> Entry {
        let case = self.nodes(node, "parent").next();
        let shield = self.nodes(node, "skjerming").next();
        let id = node.get("@id").and_then(Value::as_str);
        let documents = self.nodes(node, "dokumentbeskrivelse").map(|document| self.document(document));
        let parties = self.nodes(node, "korrespondansepart").map(|party| Party {
            role: text(party, "korrespondanseparttype"),
            name: title(party, "korrespondansepartNavn"),
            hidden: hidden(party, "korrespondansepartNavn"),
        });
        Entry {
            authority: id.and_then(authority),
            source_id: id.map(str::to_owned),
            case: case.map(of_case).unwrap_or_default(),
            year: text(node, "journalaar"),
            sequence: text(node, "journalsekvensnummer"),
            number: text(node, "journalpostnummer"),
            kind: text(node, "journalposttype"),
            title: title(node, "offentligTittel"),
            full_title: full(node, "offentligTittel"),
            date: text(node, "journaldato"),
            document_date: text(node, "dokumentetsDato"),
            published: text(node, "publisertDato"),
            updated: text(node, "oppdatertDato"),
            unit: text(node, "administrativEnhet"),
            access: shield.and_then(|shield| text(shield, "tilgangsrestriksjon")),
            basis: shield.and_then(|shield| text(shield, "skjermingshjemmel")),
            settled: text(node, "avskrivningsdato"),
            settled_how: text(node, "avskrivningsmaate"),
            parties: Some(parties.collect()),
            documents: Some(documents.collect()),
            ..Entry::default()
        }
    }

    fn document(&self, document: &Node) -> Document {
        let file = self.nodes(document, "dokumentobjekt").next();
        Document {
            role: text(document, "tilknyttetRegistreringSom"),
            url: file.and_then(|file| text(file, "referanseDokumentfil")),
        }
    }
}

fn of_case(case: &Node) -> Case {
    Case {
        id: case.get("@id").and_then(Value::as_str).map(str::to_owned),
        year: text(case, "saksaar"),
        sequence: text(case, "sakssekvensnummer"),
        title: title(case, "offentligTittel"),
        full_title: full(case, "offentligTittel"),
        unit: text(case, "administrativEnhet"),
        ..Case::default()
    }
}

/// The values of a member of the vocabulary.
fn values<'a>(node: &'a Node, name: &str) -> impl Iterator<Item = &'a Value> {
    node.get(&format!("{VOCABULARY}{name}")).and_then(Value::as_array).into_iter().flatten()
}

/// The first value as text; of an IRI in the vocabulary its last part, which is a code.
fn text(node: &Node, name: &str) -> Option<String> {
    let value = values(node, name).next()?;
    let literal = value.get("@value").and_then(scalar).map(|text| masked(&text));
    let code = || value.get("@id")?.as_str()?.strip_prefix(VOCABULARY).map(str::to_owned);
    literal.or_else(code).filter(|text| !text.is_empty())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A title for the public: the redacted text, without any name that the list of its parts marks; or made of that list.
fn title(node: &Node, name: &str) -> Option<String> {
    let list = format!("{name}_LIST");
    let parts = || values(node, &list).filter_map(|value| value.get("@list")?.as_array()).flatten();
    if let Some(redacted) = text(node, name) {
        let mut names = Vec::new();
        parts().filter(|part| !is_plain(part)).for_each(|part| literals(part, &mut names));
        let safe = names.iter().filter(|name| !name.is_empty()).fold(redacted, |text, name| text.replace(name, MASK));
        return Some(masked(&safe));
    }
    let text: String = parts().map(|part| plain(part).unwrap_or(MASK)).collect();
    let text = masked(&text);
    (!text.is_empty()).then_some(text)
}

/// A text of all its parts, those that are names included; `None` where it has no such list.
fn full(node: &Node, name: &str) -> Option<String> {
    let list = format!("{name}_LIST");
    let mut parts = Vec::new();
    let lists = values(node, &list).filter_map(|value| value.get("@list")?.as_array());
    lists.flatten().for_each(|part| literals(part, &mut parts));
    let text = parts.concat();
    (!text.is_empty()).then(|| masked(&text))
}

/// The name that the list of a text's parts marks.
fn hidden(node: &Node, name: &str) -> Option<String> {
    let list = format!("{name}_LIST");
    let parts = values(node, &list).filter_map(|value| value.get("@list")?.as_array()).flatten();
    let mut names = Vec::new();
    parts.filter(|part| !is_plain(part)).for_each(|part| literals(part, &mut names));
    (!names.is_empty()).then(|| names.join(" "))
}

/// The text of a part that is not marked as a name.
fn plain(part: &Value) -> Option<&str> {
    let object = part.as_object()?;
    let untyped = object.get("@type").is_none_or(|kind| kind.as_str().is_some_and(|kind| kind.ends_with("#string")));
    (object.len() <= 2 && untyped).then(|| object.get("@value")?.as_str()).flatten()
}

fn is_plain(part: &Value) -> bool {
    plain(part).is_some()
}

/// Every literal in a part. The depth was bounded when the text was parsed.
fn literals(part: &Value, names: &mut Vec<String>) {
    match part {
        Value::Array(items) => items.iter().for_each(|item| literals(item, names)),
        Value::Object(members) => match members.get("@value") {
            Some(Value::String(text)) => names.push(masked(text)),
            _ => members.values().for_each(|member| literals(member, names)),
        },
        _ => {}
    }
}

/// The organisation number in an id of the form `…--310529915--…`.
fn authority(id: &str) -> Option<String> {
    id.split("--").find(|part| is_organisation_number(part)).map(str::to_owned)
}
