//! SPARQL over the graph.

/// The form of a SPARQL answer: solutions and truth values in the first four, triples in the RDF ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResultFormat {
    /// SPARQL 1.1 Query Results JSON; triples as N-Triples.
    Json,
    /// SPARQL Query Results XML; triples as RDF/XML.
    Xml,
    /// CSV; triples as Turtle.
    Csv,
    /// TSV; triples as Turtle.
    Tsv,
    /// Triples as Turtle; solutions as JSON.
    Turtle,
}

/// A SPARQL answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryAnswer {
    /// Media type of the body.
    pub media_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}
