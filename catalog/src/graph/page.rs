//! The catalogue a page at a time, as a partial view of Hydra (<http://www.w3.org/ns/hydra/core>): for harvesters that
//! cannot take it in one piece.

use std::collections::HashSet;

use oxigraph::model::{Literal, NamedNode, Triple, TripleRef, vocab::rdf, vocab::xsd};

use super::{Graph, RdfFormat, dump, order};
use crate::Result;

const HYDRA: &str = "http://www.w3.org/ns/hydra/core#";
/// Datasets in a page.
const DATASETS: usize = 100;

impl Graph {
    /// A page of the catalogue, counted from 1; the first one is there even if there is no dataset, later ones are `None`
    /// beyond the last. Every page describes the catalogue itself and links to the datasets that it holds alone.
    pub fn catalogue_page(&self, page: usize, format: RdfFormat) -> Result<Option<Vec<u8>>> {
        let catalogue = format!("{}catalog", self.inner.base);
        let harvested = || self.parts().filter(|(iri, _)| !self.inner.elsewhere.contains(*iri));
        let datasets: Vec<&str> = harvested().map(|(iri, _)| iri.as_str()).filter(|iri| *iri != catalogue).collect();
        let last = datasets.len().div_ceil(DATASETS).max(1);
        let Some(chosen) = page.checked_sub(1).filter(|_| page <= last).map(|before| before * DATASETS) else {
            return Ok(None);
        };
        let chosen: HashSet<&str> = datasets.iter().copied().skip(chosen).take(DATASETS).collect();
        let view = view(&catalogue, (page, last), datasets.len(), format);
        let here = || harvested().filter(|(iri, _)| **iri == catalogue || chosen.contains(iri.as_str()));
        let is_told = |triple: &TripleRef<'_>| is_link_within(*triple, &chosen);
        let shared: HashSet<TripleRef<'_>> = here().flat_map(|(_, part)| part.shared()).filter(is_told).collect();
        let mut shared: Vec<TripleRef<'_>> = shared.into_iter().collect();
        order::sort_borrowed(&mut shared, &self.inner.base);
        let own = here().flat_map(|(_, part)| part.own()).filter(is_told);
        dump::write(own.chain(shared).chain(view.iter().map(Triple::as_ref)), format).map(Some)
    }
}

/// Whether a statement is no link to a dataset of another page.
fn is_link_within(triple: TripleRef<'_>, chosen: &HashSet<&str>) -> bool {
    let links = ["http://www.w3.org/ns/dcat#dataset", "http://www.w3.org/ns/dcat#servesDataset"];
    !links.contains(&triple.predicate.as_str())
        || matches!(triple.object, oxigraph::model::TermRef::NamedNode(dataset) if chosen.contains(dataset.as_str()))
}

/// What a page says of itself: how many datasets there are, and where the other pages are.
fn view(catalogue: &str, (page, last): (usize, usize), datasets: usize, format: RdfFormat) -> Vec<Triple> {
    let node = |iri: String| NamedNode::new_unchecked(iri);
    let hydra = |name: &str| node(format!("{HYDRA}{name}"));
    let address = |page: usize| node(format!("{catalogue}.{}?page={page}", format.extension()));
    let (own, total) = (address(page), Literal::new_typed_literal(datasets.to_string(), xsd::INTEGER));
    let mut view = vec![
        Triple::new(own.clone(), rdf::TYPE, hydra("PartialCollectionView")),
        Triple::new(own.clone(), hydra("totalItems"), total),
    ];
    let previous = page.checked_sub(1).filter(|before| *before > 0);
    let next = (page < last).then_some(page + 1);
    for (name, other) in [("first", Some(1)), ("previous", previous), ("next", next), ("last", Some(last))] {
        view.extend(other.map(|other| Triple::new(own.clone(), hydra(name), address(other))));
    }
    view
}
