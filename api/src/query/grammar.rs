//! The question in an address: `select`, `order`, `limit` and conditions `column=operator.value`, in the manner of
//! `PostgREST`.

use std::fmt;

use catalog::{table::Predicate, version::ColumnInfo};
use config::{ColumnName, ColumnType};

use super::{
    condition::{Conditions, OPERATORS},
    names::{LONGEST_NAME, RESERVED, find},
    select::Select,
};
use crate::error::Problem;

/// A column and a direction of the order asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ordered {
    /// The column.
    pub(crate) column: ColumnName,
    /// Largest first.
    pub(crate) descending: bool,
    /// Rows without a value first; else they come last, either way.
    pub(crate) nulls_first: bool,
}

impl fmt::Display for Ordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (minus, nulls) =
            (if self.descending { "-" } else { "" }, if self.nulls_first { ".nullsfirst" } else { "" });
        write!(f, "{minus}{}{nulls}", self.column)
    }
}

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
    pub(crate) fn select(&self, columns: &[ColumnInfo]) -> Result<Option<Select>, Problem> {
        self.get("select").filter(|list| *list != "*").map(|list| Select::read(list, columns)).transpose()
    }

    /// The sort order asked for: `a.desc.nullsfirst,b` or `-a,b`.
    pub(crate) fn order(&self, columns: &[ColumnInfo]) -> Result<Vec<Ordered>, Problem> {
        let mut order: Vec<Ordered> = Vec::new();
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
        let mut conditions = Conditions::new(columns);
        let mut texts = Vec::new();
        for (name, value) in &self.pairs {
            if RESERVED.contains(&name.as_str()) && !is_condition(name, value) {
                continue;
            }
            conditions.add(name, value)?;
            texts.push(format!("{name}={value}"));
        }
        texts.sort_unstable();
        Ok((conditions.all(), texts.join("\n")))
    }

    /// The conditions that a parameter lists: `having=n.gt.5,or(a.eq.1,b.is.null)`.
    pub(crate) fn listed(&self, name: &str, columns: &[ColumnInfo]) -> Result<Option<Predicate>, Problem> {
        let Some(list) = self.get(name) else { return Ok(None) };
        let mut conditions = Conditions::new(columns);
        conditions.add("and", &format!("({list})"))?;
        Ok(conditions.all())
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
    // Lists of columns and conditions may begin with anything.
    let list = ["select", "order", "having"].contains(&name);
    !list && value.split_once('.').is_some_and(|(operator, _)| OPERATORS.contains(&operator))
}

fn order_term(columns: &[ColumnInfo], term: &str) -> Result<Ordered, Problem> {
    let (minus, term) = term.strip_prefix('-').map_or((false, term), |rest| (true, rest));
    let mut parts = term.split('.');
    let name = parts.next().unwrap_or_default();
    let mut by = Ordered { column: find(columns, name)?.name.clone(), descending: minus, nulls_first: false };
    for word in parts {
        match word {
            "asc" => by.descending = false,
            "desc" => by.descending = true,
            "nullsfirst" => by.nulls_first = true,
            "nullslast" => by.nulls_first = false,
            other => {
                return Err(Problem::bad_request("api-order", format!("'{other}' is not a direction.")).hint(
                    "Write column.asc or column.desc, then .nullsfirst if rows without a value shall not come last.",
                ));
            }
        }
    }
    let is_geometry =
        |column: &ColumnInfo| column.name == by.column && matches!(column.kind, ColumnType::Geometry { .. });
    if columns.iter().any(is_geometry) {
        return Err(Problem::bad_request("api-order", format!("'{name}' is a geometry, which has no order.")));
    }
    Ok(by)
}

#[cfg(test)]
mod tests {
    use catalog::table::{Comparison, Scalar};

    use super::*;
    use crate::query::names::tests::column;

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
        let names = select("select=antall, postnummer").unwrap().unwrap().read_names();
        assert_eq!(names.iter().map(ColumnName::as_str).collect::<Vec<_>>(), ["antall", "postnummer"]);
        assert!(select("").unwrap().is_none());
        for bad in ["select=", "select=antall,antall", "select=nope", "select=antall,"] {
            assert_eq!(select(bad).unwrap_err().code(), "api-parameter", "{bad}");
        }
        let order = |query: &str| Params::read(query).unwrap().order(&columns());
        let by = |by: &Ordered| (by.column.to_string(), by.descending);
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
