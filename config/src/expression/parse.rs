//! Words and signs → a bound condition. Operators bind as in SQL: `not` before `and` before `or`, `*` before `+`.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    Fault, Kind, Node, Operator, Order, UNIT, kind_of,
    token::{Token, tokens},
};
use crate::{Column, ColumnName, problem::closest};

/// Brackets and signs inside each other at the most.
const DEEPEST: usize = 40;
const FUNCTIONS: &str = "Functions: year(day), length(text), today().";

/// A whole text as a condition.
pub(super) fn condition(text: &str, columns: &[Column]) -> Result<Node, Fault> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0, end: text.len(), columns };
    let node = parser.any()?;
    if parser.next < parser.tokens.len() {
        return Err(parser.fault("something stands behind the end", "Join conditions with 'and' or 'or'."));
    }
    if node.kind() != Kind::Truth {
        let hint = "Compare it with something: areal > 0.".to_owned();
        return Err(Fault { at: 0, reason: "it is no condition".to_owned(), hint });
    }
    Ok(node)
}

struct Parser<'a> {
    tokens: Vec<(usize, Token)>,
    next: usize,
    depth: usize,
    end: usize,
    columns: &'a [Column],
}

impl Parser<'_> {
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn fault(&self, reason: &str, hint: &str) -> Fault {
        Fault { at: self.at(), reason: reason.to_owned(), hint: hint.to_owned() }
    }

    /// Takes a word, whatever its case.
    fn word(&mut self, word: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.next), Some((_, Token::Word(found))) if found.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.next), Some((_, Token::Sign(found))) if *found == sign);
        self.next += usize::from(found);
        found
    }

    fn demand(&mut self, sign: &str) -> Result<(), Fault> {
        if self.sign(sign) { Ok(()) } else { Err(self.fault(&format!("'{sign}' is missing"), "Close every bracket.")) }
    }

    fn any(&mut self) -> Result<Node, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.fault("it is nested too deep", "Write several checks."));
        }
        let at = self.at();
        let mut node = self.all()?;
        while self.word("or") {
            node = truths(at, node, self.all()?, Node::Or)?;
        }
        self.depth -= 1;
        Ok(node)
    }

    fn all(&mut self) -> Result<Node, Fault> {
        let at = self.at();
        let mut node = self.not()?;
        while self.word("and") {
            node = truths(at, node, self.not()?, Node::And)?;
        }
        Ok(node)
    }

    fn not(&mut self) -> Result<Node, Fault> {
        let (at, mut turned) = (self.at(), false);
        while self.word("not") {
            turned = !turned;
        }
        let node = self.comparison()?;
        if !turned {
            return Ok(node);
        }
        if node.kind() != Kind::Truth {
            return Err(wrong(at, "'not' stands before a condition".to_owned()));
        }
        Ok(Node::Not(Box::new(node)))
    }

    fn comparison(&mut self) -> Result<Node, Fault> {
        let left = self.sum()?;
        if self.word("is") {
            let turned = self.word("not");
            if !self.word("null") {
                return Err(self.fault("'null' is missing", "Write: slutt is null, slutt is not null."));
            }
            return Ok(negated(Node::IsNull(Box::new(left)), turned));
        }
        let at = self.at();
        let turned = self.word("not");
        if self.word("in") {
            return Ok(negated(self.list(at, &left)?, turned));
        }
        if turned {
            return Err(self.fault("'in' is missing", "Write: type not in ('A', 'B')."));
        }
        let orders = [
            ("<=", Order::LessOrEqual),
            (">=", Order::GreaterOrEqual),
            ("<>", Order::Unequal),
            ("!=", Order::Unequal),
            ("==", Order::Equal),
            ("<", Order::Less),
            (">", Order::Greater),
            ("=", Order::Equal),
        ];
        let Some((_, order)) = orders.into_iter().find(|(sign, _)| self.sign(sign)) else { return Ok(left) };
        compared(at, left, order, self.sum()?)
    }

    /// `in ('A', 'B')` as comparisons.
    fn list(&mut self, at: usize, left: &Node) -> Result<Node, Fault> {
        self.demand("(")?;
        let mut found = compared(at, left.clone(), Order::Equal, self.sum()?)?;
        while self.sign(",") {
            let one = compared(at, left.clone(), Order::Equal, self.sum()?)?;
            found = Node::Or(Box::new(found), Box::new(one));
        }
        self.demand(")")?;
        Ok(found)
    }

    fn sum(&mut self) -> Result<Node, Fault> {
        let mut node = self.product()?;
        loop {
            let at = self.at();
            let operator = if self.sign("+") {
                Operator::Plus
            } else if self.sign("-") {
                Operator::Minus
            } else {
                return Ok(node);
            };
            node = calculated(at, node, operator, self.product()?)?;
        }
    }

    fn product(&mut self) -> Result<Node, Fault> {
        let mut node = self.one()?;
        loop {
            let at = self.at();
            let operator = if self.sign("*") {
                Operator::Times
            } else if self.sign("/") {
                Operator::Over
            } else {
                return Ok(node);
            };
            node = calculated(at, node, operator, self.one()?)?;
        }
    }

    fn one(&mut self) -> Result<Node, Fault> {
        let at = self.at();
        let Some((_, token)) = self.tokens.get(self.next).cloned() else {
            return Err(self.fault("it ends too early", "Write a column, a number or a 'text' here."));
        };
        self.next += 1;
        match token {
            Token::Number(text) => number(&text)
                .map(Node::Number)
                .ok_or_else(|| wrong(at, format!("'{text}' is no number of at most nine digits behind the point"))),
            Token::Text(text) => Ok(Node::Text(text)),
            Token::Sign("-") => {
                let zero = Node::Number(0);
                let inner = self.nested()?;
                calculated(at, zero, Operator::Minus, inner)
            }
            Token::Sign("(") => {
                let node = self.any()?;
                self.demand(")")?;
                Ok(node)
            }
            Token::Sign(sign) => Err(wrong(at, format!("'{sign}' cannot stand here"))),
            Token::Word(word) => self.named(at, &word),
        }
    }

    /// What stands behind a minus sign, which may be another one.
    fn nested(&mut self) -> Result<Node, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.fault("it is nested too deep", "Write several checks."));
        }
        let node = self.one()?;
        self.depth -= 1;
        Ok(node)
    }

    fn named(&mut self, at: usize, word: &str) -> Result<Node, Fault> {
        if self.sign("(") {
            return self.function(at, word);
        }
        let column = self.columns.iter().find(|column| column.name.as_str() == word);
        if let Some(column) = column {
            let kind = kind_of(&column.kind).ok_or_else(|| wrong(at, format!("'{word}' is a geometry")))?;
            return Ok(Node::Column(column.name.clone(), kind));
        }
        match word.to_ascii_lowercase().as_str() {
            "true" => Ok(Node::Truth(true)),
            "false" => Ok(Node::Truth(false)),
            _ => {
                let meant = closest(word, self.columns.iter().map(|column| ColumnName::as_str(&column.name)));
                let hint = meant.map_or_else(|| FUNCTIONS.to_owned(), |meant| format!("Did you mean '{meant}'?"));
                Err(Fault { at, reason: format!("there is no column '{word}'"), hint })
            }
        }
    }

    fn function(&mut self, at: usize, name: &str) -> Result<Node, Fault> {
        let node = match name.to_ascii_lowercase().as_str() {
            "today" => Node::Today,
            "year" => Node::Year(Box::new(self.argument(at, Kind::Day)?)),
            "length" => Node::Length(Box::new(self.argument(at, Kind::Text)?)),
            _ => {
                return Err(Fault { at, reason: format!("there is no function '{name}'"), hint: FUNCTIONS.to_owned() });
            }
        };
        self.demand(")")?;
        Ok(node)
    }

    fn argument(&mut self, at: usize, kind: Kind) -> Result<Node, Fault> {
        let node = self.any()?;
        if node.kind() == kind {
            Ok(node)
        } else {
            Err(wrong(at, "the function is for values of another type".to_owned()))
        }
    }
}

