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

use oxigraph::model::Triple;

use self::{check::Checker, facts::Facts};

impl Shapes {
    /// Holds statements against the shapes: every result, in an order that depends on nothing but both.
    pub fn validate<'t>(&'t self, triples: impl IntoIterator<Item = &'t Triple>) -> Vec<ShapeResult> {
        let facts = Facts::new(&self.terms, triples);
        let raw = Checker::new(self, &facts).all();
        report::results(self, &facts, &raw)
    }
}

#[cfg(test)]
mod tests;
