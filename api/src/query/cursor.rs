//! Where a page ended: opaque to clients, good for one version of one dataset and one question.

use catalog::{Sha256, version::VersionNumber};

use crate::error::Problem;

/// Hexadecimal digits of the seal: enough to tell foreign and mistyped cursors, not meant to keep a secret.
const SEAL_DIGITS: usize = 16;

/// A place in the answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The version in which the first page was read.
    pub(crate) version: VersionNumber,
    /// A place among the rows that match, from 0: of the next row in file order, else of the last row shown.
    pub(crate) position: u64,
}

impl Cursor {
    /// Reads a cursor. Its seal is checked by [`Cursor::check`], once the question is known.
    pub(crate) fn parse(text: &str) -> Result<(Self, String), Problem> {
        let mut parts = text.split('-');
        let mut number = || parts.next().and_then(plain);
        let (version, position) = (number(), number());
        match (version, position, parts.next(), parts.next()) {
            (Some(version), Some(position), Some(seal), None) => {
                Ok((Self { version: VersionNumber(version), position }, seal.to_owned()))
            }
            _ => Err(unusable()),
        }
    }

    /// The cursor as text, for the next page of the same question.
    pub(crate) fn seal(self, question: &str) -> String {
        let (version, position) = (self.version, self.position);
        let hash = Sha256::of(format!("{version} {position} {question}").as_bytes());
        format!("{version}-{position}-{}", hash.as_str().get(..SEAL_DIGITS).unwrap_or_default())
    }

    /// Whether the seal belongs to this place and question.
    pub(crate) fn check(self, seal: &str, question: &str) -> Result<(), Problem> {
        if self.seal(question).ends_with(&format!("-{seal}")) { Ok(()) } else { Err(unusable()) }
    }
}

fn plain(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn unusable() -> Problem {
    Problem::bad_request("api-cursor", "The cursor does not belong to this question.")
        .hint("Use the address under 'next' as it is; to ask something else, begin without a cursor.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURSOR: Cursor = Cursor { version: VersionNumber(7), position: 100 };

    #[test]
    fn a_cursor_comes_back() {
        let (cursor, seal) = Cursor::parse(&CURSOR.seal("a")).unwrap();
        assert_eq!(cursor, CURSOR);
        cursor.check(&seal, "a").unwrap();
    }

    #[test]
    fn foreign_and_forged_cursors_are_refused() {
        let (cursor, seal) = Cursor::parse(&CURSOR.seal("a")).unwrap();
        assert_eq!(cursor.check(&seal, "b").unwrap_err().code(), "api-cursor");
        for forged in [Cursor { position: 101, ..CURSOR }, Cursor { version: VersionNumber(8), ..CURSOR }] {
            assert!(forged.check(&seal, "a").is_err());
        }
        assert!(cursor.check("", "a").is_err());
        assert!(cursor.check(&seal[1..], "a").is_err());
        for bad in ["", "7", "7-100", "-7-100-x", "7-+1-x", "7-100-x-y", "99999999999999999999-1-x", "å-1-x"] {
            assert!(Cursor::parse(bad).is_err(), "{bad}");
        }
    }
}
