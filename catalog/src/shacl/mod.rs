//! SHACL Core (W3C Recommendation of 2017-07-20): whether statements keep shapes.
//!
//! Without SHACL-SPARQL, without inference but for `rdfs:subClassOf` in the data, and without fetching anything.

mod check;
mod compile;
mod facts;
mod path;
mod report;
mod result;
mod shapes;
mod value;

pub use result::{Component, ShapeResult, ShapeSeverity};
pub use shapes::Shapes;

use oxigraph::model::{TermRef, TripleRef};

use self::{check::Checker, facts::Facts};

impl Shapes {
    /// Holds statements against the shapes: every result, in an order that depends on nothing but both.
    pub fn validate<'t>(&'t self, triples: impl IntoIterator<Item = TripleRef<'t>>) -> Vec<ShapeResult> {
        self.validate_where(triples, &|_, _| true)
    }

    /// The same at the focus nodes alone that are of concern to a shape with a target, by its place.
    pub fn validate_where<'t>(
        &'t self,
        triples: impl IntoIterator<Item = TripleRef<'t>>,
        is_concerned: &dyn Fn(usize, TermRef<'_>) -> bool,
    ) -> Vec<ShapeResult> {
        let facts = Facts::new(&self.terms, triples);
        let raw = Checker::new(self, &facts).all(is_concerned);
        report::results(self, &facts, &raw)
    }
}

#[cfg(test)]
mod tests;
