//! Which collection of a document is read.

use std::path::Path;

use super::super::{encoding::open_json, fault::fault, scanner::Scanner};
use crate::Result;

/// Most collections that a message lists.
const LISTED: usize = 20;
/// Longest value that may be the type of something, in bytes.
const MAX_TYPE_BYTES: usize = 200;

/// Where the collection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the document.
    Document,
    /// It is the document's member of this name.
    Member(String),
}

/// Finds the collection: the document itself, the one that is asked for, or the only one.
pub(super) fn choose(file: &str, path: &Path, asked: Option<&str>) -> Result<Place> {
    let mut scanner = Scanner::new(file, open_json(file, path)?);
    let mut names = Vec::new();
    scanner.expect(b'{')?;
    let mut members = 0_u64;
    while scanner.next_member(b'}', members == 0)? {
        members += 1;
        let name = scanner.name()?;
        if matches!(name.as_str(), "type" | "features") {
            // What is wrong with such a document is told where it is read.
            let Some(asked) = asked else { return Ok(Place::Document) };
            let reason = format!("the document is one collection without a name; there is no '{asked}' in it");
            return Err(fault(file, "format-geojson-collection", Some(scanner.line()), reason));
        }
        if scanner.peek()? != Some(b'{') {
            scanner.value(None)?;
        } else if is_collection(&mut scanner)? {
            names.push(name);
        }
    }
    pick(file, names, asked)
}

fn pick(file: &str, mut names: Vec<String>, asked: Option<&str>) -> Result<Place> {
    let listed: Vec<&str> = names.iter().take(LISTED).map(String::as_str).collect();
    let listed = listed.join(", ");
    let wrong = |reason: String| Err(fault(file, "format-geojson-collection", None, reason));
    match asked {
        Some(asked) if names.iter().filter(|name| *name == asked).count() == 1 => Ok(Place::Member(asked.to_owned())),
        Some(asked) => wrong(format!("there is not one collection '{asked}', but {listed}")),
        None if names.len() > 1 => wrong(format!("there are several collections: {listed}")),
        None => match names.pop() {
            Some(name) => Ok(Place::Member(name)),
            None => Err(fault(file, "format-json", None, "this is no FeatureCollection")),
        },
    }
}

/// Goes past an object; true if it is a collection of features.
fn is_collection(scanner: &mut Scanner) -> Result<bool> {
    scanner.expect(b'{')?;
    let (mut members, mut found) = (0_u64, false);
    while scanner.next_member(b'}', members == 0)? {
        members += 1;
        if scanner.name()? != "type" {
            scanner.value(None)?;
            continue;
        }
        let mut raw = Vec::new();
        scanner.value(Some(&mut raw))?;
        found |= raw.len() < MAX_TYPE_BYTES && raw == b"\"FeatureCollection\"";
    }
    Ok(found)
}

/// Goes into a member of the document.
pub(super) fn find(scanner: &mut Scanner, wanted: &str) -> Result<()> {
    let mut members = 0_u64;
    while scanner.next_member(b'}', members == 0)? {
        members += 1;
        if scanner.name()? == wanted && scanner.peek()? == Some(b'{') {
            return scanner.expect(b'{');
        }
        scanner.value(None)?;
    }
    Err(scanner.fault("the collection is gone"))
}

/// Goes past what follows the collection: a document that breaks off is not taken for a whole one.
pub(super) fn pass_others(scanner: &mut Scanner) -> Result<()> {
    while scanner.next_member(b'}', false)? {
        scanner.name()?;
        scanner.value(None)?;
    }
    Ok(())
}
