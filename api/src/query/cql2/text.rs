//! CQL2 as text (OGC 21-065r2 annex B): a parser by recursive descent, with bounded depth.

use super::{
    MAX_DEPTH,
    ast::{Edge, Expr, Literal, Op, Period, Place, Property, Relation, Subject},
    cursor::Cursor,
    lex::{Token, words},
    refused, shape,
};
use crate::error::Problem;

/// Words that are never the name of a property, unless in double quotes.
const KEYWORDS: [&str; 14] = [
    "AND",
    "OR",
    "NOT",
    "LIKE",
    "BETWEEN",
    "IN",
    "IS",
    "NULL",
    "TRUE",
    "FALSE",
    "CASEI",
    "DATE",
    "TIMESTAMP",
    "INTERVAL",
];

type Read<T> = Result<T, Problem>;

/// Reads a filter; also says how many predicates it has.
pub(super) fn parse(filter: &str) -> Read<(Expr, usize)> {
    let words = words(filter)?;
    let end = filter.chars().count() + 1;
    let mut parser = Cursor::new(&words, end);
    let expression = parser.any_of(0)?;
    match parser.words.get(parser.next) {
        None => Ok((expression, parser.predicates)),
        Some(_) => Err(parser.unexpected("the end, AND or OR")),
    }
}

