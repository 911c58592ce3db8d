//! Conditions on rows, `column=operator.value`, and trees of them: `or=(a.eq.1,and(b.gt.2,c.is.null))`.

use catalog::{
    table::{Comparison, Predicate, Scalar},
    version::ColumnInfo,
};
use config::ColumnType;

use super::{
    names::find,
    value::{boolean, scalar},
};
use crate::error::Problem;

/// Operators of a condition, in the order in which they are shown.
pub(super) const OPERATORS: [&str; 11] = ["eq", "neq", "gt", "gte", "lt", "lte", "in", "like", "ilike", "is", "not"];
/// Parameters that hold a tree of conditions.
const LOGIC: [&str; 4] = ["and", "or", "not.and", "not.or"];
/// Conditions in one question at the most.
const MAX_CONDITIONS: usize = 50;
/// Trees inside trees at the most.
const MAX_NESTING: usize = 10;
/// Values in one list at the most.
const MAX_LIST: usize = 1000;
/// Characters of a text pattern at the most.
const MAX_PATTERN: usize = 200;
/// Stars in a text pattern at the most.
const MAX_STARS: usize = 5;
/// Characters of a wrong text that are repeated.
const SHOWN: usize = 80;

/// The conditions of a question, all of which must hold.
pub(super) struct Conditions<'a> {
    columns: &'a [ColumnInfo],
    parts: Vec<Predicate>,
    count: usize,
}

impl<'a> Conditions<'a> {
    /// None yet.
    pub(super) fn new(columns: &'a [ColumnInfo]) -> Self {
        Self { columns, parts: Vec::new(), count: 0 }
    }

    /// Adds what one parameter says. A tree is told from a condition on a column called `and` by its bracket.
    pub(super) fn add(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        let part = match name.strip_prefix("not.") {
            _ if !LOGIC.contains(&name) || !value.starts_with('(') => {
                self.counted()?;
                predicate(find(self.columns, name)?, value)?
            }
            Some(name) => Predicate::Not(Box::new(self.tree(name, value, 1)?)),
            None => self.tree(name, value, 1)?,
        };
        self.parts.push(part);
        Ok(())
    }

    /// All of them as one condition.
    pub(super) fn all(mut self) -> Option<Predicate> {
        if self.parts.len() > 1 { Some(Predicate::And(self.parts)) } else { self.parts.pop() }
    }

    fn counted(&mut self) -> Result<(), Problem> {
        self.count += 1;
        if self.count <= MAX_CONDITIONS {
            return Ok(());
        }
        Err(Problem::bad_request("api-condition", format!("A question has at most {MAX_CONDITIONS} conditions.")))
    }

    /// `name` is `and` or `or`, `list` the brackets and what is in them.
    fn tree(&mut self, name: &str, list: &str, depth: usize) -> Result<Predicate, Problem> {
        if depth > MAX_NESTING {
            let detail = format!("Conditions are nested more than {MAX_NESTING} deep.");
            return Err(Problem::bad_request("api-condition", detail));
        }
        let inner = list.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).ok_or_else(|| unbalanced(list))?;
        let parts = split(inner).ok_or_else(|| unbalanced(list))?;
        let parts = parts.into_iter().map(|part| self.node(part.trim(), depth)).collect::<Result<Vec<_>, _>>()?;
        Ok(if name == "or" { Predicate::Or(parts) } else { Predicate::And(parts) })
    }

    fn node(&mut self, text: &str, depth: usize) -> Result<Predicate, Problem> {
        if let Some((name, _)) = text.split_once('(').filter(|(name, _)| LOGIC.contains(name)) {
            let list = text.get(name.len()..).unwrap_or_default();
            return Ok(match name.strip_prefix("not.") {
                Some(name) => Predicate::Not(Box::new(self.tree(name, list, depth + 1)?)),
                None => self.tree(name, list, depth + 1)?,
            });
        }
        self.counted()?;
        let (name, condition) = text.split_once('.').ok_or_else(|| {
            Problem::bad_request("api-condition", format!("'{}' is no condition.", shown(text)))
                .hint("Inside brackets write column.operator.value, and(…) or or(…), with commas between.")
        })?;
        let column = find(self.columns, name)?;
        match quoted(condition) {
            Some(plain) => predicate(column, &plain),
            None => predicate(column, condition),
        }
    }
}

