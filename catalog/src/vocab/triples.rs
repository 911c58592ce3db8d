//! Collects triples; the first one that cannot be written is remembered and reported at the end.

use config::Text;
use oxigraph::model::{Literal, NamedNode, Term, Triple, vocab::rdf};

use super::{prefix::expand, terms::Concept};
use crate::{Error, Result};

/// A growing list of triples. Subjects and objects are full IRIs, predicates, classes and datatypes prefixed names.
#[derive(Debug, Default)]
pub(super) struct Triples {
    list: Vec<Triple>,
    failure: Option<String>,
}

impl Triples {
    /// States the class of a subject.
    pub(super) fn kind(&mut self, subject: &str, class: &str) {
        let class = self.name(class).map(Term::from);
        self.push(subject, Some(rdf::TYPE.into_owned()), class);
    }

    /// Links two IRIs.
    pub(super) fn link(&mut self, subject: &str, predicate: &str, object: &str) {
        let object = self.node(object).map(Term::from);
        let predicate = self.name(predicate);
        self.push(subject, predicate, object);
    }

    /// Links to a term of a controlled vocabulary and describes it in a few triples, so that a validator that fetches
    /// nothing knows what it is.
    pub(super) fn concept(&mut self, subject: &str, predicate: &str, concept: &Concept) {
        self.link(subject, predicate, &concept.iri);
        self.kind(&concept.iri, "skos:Concept");
        if let Some(class) = concept.class {
            self.kind(&concept.iri, class);
        }
        for (tag, label) in concept.labels() {
            self.tagged(&concept.iri, "skos:prefLabel", label, tag);
        }
        self.link(&concept.iri, "skos:inScheme", &concept.scheme);
    }

    /// States a text in every language that it has.
    pub(super) fn text(&mut self, subject: &str, predicate: &str, text: &Text) {
        for (language, value) in text.iter() {
            self.tagged(subject, predicate, value, language.tag());
        }
    }

    /// States a text in one language.
    pub(super) fn tagged(&mut self, subject: &str, predicate: &str, value: &str, tag: &str) {
        let predicate = self.name(predicate);
        self.push(subject, predicate, Some(Literal::new_language_tagged_literal_unchecked(value, tag).into()));
    }

    /// States a text without a language.
    pub(super) fn plain(&mut self, subject: &str, predicate: &str, value: &str) {
        let predicate = self.name(predicate);
        self.push(subject, predicate, Some(Literal::new_simple_literal(value).into()));
    }

    /// States a value of a datatype.
    pub(super) fn typed(&mut self, subject: &str, predicate: &str, value: &str, datatype: &str) {
        let object = self.name(datatype).map(|datatype| Literal::new_typed_literal(value, datatype).into());
        let predicate = self.name(predicate);
        self.push(subject, predicate, object);
    }

    /// All of them, or what was wrong with the first that failed.
    pub(super) fn finish(self) -> Result<Vec<Triple>> {
        match self.failure {
            None => Ok(self.list),
            Some(failure) => Err(Error::Graph(failure)),
        }
    }

    fn push(&mut self, subject: &str, predicate: Option<NamedNode>, object: Option<Term>) {
        if let (Some(subject), Some(predicate), Some(object)) = (self.node(subject), predicate, object) {
            self.list.push(Triple::new(subject, predicate, object));
        }
    }

    fn name(&mut self, name: &str) -> Option<NamedNode> {
        let iri = expand(name);
        if iri.is_none() {
            self.failure.get_or_insert_with(|| format!("'{name}' has no known prefix"));
        }
        self.node(&iri?)
    }

    fn node(&mut self, iri: &str) -> Option<NamedNode> {
        match NamedNode::new(escape(iri)) {
            Ok(node) => Some(node),
            Err(error) => {
                self.failure.get_or_insert_with(|| format!("'{iri}' is not an IRI: {error}"));
                None
            }
        }
    }
}

/// Percent-encodes what a URL may hold but an IRI may not (RFC 3987, section 2.2): also brackets outside of the
/// authority, and percent signs that begin no escape.
pub(super) fn escape(iri: &str) -> String {
    let mut text = String::with_capacity(iri.len());
    let authority = iri.find("://").map_or(0, |at| at + 3);
    let path = iri.get(authority..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(iri.len(), |at| authority + at);
    let is_escape =
        |at: usize| iri.as_bytes().get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    for (at, c) in iri.char_indices() {
        let stray = match c {
            '[' | ']' => at >= path,
            '%' => !is_escape(at),
            _ => c <= ' ' || matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`' | '\x7f'),
        };
        if stray {
            text.extend(format!("%{:02X}", u32::from(c)).chars());
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_url_becomes_an_iri() {
        for (url, iri) in [
            ("https://x.example/?a[]=1#[b]", "https://x.example/?a%5B%5D=1#%5Bb%5D"),
            ("https://x.example/100%/a%20b%2", "https://x.example/100%25/a%20b%252"),
            ("http://[::1]:8080/d/a b", "http://[::1]:8080/d/a%20b"),
            ("https://x.example?æ={1}", "https://x.example?æ=%7B1%7D"),
        ] {
            assert_eq!(escape(url), iri);
            NamedNode::new(iri).unwrap();
        }
    }

    #[test]
    fn a_bad_iri_is_an_error_and_not_a_lost_triple() {
        let mut triples = Triples::default();
        triples.plain("no scheme", "dct:title", "x");
        assert!(matches!(triples.finish(), Err(Error::Graph(text)) if text.contains("no scheme")));
        let mut triples = Triples::default();
        triples.plain("https://data.example/", "nope:title", "x");
        assert!(triples.finish().is_err());
    }

    #[test]
    fn characters_that_no_iri_may_hold_are_encoded() {
        assert_eq!(escape("https://data.example/?q={a|b} c"), "https://data.example/?q=%7Ba%7Cb%7D%20c");
        assert_eq!(escape("https://data.example/bærum"), "https://data.example/bærum");
    }
}
