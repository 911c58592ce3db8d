//! Compact JSON-LD 1.1, one object for each subject, with an inline context: nothing has to be fetched to read it.

use oxigraph::model::{NamedOrBlankNodeRef, TermRef, TripleRef, vocab::rdf, vocab::xsd};
use serde_json::{Map, Value, json};

use crate::{
    Error, Result,
    vocab::{PREFIXES, compact},
};

/// Predicates whose values are IRIs: these are written as plain texts.
const LINKS: [&str; 32] = [
    "adms:status",
    "dcat:accessService",
    "dcat:accessURL",
    "dcat:contactPoint",
    "dcat:dataset",
    "dcat:distribution",
    "dcat:downloadURL",
    "dcat:endpointDescription",
    "dcat:endpointURL",
    "dcat:landingPage",
    "dcat:mediaType",
    "dcat:servesDataset",
    "dcat:service",
    "dcat:theme",
    "dcat:themeTaxonomy",
    "dcatap:applicableLegislation",
    "dcatap:availability",
    "dct:accessRights",
    "dct:accrualPeriodicity",
    "dct:conformsTo",
    "dct:format",
    "dct:language",
    "dct:license",
    "dct:provenance",
    "dct:publisher",
    "dct:spatial",
    "dct:type",
    "foaf:homepage",
    "skos:inScheme",
    "spdx:algorithm",
    "spdx:checksum",
    "vcard:hasEmail",
];

/// Writes triples that are grouped by subject, one subject after the other: a line each.
pub(super) fn write<'t>(triples: impl Iterator<Item = TripleRef<'t>>) -> Result<Vec<u8>> {
    let failed = |error: serde_json::Error| Error::Graph(error.to_string());
    let mut bytes = b"{\n\"@context\": ".to_vec();
    serde_json::to_writer(&mut bytes, &context()).map_err(failed)?;
    bytes.extend_from_slice(b",\n\"@graph\": [");
    let (mut triples, mut between) = (triples.peekable(), "\n");
    while let Some(first) = triples.next() {
        let mut group = vec![first];
        while let Some(next) = triples.next_if(|next| next.subject == first.subject) {
            group.push(next);
        }
        if let Some(node) = node(&group) {
            bytes.extend_from_slice(between.as_bytes());
            serde_json::to_writer(&mut bytes, &node).map_err(failed)?;
            between = ",\n";
        }
    }
    bytes.extend_from_slice(b"\n]\n}\n");
    Ok(bytes)
}

fn context() -> Value {
    let prefixes = PREFIXES.iter().map(|(prefix, namespace)| ((*prefix).to_owned(), json!(namespace)));
    let links = LINKS.iter().map(|name| ((*name).to_owned(), json!({ "@type": "@id" })));
    Value::Object(prefixes.chain(links).collect())
}

/// One subject with everything said about it.
fn node(triples: &[TripleRef<'_>]) -> Option<Value> {
    let mut node = Map::new();
    node.insert("@id".to_owned(), json!(subject_text(triples.first()?.subject)));
    for group in triples.chunk_by(|a, b| a.predicate == b.predicate) {
        let predicate = group.first()?.predicate;
        let is_type = predicate == rdf::TYPE;
        let name = if is_type { "@type".to_owned() } else { short(predicate.as_str()) };
        let is_link = LINKS.contains(&name.as_str());
        let mut values: Vec<Value> = group
            .iter()
            .map(|triple| if is_type { class(triple.object) } else { value(triple.object, is_link) })
            .collect();
        let only = if values.len() == 1 { values.pop() } else { None };
        node.insert(name, only.unwrap_or(Value::Array(values)));
    }
    Some(Value::Object(node))
}

fn subject_text(subject: NamedOrBlankNodeRef<'_>) -> String {
    match subject {
        NamedOrBlankNodeRef::NamedNode(node) => node.as_str().to_owned(),
        NamedOrBlankNodeRef::BlankNode(node) => node.to_string(),
    }
}

fn short(iri: &str) -> String {
    compact(iri).unwrap_or_else(|| iri.to_owned())
}

fn class(term: TermRef<'_>) -> Value {
    match term {
        TermRef::NamedNode(node) => json!(short(node.as_str())),
        other => value(other, true),
    }
}

/// A value; `is_link` where the context says that plain texts are IRIs.
fn value(term: TermRef<'_>, is_link: bool) -> Value {
    match term {
        TermRef::NamedNode(node) if is_link => json!(node.as_str()),
        TermRef::NamedNode(node) => json!({ "@id": node.as_str() }),
        TermRef::BlankNode(node) => json!({ "@id": node.to_string() }),
        TermRef::Literal(literal) => match literal.language() {
            Some(tag) => json!({ "@language": tag, "@value": literal.value() }),
            None if literal.datatype() != xsd::STRING => {
                json!({ "@type": short(literal.datatype().as_str()), "@value": literal.value() })
            }
            None if is_link => json!({ "@value": literal.value() }),
            None => json!(literal.value()),
        },
    }
}