/// The parts between the commas that stand in no brackets and no quotation marks; `None` if those do not match.
fn split(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut from, mut depth, mut quoted, mut escaped) = (0, 0_usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                parts.push(text.get(from..at)?);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(from..)?);
    (depth == 0 && !quoted).then_some(parts)
}

/// `eq."a,b"` without its quotation marks; `None` where the value has none.
fn quoted(condition: &str) -> Option<String> {
    let at = condition.find('"')?;
    let (operators, value) = condition.split_at_checked(at)?;
    // Those in a list are the list's own.
    let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|_| operators.ends_with('.'))?;
    let mut plain = operators.to_owned();
    let mut escaped = false;
    for c in value.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            plain.push(c);
            escaped = false;
        }
    }
    Some(plain)
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

fn unbalanced(text: &str) -> Problem {
    Problem::bad_request("api-condition", format!("Brackets or quotation marks of '{}' do not match.", shown(text)))
        .hint("Write or=(a.eq.1,and(b.gt.2,c.lt.3)); put values that hold a comma or bracket in double quotes.")
}

fn predicate(column: &ColumnInfo, value: &str) -> Result<Predicate, Problem> {
    let (negated, condition) = value.strip_prefix("not.").map_or((false, value), |rest| (true, rest));
    let (operator, operand) = condition.split_once('.').filter(|(op, _)| OPERATORS.contains(op)).ok_or_else(|| {
        Problem::bad_request("api-condition", format!("'{}={value}' has no operator.", column.name)).hint(format!(
            "Write {}=eq.{value}; operators: {}.",
            column.name,
            OPERATORS.join(", ")
        ))
    })?;
    let comparison = Predicate::Column(column.name.clone(), comparison(column, operator, operand)?);
    Ok(if negated { Predicate::Not(Box::new(comparison)) } else { comparison })
}

fn comparison(column: &ColumnInfo, operator: &str, operand: &str) -> Result<Comparison, Problem> {
    Ok(match operator {
        "eq" => Comparison::Eq(scalar(column, operand)?),
        "neq" => Comparison::Neq(scalar(column, operand)?),
        "gt" => Comparison::Gt(scalar(column, operand)?),
        "gte" => Comparison::Gte(scalar(column, operand)?),
        "lt" => Comparison::Lt(scalar(column, operand)?),
        "lte" => Comparison::Lte(scalar(column, operand)?),
        "in" => Comparison::In(list(operand)?.iter().map(|item| scalar(column, item)).collect::<Result<_, _>>()?),
        "like" | "ilike" => Comparison::Like { pattern: pattern(column, operand)?, ignore_case: operator == "ilike" },
        "is" => is(column, operand)?,
        _ => {
            return Err(Problem::bad_request("api-condition", format!("'{operator}' cannot stand here."))
                .hint(format!("Operators: {}.", OPERATORS.join(", "))));
        }
    })
}

fn is(column: &ColumnInfo, operand: &str) -> Result<Comparison, Problem> {
    match (operand, &column.kind, boolean(operand)) {
        ("null", ..) => Ok(Comparison::IsNull),
        ("notnull" | "not_null", ..) => Ok(Comparison::IsNotNull),
        (_, ColumnType::Boolean { .. }, Some(value)) => Ok(Comparison::Eq(Scalar::Boolean(value))),
        _ => Err(Problem::bad_request("api-condition", format!("'is.{operand}' is not understood."))
            .hint("Write is.null or is.notnull.")),
    }
}

