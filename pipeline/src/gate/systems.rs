//! Columns of codes and whole numbers whose cells are one long number and nothing else: case and register numbers. Such a
//! cell looks like an identity number by chance now and then, so the column decides, for each way of writing by itself.

use std::collections::BTreeMap;

use super::{chance::Chance, forms::DIGITS};

/// Ways of writing that are told apart; a column with more of them holds no numbers of one system.
const MOST_FORMS: usize = 16;
/// Longest cell that may be a number.
const LONGEST: usize = 24;
/// Cells of eleven digits that a column must have before chance counts; of those with a year of four digits any do.
const FEWEST: u64 = 500;

/// The numbers of one column by the way in which they are written.
#[derive(Debug, Default)]
pub(super) struct Systems {
    forms: BTreeMap<String, Form>,
}

#[derive(Debug, Default)]
struct Form {
    cells: u64,
    chance: Chance,
    hit: bool,
}

impl Systems {
    /// The way in which a cell is written that is one number of 11 to 13 digits; counts it.
    pub(super) fn count(&mut self, cell: &str) -> Option<String> {
        let form = form(cell.trim())?;
        if self.forms.len() >= MOST_FORMS && !self.forms.contains_key(&form) {
            return None;
        }
        self.forms.entry(form.clone()).or_default().cells += 1;
        Some(form)
    }

    /// Takes a reading of a cell.
    pub(super) fn take(&mut self, form: &str, digits: &[u8; DIGITS]) {
        if let Some(form) = self.forms.get_mut(form) {
            form.chance.take(digits);
        }
    }

    /// Notes that a cell looks like an identity number.
    pub(super) fn hit(&mut self, form: &str) {
        if let Some(form) = self.forms.get_mut(form) {
            form.hit = true;
        }
    }

    /// True if chance explains all that looks like identity numbers.
    pub(super) fn explain(&self, from_2032: bool) -> bool {
        self.forms.iter().filter(|(_, form)| form.hit).all(|(written, form)| {
            let short = written.bytes().filter(|byte| *byte == b'9').count() <= DIGITS;
            (!short || form.cells >= FEWEST) && form.chance.explains(from_2032)
        })
    }
}

/// A cell with a 9 in place of each digit; `None` if it has letters, or fewer or more digits.
fn form(cell: &str) -> Option<String> {
    if cell.len() > LONGEST {
        return None;
    }
    let mut digits = 0;
    for byte in cell.bytes() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b' ' | b'-' | b'.' | b'/' | b',' | b':' | b'_' => {}
            _ => return None,
        }
    }
    matches!(digits, 10..=13).then(|| cell.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_numbers_have_a_form() {
        for (cell, expected) in [
            ("2024-01-31-00017", Some("9999-99-99-99999")),
            ("31123970082", Some("99999999999")),
            ("310529915", None),
            ("310529915-2025-17", None),
            ("fnr 31123970082", None),
            ("3112397008\u{662}", None),
        ] {
            assert_eq!(form(cell).as_deref(), expected, "{cell}");
        }
    }
}
