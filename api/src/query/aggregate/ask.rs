//! The question: `select` in the manner of `PostgREST`, where a term is a column to group by or a function of one.

use catalog::{Sha256, table::Predicate, version::ColumnInfo};
use config::{ColumnName, ColumnType, Text};

use super::period::Period;
use crate::{
    error::Problem,
    query::{Params, grammar::Ordered, names::find},
};

/// Terms of one question at the most.
const MAX_TERMS: usize = 40;
/// Columns to group by at the most.
const MAX_GROUPED: usize = 8;
/// How a question is asked when nothing is selected.
const DEFAULT: &str = "count()";
const FUNCTIONS: &str = "count(), sum(), avg(), min(), max(), median(), p1() to p99(); \
                         year(), quarter(), month(), week(), day(), hour() to group by a time";

/// What is asked of the rows that match.
#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    /// What to group by and to measure, in the order of the answer.
    pub(crate) terms: Vec<Term>,
    /// The columns of the answer.
    pub(crate) columns: Vec<ColumnInfo>,
    /// The condition on rows.
    pub(crate) predicate: Option<Predicate>,
    /// The condition on groups.
    pub(crate) having: Option<Predicate>,
    /// The order asked for; groups are in the order of their columns behind it.
    pub(crate) order: Vec<Ordered>,
    /// The question in one spelling, without limit and cursor.
    pub(crate) question: String,
    /// The IANA time zone in which instants belong to a day.
    pub(crate) zone: String,
}

/// One term of `select`.
#[derive(Debug, Clone)]
pub(crate) struct Term {
    /// The column that is read; `None` to count rows.
    pub(super) column: Option<ColumnInfo>,
    /// What becomes of it.
    pub(super) does: Does,
}

/// What a term does with its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// Rows with the same value, or the same period, are one group.
    Group(Option<Period>),
    /// A number about the rows of a group.
    Measure(Function),
}

/// A number about the rows of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    /// Rows, or those with a value in the column.
    Count,
    Sum,
    Avg,
    Min,
    Max,
    /// Percent of the values that lie below, interpolated between neighbours.
    Percentile(u8),
}

impl Aggregate {
    /// Checks a question against the columns of a version; `root` names dataset and version.
    pub(crate) fn new(params: &Params, columns: &[ColumnInfo], root: &str, zone: &str) -> Result<Self, Problem> {
        let select = params.get("select").unwrap_or(DEFAULT);
        let named = select.split(',').map(|text| term(columns, text.trim())).collect::<Result<Vec<_>, _>>()?;
        let grouped = named.iter().filter(|(_, term)| matches!(term.does, Does::Group(_))).count();
        if named.len() > MAX_TERMS || grouped > MAX_GROUPED {
            let detail = format!("At most {MAX_TERMS} terms are selected, {MAX_GROUPED} of them to group by.");
            return Err(Problem::bad_request("api-select", detail));
        }
        let (columns_out, terms): (Vec<ColumnInfo>, Vec<Term>) = named.into_iter().unzip();
        for (index, column) in columns_out.iter().enumerate() {
            if columns_out.iter().skip(index + 1).any(|other| other.name == column.name) {
                return Err(Problem::bad_request("api-select", format!("Two terms are called '{}'.", column.name))
                    .hint("Give one of them another name: select=other:areal.sum()."));
            }
        }
        let (predicate, conditions) = params.conditions(columns)?;
        let having = params.listed("having", &columns_out)?;
        let order = params.order(&columns_out)?;
        let parts = [root, select, &conditions, params.get("having").unwrap_or_default()];
        let lengths: Vec<String> = parts.iter().map(|part| part.len().to_string()).collect();
        let order_text = params.get("order").unwrap_or_default();
        let text = format!("aggregate {} {} {order_text} {zone}", lengths.join(" "), parts.join(" "));
        let question = Sha256::of(text.as_bytes()).to_string();
        Ok(Self { terms, columns: columns_out, predicate, having, order, question, zone: zone.to_owned() })
    }
}

