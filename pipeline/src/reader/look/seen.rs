//! What a column of a file that nobody has declared seems to hold.

use std::collections::BTreeSet;

use crate::month_words;

/// Different values up to which a column looks like one of codes.
const CODES: usize = 20;
/// Characters from which on a text may tell anything.
const FREE: usize = 40;
/// The form of a date whose month is a word.
pub const WORDED_DATE: &str = "%d. %B %Y";
/// The last year of a date.
const LAST_YEAR: u16 = 2200;
/// Units that stand behind numbers, and are no part of a code such as `12 A`.
const UNITS: [&str; 14] = ["m²", "m2", "kvm", "kr", "NOK", ",-", "%", "m", "km", "kg", "stk", "år", "mm", "kWh"];
/// Texts that stand for "no value" among numbers and days.
const NOTHING: [&str; 12] = ["-", "–", "—", ".", "..", ":", "n/a", "na", "null", "ukjent", "ukjend", "mangler"];

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
    /// Numbers with a fraction that a workbook keeps as numbers, and thus without a decimal character.
    pub fractions: u64,
    /// Most digits behind the decimal character.
    pub scale: usize,
    /// Years, from 1900 to 2100, which also name columns.
    pub years: u64,
    /// `2026-11-26`, `26.11.2026`, `26. november 2026`.
    pub dates: u64,
    /// Those of them in which the month is a word.
    pub dates_in_words: u64,
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
    /// Units behind its numbers.
    pub units: BTreeSet<String>,
    /// What stands between groups of digits, a blank, comma or point; a blank may stand for other white space.
    pub group: Option<char>,
    /// Texts that stand for "no value", as they are written; only told of where the others are no texts.
    pub nothing: BTreeSet<String>,
    /// Cells with such texts.
    nothings: u64,
    /// Rows of totals in which it holds something.
    pub in_totals: u64,
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
    /// A column of which only the name was seen.
    pub fn named(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    /// The narrowest type that every value has. `decimal` is the decimal character of the file.
    pub fn guess(&self, decimal: char) -> Guess {
        let values = self.filled - self.nothings;
        let all = |count: u64| values > 0 && count == values;
        let [comma, point] = self.decimals;
        let decimals = self.fractions + if decimal == ',' { comma } else { point };
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

    pub(super) fn take(&mut self, text: &str, names_person: fn(&str) -> bool) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.filled += 1;
        let is_nothing =
            self.nothing.len() < CODES && (NOTHING.contains(&text.to_lowercase().as_str()) || is_never(text));
        if is_nothing {
            self.nothings += 1;
            self.nothing.insert(text.to_owned());
        }
        self.longest = self.longest.max(text.chars().count());
        if self.values.len() <= CODES {
            self.values.insert(text.to_owned());
        }
        self.persons += u64::from(text.len() >= 11 && names_person(text));
        self.names += u64::from(is_name(text));
        self.mails += u64::from(text.contains('@') && text.contains('.') && !text.contains(' '));
        let lower = text.to_lowercase();
        if is_nothing {
            return;
        }
        self.truths += u64::from(["ja", "nei", "true", "false"].contains(&lower.as_str()));
        let in_words = is_date_in_words(text);
        self.dates += u64::from(in_words || is_date(text));
        self.dates_in_words += u64::from(in_words);
        self.years += u64::from(is_year(text));
        self.number(text);
    }

    /// Takes a number as a workbook keeps it, written with a point.
    pub(super) fn take_number(&mut self, text: &str, names_person: fn(&str) -> bool) {
        let [_, points] = self.decimals;
        self.take(text, names_person);
        // A number has lost the zero with which an identity number of the first days of a month begins.
        self.persons += u64::from(text.len() == 10 && names_person(&format!("0{text}")));
        if let Some(counted) = self.decimals.get_mut(1).filter(|counted| **counted > points) {
            *counted -= 1;
            self.fractions += 1;
        }
    }

    fn number(&mut self, text: &str) {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = text.get(number.len()..).unwrap_or_default().trim();
        if UNITS.contains(&unit) {
            self.units.insert(unit.to_owned());
        } else if !unit.is_empty() {
            return;
        }
        let (plain, group) = ungrouped(number.strip_prefix(['-', '\u{2212}']).unwrap_or(number));
        // With a comma or a point for groups blanks are read too.
        self.group = group.filter(|group| *group != ' ').or(self.group).or(group);
        let plain = plain.as_str();
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

/// A number without what stands between its groups of three digits, and what that is. A comma or a point is only known by
/// the other one, which begins the fraction.
fn ungrouped(text: &str) -> (String, Option<char>) {
    let is_blank = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}');
    let (whole, fraction) = text.split_at(text.rfind([',', '.']).unwrap_or(text.len()));
    let group = [('.', ','), (',', '.')]
        .into_iter()
        .find(|(group, decimal)| whole.contains(*group) && fraction.starts_with(*decimal));
    let group = group.map(|(group, _)| group).or_else(|| whole.contains(is_blank).then_some(' '));
    let Some(group) = group else { return (text.to_owned(), None) };
    let splits = |c: char| if group == ' ' { is_blank(c) } else { c == group };
    let mut groups = whole.split(splits);
    let first = groups.next().unwrap_or_default();
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    if (1..=3).contains(&first.len()) && groups.all(is_group) {
        (whole.replace(splits, "") + fraction, Some(group))
    } else {
        (text.to_owned(), None)
    }
}

/// A day that no table is about, and that stands for "without end".
fn is_never(text: &str) -> bool {
    let year = text.get(..4).filter(|_| text.get(4..5) == Some("-")).or_else(|| text.get(6..));
    is_date(text) && year.and_then(|year| year.parse().ok()).is_some_and(|year: u16| year > LAST_YEAR)
}

fn is_date(text: &str) -> bool {
    ["%Y-%m-%d", "%d.%m.%Y"].iter().any(|form| text.len() == 10 && jiff::civil::Date::strptime(form, text).is_ok())
}

/// `26. november 2026`, as [`WORDED_DATE`] reads it.
fn is_date_in_words(text: &str) -> bool {
    let plain = text.len() <= 24 && text.starts_with(|c: char| c.is_ascii_digit()) && is_word(text);
    plain && jiff::civil::Date::strptime("%d. %m %Y", month_words::numbered(text)).is_ok()
}

fn is_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let letters = |word: &&str| word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '.' | ','));
    let capital = |word: &&str| word.chars().next().is_some_and(char::is_uppercase);
    (2..=4).contains(&words.len()) && words.iter().all(letters) && words.iter().all(capital)
}

