//! Values that must never be printed.

use std::fmt;

use url::Url;

use crate::Env;

/// A value that cannot be shown: neither `Debug` nor any serialiser reveals it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the one place that hands it to its receiver.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// An address without what may be secret in it.
pub(crate) fn shown(address: &Url) -> Url {
    let mut url = address.clone();
    url.set_query(address.query().map(|_| "…"));
    // Fails only for addresses that cannot have user information.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url
}

/// One piece of a text with references to the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text as it stands.
    Literal(&'a str),
    /// `${NAME}`.
    Variable(&'a str),
    /// `${` that no valid name and `}` follow.
    Broken(&'a str),
}

/// Splits a text at its `${NAME}` references.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        found.push(Piece::Literal(before));
        match after.split_once('}') {
            Some((name, tail)) if is_name(name) => {
                found.push(Piece::Variable(name));
                rest = tail;
            }
            _ => {
                found.push(Piece::Broken(after));
                rest = "";
            }
        }
    }
    found.push(Piece::Literal(rest));
    found
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Replaces every `${NAME}` by its value; `None` where a variable is missing or a reference is broken.
pub(crate) fn fill(text: &str, env: &Env) -> Option<Secret<String>> {
    filled(text, env, |value| value).map(Secret::new)
}

/// The same in the query of an address, where a value must not end its parameter.
pub(crate) fn fill_query(url: &Url, env: &Env) -> Option<Secret<Url>> {
    let encode = |value: String| url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let query = filled(url.query().unwrap_or_default(), env, encode)?;
    let mut url = url.clone();
    url.set_query(url.query().is_some().then_some(&query));
    Some(Secret::new(url))
}

fn filled(text: &str, env: &Env, encode: impl Fn(String) -> String) -> Option<String> {
    let parts = pieces(text).into_iter().map(|piece| match piece {
        Piece::Literal(text) => Some(text.to_owned()),
        Piece::Variable(name) => env.get(name).map(&encode),
        Piece::Broken(_) => None,
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_filled_in() {
        let env: Env = [("A", "en"), ("B_2", "to")].into_iter().collect();
        let reveal = |text| fill(text, &env).map(|secret| secret.reveal().clone());
        assert_eq!(reveal("Bearer ${A}-${B_2}!").as_deref(), Some("Bearer en-to!"));
        assert_eq!(reveal("uten").as_deref(), Some("uten"));
        assert_eq!(reveal("$A $$ {B}").as_deref(), Some("$A $$ {B}"));
        for missing in ["${C}", "${A", "${}", "${A B}"] {
            assert_eq!(reveal(missing), None, "{missing}");
        }
    }

    #[test]
    fn a_value_stays_in_its_parameter() {
        let env: Env = [("A", "x&y= #å")].into_iter().collect();
        let url: Url = "https://example.no/${A}?a=1&code=${A}&b=2".parse().unwrap();
        let filled = fill_query(&url, &env).unwrap();
        assert_eq!(filled.reveal().query(), Some("a=1&code=x%26y%3D+%23%C3%A5&b=2"));
        assert_eq!(filled.reveal().path(), url.path());
        assert!(fill_query(&url, &Env::empty()).is_none());
    }

    #[test]
    fn debug_does_not_reveal() {
        assert_eq!(format!("{:?}", Secret::new("hemmelig")), "Secret(…)");
    }
}
