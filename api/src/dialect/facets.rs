//! What lists of datasets are narrowed by: read from addresses, written to them, and in words.

use actix_web::HttpRequest;
use catalog::{Counts, Facet, Filters};
use config::{Access, Frequency, Language, Licence, Theme};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::texts;

/// Values of one facet that are shown.
const MOST_SHOWN: usize = 20;

/// A facet for readers.
pub(super) struct FacetView {
    pub(super) title: &'static str,
    /// True if the list is narrowed by it.
    pub(super) open: bool,
    pub(super) values: Vec<ValueView>,
}

/// A value of a facet for readers.
pub(super) struct ValueView {
    pub(super) label: String,
    pub(super) count: u32,
    /// The list with this value more or less.
    pub(super) href: String,
    /// True if the list is narrowed to it.
    pub(super) chosen: bool,
}

/// The values that a request narrows a list to: `?theme=GOVE&theme=SOCI&format=csv`.
pub(super) fn read(request: &HttpRequest) -> Filters {
    let mut filters = Filters::default();
    for (key, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        if let Some(facet) = Facet::ALL.into_iter().find(|facet| facet.name() == key) {
            filters.add(facet, &value);
        }
    }
    filters
}

/// How many there are of each value, for programs.
pub(super) fn document(counts: &Counts) -> Value {
    let of = |facet: Facet| {
        let values: Map<String, Value> =
            counts.of(facet).map(|(value, count)| (value.to_owned(), json!(count))).collect();
        (facet.name().to_owned(), Value::Object(values))
    };
    Value::Object(Facet::ALL.into_iter().map(of).collect())
}

/// The facets of a list; one with a single value narrows nothing and is left out. `list` is its address.
pub(super) fn views(
    list: &str,
    query: &str,
    (filters, counts): (&Filters, &Counts),
    language: Language,
) -> Vec<FacetView> {
    let view = |facet: Facet| {
        let value = |(value, count): (&str, u32)| ValueView {
            label: label(facet, value, language),
            count,
            href: address(list, query, &filters.toggled(facet, value)),
            chosen: filters.has(facet, value),
        };
        let values: Vec<ValueView> = counts.of(facet).take(MOST_SHOWN).map(value).collect();
        FacetView { title: title(facet, language), open: values.iter().any(|value| value.chosen), values }
    };
    let narrows = |view: &FacetView| view.values.len() > 1 || view.open;
    Facet::ALL.into_iter().map(view).filter(narrows).collect()
}

fn address(list: &str, query: &str, filters: &Filters) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    if !query.is_empty() {
        pairs.append_pair("q", query);
    }
    for (facet, value) in filters.iter() {
        pairs.append_pair(facet.name(), value);
    }
    let pairs = pairs.finish();
    if pairs.is_empty() { list.to_owned() } else { format!("{list}?{pairs}") }
}

fn title(facet: Facet, language: Language) -> &'static str {
    let words = texts::words(language);
    match facet {
        Facet::Theme => words.themes,
        Facet::Format => words.format,
        Facet::Access => words.access,
        Facet::Frequency => words.frequency,
        Facet::Licence => words.licence,
    }
}

fn label(facet: Facet, value: &str, language: Language) -> String {
    fn known<T: DeserializeOwned>(value: &str) -> Option<T> {
        serde_json::from_value(Value::String(value.to_owned())).ok()
    }
    let label = match facet {
        Facet::Theme => known::<Theme>(value).map(|theme| texts::theme(theme, language)),
        Facet::Frequency => known::<Frequency>(value).map(|frequency| texts::frequency(frequency, language)),
        Facet::Access => known::<Access>(value).map(|access| texts::access(access, language)),
        Facet::Licence => known::<Licence>(value).map(|licence| texts::licence(licence).0),
        Facet::Format => return value.to_uppercase(),
    };
    label.map_or_else(|| value.to_owned(), str::to_owned)
}
