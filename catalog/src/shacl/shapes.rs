//! Shapes, compiled: what SHACL Core calls shapes, targets, paths and constraints (W3C Recommendation of 2017-07-20).

use oxigraph::model::Term;
use regex::Regex;

use super::facts::Id;

/// The shapes of one shapes graph.
#[derive(Debug, Default)]
pub struct Shapes {
    /// Terms by their number.
    pub(super) terms: Vec<Term>,
    /// All shapes, by their place.
    pub(super) list: Vec<Shape>,
    /// Properties of the SHACL namespace that are no constraint of SHACL Core, each once: slips of the pen mostly.
    pub(super) passed_over: Vec<String>,
}

impl Shapes {
    /// Properties of the SHACL namespace that stand in the shapes and mean nothing, each once.
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// Shapes, those within others included.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Shapes that say themselves what they are about.
    pub fn targeted(&self) -> usize {
        self.list.iter().filter(|shape| !shape.targets.is_empty()).count()
    }
}

/// The place of a shape in [`Shapes`].
pub(super) type ShapeId = usize;

/// A node shape, or a property shape if it has a path.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// The shape as a term.
    pub(super) node: Id,
    /// From the focus node to the values; without one the focus node is the value.
    pub(super) path: Option<Path>,
    pub(super) targets: Vec<Target>,
    pub(super) constraints: Vec<Constraint>,
    /// `sh:severity`; `None` for a violation.
    pub(super) severity: Option<Id>,
    /// `sh:message`: literals.
    pub(super) messages: Vec<Id>,
    pub(super) deactivated: bool,
}

/// What a shape is about (section 2.1.3).
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    Node(Id),
    Class(Id),
    SubjectsOf(Id),
    ObjectsOf(Id),
}

/// From a focus node to values (section 2.3.1).
#[derive(Debug, Clone)]
pub(super) enum Path {
    Predicate(Id),
    Inverse(Box<Path>),
    Sequence(Vec<Path>),
    Alternative(Vec<Path>),
    ZeroOrMore(Box<Path>),
    OneOrMore(Box<Path>),
    ZeroOrOne(Box<Path>),
}

/// `sh:nodeKind` (section 4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeKinds {
    pub(super) iri: bool,
    pub(super) blank: bool,
    pub(super) literal: bool,
}

/// One bound of values (section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    MinExclusive,
    MinInclusive,
    MaxExclusive,
    MaxInclusive,
}

/// How many values must keep a shape (section 4.7.3).
#[derive(Debug, Clone)]
pub(super) struct Qualified {
    pub(super) shape: ShapeId,
    pub(super) min: Option<usize>,
    pub(super) max: Option<usize>,
    /// Values that keep one of these do not count.
    pub(super) siblings: Vec<ShapeId>,
}

/// A constraint of SHACL Core (section 4).
#[derive(Debug)]
pub(super) enum Constraint {
    Class(Id),
    Datatype(Id),
    NodeKind(NodeKinds),
    MinCount(usize),
    MaxCount(usize),
    Bound(Bound, Id),
    MinLength(usize),
    MaxLength(usize),
    Pattern(Regex),
    LanguageIn(Vec<String>),
    UniqueLang,
    Equals(Id),
    Disjoint(Id),
    LessThan(Id),
    LessThanOrEquals(Id),
    Not(ShapeId),
    And(Vec<ShapeId>),
    Or(Vec<ShapeId>),
    Xone(Vec<ShapeId>),
    Node(ShapeId),
    Property(ShapeId),
    Qualified(Qualified),
    /// Properties that may be used.
    Closed(Vec<Id>),
    HasValue(Id),
    In(Vec<Id>),
}
