//! The question in an address: `select`, `order`, `limit` and conditions `column=operator.value`, in the manner of
//! `PostgREST`.

use catalog::{
    table::{Comparison, Predicate, Scalar},
    version::ColumnInfo,
};
use config::{ColumnName, ColumnType, OrderBy};

use super::value::{boolean, scalar};
use crate::error::Problem;

/// Parameters that are not conditions, unless their value is one and a column has their name.
const RESERVED: [&str; 6] = ["select", "order", "limit", "cursor", "version", "format"];
/// Operators of a condition, in the order in which they are shown.
const OPERATORS: [&str; 11] = ["eq", "neq", "gt", "gte", "lt", "lte", "in", "like", "ilike", "is", "not"];
/// Conditions in one question at the most.
const MAX_CONDITIONS: usize = 50;
/// Values in one list at the most.
const MAX_LIST: usize = 1000;
/// Characters of a text pattern at the most.
const MAX_PATTERN: usize = 200;
/// Stars in a text pattern at the most.
const MAX_STARS: usize = 5;

/// The parameters of an address, decoded.
#[derive(Debug, Clone)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Decodes a query string.
    pub(crate) fn read(query: &str) -> Result<Self, Problem> {
        utf8(query)?;
        let params = Self { pairs: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect() };
        for name in RESERVED {
            if params.reserved(name).count() > 1 {
                return Err(Problem::bad_request("api-parameter", format!("'{name}' is given more than once.")));
            }
        }
        Ok(params)
    }

    /// Refuses parameters that are not among these, and those given twice.
    pub(crate) fn only(&self, allowed: &[&str]) -> Result<(), Problem> {
        let mut seen: Vec<&str> = Vec::new();
        for (name, _) in &self.pairs {
            let wrong = if !allowed.contains(&name.as_str()) {
                format!("There is no parameter '{name}' here.")
            } else if seen.contains(&name.as_str()) {
                format!("'{name}' is given more than once.")
            } else {
                seen.push(name);
                continue;
            };
            return Err(
                Problem::bad_request("api-parameter", wrong).hint(format!("Parameters: {}.", allowed.join(", ")))
            );
        }
        Ok(())
    }

    /// Every parameter, in order.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The address of the same question with another value of one parameter, or without it.
    pub(crate) fn with(&self, path: &str, name: &str, value: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs.iter().filter(|(known, _)| known != name));
        query.extend_pairs(value.map(|value| (name, value)));
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The value of a parameter, whatever it is.
    pub(crate) fn plain(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that is not a condition.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.reserved(name).next()
    }

    fn reserved(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(n, value)| n == name && !is_condition(n, value)).map(|(_, v)| v.as_str())
    }

    /// The address of the same question with another cursor, pinned to its version.
    pub(crate) fn with_cursor(&self, path: &str, cursor: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs.iter().filter(|(n, v)| n != "cursor" || is_condition(n, v)) {
            query.append_pair(name, value);
        }
        format!("{path}?{}", query.append_pair("cursor", cursor).finish())
    }

    /// The columns asked for, in order; `None` for all.
    pub(crate) fn select(&self, columns: &[ColumnInfo]) -> Result<Option<Vec<ColumnName>>, Problem> {
        let Some(list) = self.get("select").filter(|list| *list != "*") else { return Ok(None) };
        let mut selected: Vec<ColumnName> = Vec::new();
        for name in list.split(',').map(str::trim) {
            let name = &find(columns, name)?.name;
            if selected.contains(name) {
                return Err(Problem::bad_request("api-parameter", format!("'{name}' is selected twice.")));
            }
            selected.push(name.clone());
        }
        Ok(Some(selected))
    }

    /// The sort order asked for: `a.desc,b` or `-a,b`.
    pub(crate) fn order(&self, columns: &[ColumnInfo]) -> Result<Vec<OrderBy>, Problem> {
        let mut order: Vec<OrderBy> = Vec::new();
        for term in self.get("order").into_iter().flat_map(|list| list.split(',')).map(str::trim) {
            let by = order_term(columns, term)?;
            if order.iter().any(|before| before.column == by.column) {
                return Err(Problem::bad_request("api-order", format!("'{}' is ordered by twice.", by.column)));
            }
            order.push(by);
        }
        Ok(order)
    }

    /// The number of rows asked for; `max` is the most that `limit` may say, if there is a most.
    pub(crate) fn limit(&self, max: Option<u64>) -> Result<Option<u64>, Problem> {
        let Some(text) = self.get("limit") else { return Ok(None) };
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        match text.parse().ok().filter(|limit: &u64| digits && *limit > 0) {
            None => Err(Problem::bad_request("api-limit", format!("'{text}' is not a number of rows."))
                .hint("Give a whole number from 1.")),
            Some(limit) if max.is_some_and(|max| limit > max) => {
                let most = max.unwrap_or_default();
                Err(Problem::bad_request("api-limit", format!("A page has at most {most} rows."))
                    .hint("Follow 'next' for more, or take everything as .ndjson, .csv, .arrow or .parquet."))
            }
            Some(limit) => Ok(Some(limit)),
        }
    }

    /// The conditions, all of which must hold, and their text in one spelling.
    pub(crate) fn conditions(&self, columns: &[ColumnInfo]) -> Result<(Option<Predicate>, String), Problem> {
        let mut parts = Vec::new();
        let mut texts = Vec::new();
        for (name, value) in &self.pairs {
            if RESERVED.contains(&name.as_str()) && !is_condition(name, value) {
                continue;
            }
            let column = find(columns, name)?;
            parts.push(predicate(column, value)?);
            texts.push(format!("{name}={value}"));
        }
        if parts.len() > MAX_CONDITIONS {
            let detail = format!("A question has at most {MAX_CONDITIONS} conditions.");
            return Err(Problem::bad_request("api-condition", detail));
        }
        texts.sort_unstable();
        let predicate = if parts.len() > 1 { Some(Predicate::And(parts)) } else { parts.pop() };
        Ok((predicate, texts.join("\n")))
    }
}

