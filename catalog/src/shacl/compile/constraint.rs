//! Constraints of a shape from the statements about it (SHACL Core, section 4).

use oxigraph::model::{Term, TermRef};
use regex::RegexBuilder;

use super::{
    super::shapes::{Bound, Constraint, NodeKinds, Qualified, ShapeId},
    Compiler, SH, wrong,
};
use crate::Result;

/// Properties that are no constraints: targets, texts, and parameters that another property reads.
const OTHERS: [&str; 23] = [
    "targetNode",
    "targetClass",
    "targetSubjectsOf",
    "targetObjectsOf",
    "path",
    "severity",
    "message",
    "deactivated",
    "name",
    "description",
    "order",
    "group",
    "defaultValue",
    "flags",
    "ignoredProperties",
    "qualifiedMinCount",
    "qualifiedMaxCount",
    "qualifiedValueShapesDisjoint",
    "inversePath",
    "alternativePath",
    "zeroOrMorePath",
    "oneOrMorePath",
    "zeroOrOnePath",
];
/// A pattern that is written by a stranger may not become a big machine.
const BIGGEST_PATTERN: usize = 1 << 20;

/// Constraints that only property shapes may have (section 4, each with its own table).
const OF_PROPERTIES: [&str; 6] =
    ["minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape"];

/// The constraints of a shape.
pub(super) fn all(compiler: &mut Compiler<'_>, node: &Term, is_property: bool) -> Result<Vec<Constraint>> {
    let mut constraints = Vec::new();
    let names = compiler.names(node);
    let is_read =
        |name: &&String| !OTHERS.contains(&name.as_str()) && (is_property || !OF_PROPERTIES.contains(&name.as_str()));
    for name in names.iter().filter(is_read) {
        for value in compiler.all(node, name) {
            let parameter = (name.as_str(), &value);
            let found = match of_shapes(compiler, node, parameter)? {
                Some(found) => Some(found),
                None => of_values(compiler, node, parameter)?,
            };
            if found.is_none() && !is_off(name) {
                compiler.passed_over.insert(name.clone());
            }
            constraints.extend(found);
        }
    }
    Ok(constraints)
}

/// Switches that are off say nothing.
fn is_off(name: &str) -> bool {
    matches!(name, "closed" | "uniqueLang")
}

/// Constraints that name other shapes.
fn of_shapes(compiler: &mut Compiler<'_>, node: &Term, (name, value): (&str, &Term)) -> Result<Option<Constraint>> {
    Ok(Some(match name {
        "not" => Constraint::Not(compiler.shape(value)?),
        "node" => Constraint::Node(compiler.shape(value)?),
        "and" => Constraint::And(shapes(compiler, value)?),
        "or" => Constraint::Or(shapes(compiler, value)?),
        "xone" => Constraint::Xone(shapes(compiler, value)?),
        "property" => {
            if compiler.one(value, "path").is_none() {
                return Err(wrong(value, "a property shape needs sh:path"));
            }
            Constraint::Property(compiler.shape(value)?)
        }
        "qualifiedValueShape" => Constraint::Qualified(Qualified {
            shape: compiler.shape(value)?,
            min: count(compiler.one(node, "qualifiedMinCount").as_ref()),
            max: count(compiler.one(node, "qualifiedMaxCount").as_ref()),
            siblings: siblings(compiler, node, value)?,
        }),
        _ => return Ok(None),
    }))
}

/// The shapes of a list.
fn shapes(compiler: &mut Compiler<'_>, list: &Term) -> Result<Vec<ShapeId>> {
    let nodes = compiler.list(list)?;
    nodes.iter().map(|node| compiler.shape(node)).collect()
}

/// The other qualified shapes of the shapes that have this property, where they shall be disjoint (section 4.7.3).
fn siblings(compiler: &mut Compiler<'_>, node: &Term, own: &Term) -> Result<Vec<ShapeId>> {
    if !compiler.is_true(node, "qualifiedValueShapesDisjoint") {
        return Ok(Vec::new());
    }
    let mut siblings = Vec::new();
    for parent in compiler.having("property", node) {
        for property in compiler.all(&parent, "property") {
            for shape in compiler.all(&property, "qualifiedValueShape") {
                if shape != *own {
                    siblings.push(compiler.shape(&shape)?);
                }
            }
        }
    }
    Ok(siblings)
}

