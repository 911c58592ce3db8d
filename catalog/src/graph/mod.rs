//! The RDF view of the catalogue: derived, one named graph per dataset, rebuildable from manifests.

mod dump;
mod json_ld;
mod order;
mod page;
mod part;
mod query;

pub use dump::RdfFormat;
pub use query::{QueryAnswer, QueryError, ResultFormat};

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{Arc, OnceLock},
};

use config::{Config, DatasetId};
use oxigraph::{
    io::{RdfFormat as Syntax, RdfParser, RdfSerializer},
    model::{GraphName, NamedNode, Quad, Triple, TripleRef},
    store::Store as Quads,
};

use self::part::Part;
use crate::{
    Entry, Error, Result,
    validation::{MetadataFinding, Validator},
    vocab::{
        dcat_ap_no,
        fdk::{self, Adapted},
        service,
    },
};

/// The RDF view of one snapshot. Cheap to clone.
#[derive(Clone)]
pub struct Graph {
    inner: Arc<Inner>,
}

struct Inner {
    /// Root of our own IRIs, which come first in documents; empty where it is not known.
    base: String,
    /// Statements by the IRI of their named graph, with a stamp of what they were made from.
    graphs: BTreeMap<String, (String, Arc<Part>)>,
    /// Graphs of datasets that are described elsewhere, and stay out of the catalogue's document.
    elsewhere: BTreeSet<String>,
    /// The indexed form, made by the first query: the server process never needs it.
    store: OnceLock<Quads>,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph").field("graphs", &self.inner.graphs.len()).finish_non_exhaustive()
    }
}

impl Graph {
    /// Builds the graph of the whole catalogue: one named graph for the catalogue, `{base}catalog`, and one for each
    /// dataset, `{base}d/{id}`. Of `before`, a graph of the same configuration, what has not changed is taken over.
    pub fn build(config: &Config, datasets: &BTreeMap<DatasetId, Entry>, before: Option<&Self>) -> Result<Self> {
        let base = config.base_url.to_string();
        let catalogue = dcat_ap_no::catalogue_iri(config);
        let part = Part::new((&catalogue, true), (dcat_ap_no::catalogue(config, datasets)?, Vec::new()), &base);
        let mut graphs = BTreeMap::from([(catalogue, (String::new(), Arc::new(part)))]);
        for (id, entry) in datasets {
            let (iri, stamp) = (dcat_ap_no::dataset_iri(config, id), entry.stamp());
            let known = before.and_then(|before| before.inner.graphs.get(&iri)).filter(|(known, _)| *known == stamp);
            let part = if let Some((_, part)) = known {
                Arc::clone(part)
            } else {
                let told = (dcat_ap_no::dataset(config, entry)?, dcat_ap_no::versions(config, entry)?);
                Arc::new(Part::new((&iri, false), told, &base))
            };
            graphs.insert(iri, (stamp, part));
        }
        let elsewhere = datasets.iter().filter(|(_, entry)| !dcat_ap_no::is_described_here(entry));
        let elsewhere = elsewhere.map(|(id, _)| dcat_ap_no::dataset_iri(config, id)).collect();
        Ok(Self::new(base, graphs, elsewhere))
    }

    fn new(base: String, graphs: BTreeMap<String, (String, Arc<Part>)>, elsewhere: BTreeSet<String>) -> Self {
        Self { inner: Arc::new(Inner { base, graphs, elsewhere, store: OnceLock::new() }) }
    }

    fn parts(&self) -> impl Iterator<Item = (&String, &Part)> {
        self.inner.graphs.iter().map(|(iri, (_, part))| (iri, part.as_ref()))
    }

    /// The whole catalogue as one document, statements in a stable order; without datasets whose metadata have their home
    /// elsewhere, so that nobody harvests them twice.
    pub fn catalogue(&self, format: RdfFormat) -> Result<Vec<u8>> {
        dump::write(self.harvested(), format)
    }