fn negated(node: Node, turned: bool) -> Node {
    if turned { Node::Not(Box::new(node)) } else { node }
}

fn wrong(at: usize, reason: String) -> Fault {
    let hint = "Compare numbers with numbers, days with days or '2026-08-31', texts with 'texts'.".to_owned();
    Fault { at, reason, hint }
}

fn truths(at: usize, left: Node, right: Node, join: fn(Box<Node>, Box<Node>) -> Node) -> Result<Node, Fault> {
    if left.kind() == Kind::Truth && right.kind() == Kind::Truth {
        return Ok(join(Box::new(left), Box::new(right)));
    }
    Err(wrong(at, "'and' and 'or' stand between conditions".to_owned()))
}

/// A text beside a day or time is read as one.
fn compared(at: usize, left: Node, order: Order, right: Node) -> Result<Node, Fault> {
    let (left, right) = (alike(left, &right), right);
    let right = alike(right, &left);
    if left.kind() != right.kind() {
        return Err(wrong(at, "two values of different types are compared".to_owned()));
    }
    if left.kind() == Kind::Truth && !matches!(order, Order::Equal | Order::Unequal) {
        return Err(wrong(at, "truth values have no order".to_owned()));
    }
    Ok(Node::Compare(Box::new(left), order, Box::new(right)))
}

fn alike(node: Node, other: &Node) -> Node {
    match (&node, other.kind()) {
        (Node::Text(text), Kind::Day) => day(text).map_or(node, Node::Day),
        (Node::Text(text), Kind::Instant) => instant(text).map_or(node, Node::Instant),
        _ => node,
    }
}

fn calculated(at: usize, left: Node, operator: Operator, right: Node) -> Result<Node, Fault> {
    let fits = matches!(
        (left.kind(), operator, right.kind()),
        (Kind::Number, _, Kind::Number)
            | (Kind::Day, Operator::Plus | Operator::Minus, Kind::Number)
            | (Kind::Day, Operator::Minus, Kind::Day)
    );
    if fits {
        return Ok(Node::Calculate(Box::new(left), operator, Box::new(right)));
    }
    Err(wrong(at, "these two cannot be calculated with".to_owned()))
}

/// A number in billionths.
fn number(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 9 || whole.len() > 18 || fraction.contains('.') {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
    whole.checked_mul(UNIT)?.checked_add(fraction)
}

fn day(text: &str) -> Option<i64> {
    let date: Date = text.parse().ok().filter(|_| text.len() == 10)?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second().div_euclid(86_400))
}

fn instant(text: &str) -> Option<i64> {
    if let Some(day) = day(text) {
        return day.checked_mul(86_400_000);
    }
    text.parse().ok().map(|at: Timestamp| at.as_millisecond())
}
