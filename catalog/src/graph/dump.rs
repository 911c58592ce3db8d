//! Serialisations of the graph.

use oxigraph::{
    io::{RdfFormat as Syntax, RdfSerializer},
    model::TripleRef,
};

use crate::{Error, Result, vocab::PREFIXES};

/// An RDF serialisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RdfFormat {
    /// Turtle.
    Turtle,
    /// JSON-LD, compact, with an inline context.
    JsonLd,
    /// RDF/XML.
    RdfXml,
    /// N-Triples.
    NTriples,
}

impl RdfFormat {
    /// Every serialisation.
    pub const ALL: [Self; 4] = [Self::Turtle, Self::JsonLd, Self::RdfXml, Self::NTriples];

    /// File name extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Turtle => "ttl",
            Self::JsonLd => "jsonld",
            Self::RdfXml => "rdf",
            Self::NTriples => "nt",
        }
    }

    /// IANA media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Turtle => "text/turtle",
            Self::JsonLd => "application/ld+json",
            Self::RdfXml => "application/rdf+xml",
            Self::NTriples => "application/n-triples",
        }
    }
}

/// Writes triples in the order given.
pub(super) fn write<'t>(triples: impl Iterator<Item = TripleRef<'t>>, format: RdfFormat) -> Result<Vec<u8>> {
    let syntax = match format {
        RdfFormat::JsonLd => return super::json_ld::write(triples),
        RdfFormat::Turtle => Syntax::Turtle,
        RdfFormat::RdfXml => Syntax::RdfXml,
        RdfFormat::NTriples => Syntax::NTriples,
    };
    let mut serializer = RdfSerializer::from_format(syntax);
    // The RDF/XML writer declares this one by itself.
    for (prefix, namespace) in PREFIXES.into_iter().filter(|(prefix, _)| *prefix != "rdf") {
        serializer = serializer.with_prefix(prefix, namespace).map_err(|error| Error::Graph(error.to_string()))?;
    }
    let mut serializer = serializer.for_writer(Vec::new());
    for triple in triples {
        serializer.serialize_triple(triple)?;
    }
    let mut bytes = serializer.finish()?;
    if bytes.last() != Some(&b'\n') {
        bytes.push(b'\n');
    }
    Ok(bytes)
}
