//! Shapes from the statements of a shapes graph.

mod constraint;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use oxigraph::model::{Graph, NamedNode, NamedOrBlankNode, Term, TermRef, Triple, vocab::rdf, vocab::rdfs};

use super::{
    facts::Id,
    shapes::{Path, Shape, ShapeId, Shapes, Target},
};
use crate::{Error, Result};

pub(super) const SH: &str = "http://www.w3.org/ns/shacl#";
/// Deepest nesting of shapes, paths and lists that is read.
const DEEPEST: usize = 50;
/// Most elements of a list.
const LONGEST_LIST: usize = 10_000;

impl Shapes {
    /// Compiles a shapes graph.
    ///
    /// # Errors
    /// `Shapes` says which shape is no shape of SHACL Core, and why.
    pub fn read<'t>(triples: impl IntoIterator<Item = &'t Triple>) -> Result<Self> {
        let mut shapes = Self::default();
        shapes.add(triples)?;
        Ok(shapes)
    }

    /// Compiles one more shapes graph, whose shapes have nothing to do with those before, though the statements are indexed
    /// for all of them together. Gives the place of its first shape.
    ///
    /// # Errors
    /// As [`Shapes::read`].
    pub fn add<'t>(&mut self, triples: impl IntoIterator<Item = &'t Triple>) -> Result<usize> {
        let mut graph = Graph::new();
        graph.extend(triples);
        let first = self.list.len();
        let mut compiler = Compiler::new(&graph, std::mem::take(self));
        for node in compiler.targeted() {
            compiler.shape(&node)?;
        }
        let Compiler { terms, shapes, passed_over, .. } = compiler;
        *self = Self { terms, list: shapes, passed_over: passed_over.into_iter().collect() };
        Ok(first)
    }
}

/// Turns nodes of a shapes graph into shapes.
pub(super) struct Compiler<'g> {
    graph: &'g Graph,
    terms: Vec<Term>,
    ids: HashMap<Term, Id>,
    shapes: Vec<Shape>,
    known: HashMap<Term, ShapeId>,
    pub(super) passed_over: BTreeSet<String>,
    depth: usize,
}

impl<'g> Compiler<'g> {
    fn new(graph: &'g Graph, before: Shapes) -> Self {
        let ids = (0..).zip(&before.terms).map(|(id, term)| (term.clone(), id)).collect();
        Self {
            graph,
            terms: before.terms,
            ids,
            shapes: before.list,
            known: HashMap::new(),
            passed_over: before.passed_over.into_iter().collect(),
            depth: 0,
        }
    }

    /// Shapes that have a target of their own, in a stable order.
    fn targeted(&self) -> Vec<Term> {
        let mut found = BTreeMap::new();
        for triple in self.graph {
            let by_target = triple.predicate.as_str().strip_prefix(SH).is_some_and(|name| {
                matches!(name, "targetNode" | "targetClass" | "targetSubjectsOf" | "targetObjectsOf")
            });
            let by_class = triple.predicate == rdf::TYPE
                && TermRef::from(rdfs::CLASS) == triple.object
                && ["NodeShape", "PropertyShape"].iter().any(|kind| self.is_a(&triple.subject.into_owned(), kind));
            if by_target || by_class {
                let subject: Term = triple.subject.into_owned().into();
                found.insert(subject.to_string(), subject);
            }
        }
        found.into_values().collect()
    }

    fn is_a(&self, node: &NamedOrBlankNode, kind: &str) -> bool {
        let class = NamedNode::new_unchecked(format!("{SH}{kind}"));
        self.graph
            .objects_for_subject_predicate(node.as_ref(), rdf::TYPE)
            .any(|known| known == TermRef::from(class.as_ref()))
    }

