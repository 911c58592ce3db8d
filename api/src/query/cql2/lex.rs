//! The words of a filter in text, each with its place.

use super::{ast::At, refused};
use crate::error::Problem;

/// A word of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or keyword.
    Word(String),
    /// A name in double quotes, which is never a keyword.
    Quoted(String),
    /// A text in single quotes.
    Text(String),
    /// A number, as it was written.
    Number(String),
    /// A bracket, comma or operator.
    Sign(&'static str),
}

/// Brackets, commas and operators, longer ones first.
const SIGNS: [&str; 9] = ["<>", "<=", ">=", "(", ")", ",", "=", "<", ">"];

/// The words and the columns they begin at, from 1.
pub(super) fn words(filter: &str) -> Result<Vec<(usize, Token)>, Problem> {
    let mut lexer = Lexer { rest: filter, column: 1 };
    let mut words = Vec::new();
    while let Some(word) = lexer.next()? {
        words.push(word);
    }
    Ok(words)
}

struct Lexer<'a> {
    rest: &'a str,
    column: usize,
}

impl<'a> Lexer<'a> {
    fn next(&mut self) -> Result<Option<(usize, Token)>, Problem> {
        self.take(self.rest.len() - self.rest.trim_start().len());
        let at = self.column;
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        let token = match first {
            '\'' => Token::Text(self.quoted('\'')?),
            '"' => Token::Quoted(self.quoted('"')?),
            c if is_start(c) => Token::Word(self.while_is(|c| is_start(c) || is_part(c)).to_owned()),
            c if c.is_ascii_digit() || matches!(c, '.' | '-' | '+') => Token::Number(self.number()?),
            _ => Token::Sign(self.sign(first)?),
        };
        Ok(Some((at, token)))
    }

    /// Takes so many bytes.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.column += taken.chars().count();
        taken
    }

    fn while_is(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(|c| !is(c)).unwrap_or(self.rest.len()))
    }

    /// What stands between quotes; a quote is doubled inside, or has a backslash before it.
    fn quoted(&mut self, quote: char) -> Result<String, Problem> {
        let start = self.column;
        self.take(quote.len_utf8());
        let mut text = String::new();
        loop {
            text.push_str(self.while_is(|c| c != quote && c != '\\'));
            let mut next = self.rest.chars();
            match (next.next(), next.next()) {
                (Some('\\'), Some(c)) if c == quote => {
                    self.take(1 + quote.len_utf8());
                    text.push(quote);
                }
                (Some('\\'), _) => text.push_str(self.take(1)),
                (Some(_), Some(c)) if c == quote => {
                    self.take(2 * quote.len_utf8());
                    text.push(quote);
                }
                (Some(_), _) => {
                    self.take(quote.len_utf8());
                    return Ok(text);
                }
                (None, _) => return Err(refused(&At::Column(start), &format!("the {quote} has no end"))),
            }
        }
    }

    fn number(&mut self) -> Result<String, Problem> {
        let start = self.column;
        let mut text = String::new();
        if self.rest.starts_with(['-', '+']) {
            text.push_str(self.take(1));
        }
        text.push_str(self.while_is(|c| c.is_ascii_digit() || c == '.'));
        if text.ends_with(|c: char| c.is_ascii_digit() || c == '.') && self.rest.starts_with(['e', 'E']) {
            text.push_str(self.take(1));
            if self.rest.starts_with(['-', '+']) {
                text.push_str(self.take(1));
            }
            text.push_str(self.while_is(|c| c.is_ascii_digit()));
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(text),
            _ => Err(refused(
                &At::Column(start),
                &format!("'{text}' is no number; sums and products are not understood"),
            )),
        }
    }

    fn sign(&mut self, first: char) -> Result<&'static str, Problem> {
        let known = SIGNS.into_iter().find(|sign| self.rest.starts_with(sign));
        let sign = known.ok_or_else(|| refused(&At::Column(self.column), &format!("'{first}' means nothing here")))?;
        self.take(sign.len());
        Ok(sign)
    }
}

/// What a name may begin with.
fn is_start(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | ':')
}

/// What a name may go on with, beside.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '.'
}