fn pattern(column: &ColumnInfo, operand: &str) -> Result<String, Problem> {
    if !matches!(column.kind, ColumnType::Text {} | ColumnType::Code { .. }) {
        return Err(Problem::bad_request("api-condition", format!("'{}' is not text.", column.name))
            .hint("Patterns are for columns of text; compare others with eq, gt, lt …"));
    }
    let stars = operand.chars().filter(|c| *c == '*').count();
    if stars > MAX_STARS || operand.chars().count() > MAX_PATTERN {
        let detail = format!("A pattern has at most {MAX_PATTERN} characters and {MAX_STARS} stars.");
        return Err(Problem::bad_request("api-condition", detail));
    }
    Ok(operand.to_owned())
}

/// The items of `(a,"b,c",d)`; in quotes, a backslash takes the next character as it is.
fn list(operand: &str) -> Result<Vec<String>, Problem> {
    let malformed = || {
        Problem::bad_request("api-condition", "The list is not well formed.")
            .hint("Write column=in.(a,b,c); put items that hold a comma or bracket in double quotes.")
    };
    let inner = operand.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).ok_or_else(malformed)?;
    let mut items = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in inner.chars() {
        let item = items.last_mut().ok_or_else(malformed)?;
        match c {
            c if escaped => {
                item.push(c);
                escaped = false;
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => items.push(String::new()),
            c => item.push(c),
        }
    }
    if quoted || escaped || items.len() > MAX_LIST {
        return Err(malformed());
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::names::tests::column;

    fn columns() -> Vec<ColumnInfo> {
        vec![
            column("a", ColumnType::Integer {}),
            column("b", ColumnType::Text {}),
            column("or", ColumnType::Integer {}),
        ]
    }

    fn read(name: &str, value: &str) -> Result<Predicate, Problem> {
        let columns = columns();
        let mut conditions = Conditions::new(&columns);
        conditions.add(name, value)?;
        Ok(conditions.all().unwrap())
    }

    fn on(name: &str, comparison: Comparison) -> Predicate {
        Predicate::Column(name.parse().unwrap(), comparison)
    }

    fn text(value: &str) -> Predicate {
        on("b", Comparison::Eq(Scalar::Text(value.to_owned())))
    }

    #[test]
    fn trees_of_conditions() {
        let one = || on("a", Comparison::Eq(Scalar::Integer(1)));
        let above = || on("a", Comparison::Gt(Scalar::Integer(2)));
        let not = |part| Predicate::Not(Box::new(part));
        for (name, value, expected) in [
            ("or", "(a.eq.1,a.gt.2)", Predicate::Or(vec![one(), above()])),
            ("not.or", "(a.eq.1, a.gt.2)", not(Predicate::Or(vec![one(), above()]))),
            (
                "and",
                "(b.eq.\"x,y)\",not.and(a.eq.1,or(a.not.gt.2,b.is.null)))",
                Predicate::And(vec![
                    text("x,y)"),
                    not(Predicate::And(vec![one(), Predicate::Or(vec![not(above()), on("b", Comparison::IsNull)])])),
                ]),
            ),
            (
                "or",
                "(b.in.(x,\"y,\\\"\"),b.eq.\"\\\\\\\"\",b.eq.a.b)",
                Predicate::Or(vec![
                    on("b", Comparison::In(vec![Scalar::Text("x".to_owned()), Scalar::Text("y,\"".to_owned())])),
                    text("\\\""),
                    text("a.b"),
                ]),
            ),
            ("or", "eq.5", on("or", Comparison::Eq(Scalar::Integer(5)))),
        ] {
            assert_eq!(read(name, value).unwrap(), expected, "{name}={value}");
        }
    }

    #[test]
    fn broken_and_boundless_trees_are_refused() {
        let deep = format!("{}a.eq.1{}", "(and".repeat(1000), ")".repeat(1000));
        let nested = format!("{}(a.eq.1){}", "(and".repeat(11), ")".repeat(11));
        let many = format!("({})", vec!["a.eq.1"; 51].join(","));
        for bad in
            ["(a.eq.1", "(a.eq.1))", "(b.eq.\"x)", "()", "(a)", "(c.eq.1)", "(a.eq.x)", "(,)", &deep, &nested, &many]
        {
            let problem = read("or", bad).unwrap_err();
            assert!(problem.code().starts_with("api-"), "{bad}: {problem}");
        }
    }
}
