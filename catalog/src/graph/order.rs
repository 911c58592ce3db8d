//! The order of statements in documents: the same bytes for the same statements.

use oxigraph::model::{Triple, TripleRef, vocab::rdf};

/// Sorts and removes duplicates: our own subjects first, then those of vocabularies; of a subject its classes first.
pub(super) fn sort(triples: &mut Vec<Triple>, base: &str) {
    triples.sort_by_cached_key(|triple| key(triple.as_ref(), base));
    triples.dedup();
}

/// The same for statements that are kept elsewhere.
pub(super) fn sort_borrowed(triples: &mut [TripleRef<'_>], base: &str) {
    triples.sort_by_cached_key(|triple| key(*triple, base));
}

fn key(triple: TripleRef<'_>, base: &str) -> (bool, String, bool, String, String) {
    let subject = triple.subject.to_string();
    let foreign = subject.get(1..).is_none_or(|iri| !iri.starts_with(base));
    let predicate = triple.predicate.as_str().to_owned();
    (foreign, subject, triple.predicate != rdf::TYPE, predicate, triple.object.to_string())
}