impl Cursor<'_> {
    fn any_of(&mut self, depth: usize) -> Read<Expr> {
        let mut parts = vec![self.all_of(depth)?];
        while self.take_word("OR") {
            parts.push(self.all_of(depth)?);
        }
        Ok(if parts.len() > 1 { Expr::Or(parts) } else { parts.pop().unwrap_or(Expr::Literal(true)) })
    }

    fn all_of(&mut self, depth: usize) -> Read<Expr> {
        let mut parts = vec![self.factor(depth)?];
        while self.take_word("AND") {
            parts.push(self.factor(depth)?);
        }
        Ok(if parts.len() > 1 { Expr::And(parts) } else { parts.pop().unwrap_or(Expr::Literal(true)) })
    }

    fn factor(&mut self, depth: usize) -> Read<Expr> {
        if depth > MAX_DEPTH {
            return Err(refused(&self.here(), &format!("it is nested more than {MAX_DEPTH} deep")));
        }
        if self.take_word("NOT") {
            return Ok(Expr::Not(Box::new(self.factor(depth + 1)?)));
        }
        if self.take_sign("(") {
            let inner = self.any_of(depth + 1)?;
            self.sign(")")?;
            return Ok(inner);
        }
        self.predicates += 1;
        if let Some(truth) = self.truth() {
            return Ok(Expr::Literal(truth));
        }
        match self.words.get(self.next..) {
            Some([(_, Token::Word(name)), (_, Token::Sign("(")), ..]) if !name.eq_ignore_ascii_case("CASEI") => {
                self.function(name)
            }
            _ => self.comparison(),
        }
    }

    fn function(&mut self, name: &str) -> Read<Expr> {
        let at = self.here();
        self.next += 2;
        let expression = if name.eq_ignore_ascii_case("S_INTERSECTS") {
            self.intersects()?
        } else if let Some(relation) = Relation::of(name) {
            let first = self.period()?;
            self.sign(",")?;
            Expr::Temporal(relation, first, self.period()?)
        } else {
            let hint = "understood are S_INTERSECTS, CASEI and the temporal functions T_AFTER, T_BEFORE …";
            return Err(refused(&at, &format!("there is no function '{name}' here; {hint}")));
        };
        self.sign(")")?;
        Ok(expression)
    }

    /// The two arguments may stand in either order.
    fn intersects(&mut self) -> Read<Expr> {
        if let Some(place) = self.place()? {
            self.sign(",")?;
            return Ok(Expr::Intersects(self.property()?, place));
        }
        let property = self.property()?;
        self.sign(",")?;
        match self.place()? {
            Some(place) => Ok(Expr::Intersects(property, place)),
            None => Err(self.unexpected("a geometry such as POINT(10.7 59.9) or BBOX(10,59,11,60)")),
        }
    }

    fn place(&mut self) -> Read<Option<Place>> {
        let Some([(_, Token::Word(name)), (_, next), ..]) = self.words.get(self.next..) else { return Ok(None) };
        if !matches!(next, Token::Sign("(")) && !matches!(next, Token::Word(z) if z.eq_ignore_ascii_case("Z")) {
            return Ok(None);
        }
        let name = name.to_ascii_uppercase();
        self.next += 1;
        shape::place(self, &name).map(Some)
    }

    fn comparison(&mut self) -> Read<Expr> {
        let subject = self.subject()?;
        let here = self.here();
        if let Some((_, Token::Sign(sign))) = self.words.get(self.next)
            && let Some(op) = Op::of(sign)
        {
            self.next += 1;
            return Ok(Expr::Compare(subject.clone(), op, self.value(&subject)?));
        }
        if self.take_word("IS") {
            let negated = self.take_word("NOT");
            self.word("NULL")?;
            return Ok(negate(Expr::IsNull(unfolded(subject)?), negated));
        }
        let negated = self.take_word("NOT");
        let expression = if self.take_word("LIKE") {
            match self.value(&subject)? {
                Literal::Text(pattern) => Expr::Like(subject, pattern),
                _ => return Err(refused(&here, "a pattern is a text in single quotes")),
            }
        } else if self.take_word("BETWEEN") {
            let property = unfolded(subject)?;
            let low = self.literal()?.0;
            self.word("AND")?;
            Expr::Between(property, low, self.literal()?.0)
        } else if self.take_word("IN") {
            self.sign("(")?;
            let values = self.list(|parser| parser.value(&subject))?;
            Expr::In(subject, values)
        } else {
            return Err(self.unexpected("an operator: =, <>, <, <=, >, >=, LIKE, BETWEEN, IN or IS NULL"));
        };
        Ok(negate(expression, negated))
    }

    fn subject(&mut self) -> Read<Subject> {
        if !self.take_word("CASEI") {
            return Ok(Subject { property: self.property()?, folded: false });
        }
        self.sign("(")?;
        let property = self.property()?;
        self.sign(")")?;
        Ok(Subject { property, folded: true })
    }

    fn property(&mut self) -> Read<Property> {
        let at = self.here();
        let name = match self.words.get(self.next) {
            Some((_, Token::Quoted(name))) => name.clone(),
            Some((_, Token::Word(name))) if !KEYWORDS.iter().any(|word| word.eq_ignore_ascii_case(name)) => {
                name.clone()
            }
            Some((_, Token::Text(_) | Token::Number(_))) => {
                return Err(refused(&at, "a value stands where a property must: write the property on the left side"));
            }
            _ => return Err(self.unexpected("the name of a property")),
        };
        self.next += 1;
        Ok(Property { name, at })
    }

    /// A value for a subject: both in `CASEI`, or neither.
    fn value(&mut self, subject: &Subject) -> Read<Literal> {
        let at = self.here();
        let (value, folded) = self.literal()?;
        if folded == subject.folded {
            Ok(value)
        } else {
            Err(refused(&at, "CASEI must stand on both sides, or on none"))
        }
    }

    /// A value, and whether it stands in `CASEI`.
    fn literal(&mut self) -> Read<(Literal, bool)> {
        if let Some(truth) = self.truth() {
            return Ok((Literal::Boolean(truth), false));
        }
        if self.take_word("CASEI") {
            self.sign("(")?;
            let text = self.text()?;
            self.sign(")")?;
            return Ok((Literal::Text(text), true));
        }
        if let Some(time) = self.time()? {
            return Ok((Literal::Time(time), false));
        }
        let value = match self.words.get(self.next) {
            Some((_, Token::Text(text))) => Literal::Text(text.clone()),
            Some((_, Token::Number(number))) => Literal::Number(number.clone()),
            Some((_, Token::Word(_) | Token::Quoted(_))) => {
                return Err(refused(&self.here(), "a value must stand here; properties are compared with values only"));
            }
            _ => return Err(self.unexpected("a value")),
        };
        self.next += 1;
        Ok((value, false))
    }

    /// `DATE('…')` or `TIMESTAMP('…')`.
    fn time(&mut self) -> Read<Option<String>> {
        let at = self.here();
        let day = self.take_word("DATE");
        if !day && !self.take_word("TIMESTAMP") {
            return Ok(None);
        }
        self.sign("(")?;
        let text = self.text()?;
        self.sign(")")?;
        if day == (text.len() == 10) {
            Ok(Some(text))
        } else {
            Err(refused(&at, "DATE is for days, TIMESTAMP for instants"))
        }
    }

    fn period(&mut self) -> Read<Period> {
        let at = self.here();
        if let Some(time) = self.time()? {
            return Ok(Period { start: Edge::Time(time.clone()), end: Edge::Time(time), at });
        }
        if self.take_word("INTERVAL") {
            self.sign("(")?;
            let start = self.edge()?;
            self.sign(",")?;
            let end = self.edge()?;
            self.sign(")")?;
            return Ok(Period { start, end, at });
        }
        let property = self.property()?;
        Ok(Period { start: Edge::Property(property.clone()), end: Edge::Property(property), at })
    }

    fn edge(&mut self) -> Read<Edge> {
        match self.words.get(self.next) {
            Some((_, Token::Text(text))) => {
                self.next += 1;
                Ok(if text == ".." { Edge::Open } else { Edge::Time(text.clone()) })
            }
            _ => Ok(Edge::Property(self.property()?)),
        }
    }

    fn text(&mut self) -> Read<String> {
        match self.words.get(self.next) {
            Some((_, Token::Text(text))) => {
                self.next += 1;
                Ok(text.clone())
            }
            _ => Err(self.unexpected("a text in single quotes")),
        }
    }

    fn truth(&mut self) -> Option<bool> {
        if self.take_word("TRUE") { Some(true) } else { self.take_word("FALSE").then_some(false) }
    }

    fn word(&mut self, word: &str) -> Read<()> {
        if self.take_word(word) { Ok(()) } else { Err(self.unexpected(word)) }
    }
}

fn negate(expression: Expr, negated: bool) -> Expr {
    if negated { Expr::Not(Box::new(expression)) } else { expression }
}

fn unfolded(subject: Subject) -> Read<Property> {
    if subject.folded {
        return Err(refused(&subject.property.at, "CASEI is for comparisons of texts"));
    }
    Ok(subject.property)
}
