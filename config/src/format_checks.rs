//! Checks of formats, distributions and column types.

use encoding_rs::Encoding;
use jiff::civil::DateTime;

use crate::{
    Column, ColumnType, CsvFormat, Dataset, FileFormat, Format,
    document::Document,
    problem::{self, Problems, suggest},
};

/// The encodings that people mean, for "did you mean".
const ENCODINGS: [&str; 7] =
    ["utf-8", "windows-1252", "iso-8859-1", "iso-8859-15", "utf-16le", "utf-16be", "macintosh"];

/// Checks how a dataset is read and published.
pub(crate) fn dataset(document: &Document, joined: &Dataset, problems: &mut Problems) {
    if let Format::Csv(csv) = &joined.file.format {
        separated(document, csv, problems);
    }
    if joined.file.distributions.iter().flatten().any(|format| *format == FileFormat::Geojson)
        && joined.geometry().is_none()
    {
        let message = "GeoJSON needs a published column of type `geometry`";
        problems.push(document.problem_at(problem::VALUE, &["distributions"], message));
    }
}

fn separated(document: &Document, csv: &CsvFormat, problems: &mut Problems) {
    let single = [("separator", Some(csv.separator)), ("quote", Some(csv.quote)), ("comment", csv.comment)];
    for (key, character) in single {
        if let Some(character) = character.filter(|c| !c.is_ascii() || matches!(c, '\n' | '\r')) {
            let message = format!("`{key}` must be one ASCII character, not {character:?}");
            problems.push(document.problem_at(problem::VALUE, &["format", key], message));
        }
    }
    let mut clash = |a: &str, b: &str| {
        let problem = document.problem_at(problem::VALUE, &["format", a], format!("`{a}` and `{b}` are the same"));
        problems.push(problem.hint(format!("set `{b}` too")));
    };
    if csv.separator == csv.quote {
        clash("separator", "quote");
    }
    if csv.group == Some(csv.decimal) {
        clash("group", "decimal");
    }
    if let Some(label) = csv.encoding.as_deref().filter(|label| Encoding::for_label(label.as_bytes()).is_none()) {
        let problem = document.problem_at(problem::VALUE, &["format", "encoding"], format!("`{label}` is no encoding"));
        problems.push(problem.maybe_hint(suggest(label, ENCODINGS)));
    }
}

/// Checks the patterns of dates and the aliases of codes.
pub(crate) fn columns(document: &Document, columns: &[Column], problems: &mut Problems) {
    for (at, column) in columns.iter().enumerate() {
        for (alias, code) in column.aliases.iter().filter(|(_, code)| !column.codes.contains_key(*code)) {
            let path = ["columns", &at.to_string(), "aliases", alias];
            let problem =
                document.problem_at(problem::VALUE, &path, format!("`{code}` is no code of `{}`", column.name));
            problems.push(problem.maybe_hint(suggest(code, column.codes.keys().map(String::as_str))));
        }
    }
    for (at, column) in columns.iter().enumerate() {
        let (ColumnType::Date { formats } | ColumnType::Datetime { formats }) = &column.kind else { continue };
        for (item, pattern) in formats.iter().enumerate().filter(|(_, pattern)| !is_pattern(pattern)) {
            let path = ["columns", &at.to_string(), "type", "formats", &item.to_string()];
            let problem = document.problem_at(problem::VALUE, &path, format!("`{pattern}` is not a date pattern"));
            problems.push(problem.hint("strptime form, for example \"%d.%m.%Y\" or \"%Y-%m-%dT%H:%M:%S%z\""));
        }
    }
}

/// A pattern that can write an instant and says at least one part of it.
fn is_pattern(pattern: &str) -> bool {
    let sample = DateTime::constant(2026, 1, 31, 13, 5, 9, 0);
    let zoned = sample.to_zoned(jiff::tz::TimeZone::UTC);
    let written = zoned.ok().and_then(|zoned| jiff::fmt::strtime::format(pattern, &zoned).ok());
    pattern.contains('%') && written.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_told_from_texts() {
        for good in ["%d.%m.%Y", "%Y%m%d", "%Y-%m-%dT%H:%M:%S%z", "%-d. %B %Y"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in ["", "dd.mm.yyyy", "%Y-%m-%", "%K"] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }
}
