//! A look at a table that nobody has declared yet: how it is written, and what its columns seem to hold.

mod objects;
mod seen;
mod separated;
mod sheet;

use std::{fs::File, io::Read, path::Path};

use super::{Input, Limits, fault::fault};
use crate::Result;

pub use seen::{Guess, Seen, WORDED_DATE};

/// Limits of a file that nobody has declared.
const LIMITS: Limits = Limits { max_cell_bytes: 1 << 20, max_columns: 2000, batch_rows: 1 };

/// What begins a row of totals, as a regular expression that matches as a whole.
pub const TOTALS: &str = "(?i)(sum|totalt?|i alt|sum totalt|total sum|totalsum):?";

/// How a table is written, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// How it is written.
    pub form: Form,
    /// The decimal character of the numbers that stand in it as text.
    pub decimal: char,
    /// Rows, without the header.
    pub rows: u64,
    /// Of them rows of totals, which tell nothing about the columns.
    pub totals: u64,
    /// Of them rows of a sheet in which nothing but one cell is filled, such as a note below the table.
    pub notes: u64,
    /// Columns with values that the header does not name.
    pub nameless: u64,
    /// Members of JSON objects that hold lists, which no column can hold.
    pub lists: Vec<String>,
    /// The columns that have a name, in order.
    pub columns: Vec<Seen>,
}

/// How a table is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Separated text.
    Separated {
        /// Its encoding, by its WHATWG label.
        encoding: String,
        /// The separator of fields.
        separator: char,
        /// Whether the first line names the columns.
        header: bool,
        /// Rows with more or fewer fields than the first line.
        ragged: u64,
        /// Lines that are comments, which begin with `#`.
        comments: u64,
    },
    /// A sheet of a workbook.
    Sheet {
        /// Its name.
        sheet: String,
        /// Names of the others, in order.
        others: Vec<String>,
        /// Number of the row in which the header begins, from 1.
        header_row: u32,
        /// Rows of the header.
        header_rows: u32,
    },
    /// A list of objects in a JSON document.
    Objects {
        /// Dotted path to the list; `None`: the document itself.
        rows: Option<String>,
    },
    /// JSON objects, one a line.
    Lines,
    /// Features of a `GeoJSON` document.
    Features,
    /// A table in JSON-stat 2.
    JsonStat {
        /// Its dimensions, in order.
        dimensions: Vec<String>,
    },
}

impl Look {
    /// Rows of the table itself.
    pub fn of_table(&self) -> u64 {
        self.rows - self.totals - self.notes
    }

    /// Whether the columns have names, and not only numbers.
    pub fn has_header(&self) -> bool {
        !matches!(self.form, Form::Separated { header: false, .. })
    }
}

/// Looks at a whole table: of a workbook at the sheet that is named, else at the first one with a table. `names_person`
/// tells a text in which a national identity number stands.
///
/// # Errors
/// Those of reading; `format-empty` where there is nothing, `format-no-header` where a workbook has no table,
/// `format-not-looked-at` for XML and for JSON without a list of objects.
pub(crate) fn look(input: Input<'_>, sheet: Option<&str>, names_person: fn(&str) -> bool) -> Result<Look> {
    super::refuse_others(input.name, input.path)?;
    if super::workbook::is_workbook(input.path)? {
        return sheet::look(input, sheet, names_person);
    }
    match kind_of_text(input.path)? {
        Kind::Json => objects::look(input.name, input.path, names_person),
        Kind::Xml => Err(fault(input.name, "format-not-looked-at", None, "this is XML, no table of text")),
        Kind::Other => separated::look(input.name, input.path, names_person),
    }
}

/// What a text is.
enum Kind {
    Json,
    Xml,
    Other,
}

/// What a text is by its first character.
fn kind_of_text(path: &Path) -> Result<Kind> {
    let mut start = [0; 64];
    let count = File::open(path)?.read(&mut start)?;
    // A byte order mark tells the encoding; without one the first characters are the same in all of them.
    let (text, ..) = encoding_rs::UTF_8.decode(start.get(..count).unwrap_or_default());
    Ok(match text.trim_start_matches('\u{feff}').trim_start().chars().next() {
        Some('{' | '[') => Kind::Json,
        Some('<') => Kind::Xml,
        _ => Kind::Other,
    })
}

