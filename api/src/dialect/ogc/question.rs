//! What is asked of a collection's items: checked against one version before anything is read.

use catalog::{
    Snapshot,
    crs::Crs,
    table::{Comparison, Predicate},
    version::{ColumnInfo, VersionNumber},
};

use super::{
    ask::{Ask, Form},
    collection::{self, Collection},
    crs::{self, Offer},
    cursor::Cursor,
    parameters::{DEFAULT_LIMIT, DEFAULT_SHOWN, ITEMS, properties},
    place::Way,
    time,
};
use crate::{
    error::Problem,
    lookup,
    query::{
        Params,
        cql2::{self, Admitted},
        value,
    },
};

/// Degrees that the known extent of all features is widened by, for what rounding took.
const MARGIN: f64 = 0.01;

/// A question.
pub(super) struct Question<'a> {
    /// The version that is asked.
    pub(super) collection: Collection<'a>,
    /// The system of the answer's geometries.
    pub(super) offer: Offer,
    /// The rows that are let through.
    pub(super) admitted: Admitted,
    /// Features of the page at the most.
    pub(super) limit: u64,
    /// Where the page begins.
    pub(super) cursor: Cursor,
    /// Whether the request named a place to begin at, and so a version.
    pub(super) pinned: bool,
    /// The question in one spelling, without limit and cursor.
    pub(super) text: String,
}

/// The version that a request asks: the cursor's, or the current one.
///
/// # Errors
/// As [`collection::current`] and [`collection::pinned`]; `api-cursor` for a version that there never was.
pub(super) fn asked<'a>(snapshot: &'a Snapshot, id: &str, params: &Params) -> Result<Collection<'a>, Problem> {
    let Some(cursor) = params.plain("cursor") else { return collection::current(snapshot, id) };
    let entry = lookup::open_entry(snapshot, id)?;
    let number = cursor.split('-').next().and_then(|number| number.parse().ok()).map(VersionNumber);
    let known = number.filter(|number| entry.versions.contains_key(number) || entry.withdrawn.contains_key(number));
    match known {
        Some(version) => collection::pinned(snapshot, id, version),
        None => Err(Problem::bad_request("api-cursor", "The cursor does not belong to this collection.")
            .hint("Begin without a cursor.")),
    }
}

/// Reads the question of a request.
///
/// # Errors
/// 400 with a code for the parameter that is wrong.
pub(super) fn read<'a>(ask: &Ask<'_>, collection: Collection<'a>) -> Result<Question<'a>, Problem> {
    let params = &ask.params;
    let offers = crs::offers(collection.storage());
    let offer = crs::chosen(&offers, "crs", params.plain("crs"))?.clone();
    let reader = Reader { params, collection, offers: &offers };
    let admitted = Admitted::all(vec![reader.bbox()?, reader.datetime()?, reader.properties()?, reader.filter()?]);
    let default = if ask.form == Form::Html { DEFAULT_SHOWN } else { DEFAULT_LIMIT };
    let limit = limit(params, default, u64::from(ask.state.config.server.max_page_rows))?;
    let text = text(params, &collection);
    let first = Cursor { version: collection.manifest.number, row: 0, matched: None };
    let cursor = params.plain("cursor").map_or(Ok(first), |cursor| Cursor::parse(cursor, &text))?;
    let pinned = params.plain("cursor").is_some();
    Ok(Question { collection, offer, admitted, limit, cursor, pinned, text })
}

/// The names of all parameters of a collection's items.
pub(super) fn allowed<'a>(collection: &Collection<'a>) -> Vec<&'a str> {
    ITEMS.into_iter().chain(properties(collection).map(|column| column.name.as_str())).collect()
}

fn text(params: &Params, collection: &Collection<'_>) -> String {
    let own = ["cursor", "limit", "f", "lang"];
    let mut pairs: Vec<&(String, String)> =
        params.pairs().iter().filter(|(name, _)| !own.contains(&name.as_str())).collect();
    pairs.sort_unstable();
    format!("{} {} {pairs:?}", collection.id(), collection.manifest.number)
}