/// Reads `[name:]column[.function()]` or `[name:]count()`.
fn term(columns: &[ColumnInfo], text: &str) -> Result<(ColumnInfo, Term), Problem> {
    if text.contains("::") {
        return Err(Problem::bad_request("api-select", format!("'{text}' has a cast, and aggregates have none."))
            .hint("Leave out '::' and what follows; write name:term to give a term another name."));
    }
    let (alias, body) = text.split_once(':').map_or((None, text), |(alias, body)| (Some(alias), body));
    let (column, function) = match body.strip_suffix("()") {
        None => (Some(body), None),
        Some(call) => call.rsplit_once('.').map_or((None, Some(call)), |(column, name)| (Some(column), Some(name))),
    };
    let column = column.map(|name| find(columns, name)).transpose()?.cloned();
    let does = function.map_or(Ok(Does::Group(None)), |name| does(name, column.as_ref()))?;
    let name = match alias {
        Some(alias) => Some(alias.to_owned()),
        None => default_name(column.as_ref(), function),
    };
    let name = name.unwrap_or_default().parse().map_err(|_| {
        Problem::bad_request("api-select", format!("'{text}' would have no good name."))
            .hint("Give it one of a-z, 0-9 and underscore: select=n:count().")
    })?;
    let term = Term { column, does };
    Ok((term.answer(name)?, term))
}

fn default_name(column: Option<&ColumnInfo>, function: Option<&str>) -> Option<String> {
    match (column, function) {
        (Some(column), Some(function)) => Some(format!("{}_{function}", column.name)),
        (Some(column), None) => Some(column.name.to_string()),
        (None, function) => function.map(str::to_owned),
    }
}

fn does(name: &str, column: Option<&ColumnInfo>) -> Result<Does, Problem> {
    let unknown = || {
        Problem::bad_request("api-select", format!("There is no function '{name}'."))
            .hint(format!("Functions: {FUNCTIONS}. Write column.function(), or count() for the number of rows."))
    };
    if let (Some(period), Some(_)) = (Period::parse(name), column) {
        return Ok(Does::Group(Some(period)));
    }
    let function = match name {
        "count" => Function::Count,
        _ if column.is_none() => return Err(unknown()),
        "sum" => Function::Sum,
        "avg" => Function::Avg,
        "min" => Function::Min,
        "max" => Function::Max,
        "median" => Function::Percentile(50),
        _ => {
            let percent = name.strip_prefix('p').and_then(|digits| digits.parse::<u8>().ok());
            Function::Percentile(percent.filter(|percent| (1..=99).contains(percent)).ok_or_else(unknown)?)
        }
    };
    Ok(Does::Measure(function))
}

impl Term {
    /// The column of the answer; an error where the function does not suit the column.
    fn answer(&self, name: ColumnName) -> Result<ColumnInfo, Problem> {
        let kind = self.kind().ok_or_else(|| self.unsuited())?;
        let text = Text { nb: name.to_string(), nn: None, en: None };
        let counts = matches!(self.does, Does::Measure(Function::Count));
        let column = self.column.as_ref().filter(|_| !counts);
        let as_it_is = column.filter(|_| self.does == Does::Group(None));
        Ok(ColumnInfo {
            name,
            field_id: 0,
            kind,
            title: as_it_is.map_or(text, |column| column.title.clone()),
            description: as_it_is.and_then(|column| column.description.clone()),
            unit: column.and_then(|column| column.unit.clone()),
            codes: as_it_is.map(|column| column.codes.clone()).unwrap_or_default(),
            concept: as_it_is.and_then(|column| column.concept.clone()),
            required: counts,
            crs: None,
        })
    }

    /// The type of the answer's column; `None` where the function does not suit the column.
    fn kind(&self) -> Option<ColumnType> {
        let kind = self.column.as_ref().map(|column| &column.kind);
        let integer = Some(ColumnType::Integer {});
        match (self.does, kind) {
            (Does::Measure(Function::Count), _) => integer,
            (_, None | Some(ColumnType::Geometry { .. })) => None,
            (Does::Group(None), Some(kind)) => Some(kind.clone()),
            (Does::Group(Some(period)), Some(kind)) => period.of(kind),
            (Does::Measure(Function::Min | Function::Max), Some(kind)) => {
                (!matches!(kind, ColumnType::Boolean { .. })).then(|| kind.clone())
            }
            (Does::Measure(function), Some(kind)) => {
                let is_number =
                    matches!(kind, ColumnType::Integer {} | ColumnType::Number {} | ColumnType::Decimal { .. });
                let answer = if function == Function::Sum { kind.clone() } else { ColumnType::Number {} };
                is_number.then_some(answer)
            }
        }
    }

    fn unsuited(&self) -> Problem {
        let name = self.column.as_ref().map(|column| column.name.to_string()).unwrap_or_default();
        let detail = match self.does {
            Does::Group(None) => format!("Rows cannot be grouped by column '{name}'."),
            Does::Group(Some(_)) | Does::Measure(_) => format!("That function is not for column '{name}'."),
        };
        Problem::bad_request("api-select", detail).hint(
            "sum(), avg(), median() and p1() to p99() are for numbers; min() and max() for all but geometries and \
             truth values; periods for dates and times; geometries are counted only.",
        )
    }
}