/// The columns that have a name, and how many others have values.
fn named(columns: Vec<Seen>) -> (Vec<Seen>, u64) {
    let (named, others): (Vec<Seen>, Vec<Seen>) = columns.into_iter().partition(|column| !column.name.is_empty());
    (named, others.iter().filter(|column| column.filled > 0).count() as u64)
}

/// The decimal character that more numbers have; `otherwise` where there are as many of both.
fn decimal_of(columns: &[Seen], otherwise: char) -> char {
    let of = |at: usize| columns.iter().filter_map(|column| column.decimals.get(at)).sum::<u64>();
    match of(0).cmp(&of(1)) {
        std::cmp::Ordering::Less => '.',
        std::cmp::Ordering::Equal => otherwise,
        std::cmp::Ordering::Greater => ',',
    }
}

/// Whether a text is what [`TOTALS`] matches.
fn is_total(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let text = text.strip_suffix(':').unwrap_or(&text);
    ["sum", "total", "totalt", "i alt", "sum totalt", "total sum", "totalsum"].contains(&text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn seen(text: &[u8]) -> Look {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        let input = Input { name: "t.csv", path: file.path(), stopped: &|| false };
        look(input, None, |text| text.contains("person")).unwrap()
    }

    fn separated(encoding: &str, separator: char, header: bool, ragged: u64) -> Form {
        Form::Separated { encoding: encoding.to_owned(), separator, header, ragged, comments: 0 }
    }

    #[test]
    fn totals_are_told_alike_here_and_by_the_setting() {
        let pattern = regex::Regex::new(&format!("^(?:{TOTALS})$")).unwrap();
        for text in
            ["Sum", "TOTALT:", "i alt", "Sum totalt", "total sum", "Totalsum", "Total E&P", "Sum Oslo", "", "total"]
        {
            assert_eq!(is_total(text), pattern.is_match(text), "{text}");
        }
    }

    #[test]
    fn a_norwegian_file_is_told_by_all_its_rows() {
        let text = "\u{c5}r;Nr;Sted;Bel\u{f8}p;Dato;Aktiv\r\n2024;0301;Oslo;1,50;01.02.2024;ja\r\n2025;4601;\u{c5}s;12;31.12.2025;nei\r\n";
        let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        let found = seen(&latin);
        assert_eq!(found.form, separated("windows-1252", ';', true, 0));
        assert_eq!((found.decimal, found.rows), (',', 2));
        let guesses: Vec<Guess> = found.columns.iter().map(|column| column.guess(found.decimal)).collect();
        assert_eq!(guesses, [Guess::Integer, Guess::Code, Guess::Text, Guess::Decimal(2), Guess::Date, Guess::Boolean]);
        assert_eq!(found.columns[0].name, "\u{c5}r");
    }

    #[test]
    fn commas_tabs_and_files_without_a_header() {
        let found = seen(b"1,2.5,\"a,b\"\n2,3.75,c\n");
        assert_eq!((found.form.clone(), found.decimal, found.rows), (separated("utf-8", ',', false, 0), '.', 2));
        assert_eq!(found.columns[1].guess('.'), Guess::Decimal(2));
        assert_eq!(found.columns[2].name, "3");
        let trailing = seen(b"a;;c;\n1;2;3;\n");
        assert_eq!((trailing.has_header(), trailing.columns.len(), trailing.nameless), (true, 2, 1));
        assert!(seen(b"kommune;2023;2024\nOslo;1;2\n").has_header(), "years name columns");
        assert!(!seen(b"Oslo;2023\nBergen;2024\n").has_header(), "years are values");
        assert!(seen(b"navn;navn\nA;B\n").has_header(), "two of one name are names");
        assert_eq!(seen(b"a\tb\n1,5\t2\n").form, separated("utf-8", '\t', true, 0));
        assert_eq!(seen(b"a;b\n1;2;3\n").form, separated("utf-8", ';', true, 1));
        let found = seen(b"omr\xc3\xa5de;antall\nNord;1\nS\xc3\xb8r;2\nSum:;3\n");
        assert_eq!((found.rows, found.totals, found.columns[1].filled), (3, 1, 2));
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
