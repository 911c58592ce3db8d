//! Results in words: bokmål, nynorsk and English.

use config::Text;
use oxigraph::model::Term;

use crate::{
    shacl::{Component, ShapeResult},
    vocab::compact,
};

/// What a result says, without the place to mend it.
pub(super) fn said(result: &ShapeResult) -> Text {
    let property = result.property.as_deref().map(short);
    let property = property.as_deref().or(result.path.as_deref()).unwrap_or_default();
    let value = result.value.as_ref().map(told).unwrap_or_default();
    let wanted = short(&result.wanted);
    let [nb, nn, en] = match result.component {
        Component::MinCount | Component::QualifiedMinCount => few(property, &wanted),
        Component::MaxCount | Component::QualifiedMaxCount => many(property, &wanted),
        Component::UniqueLang => [
            format!("{property} har flere tekster på samme språk"),
            format!("{property} har fleire tekstar på same språk"),
            format!("{property} has several texts in the same language"),
        ],
        Component::HasValue => [
            format!("{property} skal være {wanted}"),
            format!("{property} skal vere {wanted}"),
            format!("{property} must be {wanted}"),
        ],
        Component::Closed => [
            format!("{property} hører ikke hjemme her"),
            format!("{property} høyrer ikkje heime her"),
            format!("{property} does not belong here"),
        ],
        component => about_value(property, &value, kind(component), &wanted),
    };
    Text { nb, nn: Some(nn), en: Some(en) }
}

fn few(property: &str, wanted: &str) -> [String; 3] {
    if wanted == "1" {
        return [format!("{property} mangler"), format!("{property} manglar"), format!("{property} is missing")];
    }
    [
        format!("{property} skal finnes minst {wanted} ganger"),
        format!("{property} skal finnast minst {wanted} gonger"),
        format!("{property} must be there at least {wanted} times"),
    ]
}

fn many(property: &str, wanted: &str) -> [String; 3] {
    [
        format!("{property} finnes for mange ganger; høyst {wanted} er tillatt"),
        format!("{property} finst for mange gonger; høgst {wanted} er tillate"),
        format!("{property} is there too often; at most {wanted} is allowed"),
    ]
}

/// What a value should be, before what the constraint wants.
fn kind(component: Component) -> [&'static str; 3] {
    match component {
        Component::Class => ["av klassen", "av klassen", "of the class"],
        Component::Datatype => ["en gyldig verdi av typen", "ein gyldig verdi av typen", "a valid value of the type"],
        Component::NodeKind => ["av slaget", "av slaget", "of the kind"],
        Component::Pattern => ["skrevet etter mønsteret", "skriven etter mønsteret", "written by the pattern"],
        Component::In => ["en av", "ein av", "one of"],
        Component::LanguageIn => ["på et av språkene", "på eit av språka", "in one of the languages"],
        Component::Not => ["annerledes enn formen", "annleis enn forma", "other than the shape"],
        Component::MinLength => ["minst så lang:", "minst så lang:", "at least this long:"],
        Component::MaxLength => ["høyst så lang:", "høgst så lang:", "at most this long:"],
        Component::MinExclusive => ["større enn", "større enn", "greater than"],
        Component::MinInclusive => ["minst", "minst", "at least"],
        Component::MaxExclusive | Component::LessThan => ["mindre enn", "mindre enn", "less than"],
        Component::MaxInclusive | Component::LessThanOrEquals => ["høyst", "høgst", "at most"],
        Component::Equals => ["lik", "lik", "equal to"],
        Component::Disjoint => ["ulik", "ulik", "different from"],
        Component::And => ["etter alle formene", "etter alle formene", "by all of the shapes"],
        Component::Or => ["etter en av formene", "etter ei av formene", "by one of the shapes"],
        Component::Xone => {
            ["etter nøyaktig én av formene", "etter nøyaktig ei av formene", "by exactly one of the shapes"]
        }
        Component::Node
        | Component::MinCount
        | Component::MaxCount
        | Component::QualifiedMinCount
        | Component::QualifiedMaxCount
        | Component::UniqueLang
        | Component::HasValue
        | Component::Closed
        | Component::Property => ["etter formen", "etter forma", "by the shape"],
    }
}

fn about_value(property: &str, value: &str, [nb, nn, en]: [&str; 3], wanted: &str) -> [String; 3] {
    let wanted = if wanted.is_empty() { String::new() } else { format!(" {wanted}") };
    let of = if property.is_empty() { String::new() } else { format!("{property}: ") };
    [
        format!("{of}{value} er ikke {nb}{wanted}"),
        format!("{of}{value} er ikkje {nn}{wanted}"),
        format!("{of}{value} is not {en}{wanted}"),
    ]
}

/// An IRI with its customary prefix, where there is one.
fn short(iri: &str) -> String {
    compact(iri).unwrap_or_else(|| iri.to_owned())
}

/// A term, short.
fn told(term: &Term) -> String {
    const LONGEST: usize = 120;
    let text = match term {
        Term::NamedNode(node) => short(node.as_str()),
        Term::BlankNode(_) => "[]".to_owned(),
        Term::Literal(literal) => format!("«{}»", literal.value()),
    };
    if text.chars().count() > LONGEST { text.chars().take(LONGEST).chain(['…']).collect() } else { text }
}
