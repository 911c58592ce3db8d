//! Results with their terms and texts.

use oxigraph::model::{Term, TermRef};

use super::{
    check::Raw,
    compile::SH,
    facts::{Facts, Id},
    result::{Component, ShapeResult, ShapeSeverity},
    shapes::{Constraint, Path, Shape, Shapes},
};

/// The results for people and programs, in a stable order.
pub(super) fn results(shapes: &Shapes, facts: &Facts<'_>, raw: &[Raw]) -> Vec<ShapeResult> {
    let mut results: Vec<ShapeResult> = raw.iter().filter_map(|raw| result(shapes, facts, raw)).collect();
    results.sort_by_cached_key(|result| {
        let ShapeResult { focus, path, value, component, .. } = result;
        let value = value.as_ref().map(ToString::to_string);
        (std::cmp::Reverse(result.severity), focus.to_string(), path.clone(), value, *component)
    });
    results
}

fn result(shapes: &Shapes, facts: &Facts<'_>, raw: &Raw) -> Option<ShapeResult> {
    let term = |id: Id| facts.term(id).map(TermRef::into_owned);
    let shape = shapes.list.get(raw.shape)?;
    let path = raw.predicate.map(Path::Predicate).or_else(|| shape.path.clone());
    let property = path.as_ref().and_then(|path| match path {
        Path::Predicate(predicate) => Some(facts.term(*predicate)?),
        _ => None,
    });
    Some(ShapeResult {
        focus: term(raw.focus)?,
        property: property.and_then(iri).map(str::to_owned),
        path: path.as_ref().map(|path| written(facts, path)),
        value: raw.value.and_then(term),
        component: raw.component,
        severity: severity(facts, shape),
        wanted: shape
            .constraints
            .get(raw.constraint)
            .map(|constraint| wanted(shapes, facts, constraint, raw.component))
            .unwrap_or_default(),
        target: raw.target,
        shape: term(shape.node)?,
        messages: shape.messages.iter().filter_map(|message| said(facts, *message)).collect(),
    })
}

fn severity(facts: &Facts<'_>, shape: &Shape) -> ShapeSeverity {
    let name = shape.severity.and_then(|severity| facts.term(severity)).and_then(iri);
    match name.and_then(|name| name.strip_prefix(SH)) {
        Some("Info") => ShapeSeverity::Info,
        Some("Warning") => ShapeSeverity::Warning,
        _ => ShapeSeverity::Violation,
    }
}

fn said(facts: &Facts<'_>, message: Id) -> Option<(String, String)> {
    let TermRef::Literal(text) = facts.term(message)? else { return None };
    Some((text.language().unwrap_or_default().to_owned(), text.value().to_owned()))
}

fn iri(term: TermRef<'_>) -> Option<&str> {
    match term {
        TermRef::NamedNode(node) => Some(node.as_str()),
        _ => None,
    }
}

/// A path as SPARQL 1.1 writes it (section 9.1).
fn written(facts: &Facts<'_>, path: &Path) -> String {
    let joined = |paths: &[Path], between: &str| {
        let parts: Vec<String> = paths.iter().map(|path| written(facts, path)).collect();
        if parts.len() == 1 { parts.concat() } else { format!("({})", parts.join(between)) }
    };
    match path {
        Path::Predicate(predicate) => facts.term(*predicate).map(|term| term.to_string()).unwrap_or_default(),
        Path::Inverse(inner) => format!("^{}", written(facts, inner)),
        Path::Sequence(paths) => joined(paths, "/"),
        Path::Alternative(paths) => joined(paths, "|"),
        Path::ZeroOrMore(inner) => format!("{}*", written(facts, inner)),
        Path::OneOrMore(inner) => format!("{}+", written(facts, inner)),
        Path::ZeroOrOne(inner) => format!("{}?", written(facts, inner)),
    }
}

/// What a constraint wants, as text.
fn wanted(shapes: &Shapes, facts: &Facts<'_>, constraint: &Constraint, component: Component) -> String {
    let plain = |id: &Id| match facts.term(*id) {
        Some(TermRef::Literal(literal)) => literal.value().to_owned(),
        Some(TermRef::NamedNode(node)) => node.as_str().to_owned(),
        Some(TermRef::BlankNode(_)) | None => String::new(),
    };
    let named = |shape: &usize| match shapes.list.get(*shape).and_then(|shape| shapes.terms.get(shape.node as usize)) {
        Some(Term::NamedNode(node)) => node.as_str().to_owned(),
        _ => String::new(),
    };
    match constraint {
        Constraint::Class(id)
        | Constraint::Datatype(id)
        | Constraint::Bound(_, id)
        | Constraint::Equals(id)
        | Constraint::Disjoint(id)
        | Constraint::LessThan(id)
        | Constraint::LessThanOrEquals(id)
        | Constraint::HasValue(id) => plain(id),
        Constraint::MinCount(count) | Constraint::MaxCount(count) => count.to_string(),
        Constraint::MinLength(length) | Constraint::MaxLength(length) => length.to_string(),
        Constraint::NodeKind(kinds) => {
            let known = [(kinds.iri, "IRI"), (kinds.blank, "blank node"), (kinds.literal, "literal")];
            known.iter().filter(|(is_on, _)| *is_on).map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
        }
        Constraint::Pattern(pattern) => pattern.as_str().to_owned(),
        Constraint::LanguageIn(ranges) => ranges.join(", "),
        Constraint::In(members) => members.iter().map(plain).collect::<Vec<_>>().join(", "),
        Constraint::Node(shape) | Constraint::Not(shape) => named(shape),
        Constraint::Qualified(qualified) => {
            let bound = if component == Component::QualifiedMaxCount { qualified.max } else { qualified.min };
            bound.map(|bound| bound.to_string()).unwrap_or_default()
        }
        Constraint::UniqueLang
        | Constraint::And(_)
        | Constraint::Or(_)
        | Constraint::Xone(_)
        | Constraint::Property(_)
        | Constraint::Closed(_) => String::new(),
    }
}
