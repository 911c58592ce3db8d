//! CQL2 as JSON (OGC 21-065r2 annex C): operators with arguments, geometries as `GeoJSON`.

use catalog::table::Geometry;
use serde_json::{Map, Value};

use super::{
    MAX_DEPTH, MAX_ITEMS,
    ast::{At, Edge, Expr, Literal, Op, Period, Place, Property, Relation, Subject},
    refused, shape,
};
use crate::error::Problem;

type Read<T> = Result<T, Problem>;

/// A value of the document and its JSON pointer.
#[derive(Clone)]
struct Node<'a> {
    value: &'a Value,
    pointer: String,
}

/// Reads a filter; also says how many predicates it has.
pub(super) fn parse(filter: &str) -> Read<(Expr, usize)> {
    let document: Value = serde_json::from_str(filter).map_err(|error| {
        let line = error.line().saturating_sub(1);
        let before: usize = filter.split_inclusive('\n').take(line).map(|line| line.chars().count()).sum();
        refused(&At::Column(before + error.column()), "this is no JSON document")
    })?;
    let mut predicates = 0;
    let root = Node { value: &document, pointer: String::new() };
    let expression = root.condition(0, &mut predicates)?;
    Ok((expression, predicates))
}

impl<'a> Node<'a> {
    fn refused<T>(&self, what: &str) -> Read<T> {
        Err(refused(&At::Pointer(self.pointer.clone()), what))
    }

    fn child(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.get(key)?;
        Some(Node { value, pointer: format!("{}/{key}", self.pointer) })
    }

