//! A look at separated text that nobody has declared yet: how it is written, and what its columns seem to hold.

use std::{collections::BTreeSet, path::Path};

use config::CsvFormat;

use super::{
    Limits,
    csv::records::Records,
    encoding::{decoded_as, open_text},
    fault::fault,
};
use crate::Result;

/// Separators that are tried.
const SEPARATORS: [char; 4] = [';', '\t', ',', '|'];
/// Records by which a separator is judged.
const JUDGED: usize = 100;
/// Different values up to which a column looks like one of codes.
const CODES: usize = 20;
/// Characters from which on a text may tell anything.
const FREE: usize = 40;
/// Limits of a file that nobody has declared.
const LIMITS: Limits = Limits { max_cell_bytes: 1 << 20, max_columns: 2000, batch_rows: 1 };

/// How a file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Its encoding, by its WHATWG label.
    pub encoding: String,
    /// The separator of fields.
    pub separator: char,
    /// The decimal character that its numbers have.
    pub decimal: char,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Rows, without the header.
    pub rows: u64,
    /// Rows with more or fewer fields than the first line.
    pub ragged: u64,
    /// The columns, in order.
    pub columns: Vec<Seen>,
}

/// What was seen in a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its name in the header, or its number.
    pub name: String,
    /// Cells that hold something.
    pub filled: u64,
    /// Whole numbers without zeros in front.
    pub integers: u64,
    /// Digits with zeros in front.
    pub zeros: u64,
    /// Numbers with a decimal comma, and with a point.
    pub decimals: [u64; 2],
    /// Most digits behind the decimal character.
    pub scale: usize,
    /// Years, from 1900 to 2100, which also name columns.
    pub years: u64,
    /// `2026-11-26`, `26.11.2026`.
    pub dates: u64,
    /// `ja`, `nei`, `true`, `false`.
    pub truths: u64,
    /// Texts in which a national identity number stands.
    pub persons: u64,
    /// Texts that look like the name of a person: two to four words of letters, each with a capital.
    pub names: u64,
    /// E-mail addresses.
    pub mails: u64,
    /// Characters of the longest text.
    pub longest: usize,
    /// Different values, until there are too many.
    values: BTreeSet<String>,
}

/// What a column seems to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// Nothing, in any row.
    Empty,
    /// Whole numbers.
    Integer,
    /// Numbers with so many digits behind the decimal character.
    Decimal(usize),
    /// Days.
    Date,
    /// Truth values.
    Boolean,
    /// Codes: digits with zeros in front, or few different texts.
    Code,
    /// Texts.
    Text,
}

impl Seen {
    /// The narrowest type that every value has. `decimal` is the decimal character of the file.
    pub fn guess(&self, decimal: char) -> Guess {
        let all = |count: u64| self.filled > 0 && count == self.filled;
        let decimals = if decimal == ',' { self.decimals[0] } else { self.decimals[1] };
        if self.filled == 0 {
            Guess::Empty
        } else if all(self.truths) {
            Guess::Boolean
        } else if all(self.dates) {
            Guess::Date
        } else if all(self.integers) {
            Guess::Integer
        } else if decimals > 0 && all(self.integers + decimals) {
            Guess::Decimal(self.scale)
        } else if (self.zeros > 0 && all(self.integers + self.zeros)) || self.is_few() {
            Guess::Code
        } else {
            Guess::Text
        }
    }

    /// Whether its values may tell anything about anybody: long texts, of which no two are alike.
    pub fn is_free_text(&self) -> bool {
        self.longest > FREE && !self.is_few()
    }

    /// The values, where they are few and come again.
    fn is_few(&self) -> bool {
        self.values.len() <= CODES && self.filled >= 3 * self.values.len() as u64
    }

    fn take(&mut self, text: &str, names_person: fn(&str) -> bool) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.filled += 1;
        self.longest = self.longest.max(text.chars().count());
        if self.values.len() <= CODES {
            self.values.insert(text.to_owned());
        }
        self.persons += u64::from(text.len() >= 11 && names_person(text));
        self.names += u64::from(is_name(text));
        self.mails += u64::from(text.contains('@') && text.contains('.') && !text.contains(' '));
        let lower = text.to_lowercase();
        self.truths += u64::from(["ja", "nei", "true", "false"].contains(&lower.as_str()));
        self.dates += u64::from(is_date(text));
        self.years += u64::from(is_year(text));
        self.number(text);
    }

    fn number(&mut self, text: &str) {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let plain = text.strip_prefix('-').unwrap_or(text);
        if digits(plain) && plain.len() <= 18 {
            let zero = plain.len() > 1 && plain.starts_with('0');
            *(if zero { &mut self.zeros } else { &mut self.integers }) += 1;
        }
        for (slot, character) in self.decimals.iter_mut().zip([',', '.']) {
            let parts = plain.split_once(character).filter(|(whole, part)| digits(whole) && digits(part));
            if let Some((_, part)) = parts {
                *slot += 1;
                self.scale = self.scale.max(part.len());
            }
        }
    }
}

fn is_date(text: &str) -> bool {
    ["%Y-%m-%d", "%d.%m.%Y"].iter().any(|form| text.len() == 10 && jiff::civil::Date::strptime(form, text).is_ok())
}