/// Whether a text may be the name of a column: it has a letter.
pub(super) fn is_word(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

/// Years, which also name columns.
pub(super) fn is_year(text: &str) -> bool {
    text.len() == 4 && text.parse::<u16>().is_ok_and(|year| (1900..=2100).contains(&year))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(texts: &[&str]) -> Seen {
        let mut column = Seen::named("x".to_owned());
        for text in texts {
            column.take(text, |_| false);
        }
        column
    }

    #[test]
    fn numbers_with_units_groups_and_dashes_are_numbers() {
        let area = seen(&["58,2 m²", "44", "1 071,5 m²", "–", "\u{2212}3"]);
        assert_eq!((area.guess(','), area.group), (Guess::Decimal(1), Some(' ')));
        assert!(area.units.contains("m²") && area.nothing.contains("–"));
        let rent = seen(&["10.979,46", "9 804,10", "8712"]);
        assert_eq!((rent.guess(','), rent.group), (Guess::Decimal(2), Some('.')));
        assert_eq!(seen(&["1,234.5", "2"]).guess('.'), Guess::Decimal(1));
        assert_eq!(seen(&["12 A", "3 B", "7"]).guess(','), Guess::Text, "house numbers have no units");
        assert_eq!(seen(&["22 33", "1"]).guess(','), Guess::Text, "no groups of three");
    }

    #[test]
    fn days_without_end_stand_for_nothing() {
        let until = seen(&["31.12.2024", "01.01.3000", "9999-12-31"]);
        assert_eq!((until.guess(','), until.nothing.len()), (Guess::Date, 2));
        let days = seen(&["1. januar 2024", "17. mai 2024", "02.03.2024"]);
        assert_eq!((days.guess(','), days.dates_in_words), (Guess::Date, 2));
        assert_eq!(seen(&["1. etasje 2024", "1. mai 2024"]).guess(','), Guess::Text);
        assert_eq!(seen(&["01.01.3000"]).guess(','), Guess::Text, "nothing else was seen");
    }
}
