//! What a delivery says about itself, held against what is in it.

use super::super::Note;

/// The head of a journal.
#[derive(Debug, Clone, Default)]
pub(in crate::reader) struct Header {
    /// Organisation number of the authority.
    pub(in crate::reader) authority: Option<String>,
    /// First day.
    pub(in crate::reader) from: Option<String>,
    /// Last day.
    pub(in crate::reader) to: Option<String>,
    /// Number of entries.
    pub(in crate::reader) count: Option<String>,
    /// By which criterion the entries were chosen.
    pub(in crate::reader) selection: Option<String>,
    /// Entries outside the period so far.
    pub(in crate::reader) outside: u64,
}

impl Header {
    /// Holds the date of an entry against the period.
    pub(in crate::reader) fn saw(&mut self, date: Option<&str>) {
        let Some(date) = date.and_then(digits) else { return };
        let before = self.from.as_deref().and_then(digits).is_some_and(|from| date < from);
        let after = self.to.as_deref().and_then(digits).is_some_and(|to| date > to);
        self.outside += u64::from(before || after);
    }

    /// What does not fit, when everything was read. A wrong count means that entries are missing: that blocks.
    pub(in crate::reader) fn notes(&self, rows: u64) -> Vec<Note> {
        let mut notes = Vec::new();
        let promised = self.count.as_deref().map(|count| count.trim().parse::<u64>());
        match promised {
            Some(Ok(count)) if count != rows => {
                let message = format!("the head of the journal says {count} entries, but there are {rows}");
                notes.push(Note::grave("shape-header-count", message, count.abs_diff(rows)));
            }
            Some(Err(_)) => {
                notes.push(Note::new("shape-header-count", "the head's number of entries is no number".to_owned(), 1));
            }
            _ => {}
        }
        if self.outside > 0 {
            let message = format!("{} entries are dated outside the period in the head of the journal", self.outside);
            notes.push(Note::new("shape-header-period", message, self.outside));
        }
        notes
    }
}

/// The digits of a day, year first, for comparison: `2026-01-31` and `20260131` alike.
fn digits(date: &str) -> Option<String> {
    let digits: String = date.chars().filter(char::is_ascii_digit).take(8).collect();
    (digits.len() == 8).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_held_against_their_journals() {
        let mut header = Header {
            from: Some("2025-08-18".to_owned()),
            to: Some("20250822".to_owned()),
            count: Some("3".to_owned()),
            ..Header::default()
        };
        for date in ["2025-08-18", "20250822T10:00:00", "2025-08-23", "20240101", "i dag", ""] {
            header.saw(Some(date));
        }
        let codes: Vec<_> = header
            .notes(2)
            .iter()
            .map(|note| (note.code, note.count, note.severity == catalog::version::Severity::Block))
            .collect();
        assert_eq!(codes, [("shape-header-count", 1, true), ("shape-header-period", 2, false)]);
        assert_eq!(Header::default().notes(2).len(), 0);
    }
}
