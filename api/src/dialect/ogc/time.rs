//! The parameter `datetime` (OGC 17-069r4 section 7.15.4): an instant or an interval, open where it says so.

use crate::{error::Problem, query::value};

/// Two ends of a time, each a day or an instant; `None` where it is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// Its beginning.
    pub(super) start: Option<String>,
    /// Its end.
    pub(super) end: Option<String>,
}

/// Reads the parameter.
///
/// # Errors
/// `api-value` for what is no time, with the part of it that is none.
pub(super) fn span(text: &str) -> Result<Span, Problem> {
    let Some((start, end)) = text.split_once('/') else {
        let instant = read(text)?;
        return Ok(Span { start: Some(instant.clone()), end: Some(instant) });
    };
    let side = |part: &str| if matches!(part, "" | "..") { Ok(None) } else { read(part).map(Some) };
    let span = Span { start: side(start)?, end: side(end)? };
    let millis = |part: &Option<String>| part.as_deref().and_then(value::instant);
    match (millis(&span.start), millis(&span.end)) {
        (None, None) => Err(wrong("both ends are open")),
        (Some(start), Some(end)) if start > end => Err(wrong("the end lies before the beginning")),
        _ => Ok(span),
    }
}

fn read(text: &str) -> Result<String, Problem> {
    // In an address a plus stands for a blank.
    let text = text.replace(' ', "+");
    if value::instant(&text).is_some() {
        return Ok(text);
    }
    let text: String = text.chars().take(60).collect();
    Err(wrong(&format!("'{text}' is no instant")))
}

fn wrong(what: &str) -> Problem {
    Problem::bad_request("api-value", format!("datetime: {what}."))
        .hint("Write 2026-03-29T12:00:00Z, 2026-03-29, or two of them with '/' between; '..' leaves an end open.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_intervals() {
        let some = |text: &str| Some(text.to_owned());
        for (text, start, end) in [
            ("2026-01-02", some("2026-01-02"), some("2026-01-02")),
            ("2026-01-02T03:04:05Z/..", some("2026-01-02T03:04:05Z"), None),
            ("/2026-01-02", None, some("2026-01-02")),
            ("2026-01-02T00:00:00 01:00/2026-01-03", some("2026-01-02T00:00:00+01:00"), some("2026-01-03")),
        ] {
            assert_eq!(span(text).unwrap(), Span { start, end }, "{text}");
        }
        for bad in ["", "/", "../..", "2026", "2026-01-03/2026-01-02", "2026-13-01", "a/b", "2026-01-01/2026-01-02/x"] {
            assert_eq!(span(bad).unwrap_err().code(), "api-value", "{bad}");
        }
    }
}
