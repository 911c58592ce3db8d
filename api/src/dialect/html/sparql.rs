//! The page of the SPARQL service: a form and questions to begin with.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use config::Language;

use super::{Page, answer};
use crate::{error::Problem, state::State};

#[derive(Template)]
#[template(path = "sparql.html")]
struct FormPage<'a> {
    page: Page<'a>,
    lead: &'static str,
    ask: &'static str,
    run: &'static str,
    examples_head: &'static str,
    first: &'static str,
    /// Title, query and the address of its answer.
    examples: Vec<(&'static str, &'static str, String)>,
    limits: String,
}

/// Questions with their titles.
const EXAMPLES: [([&str; 3], &str); 4] = [
    (
        [
            "Alle datasett med tittel på bokmål",
            "Alle datasett med tittel på bokmål",
            "All datasets with their title in bokmål",
        ],
        "PREFIX dcat: <http://www.w3.org/ns/dcat#>\nPREFIX dct: <http://purl.org/dc/terms/>\n\nSELECT ?dataset ?title WHERE {\n  ?dataset a dcat:Dataset ; dct:title ?title .\n  FILTER(lang(?title) = \"nb\")\n}\nORDER BY ?title",
    ),
    (
        ["Filer som kan lastes ned", "Filer som kan lastast ned", "Files to download"],
        "PREFIX dcat: <http://www.w3.org/ns/dcat#>\nPREFIX dct: <http://purl.org/dc/terms/>\n\nSELECT ?dataset ?file ?format ?bytes WHERE {\n  ?dataset dcat:distribution ?distribution .\n  ?distribution dcat:downloadURL ?file ; dct:format ?format .\n  OPTIONAL { ?distribution dcat:byteSize ?bytes }\n}\nORDER BY ?dataset ?file",
    ),
    (
        ["Datasett i hvert tema", "Datasett i kvart tema", "Datasets in each theme"],
        "PREFIX dcat: <http://www.w3.org/ns/dcat#>\n\nSELECT ?theme (COUNT(DISTINCT ?dataset) AS ?datasets) WHERE {\n  ?dataset a dcat:Dataset ; dcat:theme ?theme .\n}\nGROUP BY ?theme\nORDER BY DESC(?datasets)",
    ),
    (
        ["Målt kvalitet", "Målt kvalitet", "Measured quality"],
        "PREFIX dqv: <http://www.w3.org/ns/dqv#>\n\nSELECT ?of ?metric ?value WHERE {\n  ?measurement dqv:computedOn ?of ; dqv:isMeasurementOf ?metric ; dqv:value ?value .\n}\nORDER BY ?of ?metric\nLIMIT 100",
    ),
];

/// The page.
pub(crate) fn sparql_form(state: &State, request: &HttpRequest, language: Language) -> Result<HttpResponse, Problem> {
    let page = Page::plain(&state.config, language, "SPARQL".to_owned(), "sparql");
    let limits = state.sparql.limits();
    let example = |(titles, query): ([&'static str; 3], &'static str)| {
        let encoded: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("query", query).finish();
        (language.pick(titles), query, format!("{}sparql?{encoded}", page.root))
    };
    let examples = EXAMPLES.map(example).into();
    let form = FormPage {
        lead: language.pick([
            "Spør katalogen med SPARQL 1.1. Hvert datasett er en navngitt graf; uten GRAPH spørres alle.",
            "Spør katalogen med SPARQL 1.1. Kvart datasett er ein namngjeven graf; utan GRAPH blir alle spurde.",
            "Ask the catalogue in SPARQL 1.1. Each dataset is a named graph; without GRAPH all are asked.",
        ]),
        ask: language.pick(["Spørring", "Spørjing", "Query"]),
        run: language.pick(["Kjør", "Køyr", "Run"]),
        examples_head: language.pick(["Eksempler", "Døme", "Examples"]),
        first: EXAMPLES.first().map_or("", |(_, query)| *query),
        limits: format!(
            "{}: {} s, {} kB",
            language.pick(["Grenser", "Grenser", "Limits"]),
            limits.timeout_seconds,
            limits.max_query_bytes / 1000
        ),
        examples,
        page,
    };
    answer(request, &form)
}
