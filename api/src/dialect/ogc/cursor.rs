//! Where a page of features ended: opaque to clients, good for one version and one question.

use catalog::{Sha256, version::VersionNumber};

use crate::error::Problem;

/// Hexadecimal digits of the seal: enough to tell foreign and mistyped cursors, not meant to keep a secret.
const SEAL_DIGITS: usize = 16;

/// A place in the answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The version in which the first page was read.
    pub(super) version: VersionNumber,
    /// The number of the row to begin with.
    pub(super) row: u64,
    /// The features of all pages, where they were counted.
    pub(super) matched: Option<u64>,
}

impl Cursor {
    /// Reads a cursor of a question.
    ///
    /// # Errors
    /// `api-cursor` for anything else.
    pub(super) fn parse(text: &str, question: &str) -> Result<Self, Problem> {
        let mut parts = text.split('-');
        let mut number = || parts.next().filter(|part| part.bytes().all(|b| b.is_ascii_digit())).map(str::parse);
        let cursor = match (number(), number(), number()) {
            (Some(Ok(version)), Some(Ok(row)), matched) => {
                Some(Self { version: VersionNumber(version), row, matched: matched.and_then(Result::ok) })
            }
            _ => None,
        };
        cursor.filter(|cursor| cursor.seal(question) == text).ok_or_else(|| {
            Problem::bad_request("api-cursor", "The cursor does not belong to this question.")
                .hint("Use the link with rel=\"next\" as it is; to ask something else, begin without a cursor.")
        })
    }

    /// The cursor as text, for the next page of the question.
    pub(super) fn seal(self, question: &str) -> String {
        let matched = self.matched.map_or_else(|| "x".to_owned(), |matched| matched.to_string());
        let place = format!("{}-{}-{matched}", self.version, self.row);
        let hash = Sha256::of(format!("{place} {question}").as_bytes());
        format!("{place}-{}", hash.as_str().get(..SEAL_DIGITS).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_nothing_else_does() {
        for matched in [None, Some(17)] {
            let cursor = Cursor { version: VersionNumber(9), row: 512, matched };
            let text = cursor.seal("a");
            assert_eq!(Cursor::parse(&text, "a").unwrap(), cursor);
            for bad in
                ["", "9-512", "9-512-x", &text[1..], &text.replace("512", "513"), "9-99999999999999999999-1-x", "å-1-x"]
            {
                assert_eq!(Cursor::parse(bad, "a").unwrap_err().code(), "api-cursor", "{bad}");
            }
            assert!(Cursor::parse(&text, "b").is_err());
        }
    }
}