/// Refuses an address whose parameters are not UTF-8: read with a sign in place of the bad byte, they would quietly ask
/// for something else.
fn utf8(query: &str) -> Result<(), Problem> {
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(query).collect();
    let Err(error) = std::str::from_utf8(&decoded) else { return Ok(()) };
    let before = decoded.get(..error.valid_up_to()).unwrap_or_default();
    let before = String::from_utf8_lossy(before);
    let name = before.rsplit('&').next().unwrap_or_default().split('=').next().unwrap_or_default();
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let byte = decoded.get(error.valid_up_to()).copied().unwrap_or_default();
    Err(Problem::bad_request(
        "api-parameter",
        format!("Parameter '{name}' is not UTF-8: %{byte:02X} begins no character."),
    )
    .hint("Write characters beyond ASCII as their UTF-8 bytes, %C3%A5 for å."))
}

/// Whether a parameter with a reserved name is meant as a condition on a column of that name (`version=eq.3`).
fn is_condition(name: &str, value: &str) -> bool {
    // Lists of columns may begin with anything.
    let list = name == "select" || name == "order";
    !list && value.split_once('.').is_some_and(|(operator, _)| OPERATORS.contains(&operator))
}

/// Characters of an unknown name that are looked at and repeated.
const LONGEST_NAME: usize = 64;

fn find<'a>(columns: &'a [ColumnInfo], name: &str) -> Result<&'a ColumnInfo, Problem> {
    columns.iter().find(|column| column.name.as_str() == name).ok_or_else(|| {
        // Comparing takes time by the length, and a long name is no slip of the pen.
        let name: String = name.chars().take(LONGEST_NAME).collect();
        let names = || columns.iter().map(|column| column.name.as_str());
        let close = names().chain(RESERVED).min_by_key(|known| strsim::damerau_levenshtein(known, &name));
        let near = close.filter(|known| strsim::damerau_levenshtein(known, &name) <= 1 + name.chars().count() / 4);
        let hint = near.map_or_else(
            || {
                format!(
                    "Columns: {}. Other parameters: {}.",
                    names().collect::<Vec<_>>().join(", "),
                    RESERVED.join(", ")
                )
            },
            |near| format!("Did you mean '{near}'?"),
        );
        Problem::bad_request("api-parameter", format!("There is no column or parameter '{name}'.")).hint(hint)
    })
}

