//! Filters written again, in both encodings.

use serde_json::{Value, json};

use super::super::ast::{Edge, Expr, Literal, Op, Period, Place, Relation, Subject};

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn sign(op: Op) -> &'static str {
    Op::SIGNS.iter().find(|(_, known)| *known == op).unwrap().0
}

fn relation(relation: Relation) -> &'static str {
    Relation::NAMES.iter().find(|(_, known)| *known == relation).unwrap().0
}

fn time(text: &str) -> String {
    let name = if text.len() == 10 { "DATE" } else { "TIMESTAMP" };
    format!("{name}({})", quoted(text))
}

fn subject(subject: &Subject) -> String {
    let name = format!("\"{}\"", subject.property.name);
    if subject.folded { format!("CASEI({name})") } else { name }
}

fn literal(value: &Literal, folded: bool) -> String {
    match value {
        Literal::Text(text) if folded => format!("CASEI({})", quoted(text)),
        Literal::Text(text) => quoted(text),
        Literal::Number(number) => number.clone(),
        Literal::Boolean(truth) => truth.to_string(),
        Literal::Time(text) => time(text),
    }
}

fn period(period: &Period) -> String {
    let edge = |edge: &Edge| match edge {
        Edge::Open => "'..'".to_owned(),
        Edge::Time(text) => quoted(text),
        Edge::Property(property) => property.name.clone(),
    };
    format!("INTERVAL({},{})", edge(&period.start), edge(&period.end))
}

fn place(place: &Place) -> String {
    match place {
        Place::Bbox(numbers) => {
            format!("BBOX({})", numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(","))
        }
        Place::Geometry(geometry) => {
            let mut out = String::new();
            geometry.write_wkt(&mut out);
            out
        }
    }
}

fn joined(parts: &[Expr], word: &str) -> String {
    parts.iter().map(|part| format!("({})", text(part))).collect::<Vec<_>>().join(word)
}

/// As CQL2 text.
pub(super) fn text(expression: &Expr) -> String {
    match expression {
        Expr::Literal(truth) => truth.to_string().to_uppercase(),
        Expr::And(parts) => joined(parts, " AND "),
        Expr::Or(parts) => joined(parts, " OR "),
        Expr::Not(inner) => format!("NOT ({})", text(inner)),
        Expr::Compare(left, op, right) => format!("{} {} {}", subject(left), sign(*op), literal(right, left.folded)),
        Expr::Like(left, pattern) => {
            format!("{} LIKE {}", subject(left), literal(&Literal::Text(pattern.clone()), left.folded))
        }
        Expr::Between(name, low, high) => {
            format!("{} BETWEEN {} AND {}", name.name, literal(low, false), literal(high, false))
        }
        Expr::In(left, values) => {
            let values: Vec<String> = values.iter().map(|value| literal(value, left.folded)).collect();
            format!("{} IN ({})", subject(left), values.join(", "))
        }
        Expr::IsNull(name) => format!("{} IS NULL", name.name),
        Expr::Intersects(name, other) => format!("S_INTERSECTS({}, {})", name.name, place(other)),
        Expr::Temporal(kind, a, b) => format!("{}({}, {})", relation(*kind).to_uppercase(), period(a), period(b)),
    }
}

fn operation(op: &str, args: &[Value]) -> Value {
    json!({ "op": op, "args": args })
}

fn json_subject(subject: &Subject) -> Value {
    let name = json!({ "property": subject.property.name });
    if subject.folded { operation("casei", &[name]) } else { name }
}

fn json_literal(value: &Literal, folded: bool) -> Value {
    match value {
        Literal::Text(text) if folded => operation("casei", &[json!(text)]),
        Literal::Text(text) => json!(text),
        Literal::Number(number) => serde_json::from_str(number).unwrap(),
        Literal::Boolean(truth) => json!(truth),
        Literal::Time(text) if text.len() == 10 => json!({ "date": text }),
        Literal::Time(text) => json!({ "timestamp": text }),
    }
}

fn json_period(period: &Period) -> Value {
    let edge = |edge: &Edge| match edge {
        Edge::Open => json!(".."),
        Edge::Time(text) => json!(text),
        Edge::Property(property) => json!({ "property": property.name }),
    };
    json!({ "interval": [edge(&period.start), edge(&period.end)] })
}

/// As CQL2 JSON.
pub(super) fn json(expression: &Expr) -> Value {
    let each = |parts: &[Expr]| parts.iter().map(json).collect::<Vec<_>>();
    match expression {
        Expr::Literal(truth) => json!(truth),
        Expr::And(parts) => operation("and", &each(parts)),
        Expr::Or(parts) => operation("or", &each(parts)),
        Expr::Not(inner) => operation("not", &[json(inner)]),
        Expr::Compare(left, op, right) => operation(sign(*op), &[json_subject(left), json_literal(right, left.folded)]),
        Expr::Like(left, pattern) => {
            let pattern = json_literal(&Literal::Text(pattern.clone()), left.folded);
            operation("like", &[json_subject(left), pattern])
        }
        Expr::Between(name, low, high) => {
            let name = json!({ "property": name.name });
            operation("between", &[name, json_literal(low, false), json_literal(high, false)])
        }
        Expr::In(left, values) => {
            let values: Vec<Value> = values.iter().map(|value| json_literal(value, left.folded)).collect();
            operation("in", &[json_subject(left), json!(values)])
        }
        Expr::IsNull(name) => operation("isNull", &[json!({ "property": name.name })]),
        Expr::Intersects(name, other) => {
            let place = match other {
                Place::Bbox(numbers) => json!({ "bbox": numbers }),
                Place::Geometry(geometry) => geometry.to_geojson(),
            };
            operation("s_intersects", &[json!({ "property": name.name }), place])
        }
        Expr::Temporal(kind, a, b) => operation(relation(*kind), &[json_period(a), json_period(b)]),
    }
}
