//! Tables by name, with their columns as `CREATE TABLE` has them.

use super::{
    Database,
    record::{Record, Value},
    tree::Rows,
};
use crate::Result;

/// Most tables, views, indexes and triggers of a file.
const MAX_ENTRIES: usize = 100_000;
/// Words with which a constraint of the table begins, where a column would.
const CONSTRAINTS: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

/// A table.
#[derive(Debug, Clone)]
pub(in super::super) struct Table {
    /// The first page.
    pub(in super::super) root: u32,
    /// Its columns.
    pub(in super::super) columns: Vec<Definition>,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Definition {
    /// Its name.
    pub(in super::super) name: String,
    /// The row's number stands for its value.
    pub(in super::super) is_row: bool,
    /// The text or number of rows that are older than the column.
    pub(in super::super) default: Option<String>,
}

impl Table {
    /// The place of a column; upper and lower case are the same.
    pub(in super::super) fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }
}

/// Looks a table up.
pub(super) fn table(database: &mut Database, name: &str) -> Result<Option<Table>> {
    let mut rows = Rows::new(1);
    let mut seen = 0;
    while let Some((_, payload)) = rows.next(database)? {
        seen += 1;
        if seen > MAX_ENTRIES {
            return Err(database.fault(format!("it has more than {MAX_ENTRIES} tables")));
        }
        let Some(record) = Record::parse(&payload) else { return Err(database.fault("its list of tables is broken")) };
        let text = |at: usize| match record.at(at) {
            Some(Value::Text(bytes)) => database.text(bytes),
            _ => None,
        };
        if text(1).is_none_or(|own| own.to_lowercase() != name.to_lowercase()) {
            continue;
        }
        match text(0).as_deref() {
            Some("table") => {}
            Some("view") => return Err(database.fault(format!("'{name}' is a view, which is not run"))),
            _ => continue,
        }
        let sql = text(4).unwrap_or_default();
        let root = record.at(3).and_then(Value::integer).and_then(|root| u32::try_from(root).ok());
        return match (root.filter(|root| *root > 0), columns(&sql)) {
            (Some(root), Some(columns)) => Ok(Some(Table { root, columns })),
            _ => Err(database.fault(format!("the columns of '{name}' cannot be made out"))),
        };
    }
    Ok(None)
}

/// A word of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// A bare word or number.
    Bare(String),
    /// A name in quotes, or a text.
    Quoted(String),
    Mark(char),
}

impl Word {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Bare(own) if own.eq_ignore_ascii_case(word))
    }
}

/// The columns of a table; `None` for what is no plain table of rows.
fn columns(sql: &str) -> Option<Vec<Definition>> {
    let words = words(sql)?;
    let open = words.iter().position(|word| *word == Word::Mark('('))?;
    if !words.first()?.is("CREATE") || words.iter().take(open).any(|word| word.is("VIRTUAL")) {
        return None;
    }
    let (inner, after) = enclosed(words.get(open..)?)?;
    if after.windows(2).any(|pair| matches!(pair, [a, b] if a.is("WITHOUT") && b.is("ROWID"))) {
        return None;
    }
    let mut columns: Vec<Definition> = Vec::new();
    let mut whole = Vec::new();
    for part in split(inner) {
        match part.first()? {
            first if CONSTRAINTS.iter().any(|word| first.is(word)) => {
                let key = part.iter().position(|word| word.is("PRIMARY")).and_then(|at| part.get(at..));
                if let Some([_, _, Word::Mark('('), Word::Bare(name) | Word::Quoted(name), Word::Mark(')'), ..]) = key {
                    let alone = |column: &&mut Definition| {
                        column.name.eq_ignore_ascii_case(name) && whole.contains(&column.name)
                    };
                    columns.iter_mut().filter(alone).for_each(|column| column.is_row = true);
                }
            }
            Word::Bare(name) | Word::Quoted(name) => {
                let (definition, is_whole) = column(name, part.get(1..)?)?;
                whole.extend(is_whole.then(|| name.clone()));
                columns.push(definition);
            }
            Word::Mark(_) => return None,
        }
    }
    Some(columns)
}

/// A column by its name and what follows, and whether its type is exactly INTEGER; `None` for computed columns.
fn column(name: &str, rest: &[Word]) -> Option<(Definition, bool)> {
    if rest.iter().any(|word| word.is("GENERATED"))
        || rest.windows(2).any(|pair| matches!(pair, [a, Word::Mark('(')] if a.is("AS")))
    {
        return None;
    }
    let whole = rest.first().is_some_and(|word| word.is("INTEGER"));
    let key = rest.iter().position(|word| word.is("PRIMARY"));
    let descending = key.and_then(|at| rest.get(at + 2)).is_some_and(|word| word.is("DESC"));
    let default = rest.iter().position(|word| word.is("DEFAULT")).and_then(|at| match rest.get(at + 1..)? {
        [Word::Bare(word), ..] if word.eq_ignore_ascii_case("NULL") => None,
        [Word::Mark('-'), Word::Bare(number), ..] => Some(format!("-{number}")),
        [Word::Bare(text) | Word::Quoted(text), ..] => Some(text.clone()),
        _ => None,
    });
    let is_row = whole && key.is_some() && !descending;
    Some((Definition { name: name.to_owned(), is_row, default }, whole))
}