    fn items(&self) -> Read<Vec<Node<'a>>> {
        let Some(items) = self.value.as_array() else { return self.refused("a list must stand here") };
        if items.len() > MAX_ITEMS {
            return self.refused(&format!("a list has at most {MAX_ITEMS} items"));
        }
        let item = |(index, value)| Node { value, pointer: format!("{}/{index}", self.pointer) };
        Ok(items.iter().enumerate().map(item).collect())
    }

    fn object(&self) -> Option<&'a Map<String, Value>> {
        self.value.as_object()
    }

    /// The operator and its arguments.
    fn operation(&self) -> Read<(&'a str, Vec<Node<'a>>)> {
        let (op, args) = (self.value.get("op").and_then(Value::as_str), self.child("args"));
        match (op, args) {
            (Some(op), Some(args)) => Ok((op, args.items()?)),
            _ => self.refused("an object with 'op' and 'args' must stand here"),
        }
    }

    fn condition(&self, depth: usize, predicates: &mut usize) -> Read<Expr> {
        if depth > MAX_DEPTH {
            return self.refused(&format!("it is nested more than {MAX_DEPTH} deep"));
        }
        if let Some(truth) = self.value.as_bool() {
            *predicates += 1;
            return Ok(Expr::Literal(truth));
        }
        let (op, args) = self.operation()?;
        let mut inner = |args: &[Node<'a>]| {
            args.iter().map(|arg| arg.condition(depth + 1, predicates)).collect::<Read<Vec<Expr>>>()
        };
        match (op, args.as_slice()) {
            ("and", [_, _, ..]) => Ok(Expr::And(inner(&args)?)),
            ("or", [_, _, ..]) => Ok(Expr::Or(inner(&args)?)),
            ("not", [arg]) => Ok(Expr::Not(Box::new(arg.condition(depth + 1, predicates)?))),
            _ => {
                *predicates += 1;
                self.predicate(op, &args)
            }
        }
    }

    fn predicate(&self, op: &str, args: &[Node<'a>]) -> Read<Expr> {
        match (op, args) {
            ("like", [left, right]) => {
                let subject = left.subject()?;
                match right.value_for(&subject)? {
                    Literal::Text(pattern) => Ok(Expr::Like(subject, pattern)),
                    _ => right.refused("a pattern is a text"),
                }
            }
            ("between", [left, low, high]) => Ok(Expr::Between(left.property()?, low.literal()?.0, high.literal()?.0)),
            ("in", [left, list]) => {
                let subject = left.subject()?;
                let values = list.items()?.iter().map(|item| item.value_for(&subject)).collect::<Read<_>>()?;
                Ok(Expr::In(subject, values))
            }
            ("isNull", [property]) => Ok(Expr::IsNull(property.property()?)),
            ("s_intersects", [left, right]) => match right.place()? {
                Some(place) => Ok(Expr::Intersects(left.property()?, place)),
                None => match left.place()? {
                    Some(place) => Ok(Expr::Intersects(right.property()?, place)),
                    None => right.refused("a geometry or a box must stand here"),
                },
            },
            (name, [left, right]) => match (Op::of(name), Relation::of(name)) {
                (Some(op), _) => {
                    let subject = left.subject()?;
                    let value = right.value_for(&subject)?;
                    Ok(Expr::Compare(subject, op, value))
                }
                (None, Some(relation)) => Ok(Expr::Temporal(relation, left.period()?, right.period()?)),
                (None, None) => self.unknown(name),
            },
            (name, _) => self.unknown(name),
        }
    }

    fn unknown<T>(&self, name: &str) -> Read<T> {
        let name: String = name.chars().take(40).collect();
        self.refused(&format!("there is no operator '{name}' here, or not with so many arguments"))
    }

    fn subject(&self) -> Read<Subject> {
        match self.folded()? {
            Some(inner) => Ok(Subject { property: inner.property()?, folded: true }),
            None => Ok(Subject { property: self.property()?, folded: false }),
        }
    }

    /// What stands in `casei`, if that is here.
    fn folded(&self) -> Read<Option<Node<'a>>> {
        if self.value.get("op").is_none() {
            return Ok(None);
        }
        match self.operation()? {
            ("casei", args) => match args.as_slice() {
                [inner] => Ok(Some(inner.clone())),
                _ => self.refused("casei takes one argument"),
            },
            (name, _) => self.unknown(name),
        }
    }

    fn property(&self) -> Read<Property> {
        match self.value.get("property").and_then(Value::as_str) {
            Some(name) => Ok(Property { name: name.to_owned(), at: At::Pointer(self.pointer.clone()) }),
            None => self.refused("a property must stand here; values are compared with it on the right side"),
        }
    }

    fn value_for(&self, subject: &Subject) -> Read<Literal> {
        let (value, folded) = self.literal()?;
        if folded == subject.folded { Ok(value) } else { self.refused("casei must stand on both sides, or on none") }
    }

    /// A value, and whether it stands in `casei`.
    fn literal(&self) -> Read<(Literal, bool)> {
        Ok(match self.value {
            Value::String(text) => (Literal::Text(text.clone()), false),
            Value::Number(number) => (Literal::Number(number.to_string()), false),
            Value::Bool(truth) => (Literal::Boolean(*truth), false),
            Value::Object(_) => match self.time()? {
                Some(time) => (Literal::Time(time), false),
                None => match self.folded()? {
                    Some(Node { value: Value::String(text), .. }) => (Literal::Text(text.clone()), true),
                    _ => return self.refused("a value must stand here; properties are compared with values only"),
                },
            },
            Value::Null | Value::Array(_) => return self.refused("a value must stand here"),
        })
    }

    /// `{"date": …}` or `{"timestamp": …}`.
    fn time(&self) -> Read<Option<String>> {
        let Some((name, value)) = self.object().and_then(|object| object.iter().next()) else { return Ok(None) };
        let day = match name.as_str() {
            "date" => true,
            "timestamp" => false,
            _ => return Ok(None),
        };
        match value.as_str() {
            Some(text) if day == (text.len() == 10) => Ok(Some(text.to_owned())),
            _ => self.refused("'date' is for days, 'timestamp' for instants, both as text"),
        }
    }

    fn period(&self) -> Read<Period> {
        let at = At::Pointer(self.pointer.clone());
        if let Some(time) = self.time()? {
            return Ok(Period { start: Edge::Time(time.clone()), end: Edge::Time(time), at });
        }
        if let Some(interval) = self.child("interval") {
            return match interval.items()?.as_slice() {
                [start, end] => Ok(Period { start: start.edge()?, end: end.edge()?, at }),
                _ => interval.refused("an interval has a beginning and an end"),
            };
        }
        let property = self.property()?;
        Ok(Period { start: Edge::Property(property.clone()), end: Edge::Property(property), at })
    }

    fn edge(&self) -> Read<Edge> {
        match self.value.as_str() {
            Some("..") => Ok(Edge::Open),
            Some(time) => Ok(Edge::Time(time.to_owned())),
            None => Ok(Edge::Property(self.property()?)),
        }
    }

    fn place(&self) -> Read<Option<Place>> {
        let at = At::Pointer(self.pointer.clone());
        if let Some(bbox) = self.child("bbox").filter(|_| self.value.get("type").is_none()) {
            let number = |item: &Node<'_>| match item.value.as_f64().filter(|number| number.is_finite()) {
                Some(number) => Ok(number),
                None => item.refused("a number must stand here"),
            };
            let numbers = bbox.items()?.iter().map(number).collect::<Read<Vec<f64>>>()?;
            return shape::bbox(numbers, &at).map(|numbers| Some(Place::Bbox(numbers)));
        }
        if self.value.get("type").is_none() {
            return Ok(None);
        }
        match Geometry::from_geojson(self.value) {
            Some(geometry) => shape::checked(geometry, &at).map(|geometry| Some(Place::Geometry(geometry))),
            None => self.refused("this is no GeoJSON geometry"),
        }
    }
}
