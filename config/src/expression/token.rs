//! The text of an expression → its words and signs.

use super::{Fault, LONGEST};

/// A word or sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A column, keyword or function.
    Word(String),
    /// A text in quotation marks.
    Text(String),
    /// A number as written.
    Number(String),
    /// A sign such as `>=` or `(`.
    Sign(&'static str),
}

/// Longer signs first.
const SIGNS: [&str; 15] = ["<=", ">=", "<>", "!=", "==", "<", ">", "=", "+", "-", "*", "/", "(", ")", ","];

/// The tokens of a text, each with the byte at which it begins.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Fault> {
    if text.chars().count() > LONGEST {
        let hint = "Write several checks.".to_owned();
        return Err(Fault { at: 0, reason: format!("it is longer than {LONGEST} characters"), hint });
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else { break };
        let (length, token) = if first.is_whitespace() {
            (first.len_utf8(), None)
        } else if first.is_ascii_digit() {
            let length = span(rest, |c| c.is_ascii_digit() || c == '.');
            (length, Some(Token::Number(rest.get(..length).unwrap_or_default().to_owned())))
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = span(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            (length, Some(Token::Word(rest.get(..length).unwrap_or_default().to_owned())))
        } else if first == '\'' {
            let (length, inner) = quoted(rest).ok_or_else(|| unknown(at, "a text without its end"))?;
            (length, Some(Token::Text(inner)))
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
            let sign = sign.ok_or_else(|| unknown(at, &format!("'{first}' means nothing here")))?;
            (sign.len(), Some(Token::Sign(sign)))
        };
        tokens.extend(token.map(|token| (at, token)));
        at += length;
    }
    Ok(tokens)
}

fn span(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// The length of a text in quotation marks, and what stands in it; two marks inside stand for one.
fn quoted(text: &str) -> Option<(usize, String)> {
    let mut inner = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            inner.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == '\'') {
            inner.push('\'');
            chars.next();
        } else {
            return Some((at + 1, inner));
        }
    }
    None
}

fn unknown(at: usize, reason: &str) -> Fault {
    let hint = "Write columns by name, texts as 'text', days as '2026-08-31', with = <> < <= > >= + - * / and or not.";
    Fault { at, reason: reason.to_owned(), hint: hint.to_owned() }
}
