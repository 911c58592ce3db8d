//! The statements of one named graph, small: every term once.

use std::collections::{HashMap, HashSet};

use oxigraph::model::{NamedOrBlankNodeRef, Term, TermRef, Triple, TripleRef};

use super::order;

/// The statements of one named graph, in document order. A third of the size of as many triples.
#[derive(Debug)]
pub(super) struct Part {
    terms: Vec<Term>,
    /// Subject, predicate and object by their places, and whose they are.
    rows: Vec<([u32; 3], Whose)>,
}

/// Whose a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// About what belongs to this graph alone.
    Own,
    /// About what other graphs may tell about too: services, publisher, terms.
    Shared,
    /// Not for harvesters.
    Beside,
}

impl Part {
    /// The statements of a graph, and those beside that are not for harvesters; `base` is the root of our own IRIs, which
    /// come first. Is the graph `alone`, what is below its IRI is told about in other graphs too.
    pub(super) fn new(
        (graph, alone): (&str, bool),
        (mut triples, beside): (Vec<Triple>, Vec<Triple>),
        base: &str,
    ) -> Self {
        let mut beside: HashSet<Triple> = beside.into_iter().collect();
        for triple in &triples {
            beside.remove(triple);
        }
        triples.extend(beside.iter().cloned());
        order::sort(&mut triples, base);
        let mut places: HashMap<Term, u32> = HashMap::new();
        let mut terms = Vec::new();
        let mut place = |term: Term| {
            *places.entry(term).or_insert_with_key(|term| {
                terms.push(term.clone());
                // A graph of four thousand million terms fits into no memory.
                u32::try_from(terms.len() - 1).unwrap_or(u32::MAX)
            })
        };
        let mut rows = Vec::with_capacity(triples.len());
        for triple in triples {
            let whose = match triple.subject.as_ref().into() {
                _ if beside.contains(&triple) => Whose::Beside,
                subject if belongs(subject, graph, alone) => Whose::Own,
                _ => Whose::Shared,
            };
            let Triple { subject, predicate, object } = triple;
            rows.push(([place(subject.into()), place(predicate.into()), place(object)], whose));
        }
        rows.shrink_to_fit();
        terms.shrink_to_fit();
        Self { terms, rows }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = TripleRef<'_>> {
        self.rows.iter().filter_map(|(row, _)| self.statement(row))
    }

    /// Those about what belongs to this graph alone.
    pub(super) fn own(&self) -> impl Iterator<Item = TripleRef<'_>> {
        self.those(Whose::Own)
    }

    /// Those about what other graphs may tell about too: services, publisher, terms.
    pub(super) fn shared(&self) -> impl Iterator<Item = TripleRef<'_>> {
        self.those(Whose::Shared)
    }

    fn those(&self, whose: Whose) -> impl Iterator<Item = TripleRef<'_>> {
        self.rows.iter().filter(move |(_, own)| *own == whose).filter_map(|(row, _)| self.statement(row))
    }

    fn statement(&self, [subject, predicate, object]: &[u32; 3]) -> Option<TripleRef<'_>> {
        let term = |place: &u32| self.terms.get(*place as usize).map(Term::as_ref);
        let subject = match term(subject)? {
            TermRef::NamedNode(node) => NamedOrBlankNodeRef::NamedNode(node),
            TermRef::BlankNode(node) => NamedOrBlankNodeRef::BlankNode(node),
            TermRef::Literal(_) => return None,
        };
        let TermRef::NamedNode(predicate) = term(predicate)? else { return None };
        Some(TripleRef::new(subject, predicate, term(object)?))
    }
}

/// Whether a subject is the graph's own: its IRI, or one below it if the graph is not `alone`.
fn belongs(subject: TermRef<'_>, graph: &str, alone: bool) -> bool {
    let TermRef::NamedNode(node) = subject else { return false };
    node.as_str().strip_prefix(graph).is_some_and(|rest| rest.is_empty() || (!alone && rest.starts_with(['#', '/'])))
}
