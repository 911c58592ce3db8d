//! What is in an archive, by name: nothing of it is unpacked yet.

use std::io::{Read, Seek, SeekFrom};

use glob::{MatchOptions, Pattern};

use super::super::{fault::fault, foreign};
use crate::Result;

/// Most members of an archive.
const MAX_MEMBERS: u64 = 100_000;
/// The end of an archive with the longest comment.
const TAIL: u64 = 22 + 65_535;
/// Names that a message lists.
const LISTED: usize = 10;

/// One entry of an archive.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its place.
    pub(super) at: usize,
    /// Its name, with slashes.
    pub(super) name: String,
    /// It is a folder.
    pub(super) folder: bool,
    /// It is encrypted.
    pub(super) encrypted: bool,
    /// It is a link to another file.
    pub(super) link: bool,
    /// Its size in the archive.
    pub(super) packed: u64,
}

impl Entry {
    fn base(&self) -> &str {
        self.name.rsplit_once('/').map_or(self.name.as_str(), |(_, base)| base)
    }

    /// Its path without the extension, in lower case, and the extension.
    fn stem(&self) -> (String, String) {
        let lower = self.name.to_lowercase();
        match lower.rsplit_once('.') {
            Some((stem, extension)) => (stem.to_owned(), extension.to_owned()),
            None => (lower, String::new()),
        }
    }

    /// Whether the name leads out of the folder that it is unpacked to.
    fn leads_out(&self) -> bool {
        let drive = self.name.as_bytes().get(1) == Some(&b':');
        drive || self.name.starts_with('/') || self.name.contains('\0') || self.name.split('/').any(|part| part == "..")
    }
}

/// All entries of an archive.
#[derive(Debug)]
pub(super) struct Listing {
    file: String,
    entries: Vec<Entry>,
}

impl Listing {
    /// Refuses an archive that has a name which leads elsewhere, whether that member is wanted or not.
    pub(super) fn new(file: &str, entries: Vec<Entry>) -> Result<Self> {
        if let Some(entry) = entries.iter().find(|entry| entry.leads_out()) {
            let reason = format!("the member '{}' leads out of the archive's folder", shown(&entry.name));
            return Err(fault(file, "format-archive-unsafe", None, reason));
        }
        Ok(Self { file: file.to_owned(), entries })
    }

    /// The members that a pattern matches, in the order of their names. A pattern without a slash is held against the
    /// names without their folders.
    pub(super) fn choose(&self, pattern: &str, most: usize) -> Result<Vec<Entry>> {
        let wrong = |reason: String| fault(&self.file, "format-archive-member", None, reason);
        let whole = pattern.contains('/');
        let pattern = Pattern::new(pattern).map_err(|error| wrong(format!("the pattern is wrong: {error}")))?;
        let options =
            MatchOptions { case_sensitive: false, require_literal_separator: true, require_literal_leading_dot: true };
        let matches = |entry: &&Entry| {
            let name = if whole { entry.name.as_str() } else { entry.base() };
            !entry.folder && pattern.matches_with(name, options)
        };
        let mut chosen: Vec<Entry> = self.entries.iter().filter(matches).cloned().collect();
        chosen.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(pair) = chosen.windows(2).find(|pair| matches!(pair, [a, b] if a.name == b.name)) {
            let name = pair.first().map(|entry| shown(&entry.name)).unwrap_or_default();
            return Err(wrong(format!("the archive has two members '{name}'")));
        }
        if let Some(link) = chosen.iter().find(|entry| entry.link) {
            let reason = format!("the member '{}' is a link", shown(&link.name));
            return Err(fault(&self.file, "format-archive-unsafe", None, reason));
        }
        match chosen.len() {
            0 => Err(self.nothing(pattern.as_str())),
            count if count > most => {
                let names: Vec<String> = chosen.iter().take(LISTED).map(|entry| shown(&entry.name)).collect();
                Err(wrong(format!("'{pattern}' matches {count} members, more than {most}: {}", names.join(", "))))
            }
            _ => Ok(chosen),
        }
    }

    /// The file of another extension that belongs to an entry.
    pub(super) fn sibling(&self, entry: &Entry, extension: &str) -> Option<Entry> {
        let wanted = (entry.stem().0, extension.to_owned());
        self.entries.iter().find(|other| !other.folder && !other.link && other.stem() == wanted).cloned()
    }

    /// The names of the members, or the first ones.
    pub(super) fn names(&self) -> String {
        let files: Vec<&Entry> = self.entries.iter().filter(|entry| !entry.folder).collect();
        let mut names: Vec<String> =
            files.iter().take(LISTED).map(|entry| format!("'{}'", shown(&entry.name))).collect();
        if files.len() > LISTED {
            names.push(format!("and {} more", files.len() - LISTED));
        }
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    }

    fn nothing(&self, pattern: &str) -> crate::Error {
        let kind = self.entries.iter().find_map(|entry| foreign::kind_of_name(&entry.name));
        if let Some(kind) = kind {
            return fault(&self.file, "format-unsupported", None, format!("the archive holds {kind}"));
        }
        let reason = format!("no member matches '{pattern}'; the archive holds {}", self.names());
        fault(&self.file, "format-archive-member", None, reason)
    }
}

/// A name from an archive as a message may show it.
pub(super) fn shown(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '?' } else { c }).take(120).collect()
}

/// Refuses an archive that announces more members than anybody lists, before any of them is looked at.
pub(super) fn refuse_many(file: &str, source: &mut (impl Read + Seek)) -> Result<()> {
    let size = source.seek(SeekFrom::End(0))?;
    let start = source.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    source.take(TAIL).read_to_end(&mut tail)?;
    let Some(end) = tail.windows(4).rposition(|window| window == b"PK\x05\x06") else { return Ok(()) };
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let count = number(tail.get(end + 10..end + 12).unwrap_or_default());
    let locator = end.checked_sub(20).and_then(|at| tail.get(at..end)).filter(|bytes| bytes.starts_with(b"PK\x06\x07"));
    let large = locator.and_then(|bytes| {
        let at = number(bytes.get(8..16)?).checked_sub(start)?;
        let record = tail.get(usize::try_from(at).ok()?..)?;
        record.starts_with(b"PK\x06\x06").then(|| record.get(32..40).map(number))?
    });
    // Where the larger record stands elsewhere, its count is not to be had; all that it can say is more.
    let count = large.unwrap_or(count);
    if count > MAX_MEMBERS {
        return Err(fault(
            file,
            "format-archive-limit",
            None,
            format!("the archive has more than {MAX_MEMBERS} members"),
        ));
    }
    Ok(())
}
