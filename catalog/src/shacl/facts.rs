//! Statements indexed for validation: terms are numbers, and both directions of a property are found by halving.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use oxigraph::model::{Term, TermRef, TripleRef};

/// The number of a term, of shapes and data alike.
pub(super) type Id = u32;

/// The statements of one graph. Borrows every term.
pub(super) struct Facts<'t> {
    ids: HashMap<TermRef<'t>, Id, FixedState>,
    terms: Vec<TermRef<'t>>,
    /// Subject, predicate, object; sorted.
    forward: Vec<[Id; 3]>,
    /// Predicate, object, subject; sorted.
    backward: Vec<[Id; 3]>,
}

impl<'t> Facts<'t> {
    /// The statements, where `known` terms have their places as numbers.
    pub(super) fn new(known: &'t [Term], triples: impl IntoIterator<Item = TripleRef<'t>>) -> Self {
        let mut facts = Self {
            ids: HashMap::with_hasher(FixedState::default()),
            terms: Vec::new(),
            forward: Vec::new(),
            backward: Vec::new(),
        };
        for term in known {
            facts.number(term.as_ref());
        }
        for triple in triples {
            let subject = facts.number(triple.subject.into());
            let predicate = facts.number(triple.predicate.into());
            let object = facts.number(triple.object);
            facts.forward.push([subject, predicate, object]);
        }
        facts.forward.sort_unstable();
        facts.forward.dedup();
        facts.backward =
            facts.forward.iter().map(|[subject, predicate, object]| [*predicate, *object, *subject]).collect();
        facts.backward.sort_unstable();
        facts
    }

    fn number(&mut self, term: TermRef<'t>) -> Id {
        // A graph of four thousand million terms does not fit into any memory that this runs in.
        let next = Id::try_from(self.terms.len()).unwrap_or(Id::MAX);
        let id = *self.ids.entry(term).or_insert(next);
        if id == next {
            self.terms.push(term);
        }
        id
    }

    /// The number of a term, if the graph or the shapes have it.
    pub(super) fn id(&self, term: TermRef<'t>) -> Option<Id> {
        self.ids.get(&term).copied()
    }

    /// A term by its number.
    pub(super) fn term(&self, id: Id) -> Option<TermRef<'t>> {
        self.terms.get(id as usize).copied()
    }

    /// All statements about a subject.
    pub(super) fn about(&self, subject: Id) -> &[[Id; 3]] {
        slice(&self.forward, |row| row[0].cmp(&subject))
    }

    /// The values of a property.
    pub(super) fn objects(&self, subject: Id, predicate: Id) -> impl Iterator<Item = Id> + '_ {
        slice(&self.forward, move |row| (row[0], row[1]).cmp(&(subject, predicate))).iter().map(|row| row[2])
    }

    /// What has a value of a property.
    pub(super) fn subjects(&self, predicate: Id, object: Id) -> impl Iterator<Item = Id> + '_ {
        slice(&self.backward, move |row| (row[0], row[1]).cmp(&(predicate, object))).iter().map(|row| row[2])
    }

    /// Whether a statement is made.
    pub(super) fn says(&self, subject: Id, predicate: Id, object: Id) -> bool {
        self.forward.binary_search(&[subject, predicate, object]).is_ok()
    }

    /// Objects and subjects of a property.
    pub(super) fn uses(&self, predicate: Id) -> impl Iterator<Item = (Id, Id)> + '_ {
        slice(&self.backward, move |row| row[0].cmp(&predicate)).iter().map(|row| (row[1], row[2]))
    }
}

/// The rows that compare as equal, of sorted ones.
fn slice(rows: &[[Id; 3]], compare: impl Fn(&[Id; 3]) -> std::cmp::Ordering) -> &[[Id; 3]] {
    let start = rows.partition_point(|row| compare(row).is_lt());
    let rest = rows.get(start..).unwrap_or_default();
    let end = rest.partition_point(|row| compare(row).is_eq());
    rest.get(..end).unwrap_or_default()
}