/// The number of features asked for: a number above the most stands for it (OGC 17-069r4 section 7.15.2).
fn limit(params: &Params, default: u64, most: u64) -> Result<u64, Problem> {
    let Some(text) = params.plain("limit") else { return Ok(default.min(most)) };
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // So many digits that no number holds them are more than the most, too.
    let limit = if plain { text.parse().unwrap_or(u64::MAX) } else { 0 };
    if limit > 0 {
        return Ok(limit.min(most));
    }
    let text: String = text.chars().take(40).collect();
    Err(Problem::bad_request("api-limit", format!("limit: '{text}' is not a number of features."))
        .hint(format!("Give a whole number from 1 to {most}.")))
}

struct Reader<'a, 'b> {
    params: &'b Params,
    collection: Collection<'a>,
    offers: &'b [Offer],
}

impl Reader<'_, '_> {
    fn way(&self, from: Crs) -> Way {
        let widened =
            |[west, south, east, north]: [f64; 4]| [west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN];
        Way { from, to: self.collection.storage(), extent: self.collection.manifest.bbox.map(widened) }
    }

    fn bbox(&self) -> Result<Admitted, Problem> {
        let system = crs::chosen(self.offers, "bbox-crs", self.params.plain("bbox-crs"))?;
        let Some(text) = self.params.plain("bbox") else { return Ok(Admitted::Everything) };
        let wrong = |what: &str| {
            Problem::bad_request("api-bbox", format!("bbox: {what}."))
                .hint("Write bbox=10.5,59.8,10.9,60: lower corner, then upper corner, in degrees or in the order of bbox-crs.")
        };
        let numbers = text
            .split(',')
            .enumerate()
            .map(|(index, part)| number(part).ok_or_else(|| wrong(&format!("number {} is none", index + 1))));
        let numbers = numbers.take(7).collect::<Result<Vec<f64>, Problem>>()?;
        let region = self.way(system.crs).bbox(&numbers).map_err(|reason| wrong(&reason))?;
        let meets = Comparison::Intersects(std::sync::Arc::new(region));
        Ok(self.or_without(self.collection.geometry, Admitted::Rows(on(self.collection.geometry, meets))))
    }

    fn datetime(&self) -> Result<Admitted, Problem> {
        let Some(text) = self.params.plain("datetime") else { return Ok(Admitted::Everything) };
        let span = time::span(text)?;
        let Some(column) = self.collection.time() else { return Ok(Admitted::Everything) };
        let during = cql2::during(column.name.as_str(), span.start.as_deref(), span.end.as_deref());
        let admitted = cql2::bind(&during, &self.collection.manifest.columns, &|_| Err("no place".to_owned()))?;
        Ok(self.or_without(column, admitted))
    }

    /// What is admitted, and the rows that have no value: both parameters leave those be.
    fn or_without(&self, column: &ColumnInfo, admitted: Admitted) -> Admitted {
        if self.collection.has_nulls(column) {
            Admitted::any(vec![Admitted::Rows(on(column, Comparison::IsNull)), admitted])
        } else {
            admitted
        }
    }

    fn properties(&self) -> Result<Admitted, Problem> {
        let mut parts = Vec::new();
        for column in properties(&self.collection) {
            if let Some(text) = self.params.plain(column.name.as_str()) {
                parts.push(Admitted::Rows(on(column, Comparison::Eq(value::scalar(column, text)?))));
            }
        }
        Ok(Admitted::all(parts))
    }

    fn filter(&self) -> Result<Admitted, Problem> {
        let language = match self.params.plain("filter-lang") {
            None => cql2::Language::Text,
            Some(name) => {
                let found = cql2::Language::ALL.into_iter().find(|language| language.name() == name);
                found.ok_or_else(|| {
                    let name: String = name.chars().take(40).collect();
                    Problem::bad_request("api-filter", format!("filter-lang: there is no language '{name}'."))
                        .hint("Languages: cql2-text, cql2-json.")
                })?
            }
        };
        let system = crs::chosen(self.offers, "filter-crs", self.params.plain("filter-crs"))?;
        let Some(text) = self.params.plain("filter") else { return Ok(Admitted::Everything) };
        let way = self.way(system.crs);
        let expression = cql2::parse(text, language)?;
        cql2::bind(&expression, &self.collection.manifest.columns, &|place| way.locate(place))
    }
}

fn on(column: &ColumnInfo, comparison: Comparison) -> Predicate {
    Predicate::Column(column.name.clone(), comparison)
}

/// A finite number without names and blanks.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}
