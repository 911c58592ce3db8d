//! The catalogue as data.norge.no checks it today, by the shapes of DCAT-AP-NO 2.0.0: the same statements without those
//! that its checker rejects, and sizes in the datatype that it wants.

use oxigraph::model::{Literal, NamedNode, NamedOrBlankNode, Term, Triple, vocab::xsd};

use super::prefix::expand;

/// Statements that version 2 has other rules for: distribution status is one of other terms there, a checksum must be
/// SHA-1, themes of a catalogue must be terms of a theme and not their scheme; and the checker cuts each dataset out, so
/// that the other datasets of a service are nothing that it knows.
const LEFT_OUT: [&str; 4] = ["adms:status", "spdx:checksum", "dcat:themeTaxonomy", "dcat:servesDataset"];
/// Classes of what only those statements lead to; and laws, which must have a type of the EU there once they have a class.
const CLASSES_LEFT_OUT: [&str; 3] = ["spdx:Checksum", "spdx:ChecksumAlgorithm", "eli:LegalResource"];
/// Terms that only those statements lead to.
const TERMS_LEFT_OUT: &str = "http://publications.europa.eu/resource/authority/distribution-status/";

/// The statements for data.norge.no, in their order.
pub(crate) fn adapted(triples: &[Triple]) -> Vec<Triple> {
    let named = |names: &[&str]| names.iter().filter_map(|name| expand(name)).collect::<Vec<String>>();
    let (predicates, classes) = (named(&LEFT_OUT), named(&CLASSES_LEFT_OUT));
    let byte_size = expand("dcat:byteSize");
    let is_left_out = |triple: &Triple| match (&triple.subject, &triple.object) {
        (_, Term::NamedNode(class)) if classes.iter().any(|known| known == class.as_str()) => true,
        (NamedOrBlankNode::NamedNode(subject), _) => subject.as_str().starts_with(TERMS_LEFT_OUT),
        _ => false,
    };
    let gone: std::collections::HashSet<&NamedOrBlankNode> =
        triples.iter().filter(|triple| is_left_out(triple)).map(|triple| &triple.subject).collect();
    let kept = triples.iter().filter(|triple| {
        !gone.contains(&triple.subject) && !predicates.iter().any(|name| name == triple.predicate.as_str())
    });
    kept.map(
        |triple| if Some(triple.predicate.as_str()) == byte_size.as_deref() { sized(triple) } else { triple.clone() },
    )
    .collect()
}

/// A size as `xsd:decimal`.
fn sized(triple: &Triple) -> Triple {
    let Term::Literal(size) = &triple.object else { return triple.clone() };
    let decimal = Literal::new_typed_literal(size.value(), NamedNode::from(xsd::DECIMAL));
    Triple::new(triple.subject.clone(), triple.predicate.clone(), decimal)
}