fn order_term(columns: &[ColumnInfo], term: &str) -> Result<OrderBy, Problem> {
    let (name, descending) = match (term.strip_prefix('-'), term.split_once('.')) {
        (Some(name), _) | (None, Some((name, "desc"))) => (name, true),
        (None, Some((name, "asc"))) => (name, false),
        (None, None) => (term, false),
        (None, Some((_, other))) => {
            return Err(Problem::bad_request("api-order", format!("'{other}' is not a direction."))
                .hint("Write column.asc or column.desc; rows without a value come last."));
        }
    };
    let column = find(columns, name)?;
    if matches!(column.kind, ColumnType::Geometry { .. }) {
        return Err(Problem::bad_request("api-order", format!("'{name}' is a geometry, which has no order.")));
    }
    Ok(OrderBy { column: column.name.clone(), descending })
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
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use config::Text;

    use super::*;

    pub(crate) fn column(name: &str, kind: ColumnType) -> ColumnInfo {
        ColumnInfo {
            name: name.parse().unwrap(),
            field_id: 1,
            kind,
            title: Text { nb: name.to_owned(), nn: None, en: None },
            description: None,
            unit: None,
            codes: BTreeMap::new(),
            concept: None,
            required: false,
            crs: None,
        }
    }

    fn columns() -> Vec<ColumnInfo> {
        vec![
            column("postnummer", ColumnType::Code { width: Some(4) }),
            column("antall", ColumnType::Integer {}),
            column("version", ColumnType::Integer {}),
            column("sted", ColumnType::Geometry { crs: config::GeometryCrs::Source }),
            column("aktiv", ColumnType::Boolean { yes: vec![], no: vec![] }),
        ]
    }

    fn conditions(query: &str) -> Result<Option<Predicate>, Problem> {
        Params::read(query)?.conditions(&columns()).map(|(predicate, _)| predicate)
    }

    fn on(name: &str, comparison: Comparison) -> Predicate {
        Predicate::Column(name.parse().unwrap(), comparison)
    }

    #[test]
    fn every_operator() {
        let text = |text: &str| Scalar::Text(text.to_owned());
        let like = |ignore_case| Comparison::Like { pattern: "*06*".to_owned(), ignore_case };
        for (query, expected) in [
            ("postnummer=eq.0682", Comparison::Eq(text("0682"))),
            ("postnummer=neq.a.b", Comparison::Neq(text("a.b"))),
            ("postnummer=gt.1", Comparison::Gt(text("1"))),
            ("postnummer=gte.1", Comparison::Gte(text("1"))),
            ("postnummer=lt.1", Comparison::Lt(text("1"))),
            ("postnummer=lte.1", Comparison::Lte(text("1"))),
            ("postnummer=in.(1,%222,%5C%22)%22)", Comparison::In(vec![text("1"), text("2,\")")])),
            ("postnummer=like.*06*", like(false)),
            ("postnummer=ilike.*06*", like(true)),
            ("postnummer=is.null", Comparison::IsNull),
            ("postnummer=is.notnull", Comparison::IsNotNull),
        ] {
            assert_eq!(conditions(query).unwrap(), Some(on("postnummer", expected)), "{query}");
        }
        assert_eq!(conditions("aktiv=is.true").unwrap(), Some(on("aktiv", Comparison::Eq(Scalar::Boolean(true)))));
        let not = Predicate::Not(Box::new(on("antall", Comparison::In(vec![Scalar::Integer(1)]))));
        assert_eq!(conditions("antall=not.in.(1)").unwrap(), Some(not));
    }

    #[test]
    fn conditions_add_up_and_reserved_names_can_be_columns() {
        let all = conditions("antall=gte.1&antall=lt.5&limit=3&version=eq.2").unwrap().unwrap();
        assert!(matches!(all, Predicate::And(parts) if parts.len() == 3));
        let params = Params::read("version=eq.2&version=7").unwrap();
        assert_eq!(params.get("version"), Some("7"));
        let text = |query: &str| Params::read(query).unwrap().conditions(&columns()).unwrap().1;
        assert_eq!(text("antall=gt.1&aktiv=is.null"), text("aktiv=is.null&antall=gt.1&limit=3"));
    }

    #[test]
    fn what_is_not_understood_is_refused_with_a_hint() {
        for (query, code, hint) in [
            ("postnumer=eq.1", "api-parameter", "Did you mean 'postnummer'?"),
            ("limt=3", "api-parameter", "Did you mean 'limit'?"),
            ("helt_annet=eq.1", "api-parameter", "Columns: postnummer, antall"),
            ("antall=5", "api-condition", "antall=eq.5"),
            ("antall=approx.5", "api-condition", "operators: eq"),
            ("antall=not.not.eq.5", "api-condition", "Operators"),
            ("antall=eq.mange", "api-value", "whole number"),
            ("antall=like.*1*", "api-condition", "columns of text"),
            ("antall=in.1,2", "api-condition", "in.(a,b,c)"),
            ("antall=is.tall", "api-condition", "is.null"),
            ("sted=eq.x", "api-value", "geometries"),
            ("postnummer=in.(%22a)", "api-condition", "double quotes"),
        ] {
            let problem = conditions(query).unwrap_err();
            assert_eq!(problem.code(), code, "{query}");
            assert!(
                problem.public_hint().unwrap_or_default().contains(hint),
                "{query}: {problem} {:?}",
                problem.public_hint()
            );
        }
        assert!(conditions(&"antall=eq.1&".repeat(51)).is_err());
        assert!(conditions(&format!("antall=in.({})", vec!["1"; 1001].join(","))).is_err());
        assert!(conditions("postnummer=like.******a").is_err());
        assert!(Params::read("limit=1&limit=2").is_err());
    }

    #[test]
    fn lists_of_columns() {
        let select = |query: &str| Params::read(query).unwrap().select(&columns());
        let names = select("select=antall, postnummer").unwrap().unwrap();
        assert_eq!(names.iter().map(ColumnName::as_str).collect::<Vec<_>>(), ["antall", "postnummer"]);
        assert_eq!(select("").unwrap(), None);
        for bad in ["select=", "select=antall,antall", "select=nope", "select=antall,"] {
            assert_eq!(select(bad).unwrap_err().code(), "api-parameter", "{bad}");
        }
        let order = |query: &str| Params::read(query).unwrap().order(&columns());
        let by = |by: &OrderBy| (by.column.to_string(), by.descending);
        let ordered: Vec<_> = order("order=antall.desc,postnummer.asc,-version").unwrap().iter().map(by).collect();
        let expected = [("antall", true), ("postnummer", false), ("version", true)];
        assert_eq!(ordered, expected.map(|(name, descending)| (name.to_owned(), descending)));
        for bad in ["order=antall.up", "order=sted", "order=antall,antall.desc", "order=nope", "order="] {
            assert!(order(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn limits() {
        let limit = |query: &str| Params::read(query).unwrap().limit(Some(100));
        assert_eq!(limit("limit=100").unwrap(), Some(100));
        assert_eq!(limit("").unwrap(), None);
        for bad in ["limit=0", "limit=-1", "limit=+1", "limit=", "limit=1e3", "limit=101", "limit=99999999999999999999"]
        {
            assert_eq!(limit(bad).unwrap_err().code(), "api-limit", "{bad}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_refused_with_its_place() {
        for (query, told) in [
            ("postnummer=eq.%FF", "'postnummer' is not UTF-8: %FF"),
            ("limit=1&navn=%C3", "'navn' is not UTF-8: %C3"),
            ("a=%E5sen&b=1", "'a' is not UTF-8: %E5"),
            ("%FF=1", "'' is not UTF-8"),
        ] {
            let problem = Params::read(query).unwrap_err();
            assert_eq!(problem.code(), "api-parameter", "{query}");
            assert!(problem.detail().contains(told), "{query}: {problem}");
        }
        assert!(Params::read("postnummer=eq.%C3%A5&b=%25FF&c=%").is_ok());
    }

    #[test]
    fn one_parameter_is_exchanged() {
        let params = Params::read("a=1&f=json&b=%C3%A5").unwrap();
        assert_eq!(params.with("/x", "f", Some("html")), "/x?a=1&b=%C3%A5&f=html");
        assert_eq!(params.with("/x", "a", None), "/x?f=json&b=%C3%A5");
        assert_eq!(Params::read("f=json").unwrap().with("/x", "f", None), "/x");
    }

    #[test]
    fn the_next_page_asks_the_same() {
        let params = Params::read("antall=gt.1&cursor=old&select=antall&postnummer=like.%C3%A5*").unwrap();
        let next = params.with_cursor("https://data.example/d/a/rows", "1-2-x");
        let query = next.split_once('?').unwrap().1;
        let again = Params::read(query).unwrap();
        assert_eq!(again.get("cursor"), Some("1-2-x"));
        assert_eq!(again.conditions(&columns()).unwrap(), params.conditions(&columns()).unwrap());
    }
}
