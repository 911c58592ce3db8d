//! One configuration file: its text, its tree, and problems at places in it.

use toml::de::DeTable;

use crate::{
    node::{Node, Span},
    problem::{self, Problem, Problems},
};

/// Longest part of a line that is shown, in characters.
const EXCERPT: usize = 200;

/// A configuration file.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// The file, relative to the configuration folder.
    pub(crate) file: String,
    /// Its text.
    pub(crate) text: String,
    /// Its content; as much as could be read where the syntax is wrong.
    pub(crate) root: Node,
}

impl Document {
    /// Reads a text, and reports every error of syntax in it.
    pub(crate) fn parse(file: &str, text: String) -> (Self, Problems) {
        let (table, errors) = DeTable::parse_recoverable(&text);
        let root = Node::document(&table);
        drop(table);
        let document = Self { file: file.to_owned(), text, root };
        let mut problems = Problems::default();
        problems.extend(errors.iter().map(|error| {
            let end = document.text.len();
            document.problem(problem::SYNTAX, error.span().unwrap_or(end..end), error.message())
        }));
        (document, problems)
    }

    /// A problem at a place.
    pub(crate) fn problem(&self, code: &'static str, span: Span, message: impl Into<String>) -> Problem {
        let start = floor(&self.text, span.start);
        let end = floor(&self.text, span.end).max(start);
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.text.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
        let indent = self.text.get(line_start..start).unwrap_or_default().chars().count();
        let marked = self.text.get(start..end).unwrap_or_default().lines().next().unwrap_or_default().chars().count();
        let left = indent.saturating_sub(EXCERPT / 2);
        let shown = line.chars().skip(left).take(EXCERPT).map(printable).collect();
        Problem {
            line: before.matches('\n').count() + 1,
            column: indent + 1,
            excerpt: shown,
            indent: indent - left,
            width: marked.clamp(1, EXCERPT - (indent - left)),
            ..Problem::nowhere(code, self.file.clone(), message)
        }
    }

    /// A problem at a path of keys, or at the nearest table above it that is there.
    pub(crate) fn problem_at(&self, code: &'static str, path: &[&str], message: impl Into<String>) -> Problem {
        self.problem(code, self.span_at(path), message)
    }

    /// The place of a path: the value, or the key of the nearest table above it that is there.
    fn span_at(&self, path: &[&str]) -> Span {
        if let Some(node) = self.root.at(path).filter(|node| node.entries().is_empty()) {
            return node.span.clone();
        }
        let nearest = (1..=path.len()).rev().find_map(|length| {
            let (last, parents) = path.get(..length)?.split_last()?;
            let parent = self.root.at(parents)?;
            let key = parent.entry(last).map(|entry| entry.key_span.clone());
            key.or_else(|| Some(self.root.at(path.get(..length)?)?.span.clone()))
        });
        nearest.unwrap_or(0..0)
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn printable(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_point_at_their_place() {
        let text = "# æøå\ntittel = \"å\" # her\n".to_owned();
        let (document, problems) = Document::parse("datasets/x.toml", text);
        assert!(problems.is_empty());
        let shown = document.problem_at(problem::UNKNOWN_KEY, &["tittel"], "ukjent").hint("fjern").to_string();
        assert_eq!(
            shown,
            "error[config-unknown-key]: ukjent\n --> datasets/x.toml:2:10\n  |\n2 | tittel = \"å\" # her\n  |          ^^^\n  = hint: fjern\n"
        );
    }

    #[test]
    fn every_syntax_error_is_reported() {
        let (_, problems) = Document::parse("x.toml", "a = \nb = 1\nb = 2\n[c\n".to_owned());
        let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
        assert!(lines.contains(&1) && lines.contains(&3) && lines.contains(&4), "{problems}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("a = [{}\"x\"]", "1, ".repeat(2000));
        let (document, _) = Document::parse("x.toml", text);
        let problem = document.problem_at(problem::TYPE, &["a", "2000"], "m");
        assert_eq!(problem.column, 6006);
        assert!(problem.excerpt.chars().count() <= EXCERPT);
        assert_eq!(problem.excerpt.chars().skip(problem.indent).take(3).collect::<String>(), "\"x\"");
    }
}
