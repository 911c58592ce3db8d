//! The words of a filter, taken from the front.

use super::{MAX_ITEMS, ast::At, lex::Token, refused};
use crate::error::Problem;

type Read<T> = Result<T, Problem>;

/// Takes words from the front.
pub(super) struct Cursor<'a> {
    /// All words, with their columns.
    pub(super) words: &'a [(usize, Token)],
    /// The one that comes next.
    pub(super) next: usize,
    /// The column after the last one.
    end: usize,
    /// Predicates so far.
    pub(super) predicates: usize,
}

impl<'a> Cursor<'a> {
    /// Before the first of some words; `end` is the column after the last one.
    pub(super) fn new(words: &'a [(usize, Token)], end: usize) -> Self {
        Self { words, next: 0, end, predicates: 0 }
    }

    /// Items up to the closing bracket, which is taken too.
    pub(super) fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut items = Vec::new();
        loop {
            if items.len() >= MAX_ITEMS {
                return Err(refused(&self.here(), &format!("a list has at most {MAX_ITEMS} items")));
            }
            items.push(one(self)?);
            if self.take_sign(")") {
                return Ok(items);
            }
            self.sign(",")?;
        }
    }

    /// A number.
    pub(super) fn number(&mut self) -> Read<f64> {
        let number = match self.words.get(self.next) {
            Some((_, Token::Number(text))) => text.parse().ok(),
            _ => None,
        };
        self.next += usize::from(number.is_some());
        number.ok_or_else(|| self.unexpected("a number"))
    }

    /// Whether a number comes next.
    pub(super) fn at_number(&self) -> bool {
        matches!(self.words.get(self.next), Some((_, Token::Number(_))))
    }

    /// Takes a keyword if it comes next; case does not count.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found =
            matches!(self.words.get(self.next), Some((_, Token::Word(name))) if name.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }

    /// The next word, if one comes.
    pub(super) fn take_name(&mut self) -> Option<String> {
        let Some((_, Token::Word(name))) = self.words.get(self.next) else { return None };
        self.next += 1;
        Some(name.to_ascii_uppercase())
    }

    /// Takes a sign if it comes next.
    pub(super) fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.words.get(self.next), Some((_, Token::Sign(next))) if *next == sign);
        self.next += usize::from(found);
        found
    }

    /// Takes a sign that must come next.
    pub(super) fn sign(&mut self, sign: &str) -> Read<()> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.unexpected(&format!("'{sign}'"))) }
    }

    /// Where the next word stands.
    pub(super) fn here(&self) -> At {
        At::Column(self.words.get(self.next).map_or(self.end, |(column, _)| *column))
    }

    /// What must come next does not.
    pub(super) fn unexpected(&self, wanted: &str) -> Problem {
        refused(&self.here(), &format!("{wanted} must stand here"))
    }
}
