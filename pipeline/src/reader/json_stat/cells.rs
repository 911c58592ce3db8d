//! What a table in JSON-stat says of its cells, each by its place in the document: a text of its own for every cell would
//! take many times the room.

use std::{collections::HashMap, ops::Range};

use serde_json::value::RawValue;

/// Texts of cells.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// For each cell, where its text stands; nothing where there is none.
    places: Vec<Range<u32>>,
    /// Texts that do not stand in the document as they are.
    escaped: HashMap<u64, String>,
}

impl Cells {
    /// Reads a list of all cells, or an object of some by their positions; `what` is its name in the document.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(document: &str, raw: &RawValue, (count, what): (u64, &str)) -> Result<Self, String> {
        let text = raw.get();
        let no = |error: serde_json::Error| format!("`{what}` is neither a list nor an object by position: {error}");
        let mut cells = Self { places: vec![0..0; usize::try_from(count).unwrap_or_default()], ..Self::default() };
        if text.starts_with('[') {
            let list: Vec<&RawValue> = serde_json::from_str(text).map_err(no)?;
            if list.len() as u64 != count {
                return Err(format!("the dimensions span {count} cells, but `{what}` has {}", list.len()));
            }
            (0..).zip(list).try_for_each(|(at, raw)| cells.take(document, (at, what), raw))?;
            return Ok(cells);
        }
        let sparse: HashMap<u64, &RawValue> = serde_json::from_str(text).map_err(no)?;
        if let Some(beyond) = sparse.keys().find(|at| **at >= count) {
            return Err(format!("the dimensions span {count} cells, but `{what}` has one at {beyond}"));
        }
        sparse.into_iter().try_for_each(|(at, raw)| cells.take(document, (at, what), raw))?;
        Ok(cells)
    }

    /// Takes a number as it is written, or a text; null is nothing.
    fn take(&mut self, document: &str, (at, what): (u64, &str), raw: &RawValue) -> Result<(), String> {
        let text = raw.get();
        let wrong = || format!("cell {} of `{what}` is neither a number nor a text", at + 1);
        let text = match text.as_bytes().first() {
            Some(b'n') => return Ok(()),
            Some(b'"') if text.contains('\\') => {
                self.escaped.insert(at, serde_json::from_str(text).map_err(|_| wrong())?);
                return Ok(());
            }
            Some(b'"') => text.trim_matches('"'),
            Some(b'-' | b'0'..=b'9') => text,
            _ => return Err(wrong()),
        };
        let start = text.as_ptr().addr().wrapping_sub(document.as_ptr().addr());
        let place = u32::try_from(start).ok().zip(u32::try_from(start.wrapping_add(text.len())).ok());
        let slot = usize::try_from(at).ok().and_then(|at| self.places.get_mut(at));
        if let (Some((start, end)), Some(slot)) = (place, slot) {
            *slot = start..end;
        }
        Ok(())
    }

    /// The text of a cell; empty where there is none.
    pub(super) fn text<'t>(&'t self, document: &'t str, at: u64) -> &'t str {
        if let Some(text) = self.escaped.get(&at).filter(|_| !self.escaped.is_empty()) {
            return text;
        }
        let place = usize::try_from(at).ok().and_then(|at| self.places.get(at)).cloned().unwrap_or_default();
        document.get(place.start as usize..place.end as usize).unwrap_or_default()
    }
}