    /// The place of the shape that a node is, compiled when it is first asked for.
    pub(super) fn shape(&mut self, node: &Term) -> Result<ShapeId> {
        if let Some(known) = self.known.get(node) {
            return Ok(*known);
        }
        let (place, id) = (self.shapes.len(), self.id(node));
        self.known.insert(node.clone(), place);
        self.shapes.push(Shape { node: id, ..Shape::default() });
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(wrong(node, "shapes are nested more than 50 deep"));
        }
        let shape = self.compiled(node)?;
        self.depth -= 1;
        if let Some(slot) = self.shapes.get_mut(place) {
            *slot = shape;
        }
        Ok(place)
    }

    fn compiled(&mut self, node: &Term) -> Result<Shape> {
        let path = self.one(node, "path").map(|path| self.path(&path, 0)).transpose()?;
        let severity = self.one(node, "severity").map(|severity| self.id(&severity));
        let messages = self.all(node, "message").iter().map(|message| self.id(message)).collect();
        let deactivated = self.is_true(node, "deactivated");
        let targets = self.targets(node);
        let constraints = constraint::all(self, node, path.is_some())?;
        Ok(Shape { node: self.id(node), path, targets, constraints, severity, messages, deactivated })
    }

    fn targets(&mut self, node: &Term) -> Vec<Target> {
        type Kind = (&'static str, fn(Id) -> Target);
        let mut targets = Vec::new();
        let kinds: [Kind; 4] = [
            ("targetNode", Target::Node),
            ("targetClass", Target::Class),
            ("targetSubjectsOf", Target::SubjectsOf),
            ("targetObjectsOf", Target::ObjectsOf),
        ];
        for (name, kind) in kinds {
            for target in self.all(node, name) {
                targets.push(kind(self.id(&target)));
            }
        }
        let class = Term::from(rdfs::CLASS.into_owned());
        if self.values(node, rdf::TYPE.as_str()).contains(&class) {
            targets.push(Target::Class(self.id(node)));
        }
        targets
    }

    fn path(&mut self, node: &Term, depth: usize) -> Result<Path> {
        type Kind = (&'static str, fn(Box<Path>) -> Path);
        if depth > DEEPEST {
            return Err(wrong(node, "its path is nested more than 50 deep"));
        }
        if let Term::NamedNode(_) = node {
            return Ok(Path::Predicate(self.id(node)));
        }
        if !self.values(node, rdf::FIRST.as_str()).is_empty() {
            return self.paths(node, depth).map(Path::Sequence);
        }
        if let Some(list) = self.one(node, "alternativePath") {
            return self.paths(&list, depth).map(Path::Alternative);
        }
        let kinds: [Kind; 4] = [
            ("inversePath", Path::Inverse),
            ("zeroOrMorePath", Path::ZeroOrMore),
            ("oneOrMorePath", Path::OneOrMore),
            ("zeroOrOnePath", Path::ZeroOrOne),
        ];
        for (name, kind) in kinds {
            if let Some(inner) = self.one(node, name) {
                return Ok(kind(Box::new(self.path(&inner, depth + 1)?)));
            }
        }
        Err(wrong(node, "it is no path"))
    }

    fn paths(&mut self, list: &Term, depth: usize) -> Result<Vec<Path>> {
        let steps = self.list(list)?;
        steps.iter().map(|step| self.path(step, depth + 1)).collect()
    }

    /// The number of a term.
    pub(super) fn id(&mut self, term: &Term) -> Id {
        if let Some(id) = self.ids.get(term) {
            return *id;
        }
        let id = Id::try_from(self.terms.len()).unwrap_or(Id::MAX);
        self.terms.push(term.clone());
        self.ids.insert(term.clone(), id);
        id
    }

    /// The elements of an RDF list.
    pub(super) fn list(&mut self, head: &Term) -> Result<Vec<Term>> {
        let (mut elements, mut at) = (Vec::new(), head.clone());
        while at != Term::from(rdf::NIL.into_owned()) {
            let first = self.values(&at, rdf::FIRST.as_str()).pop();
            let rest = self.values(&at, rdf::REST.as_str()).pop();
            let Some((first, rest)) = first.zip(rest).filter(|_| elements.len() < LONGEST_LIST) else {
                return Err(wrong(head, "its list has no end"));
            };
            elements.push(first);
            at = rest;
        }
        Ok(elements)
    }

    /// The values of a property of SHACL, in a stable order.
    pub(super) fn all(&self, node: &Term, name: &str) -> Vec<Term> {
        self.values(node, &format!("{SH}{name}"))
    }

    /// The first value of a property of SHACL.
    pub(super) fn one(&self, node: &Term, name: &str) -> Option<Term> {
        self.all(node, name).into_iter().next()
    }

    /// Whether a property of SHACL is `true`.
    pub(super) fn is_true(&self, node: &Term, name: &str) -> bool {
        self.all(node, name).iter().any(|value| matches!(value, Term::Literal(flag) if flag.value() == "true"))
    }

    /// Names of the properties of SHACL that a node has, each once.
    pub(super) fn names(&self, node: &Term) -> BTreeSet<String> {
        let Some(subject) = subject(node) else { return BTreeSet::new() };
        let names = self
            .graph
            .triples_for_subject(subject.as_ref())
            .filter_map(|triple| triple.predicate.as_str().strip_prefix(SH));
        names.map(str::to_owned).collect()
    }

    fn values(&self, node: &Term, property: &str) -> Vec<Term> {
        let Some(subject) = subject(node) else { return Vec::new() };
        let property = NamedNode::new_unchecked(property);
        let found = self.graph.objects_for_subject_predicate(subject.as_ref(), property.as_ref());
        let mut values: Vec<Term> = found.map(TermRef::into_owned).collect();
        values.sort_by_cached_key(ToString::to_string);
        values
    }

    /// The nodes that have a value of a property of SHACL.
    pub(super) fn having(&self, name: &str, value: &Term) -> Vec<Term> {
        let property = NamedNode::new_unchecked(format!("{SH}{name}"));
        let found = self.graph.subjects_for_predicate_object(property.as_ref(), value.as_ref());
        let mut nodes: Vec<Term> = found.map(|node| node.into_owned().into()).collect();
        nodes.sort_by_cached_key(ToString::to_string);
        nodes
    }
}

/// Why a node is no shape.
fn wrong(node: &Term, why: &str) -> Error {
    Error::Shapes { shape: node.to_string(), reason: why.to_owned() }
}

fn subject(node: &Term) -> Option<NamedOrBlankNode> {
    match node {
        Term::NamedNode(node) => Some(node.clone().into()),
        Term::BlankNode(node) => Some(node.clone().into()),
        Term::Literal(_) => None,
    }
}
