//! Where a page of the change feed ended: opaque to clients, good for one question and one newest version.

use catalog::{Sha256, history::Step, version::VersionNumber};

use crate::error::Problem;

/// Hexadecimal digits of the seal: enough to tell foreign and mistyped cursors, not meant to keep a secret.
const SEAL_DIGITS: usize = 16;

/// A place on the way to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The version that the way leads to: the newest one when the first page was read.
    pub(crate) until: VersionNumber,
    /// The step under way: the version before it, `None` if nothing.
    pub(crate) from: Option<VersionNumber>,
    /// The version after it.
    pub(crate) to: VersionNumber,
    /// Entries of the step that were read.
    pub(crate) offset: u64,
}

impl Place {
    /// True if this is the step under way.
    pub(crate) fn is_at(&self, step: &Step) -> bool {
        self.from == step.from && self.to == step.to
    }

    /// Reads a cursor of a question.
    pub(crate) fn parse(text: &str, question: &str) -> Result<Self, Problem> {
        let mut numbers = text.split('-').map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            if digits { part.parse::<u64>().ok() } else { None }
        });
        let mut number = || numbers.next().flatten();
        let place = match (number(), number(), number(), number()) {
            (Some(until), Some(from), Some(to), Some(offset)) => Self {
                until: VersionNumber(until),
                from: Some(VersionNumber(from)).filter(|from| from.0 > 0),
                to: VersionNumber(to),
                offset,
            },
            _ => return Err(unusable()),
        };
        if place.seal(question) == text { Ok(place) } else { Err(unusable()) }
    }

    /// The place as text, for the next page of the same question.
    pub(crate) fn seal(self, question: &str) -> String {
        let from = self.from.map_or(0, |from| from.0);
        let place = format!("{}-{from}-{}-{}", self.until, self.to, self.offset);
        let hash = Sha256::of(format!("{place} {question}").as_bytes());
        format!("{place}-{}", hash.as_str().get(..SEAL_DIGITS).unwrap_or_default())
    }
}

fn unusable() -> Problem {
    Problem::bad_request("api-cursor", "The cursor does not belong to this question.")
        .hint("Use the address under 'next' as it is; to ask something else, begin without a cursor.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_and_nothing_else_does() {
        let place = Place { until: VersionNumber(9), from: None, to: VersionNumber(3), offset: 512 };
        let text = place.seal("a");
        assert_eq!(Place::parse(&text, "a").unwrap(), place);
        for bad in
            ["", "9-0-3-512", &text[1..], &text.replace("512", "513"), "9-0-3-99999999999999999999-x", "å-1-1-1-x"]
        {
            assert_eq!(Place::parse(bad, "a").unwrap_err().code(), "api-cursor", "{bad}");
        }
        assert!(Place::parse(&text, "b").is_err());
    }
}