/// Looks at a whole file. `names_person` tells a text in which a national identity number stands.
///
/// # Errors
/// Those of reading separated text; `format-empty` where there is nothing.
pub(crate) fn look(name: &str, path: &Path, names_person: fn(&str) -> bool) -> Result<Look> {
    super::refuse_others(name, path)?;
    let encoding = decoded_as(name, path)?;
    let separator = separator(name, path, &encoding)?;
    let mut records = records(name, path, (&encoding, separator))?;
    if !records.advance()? {
        return Err(fault(name, "format-empty", None, "the file has no rows"));
    }
    let first: Vec<String> = (0..records.len()).map(|at| records.field(at).trim().to_owned()).collect();
    let mut columns: Vec<Seen> = first.iter().map(|name| Seen { name: name.clone(), ..Seen::default() }).collect();
    let (mut rows, mut ragged) = (0, 0);
    while records.advance()? {
        rows += 1;
        ragged += u64::from(records.len() != columns.len());
        columns.iter_mut().enumerate().for_each(|(at, column)| {
            column.take(if at < records.len() { records.field(at) } else { "" }, names_person);
        });
    }
    // Only the rows tell whether the first line is one of them.
    let header = is_header(&columns);
    if !header {
        rows += 1;
        for (at, (column, text)) in columns.iter_mut().zip(&first).enumerate() {
            column.take(text, names_person);
            column.name = (at + 1).to_string();
        }
    }
    let of = |at: usize| columns.iter().filter_map(|column| column.decimals.get(at)).sum::<u64>();
    let decimal = if of(1) > of(0) || separator == ',' { '.' } else { ',' };
    Ok(Look { encoding, separator, decimal, header, rows, ragged, columns })
}

fn records(name: &str, path: &Path, (encoding, separator): (&str, char)) -> Result<Records> {
    let format = CsvFormat { separator, ..CsvFormat::default() };
    Records::new(name, open_text(name, path, Some(encoding))?, &format, LIMITS)
}

/// The separator that splits most of the first records into the same number of fields, and into most.
fn separator(name: &str, path: &Path, encoding: &str) -> Result<char> {
    let mut best = (0, ';');
    for separator in SEPARATORS {
        let mut records = records(name, path, (encoding, separator))?;
        let mut widths = Vec::new();
        // A quote that is never closed by one reading of the file says nothing about another.
        while widths.len() < JUDGED && records.advance().unwrap_or(false) {
            widths.push(records.len());
        }
        let first = widths.first().copied().unwrap_or_default();
        let same = widths.iter().filter(|width| **width == first).count();
        let score = if first > 1 { same * 100 / widths.len() * 1000 + first } else { 0 };
        if score > best.0 {
            best = (score, separator);
        }
    }
    Ok(best.1)
}

/// A line of names: each has a letter, or is a year that is no value of its column, and not all are years. Two columns of
/// one name are no reason to take names for a row: reading them says so.
fn is_header(columns: &[Seen]) -> bool {
    let is_word = |column: &Seen| column.name.chars().any(char::is_alphabetic);
    let names_year = |column: &Seen| is_year(&column.name) && column.years < column.filled;
    columns.iter().any(is_word) && columns.iter().all(|column| is_word(column) || names_year(column))
}

fn is_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let letters = |word: &&str| word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '.' | ','));
    let capital = |word: &&str| word.chars().next().is_some_and(char::is_uppercase);
    (2..=4).contains(&words.len()) && words.iter().all(letters) && words.iter().all(capital)
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && text.parse::<u16>().is_ok_and(|year| (1900..=2100).contains(&year))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn seen(text: &[u8]) -> Look {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        look("t.csv", file.path(), |text| text.contains("person")).unwrap()
    }

    #[test]
    fn a_norwegian_file_is_told_by_all_its_rows() {
        let text = "\u{c5}r;Nr;Sted;Bel\u{f8}p;Dato;Aktiv\r\n2024;0301;Oslo;1,50;01.02.2024;ja\r\n2025;4601;\u{c5}s;12;31.12.2025;nei\r\n";
        let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        let found = seen(&latin);
        assert_eq!((found.encoding.as_str(), found.separator, found.decimal), ("windows-1252", ';', ','));
        assert!(found.header && found.rows == 2 && found.ragged == 0);
        let guesses: Vec<Guess> = found.columns.iter().map(|column| column.guess(found.decimal)).collect();
        assert_eq!(guesses, [Guess::Integer, Guess::Code, Guess::Text, Guess::Decimal(2), Guess::Date, Guess::Boolean]);
        assert_eq!(found.columns[0].name, "\u{c5}r");
    }

    #[test]
    fn commas_tabs_and_files_without_a_header() {
        let found = seen(b"1,2.5,\"a,b\"\n2,3.75,c\n");
        assert_eq!((found.separator, found.decimal, found.header, found.rows), (',', '.', false, 2));
        assert_eq!(found.columns[1].guess('.'), Guess::Decimal(2));
        assert_eq!(found.columns[2].name, "3");
        assert!(seen(b"kommune;2023;2024\nOslo;1;2\n").header, "years name columns");
        assert!(!seen(b"Oslo;2023\nBergen;2024\n").header, "years are values");
        assert!(seen(b"navn;navn\nA;B\n").header, "two of one name are names");
        assert_eq!(seen(b"a\tb\n1,5\t2\n").separator, '\t');
        assert_eq!(seen(b"a;b\n1;2;3\n").ragged, 1);
    }

    #[test]
    fn texts_are_codes_where_few_come_again_and_free_where_they_are_long() {
        let rows = (0..60).map(|n| format!("{};{} {n}", ["A", "B"][n % 2], "lang tekst ".repeat(5)));
        let lines: Vec<String> = std::iter::once("kode;merknad".to_owned()).chain(rows).collect();
        let found = seen(lines.join("\n").as_bytes());
        assert_eq!(found.columns[0].guess(','), Guess::Code);
        assert!(found.columns[1].is_free_text() && !found.columns[0].is_free_text());
    }
}
