//! The RDF view of the catalogue: derived, one named graph per dataset, rebuildable from manifests.

mod dump;
mod query;

pub use dump::RdfFormat;
pub use query::{QueryAnswer, ResultFormat};

use std::collections::BTreeMap;

use config::{Config, DatasetId};
use oxigraph::store::Store as Quads;

use crate::{Entry, Result};

/// The RDF view of one snapshot.
#[derive(Clone)]
pub struct Graph {
    #[expect(dead_code, reason = "skeleton")]
    quads: Quads,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Graph")
    }
}

impl Graph {
    /// Builds the graph of the whole catalogue.
    pub fn build(config: &Config, datasets: &BTreeMap<DatasetId, Entry>) -> Result<Self> {
        let _ = (config, datasets);
        todo!()
    }

    /// The whole catalogue as one document, statements in a stable order.
    pub fn catalogue(&self, format: RdfFormat) -> Result<Vec<u8>> {
        let _ = format;
        todo!()
    }

    /// One dataset as a document; `None` if it is not in the graph.
    pub fn dataset(&self, dataset: &DatasetId, format: RdfFormat) -> Result<Option<Vec<u8>>> {
        let _ = (dataset, format);
        todo!()
    }

    /// Everything as N-Quads, to hand to a worker process.
    pub fn to_nquads(&self) -> Result<Vec<u8>> {
        todo!()
    }

    /// A graph from N-Quads, in a worker process.
    pub fn from_nquads(bytes: &[u8]) -> Result<Self> {
        let _ = bytes;
        todo!()
    }

    /// Evaluates a read-only SPARQL query over the union of all named graphs and the default graph. Call this in a
    /// worker process only: the evaluator can neither be bounded nor stopped from inside.
    pub fn query(&self, text: &str, format: ResultFormat) -> Result<QueryAnswer> {
        let _ = (text, format);
        todo!()
    }
}
