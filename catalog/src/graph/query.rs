//! SPARQL over the graph.

use std::io::{self, Write};

use oxigraph::{
    model::Triple,
    sparql::{
        QueryEvaluationError, QueryResults, QuerySolutionIter, SparqlEvaluator,
        results::{QueryResultsFormat, QueryResultsSerializer},
    },
    store::Store,
};

use super::{RdfFormat, dump, order};

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
    /// Triples as JSON-LD; solutions as JSON.
    JsonLd,
}

impl ResultFormat {
    /// Every form.
    pub const ALL: [Self; 6] = [Self::Json, Self::Xml, Self::Csv, Self::Tsv, Self::Turtle, Self::JsonLd];

    fn solutions(self) -> QueryResultsFormat {
        match self {
            Self::Json | Self::Turtle | Self::JsonLd => QueryResultsFormat::Json,
            Self::Xml => QueryResultsFormat::Xml,
            Self::Csv => QueryResultsFormat::Csv,
            Self::Tsv => QueryResultsFormat::Tsv,
        }
    }

    fn triples(self) -> RdfFormat {
        match self {
            Self::Json => RdfFormat::NTriples,
            Self::Xml => RdfFormat::RdfXml,
            Self::Csv | Self::Tsv | Self::Turtle => RdfFormat::Turtle,
            Self::JsonLd => RdfFormat::JsonLd,
        }
    }
}

/// A SPARQL answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryAnswer {
    /// Media type of the body.
    pub media_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a SPARQL query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The text is not a SPARQL 1.1 query.
    #[error("{0}")]
    Syntax(String),
    /// The text is a SPARQL 1.1 update.
    #[error("The catalogue is read-only: updates are refused.")]
    Update,
    /// The query calls another server or a function that is not there.
    #[error("{0}")]
    Unsupported(String),
    /// The answer is longer than allowed.
    #[error("The answer is longer than {0} bytes.")]
    TooLarge(u64),
    /// The evaluation failed.
    #[error("{0}")]
    Evaluation(String),
}

impl QueryError {
    /// The stable code, a heading in `docs/errors.md`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "sparql-syntax",
            Self::Update => "sparql-update-refused",
            Self::Unsupported(_) => "sparql-unsupported",
            Self::TooLarge(_) => "sparql-too-large",
            Self::Evaluation(_) => "sparql-failed",
        }
    }
}

impl From<QueryEvaluationError> for QueryError {
    fn from(error: QueryEvaluationError) -> Self {
        match error {
            QueryEvaluationError::UnsupportedService(_)
            | QueryEvaluationError::InvalidServiceName(_)
            | QueryEvaluationError::UnboundService
            | QueryEvaluationError::Service(_) => {
                Self::Unsupported("SERVICE is refused: this endpoint asks no other server.".to_owned())
            }
            QueryEvaluationError::UnsupportedCustomFunction(_)
            | QueryEvaluationError::UnsupportedCustomFunctionArity { .. } => Self::Unsupported(error.to_string()),
            other => Self::Evaluation(other.to_string()),
        }
    }
}

/// Parses and evaluates a query and writes its whole answer.
pub(super) fn evaluate(
    store: &Store,
    text: &str,
    format: ResultFormat,
    max_bytes: u64,
) -> Result<QueryAnswer, QueryError> {
    let prepared = match SparqlEvaluator::new().parse_query(text) {
        Ok(prepared) => prepared,
        Err(_) if is_update(text) => return Err(QueryError::Update),
        Err(error) => return Err(QueryError::Syntax(error.to_string())),
    };
    let body = Capped { bytes: Vec::new(), max: max_bytes };
    let solutions = QueryResultsSerializer::from_format(format.solutions());
    match prepared.on_store(store).execute()? {
        QueryResults::Boolean(value) => {
            let body = solutions.serialize_boolean_to_writer(body, value).map_err(|e| capped(&e, max_bytes))?;
            Ok(QueryAnswer { media_type: format.solutions().media_type(), body: body.bytes })
        }
        QueryResults::Solutions(rows) => {
            let body = write_rows(solutions, rows, body)?;
            Ok(QueryAnswer { media_type: format.solutions().media_type(), body })
        }
        QueryResults::Graph(triples) => {
            let mut list = triples.collect::<Result<Vec<Triple>, _>>()?;
            order::sort(&mut list, "");
            let body = dump::write(list.iter().map(Triple::as_ref), format.triples())
                .map_err(|error| QueryError::Evaluation(error.to_string()))?;
            if body.len() as u64 > max_bytes {
                return Err(QueryError::TooLarge(max_bytes));
            }
            Ok(QueryAnswer { media_type: format.triples().media_type(), body })
        }
    }
}

fn write_rows(
    serializer: QueryResultsSerializer,
    rows: QuerySolutionIter<'_>,
    body: Capped,
) -> Result<Vec<u8>, QueryError> {
    let max = body.max;
    let failed = |error: io::Error| capped(&error, max);
    let mut writer = serializer.serialize_solutions_to_writer(body, rows.variables().to_vec()).map_err(failed)?;
    for row in rows {
        writer.serialize(&row?).map_err(failed)?;
    }
    Ok(writer.finish().map_err(failed)?.bytes)
}

fn is_update(text: &str) -> bool {
    SparqlEvaluator::new().parse_update(text).is_ok()
}

/// Writing to memory fails for one reason only: the cap.
fn capped(error: &io::Error, max: u64) -> QueryError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => QueryError::TooLarge(max),
        _ => QueryError::Evaluation(error.to_string()),
    }
}

/// A buffer that refuses to grow beyond a limit.
struct Capped {
    bytes: Vec<u8>,
    max: u64,
}

impl Write for Capped {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + data.len()) as u64 > self.max {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