/// Constraints that look at values alone.
fn of_values(compiler: &mut Compiler<'_>, node: &Term, (name, value): (&str, &Term)) -> Result<Option<Constraint>> {
    let number = || count(Some(value));
    Ok(match name {
        "class" => Some(Constraint::Class(compiler.id(value))),
        "datatype" => Some(Constraint::Datatype(compiler.id(value))),
        "nodeKind" => node_kinds(value).map(Constraint::NodeKind),
        "minCount" => number().map(Constraint::MinCount),
        "maxCount" => number().map(Constraint::MaxCount),
        "minLength" => number().map(Constraint::MinLength),
        "maxLength" => number().map(Constraint::MaxLength),
        "minExclusive" => Some(Constraint::Bound(Bound::MinExclusive, compiler.id(value))),
        "minInclusive" => Some(Constraint::Bound(Bound::MinInclusive, compiler.id(value))),
        "maxExclusive" => Some(Constraint::Bound(Bound::MaxExclusive, compiler.id(value))),
        "maxInclusive" => Some(Constraint::Bound(Bound::MaxInclusive, compiler.id(value))),
        "pattern" => Some(pattern(compiler, node, value)?),
        "languageIn" => {
            let ranges = compiler.list(value)?;
            Some(Constraint::LanguageIn(ranges.iter().map(|range| text(range).to_lowercase()).collect()))
        }
        "uniqueLang" => is_true(value).then_some(Constraint::UniqueLang),
        "equals" => Some(Constraint::Equals(compiler.id(value))),
        "disjoint" => Some(Constraint::Disjoint(compiler.id(value))),
        "lessThan" => Some(Constraint::LessThan(compiler.id(value))),
        "lessThanOrEquals" => Some(Constraint::LessThanOrEquals(compiler.id(value))),
        "hasValue" => Some(Constraint::HasValue(compiler.id(value))),
        "in" => {
            let members = compiler.list(value)?;
            Some(Constraint::In(members.iter().map(|member| compiler.id(member)).collect()))
        }
        "closed" if is_true(value) => Some(closed(compiler, node)?),
        _ => None,
    })
}

/// The properties that a closed shape knows: those of its property shapes, and those it ignores.
fn closed(compiler: &mut Compiler<'_>, node: &Term) -> Result<Constraint> {
    let mut known = Vec::new();
    for property in compiler.all(node, "property") {
        if let Some(path @ Term::NamedNode(_)) = compiler.one(&property, "path") {
            known.push(compiler.id(&path));
        }
    }
    for list in compiler.all(node, "ignoredProperties") {
        for property in compiler.list(&list)? {
            known.push(compiler.id(&property));
        }
    }
    Ok(Constraint::Closed(known))
}

/// A regular expression with the flags that SPARQL knows (`XPath` and `XQuery` Functions 3.1, section 5.6.2).
fn pattern(compiler: &Compiler<'_>, node: &Term, value: &Term) -> Result<Constraint> {
    let flags = compiler.one(node, "flags");
    let flags = flags.as_ref().map(text).unwrap_or_default();
    let is_on = |flag| flags.contains(flag);
    let written = if is_on('q') { regex::escape(text(value)) } else { text(value).to_owned() };
    let built = RegexBuilder::new(&written)
        .case_insensitive(is_on('i'))
        .multi_line(is_on('m'))
        .dot_matches_new_line(is_on('s'))
        .ignore_whitespace(is_on('x'))
        .size_limit(BIGGEST_PATTERN)
        .build();
    built.map(Constraint::Pattern).map_err(|error| wrong(node, &format!("its pattern cannot be read: {error}")))
}

fn node_kinds(value: &Term) -> Option<NodeKinds> {
    let Term::NamedNode(kind) = value else { return None };
    let (iri, blank, literal) = match kind.as_str().strip_prefix(SH)? {
        "IRI" => (true, false, false),
        "BlankNode" => (false, true, false),
        "Literal" => (false, false, true),
        "BlankNodeOrIRI" => (true, true, false),
        "BlankNodeOrLiteral" => (false, true, true),
        "IRIOrLiteral" => (true, false, true),
        _ => return None,
    };
    Some(NodeKinds { iri, blank, literal })
}

fn is_true(value: &Term) -> bool {
    // The term `true` and no other way to write that value (uniqueLang-002 of W3C's cases).
    text(value) == "true"
}

fn count(value: Option<&Term>) -> Option<usize> {
    value.and_then(|value| text(value).parse().ok())
}

/// The text of a literal or IRI.
fn text(term: &Term) -> &str {
    match term.as_ref() {
        TermRef::NamedNode(node) => node.as_str(),
        TermRef::BlankNode(node) => node.as_str(),
        TermRef::Literal(literal) => literal.value(),
    }
}
