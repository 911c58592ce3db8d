//! Rows that a declaration leaves out: totals, footnotes, headings between.

use config::SkipRows;
use regex::Regex;

use super::{Note, fault::fault};
use crate::{Error, Result};

/// Tells rows that are left out, and counts them.
#[derive(Debug)]
pub(super) struct Skip {
    position: usize,
    pattern: Regex,
    count: u64,
}

impl Skip {
    /// Finds the column among the names of a header, which stands on a line.
    ///
    /// # Errors
    /// `format-skip-column` if it is not there.
    pub(super) fn of((file, line): (&str, u64), header: &[String], rows: Option<&SkipRows>) -> Result<Option<Self>> {
        let Some(rows) = rows else { return Ok(None) };
        let position = header.iter().position(|name| name.trim() == rows.column.trim());
        let position = position.ok_or_else(|| {
            let reason = format!("there is no column '{}', which tells the rows to leave out", rows.column);
            fault(file, "format-skip-column", Some(line), reason)
        })?;
        let pattern = config::whole_pattern(&rows.pattern).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Some(Self { position, pattern, count: 0 }))
    }

    /// Whether a row is left out; `text` gives the text of a column.
    pub(super) fn skips<'t>(&mut self, text: impl Fn(usize) -> &'t str) -> bool {
        let skips = self.pattern.is_match(text(self.position).trim());
        self.count += u64::from(skips);
        skips
    }

    /// How many rows were left out, for readers of the report.
    pub(super) fn note(&self) -> Option<Note> {
        let message = match self.count {
            0 => return None,
            1 => "1 row was left out as declared".to_owned(),
            count => format!("{count} rows were left out as declared"),
        };
        Some(Note::info("shape-rows-skipped", message, self.count))
    }
}
