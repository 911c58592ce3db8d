//! The catalogue as data.norge.no checks it today, by the shapes of DCAT-AP-NO 2.0.0: the same statements without those
//! that its checker rejects, and sizes in the datatype that it wants.

use std::collections::HashSet;

use oxigraph::model::{Literal, LiteralRef, NamedNode, NamedOrBlankNodeRef, TermRef, Triple, TripleRef, vocab::xsd};

use super::prefix::expand;

/// Statements that version 2 has other rules for: distribution status is one of other terms there, a checksum must be
/// SHA-1, themes of a catalogue must be terms of a theme and not their scheme; and the checker cuts each dataset out, so
/// that the other datasets of a service are nothing that it knows.
const LEFT_OUT: [&str; 4] = ["adms:status", "spdx:checksum", "dcat:themeTaxonomy", "dcat:servesDataset"];
/// Classes of what only those statements lead to; and laws, which must have a type of the EU there once they have a class.
const CLASSES_LEFT_OUT: [&str; 3] = ["spdx:Checksum", "spdx:ChecksumAlgorithm", "eli:LegalResource"];
/// Terms that only those statements lead to.
const TERMS_LEFT_OUT: &str = "http://publications.europa.eu/resource/authority/distribution-status/";

/// A statement as it is, or changed.
pub(crate) enum Adapted<'t> {
    /// As it is.
    Same(TripleRef<'t>),
    /// Changed.
    Other(Triple),
}

impl Adapted<'_> {
    /// The statement.
    pub(crate) fn as_ref(&self) -> TripleRef<'_> {
        match self {
            Self::Same(triple) => *triple,
            Self::Other(triple) => triple.as_ref(),
        }
    }
}

/// The statements for data.norge.no, in their order.
pub(crate) fn adapted<'t>(triples: &[TripleRef<'t>]) -> Vec<Adapted<'t>> {
    let named = |names: &[&str]| names.iter().filter_map(|name| expand(name)).collect::<Vec<String>>();
    let (predicates, classes) = (named(&LEFT_OUT), named(&CLASSES_LEFT_OUT));
    let byte_size = expand("dcat:byteSize");
    let is_left_out = |triple: &&TripleRef<'t>| match (triple.subject, triple.object) {
        (_, TermRef::NamedNode(class)) if classes.iter().any(|known| known == class.as_str()) => true,
        (NamedOrBlankNodeRef::NamedNode(subject), _) => subject.as_str().starts_with(TERMS_LEFT_OUT),
        _ => false,
    };
    let gone: HashSet<NamedOrBlankNodeRef<'t>> =
        triples.iter().filter(is_left_out).map(|triple| triple.subject).collect();
    let kept = triples.iter().filter(|triple| {
        !gone.contains(&triple.subject) && !predicates.iter().any(|name| name == triple.predicate.as_str())
    });
    kept.map(|triple| match triple.object {
        TermRef::Literal(size) if Some(triple.predicate.as_str()) == byte_size.as_deref() => {
            Adapted::Other(sized(*triple, size))
        }
        _ => Adapted::Same(*triple),
    })
    .collect()
}

/// A size as `xsd:decimal`.
fn sized(triple: TripleRef<'_>, size: LiteralRef<'_>) -> Triple {
    let decimal = Literal::new_typed_literal(size.value(), NamedNode::from(xsd::DECIMAL));
    Triple::new(triple.subject.into_owned(), triple.predicate.into_owned(), decimal)
}
