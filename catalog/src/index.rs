//! Search over titles, descriptions, keywords and columns: a small in-memory index, so that lists and search never
//! go through SPARQL.

use config::{DatasetId, Language};

use crate::Entry;

/// The search index of one snapshot.
#[derive(Debug, Default)]
pub struct Search {}

/// A dataset found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The dataset.
    pub dataset: DatasetId,
    /// Higher is better.
    pub score: f32,
}

impl Search {
    /// Indexes the datasets.
    pub fn build<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let _ = entries.count();
        todo!()
    }

    /// Datasets that match every word of the query (prefixes count), best first; all of them for an empty query.
    pub fn find(&self, query: &str, language: Language) -> Vec<Hit> {
        let _ = (query, language);
        todo!()
    }
}
