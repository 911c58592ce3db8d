//! Holds statements against shapes (SHACL Core, sections 3 and 4).

use std::{cell::RefCell, cmp::Ordering};

use oxigraph::model::{LiteralRef, TermRef, vocab::rdf, vocab::rdfs};

use super::{
    facts::{Facts, Id},
    result::Component,
    shapes::{Bound, Constraint, NodeKinds, Qualified, Shape, ShapeId, Shapes, Target},
    value,
};

/// Shapes within shapes that are followed at once.
const DEEPEST: usize = 200;

/// One result, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) focus: Id,
    /// A predicate that stands for the path of its shape: a closed shape has none of its own.
    pub(super) predicate: Option<Id>,
    pub(super) value: Option<Id>,
    pub(super) component: Component,
    /// The shape with the target.
    pub(super) target: ShapeId,
    /// Whose constraint it is.
    pub(super) shape: ShapeId,
    /// Which of the shape's constraints.
    pub(super) constraint: usize,
}

/// Statements, shapes, and what both have in common.
pub(super) struct Checker<'a> {
    shapes: &'a Shapes,
    facts: &'a Facts<'a>,
    kind: Option<Id>,
    narrower: Option<Id>,
    /// Shapes and nodes that are being looked at: a shape that needs itself is kept where nothing else is against it.
    open: RefCell<Vec<(ShapeId, Id)>>,
}

/// One constraint at one focus node.
struct At<'a> {
    focus: Id,
    values: &'a [Id],
    shape: ShapeId,
    constraint: usize,
}

impl At<'_> {
    fn result(&self, component: Component, value: Option<Id>) -> Raw {
        Raw {
            focus: self.focus,
            predicate: None,
            value,
            component,
            target: self.shape,
            shape: self.shape,
            constraint: self.constraint,
        }
    }
}

impl<'a> Checker<'a> {
    pub(super) fn new(shapes: &'a Shapes, facts: &'a Facts<'a>) -> Self {
        let id = |node| facts.id(TermRef::NamedNode(node));
        Self { shapes, facts, kind: id(rdf::TYPE), narrower: id(rdfs::SUB_CLASS_OF), open: RefCell::default() }
    }