/// What stands between the first parenthesis and its end, and what follows.
fn enclosed(words: &[Word]) -> Option<(&[Word], &[Word])> {
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate() {
        match word {
            Word::Mark('(') => depth += 1,
            Word::Mark(')') => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some((words.get(1..at)?, words.get(at + 1..)?));
        }
    }
    None
}

/// Parts between commas that stand in no parenthesis.
fn split(words: &[Word]) -> Vec<&[Word]> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, word) in words.iter().enumerate() {
        match word {
            Word::Mark('(') => depth += 1,
            Word::Mark(')') => depth = depth.saturating_sub(1),
            Word::Mark(',') if depth == 0 => {
                parts.extend(words.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(words.get(start..));
    parts
}

/// The words of a statement, without comments; `None` where a quote is not closed.
fn words(sql: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = sql;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Some(words) };
        if rest.starts_with("--") {
            rest = rest.find('\n').map_or("", |end| rest.get(end..).unwrap_or_default());
        } else if rest.starts_with("/*") {
            rest = rest.get(rest.find("*/")? + 2..)?;
        } else if let Some(close) = match first {
            '"' | '`' | '\'' => Some(first),
            '[' => Some(']'),
            _ => None,
        } {
            let (text, after) = quoted(rest.get(1..)?, close)?;
            words.push(Word::Quoted(text));
            rest = after;
        } else if first.is_alphanumeric() || matches!(first, '_' | '$' | '.') {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '.'))).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(end)?;
            words.push(Word::Bare(word.to_owned()));
            rest = after;
        } else {
            words.push(Word::Mark(first));
            rest = rest.get(first.len_utf8()..)?;
        }
    }
}

/// A text up to its closing quote, which is doubled where it is meant, and what follows.
fn quoted(text: &str, close: char) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut rest = text;
    loop {
        let end = rest.find(close)?;
        out.push_str(rest.get(..end)?);
        rest = rest.get(end + 1..)?;
        match rest.strip_prefix(close) {
            Some(after) if close != ']' => {
                out.push(close);
                rest = after;
            }
            _ => return Some((out, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sql: &str) -> Option<Vec<String>> {
        let name = |column: Definition| format!("{}{}", column.name, if column.is_row { "*" } else { "" });
        columns(sql).map(|columns| columns.into_iter().map(name).collect())
    }

    #[test]
    fn columns_of_many_spellings() {
        for (sql, expected) in [
            (
                "CREATE TABLE \"a\" ( \"fid\" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, \"geom\" POLYGON, navn TEXT(20))",
                "fid* geom navn",
            ),
            ("create table a(x INT PRIMARY KEY, [y z] DOUBLE DEFAULT 1.5, `w` REAL CHECK (w > 1, 2))", "x y z w"),
            ("CREATE TABLE a (id INTEGER NOT NULL, b TEXT, PRIMARY KEY (id), UNIQUE(b))", "id* b"),
            ("CREATE TABLE a (id INTEGER PRIMARY KEY DESC, -- navn, adresse\n b /* , c */ TEXT)", "id b"),
            ("CREATE TABLE a ('it''s' TEXT, \"primary\" TEXT, CONSTRAINT k PRIMARY KEY (b, c))", "it's primary"),
        ] {
            assert_eq!(names(sql).unwrap().join(" "), expected, "{sql}");
        }
        for sql in [
            "CREATE VIRTUAL TABLE a USING rtree(id, x)",
            "CREATE TABLE a (id INTEGER, b TEXT) WITHOUT ROWID",
            "CREATE TABLE a (id INTEGER, b TEXT AS (id || 'x'))",
            "CREATE TABLE a (id INTEGER, \"b TEXT)",
            "CREATE TABLE a (id INTEGER",
            "",
        ] {
            assert_eq!(names(sql), None, "{sql}");
        }
    }

    #[test]
    fn defaults_are_for_rows_older_than_the_column() {
        let sql =
            "CREATE TABLE a (b TEXT DEFAULT 'x y', c INT DEFAULT -5, d INT DEFAULT NULL, e INT DEFAULT (1+2), f INT)";
        let defaults: Vec<_> = columns(sql).unwrap().into_iter().map(|column| column.default).collect();
        assert_eq!(defaults, [Some("x y".to_owned()), Some("-5".to_owned()), None, None, None]);
    }
}