    /// What others harvest, in a stable order: catalogue, datasets, and then what several of them tell about.
    fn harvested(&self) -> impl Iterator<Item = TripleRef<'_>> {
        let here = || self.parts().filter(|(iri, _)| !self.inner.elsewhere.contains(*iri)).map(|(_, part)| part);
        let shared: HashSet<TripleRef<'_>> = here().flat_map(Part::shared).collect();
        let mut shared: Vec<TripleRef<'_>> = shared.into_iter().collect();
        order::sort_borrowed(&mut shared, &self.inner.base);
        here().flat_map(Part::own).chain(shared)
    }

    /// The same as data.norge.no checks it today, by DCAT-AP-NO 2.0.0.
    pub fn catalogue_for_fdk(&self, format: RdfFormat) -> Result<Vec<u8>> {
        let harvested: Vec<TripleRef<'_>> = self.harvested().collect();
        dump::write(fdk::adapted(&harvested).iter().map(Adapted::as_ref), format)
    }

    /// What of the catalogue does not keep the profiles that the validator knows.
    pub fn findings(&self, validator: &Validator, config: &Config) -> Vec<MetadataFinding> {
        validator.validate(&self.harvested().collect::<Vec<_>>(), Some(config))
    }

    /// One dataset as a document; `None` if it is not in the graph.
    pub fn dataset(&self, dataset: &DatasetId, format: RdfFormat) -> Result<Option<Vec<u8>>> {
        let iri = format!("{}d/{dataset}", self.inner.base);
        self.inner.graphs.get(&iri).map(|(_, part)| dump::write(part.all(), format)).transpose()
    }

    /// What the SPARQL service at a base answers about, as Service Description and `VoID`.
    pub fn service(&self, base: &str, format: RdfFormat) -> Result<Vec<u8>> {
        let graphs = self.parts().map(|(iri, part)| (iri.as_str(), part.len()));
        let mut triples = service::describe(base, graphs)?;
        order::sort(&mut triples, base);
        dump::write(triples.iter().map(Triple::as_ref), format)
    }

    /// Statements in the whole catalogue.
    pub fn statements(&self) -> usize {
        self.parts().map(|(_, part)| part.len()).sum()
    }

    /// Everything as N-Quads, to hand to a worker process.
    pub fn to_nquads(&self) -> Result<Vec<u8>> {
        let mut serializer = RdfSerializer::from_format(Syntax::NQuads).for_writer(Vec::new());
        for (graph, part) in self.parts() {
            let graph = GraphName::from(NamedNode::new_unchecked(graph));
            for triple in part.all() {
                serializer.serialize_quad(triple.in_graph(graph.as_ref()))?;
            }
        }
        Ok(serializer.finish()?)
    }

    /// A graph from N-Quads, in a worker process. The base is unknown there, so documents made from such a graph are
    /// ordered by plain IRI.
    pub fn from_nquads(bytes: &[u8]) -> Result<Self> {
        let mut graphs: BTreeMap<String, Vec<Triple>> = BTreeMap::new();
        for quad in RdfParser::from_format(Syntax::NQuads).for_slice(bytes) {
            let quad = quad.map_err(|error| Error::Graph(error.to_string()))?;
            if let GraphName::NamedNode(graph) = &quad.graph_name {
                graphs.entry(graph.as_str().to_owned()).or_default().push(quad.into());
            }
        }
        let part = |(iri, triples): (String, Vec<Triple>)| {
            let part = Part::new((&iri, false), (triples, Vec::new()), "");
            (iri, (String::new(), Arc::new(part)))
        };
        Ok(Self::new(String::new(), graphs.into_iter().map(part).collect(), BTreeSet::new()))
    }

    /// Evaluates a read-only SPARQL query over the union of all named graphs. An answer longer than `max_bytes` is an
    /// error. Call this in a worker process only: the evaluator can neither be bounded nor stopped from inside.
    pub fn query(
        &self,
        text: &str,
        format: ResultFormat,
        max_bytes: u64,
    ) -> std::result::Result<QueryAnswer, QueryError> {
        query::evaluate(self.store()?, text, format, max_bytes)
    }

    /// Builds the indexed form, so that the first query does not wait for it.
    pub fn warm(&self) -> std::result::Result<(), QueryError> {
        self.store().map(|_| ())
    }

    /// Every triple is in its named graph and in the default graph: a statement that several datasets make then counts
    /// once, as it must in a union of graphs.
    fn store(&self) -> std::result::Result<&Quads, QueryError> {
        if let Some(store) = self.inner.store.get() {
            return Ok(store);
        }
        let failed = |error: oxigraph::store::StorageError| QueryError::Evaluation(error.to_string());
        let store = Quads::new().map_err(failed)?;
        let quads = self.parts().flat_map(|(graph, part)| {
            let graph = GraphName::from(NamedNode::new_unchecked(graph));
            part.all().map(TripleRef::into_owned).flat_map(move |triple| -> [Quad; 2] {
                [triple.clone().in_graph(graph.clone()), triple.in_graph(GraphName::DefaultGraph)]
            })
        });
        store.extend(quads).map_err(failed)?;
        Ok(self.inner.store.get_or_init(|| store))
    }
}

#[cfg(test)]
mod tests;