    /// Every result of every shape that has a target, at the focus nodes that are of concern.
    pub(super) fn all(&self, is_concerned: &dyn Fn(ShapeId, TermRef<'_>) -> bool) -> Vec<Raw> {
        let mut results = Vec::new();
        for (place, shape) in self.shapes.list.iter().enumerate() {
            for focus in self.targets(shape) {
                if self.facts.term(focus).is_some_and(|term| is_concerned(place, term)) {
                    let before = results.len();
                    self.shape(place, focus, &mut results);
                    results.iter_mut().skip(before).for_each(|result| result.target = place);
                }
            }
        }
        results
    }

    fn targets(&self, shape: &Shape) -> Vec<Id> {
        let mut nodes = Vec::new();
        for target in &shape.targets {
            match *target {
                Target::Node(node) => nodes.push(node),
                Target::Class(class) => nodes.extend(self.instances(class)),
                Target::SubjectsOf(property) => nodes.extend(self.facts.uses(property).map(|(_, subject)| subject)),
                Target::ObjectsOf(property) => nodes.extend(self.facts.uses(property).map(|(object, _)| object)),
            }
        }
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// The instances of a class and of what is narrower.
    fn instances(&self, class: Id) -> Vec<Id> {
        let Some(kind) = self.kind else { return Vec::new() };
        let mut classes = vec![class];
        let mut at = 0;
        while let Some((class, narrower)) = classes.get(at).copied().zip(self.narrower) {
            let new: Vec<Id> = self.facts.subjects(narrower, class).filter(|found| !classes.contains(found)).collect();
            classes.extend(new);
            at += 1;
        }
        classes.into_iter().flat_map(|class| self.facts.subjects(kind, class)).collect()
    }

    /// Whether a node is an instance of a class or of what is narrower.
    fn is_a(&self, node: Id, class: Id) -> bool {
        let Some(kind) = self.kind else { return false };
        if self.facts.says(node, kind, class) {
            return true;
        }
        let Some(narrower) = self.narrower else { return false };
        let mut classes: Vec<Id> = self.facts.objects(node, kind).collect();
        let mut at = 0;
        while let Some(known) = classes.get(at).copied() {
            let new: Vec<Id> = self.facts.objects(known, narrower).filter(|found| !classes.contains(found)).collect();
            classes.extend(new);
            at += 1;
        }
        classes.contains(&class)
    }

    fn shape(&self, place: ShapeId, focus: Id, results: &mut Vec<Raw>) {
        let Some(shape) = self.shapes.list.get(place).filter(|shape| !shape.deactivated) else { return };
        // What needs itself is kept where nothing else is against it; so is what needs more than a stack holds.
        if self.open.borrow().len() >= DEEPEST || self.open.borrow().contains(&(place, focus)) {
            return;
        }
        self.open.borrow_mut().push((place, focus));
        let own = [focus];
        let reached = shape.path.as_ref().map(|path| self.facts.reached(path, focus));
        let values = reached.as_deref().unwrap_or(&own);
        for (constraint, kind) in shape.constraints.iter().enumerate() {
            self.constraint(kind, &At { focus, values, shape: place, constraint }, results);
        }
        self.open.borrow_mut().pop();
    }

    fn keeps(&self, shape: ShapeId, node: Id) -> bool {
        let mut results = Vec::new();
        self.shape(shape, node, &mut results);
        results.is_empty()
    }

    fn constraint(&self, constraint: &Constraint, at: &At<'_>, results: &mut Vec<Raw>) {
        let component = Component::of(constraint);
        let mut each = |fits: &dyn Fn(Id) -> bool| {
            let wrong = at.values.iter().filter(|value| !fits(**value));
            results.extend(wrong.map(|value| at.result(component, Some(*value))));
        };
        match constraint {
            Constraint::Class(class) => each(&|value| self.is_a(value, *class)),
            Constraint::Datatype(datatype) => each(&|value| self.is_of(value, *datatype)),
            Constraint::NodeKind(kinds) => each(&|value| self.is_kind(value, *kinds)),
            Constraint::Bound(bound, limit) => each(&|value| self.is_within(value, *bound, *limit)),
            Constraint::MinLength(least) => {
                each(&|value| self.text(value).is_some_and(|text| text.chars().count() >= *least));
            }
            Constraint::MaxLength(most) => {
                each(&|value| self.text(value).is_some_and(|text| text.chars().count() <= *most));
            }
            Constraint::Pattern(pattern) => each(&|value| self.text(value).is_some_and(|text| pattern.is_match(text))),
            Constraint::LanguageIn(ranges) => each(&|value| self.is_in_language(value, ranges)),
            Constraint::Not(shape) => each(&|value| !self.keeps(*shape, value)),
            Constraint::And(shapes) => each(&|value| shapes.iter().all(|shape| self.keeps(*shape, value))),
            Constraint::Or(shapes) => each(&|value| shapes.iter().any(|shape| self.keeps(*shape, value))),
            Constraint::Xone(shapes) => {
                each(&|value| shapes.iter().filter(|shape| self.keeps(**shape, value)).count() == 1);
            }
            Constraint::Node(shape) => each(&|value| self.keeps(*shape, value)),
            Constraint::In(members) => each(&|value| members.contains(&value)),
            Constraint::Property(shape) => at.values.iter().for_each(|value| self.shape(*shape, *value, results)),
            Constraint::Closed(known) => {
                results.extend(at.values.iter().flat_map(|value| self.unknown(*value, known, at)));
            }
            Constraint::Equals(_)
            | Constraint::Disjoint(_)
            | Constraint::LessThan(_)
            | Constraint::LessThanOrEquals(_) => {
                self.pair(constraint, at, results);
            }
            Constraint::MinCount(_)
            | Constraint::MaxCount(_)
            | Constraint::UniqueLang
            | Constraint::HasValue(_)
            | Constraint::Qualified(_) => self.together(constraint, at, results),
        }
    }

    /// Constraints on all values together.
    fn together(&self, constraint: &Constraint, at: &At<'_>, results: &mut Vec<Raw>) {
        let component = Component::of(constraint);
        match constraint {
            Constraint::MinCount(least) if at.values.len() < *least => results.push(at.result(component, None)),
            Constraint::MaxCount(most) if at.values.len() > *most => results.push(at.result(component, None)),
            Constraint::HasValue(wanted) if !at.values.contains(wanted) => results.push(at.result(component, None)),
            Constraint::UniqueLang => {
                results.extend((0..self.languages_used_twice(at.values)).map(|_| at.result(component, None)));
            }
            Constraint::Qualified(qualified) => self.qualified(qualified, at, results),
            _ => {}
        }
    }

    fn languages_used_twice(&self, values: &[Id]) -> usize {
        let mut languages: Vec<String> =
            values.iter().filter_map(|value| Some(self.literal(*value)?.language()?.to_lowercase())).collect();
        languages.sort_unstable();
        languages.chunk_by(|one, other| one == other).filter(|same| same.len() > 1).count()
    }

    fn qualified(&self, qualified: &Qualified, at: &At<'_>, results: &mut Vec<Raw>) {
        let counts = |value: &&Id| {
            self.keeps(qualified.shape, **value) && !qualified.siblings.iter().any(|shape| self.keeps(*shape, **value))
        };
        let count = at.values.iter().filter(counts).count();
        if qualified.min.is_some_and(|least| count < least) {
            results.push(at.result(Component::QualifiedMinCount, None));
        }
        if qualified.max.is_some_and(|most| count > most) {
            results.push(at.result(Component::QualifiedMaxCount, None));
        }
    }

    /// Constraints between the values of two properties (section 4.5).
    fn pair(&self, constraint: &Constraint, at: &At<'_>, results: &mut Vec<Raw>) {
        let component = Component::of(constraint);
        let (Constraint::Equals(other)
        | Constraint::Disjoint(other)
        | Constraint::LessThan(other)
        | Constraint::LessThanOrEquals(other)) = constraint
        else {
            return;
        };
        let others: Vec<Id> = self.facts.objects(at.focus, *other).collect();
        let mut push = |value: Id| results.push(at.result(component, Some(value)));
        match constraint {
            Constraint::Equals(_) => {
                at.values.iter().filter(|value| !others.contains(value)).for_each(|value| push(*value));
                others.iter().filter(|value| !at.values.contains(value)).for_each(|value| push(*value));
            }
            Constraint::Disjoint(_) => {
                at.values.iter().filter(|value| others.contains(value)).for_each(|value| push(*value));
            }
            _ => {
                let strictly = matches!(constraint, Constraint::LessThan(_));
                for (value, other) in
                    at.values.iter().flat_map(|value| others.iter().map(move |other| (*value, *other)))
                {
                    let order = self.compare(value, other);
                    if !(order == Some(Ordering::Less) || (!strictly && order == Some(Ordering::Equal))) {
                        push(value);
                    }
                }
            }
        }
    }

    /// Statements of a closed shape that use other properties.
    fn unknown(&self, node: Id, known: &[Id], at: &At<'_>) -> Vec<Raw> {
        let others = self.facts.about(node).iter().filter(|[_, predicate, _]| !known.contains(predicate));
        let result = |[_, predicate, object]: &[Id; 3]| Raw {
            predicate: Some(*predicate),
            ..at.result(Component::Closed, Some(*object))
        };
        others.map(result).collect()
    }

    fn is_of(&self, value: Id, datatype: Id) -> bool {
        let Some(literal) = self.literal(value) else { return false };
        self.facts.term(datatype) == Some(literal.datatype().into()) && value::is_well_formed(literal)
    }

    fn is_kind(&self, value: Id, kinds: NodeKinds) -> bool {
        match self.facts.term(value) {
            Some(TermRef::NamedNode(_)) => kinds.iri,
            Some(TermRef::BlankNode(_)) => kinds.blank,
            Some(TermRef::Literal(_)) => kinds.literal,
            None => false,
        }
    }

    fn is_within(&self, value: Id, bound: Bound, limit: Id) -> bool {
        let order = self.compare(value, limit);
        match bound {
            Bound::MinExclusive => order == Some(Ordering::Greater),
            Bound::MaxExclusive => order == Some(Ordering::Less),
            Bound::MinInclusive => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            Bound::MaxInclusive => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        }
    }

    fn compare(&self, one: Id, other: Id) -> Option<Ordering> {
        value::compare(self.literal(one)?, self.literal(other)?)
    }

    /// Whether the language of a text is one of the ranges (RFC 4647, section 3.3.1).
    fn is_in_language(&self, value: Id, ranges: &[String]) -> bool {
        let Some(language) = self.literal(value).and_then(LiteralRef::language) else { return false };
        let language = language.to_lowercase();
        ranges.iter().any(|range| {
            range == "*"
                || language.strip_prefix(range.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }

    fn literal(&self, value: Id) -> Option<LiteralRef<'a>> {
        match self.facts.term(value) {
            Some(TermRef::Literal(literal)) => Some(literal),
            _ => None,
        }
    }

    /// The text of a literal or IRI; a blank node has none.
    fn text(&self, value: Id) -> Option<&'a str> {
        match self.facts.term(value)? {
            TermRef::NamedNode(node) => Some(node.as_str()),
            TermRef::Literal(literal) => Some(literal.value()),
            TermRef::BlankNode(_) => None,
        }
    }
}
