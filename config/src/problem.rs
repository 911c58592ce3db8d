//! Problems: everything that is wrong with a configuration, each with its place and a hint.

use std::fmt;

use serde::Serialize;

/// Every code of a problem, with what it means. The documentation has a heading for each.
pub const CODES: &[(&str, &str)] = &[
    (SYNTAX, "The file is not TOML, or not UTF-8."),
    (UNKNOWN_KEY, "A key that nothing reads."),
    (MISSING_KEY, "A key that must be there is missing."),
    (TYPE, "A value of the wrong type."),
    (VALUE, "A value that is not allowed."),
    (PROFILE, "A profile that does not exist, or one that clashes with another."),
    (COLUMN, "A column that does not exist, is declared twice, or cannot be used so."),
    (SCHEDULE, "A schedule that cannot be read, never comes due, or surprises."),
    (SECRET, "A secret that is missing, or that stands where everybody can read it."),
    (LANGUAGE, "A text that lacks one of the languages of the pages."),
    (IO, "A file or folder that cannot be read."),
];

/// The file is not TOML, or not UTF-8.
pub(crate) const SYNTAX: &str = "config-syntax";
/// A key that nothing reads.
pub(crate) const UNKNOWN_KEY: &str = "config-unknown-key";
/// A key that must be there is missing.
pub(crate) const MISSING_KEY: &str = "config-missing-key";
/// A value of the wrong type.
pub(crate) const TYPE: &str = "config-type";
/// A value that is not allowed.
pub(crate) const VALUE: &str = "config-value";
/// A profile that does not exist or clashes.
pub(crate) const PROFILE: &str = "config-profile";
/// A column that does not exist, is declared twice, or cannot be used so.
pub(crate) const COLUMN: &str = "config-column";
/// A schedule that cannot be read, never comes due, or surprises.
pub(crate) const SCHEDULE: &str = "config-schedule";
/// A secret that is missing or in the open.
pub(crate) const SECRET: &str = "config-secret";
/// A text that lacks a language.
pub(crate) const LANGUAGE: &str = "config-language";
/// A file or folder that cannot be read.
pub(crate) const IO: &str = "config-io";

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// The configuration can be used, but probably does not do what was meant.
    Warning,
}

/// One thing that is wrong, printed the way rustc prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// One of [`CODES`].
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The file, relative to the configuration folder, or the command line option.
    pub file: String,
    /// Line, from 1; 0 where the problem has no place in a file.
    pub line: usize,
    /// Column in characters, from 1; 0 where the problem has no place in a file.
    pub column: usize,
    /// The line as it stands, control characters and secrets removed.
    pub excerpt: String,
    /// Characters of the excerpt before the underlined ones.
    pub indent: usize,
    /// Characters to underline.
    pub width: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without a place in a file.
    pub(crate) fn nowhere(code: &'static str, file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            file: file.into(),
            line: 0,
            column: 0,
            excerpt: String::new(),
            indent: 0,
            width: 0,
            message: message.into(),
            hint: None,
        }
    }

    /// File, line and column, as far as they are known.
    pub fn place(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}:{}", self.file, self.column),
        }
    }

    /// Adds what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what to do, if that is known.
    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// Makes the problem a warning.
    pub(crate) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Blots the underlined characters out of the excerpt.
    pub(crate) fn redacted(mut self) -> Self {
        let before: String = self.excerpt.chars().take(self.indent).collect();
        let after: String = self.excerpt.chars().skip(self.indent + self.width).collect();
        self.excerpt = format!("{before}{}{after}", "*".repeat(self.width));
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = if self.severity == Severity::Error { "error" } else { "warning" };
        writeln!(f, "{severity}[{}]: {}", self.code, self.message)?;
        let number = self.line.to_string();
        let margin = " ".repeat(if self.line == 0 { 1 } else { number.len() });
        if self.line == 0 {
            writeln!(f, "{margin}--> {}", self.file)?;
        } else {
            writeln!(f, "{margin}--> {}:{}:{}", self.file, self.line, self.column)?;
            writeln!(f, "{margin} |")?;
            writeln!(f, "{number} | {}", self.excerpt)?;
            let indent = " ".repeat(self.indent);
            writeln!(f, "{margin} | {indent}{}", "^".repeat(self.width.max(1)))?;
        }
        match &self.hint {
            Some(hint) => writeln!(f, "{margin} = hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong, in the order of files and lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Each problem.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one.
    pub(crate) fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Puts them in the order of files and lines, doubles removed.
    pub(crate) fn sort(&mut self) {
        self.0.sort_by(|a, b| (&a.file, a.line, a.column, a.code).cmp(&(&b.file, b.line, b.column, b.code)));
        self.0.dedup();
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        self.0.extend(problems);
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}")?;
        }
        let errors = self.0.iter().filter(|problem| problem.severity == Severity::Error).count();
        let warnings = self.0.len() - errors;
        write!(f, "{errors} {}, {warnings} {}", plural("error", errors), plural("warning", warnings))
    }
}

impl std::error::Error for Problems {}

fn plural(word: &str, count: usize) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// The candidate that was probably meant.
pub(crate) fn closest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let allowed = (wrong.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&wrong, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean …?", else the candidates where they are few.
pub(crate) fn suggest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(meant) = closest(wrong, candidates.iter().copied()) {
        return Some(format!("did you mean `{meant}`?"));
    }
    match candidates.len() {
        1..=16 => Some(format!("allowed here: {}", candidates.join(", "))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_near_or_absent() {
        assert_eq!(closest("license", ["licence", "title"]), Some("licence"));
        assert_eq!(closest("Ttile", ["licence", "title"]), Some("title"));
        assert_eq!(closest("zzz", ["licence", "title"]), None);
        assert_eq!(closest("x", ["y"]), None, "a wholly different letter is no suggestion");
    }

    #[test]
    fn codes_are_distinct() {
        let codes: std::collections::BTreeSet<_> = CODES.iter().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), CODES.len());
        assert!(codes.iter().all(|code| code.starts_with("config-")));
    }
}
