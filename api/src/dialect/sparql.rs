//! `/sparql`: SPARQL 1.1 protocol (W3C Recommendation of 21 March 2013), queries only.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use catalog::graph::{RdfFormat, ResultFormat};

use super::{catalogue, html};
use crate::{
    error::Problem,
    negotiate,
    sparql::{Failure, Form, Refusal, check},
    state::State,
};

const SOLUTIONS: [(&str, ResultFormat); 7] = [
    ("application/sparql-results+json", ResultFormat::Json),
    ("application/json", ResultFormat::Json),
    ("application/sparql-results+xml", ResultFormat::Xml),
    ("application/xml", ResultFormat::Xml),
    ("text/csv", ResultFormat::Csv),
    ("text/tab-separated-values", ResultFormat::Tsv),
    ("text/plain", ResultFormat::Csv),
];

const TRIPLES: [(&str, ResultFormat); 6] = [
    ("text/turtle", ResultFormat::Turtle),
    ("application/ld+json", ResultFormat::JsonLd),
    ("application/rdf+xml", ResultFormat::Xml),
    ("application/n-triples", ResultFormat::Json),
    ("application/json", ResultFormat::JsonLd),
    ("application/xml", ResultFormat::Xml),
];

/// Room for the names of parameters and for percent-encoding beside the longest query, as a factor.
const ENCODED: usize = 4;

/// Registers the routes of this dialect.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/sparql").route(web::get().to(get)).route(web::post().to(post)));
}

async fn get(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let query = parameters(request.query_string().as_bytes())?;
    if query.is_none() && state.sparql.limits().enabled {
        return described(&request, &state);
    }
    answer(&request, &state, query).await
}

/// A service that is asked nothing describes itself (SPARQL 1.1 Service Description): as a form for browsers.
fn described(request: &HttpRequest, state: &State) -> Result<HttpResponse, Problem> {
    let offers = [
        ("text/turtle", Some(RdfFormat::Turtle)),
        ("text/html", None),
        ("application/ld+json", Some(RdfFormat::JsonLd)),
        ("application/rdf+xml", Some(RdfFormat::RdfXml)),
        ("application/n-triples", Some(RdfFormat::NTriples)),
    ];
    let names = || offers.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    match negotiate::media_type(&negotiate::accept(request), &offers) {
        None => Err(Problem::not_acceptable(&names())),
        Some(None) => html::sparql_form(state, request, negotiate::language(request)),
        Some(Some(format)) => service(request, state, format),
    }
}

/// The service and its data as RDF.
fn service(request: &HttpRequest, state: &State, format: RdfFormat) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let body = snapshot.graph.service(state.base(), format)?;
    Ok(catalogue::cached(request, format.media_type(), body.into(), snapshot.graph_etag.as_deref().unwrap_or_default()))
}

/// The service and its data, by extension.
pub(crate) async fn void_as(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let format = RdfFormat::ALL.into_iter().find(|format| format.extension() == path.as_str());
    service(&request, &state, format.unwrap_or(RdfFormat::Turtle))
}

/// The service and its data where they are looked for (RFC 8615).
pub(crate) async fn void(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    service(&request, &state, RdfFormat::Turtle)
}

async fn post(request: HttpRequest, state: web::Data<State>, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let limit = (state.sparql.limits().max_query_bytes as usize).saturating_mul(ENCODED).saturating_add(1024);
    let body = match payload.to_bytes_limited(limit).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => {
            return Err(Problem::bad_request("sparql-syntax", format!("The body cannot be read: {error}.")));
        }
        Err(_) => return Err(too_long(state.sparql.limits().max_query_bytes)),
    };
    let query = match request.content_type() {
        "application/x-www-form-urlencoded" => parameters(&body)?,
        "application/sparql-query" => Some(text(&body)?),
        "application/sparql-update" => return Err(refused(&Refusal::Update)),
        other => {
            let detail = format!("The body is '{other}'.");
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "sparql-syntax", detail);
            return Err(problem.hint("Send application/sparql-query or application/x-www-form-urlencoded."));
        }
    };
    answer(&request, &state, query).await
}

fn text(bytes: &[u8]) -> Result<String, Problem> {
    let text = std::str::from_utf8(bytes);
    text.map(str::to_owned).map_err(|_| Problem::bad_request("sparql-syntax", "The query is not UTF-8."))
}

/// The query among the parameters (SPARQL 1.1 Protocol, section 2.1); `None` if there is none.
fn parameters(encoded: &[u8]) -> Result<Option<String>, Problem> {
    let mut query = None;
    for (name, value) in url::form_urlencoded::parse(encoded) {
        match &*name {
            "query" if query.is_some() => {
                return Err(Problem::bad_request("sparql-syntax", "There is more than one parameter 'query'."));
            }
            "query" => query = Some(value.into_owned()),
            "update" => return Err(refused(&Refusal::Update)),
            "default-graph-uri" | "named-graph-uri" | "using-graph-uri" | "using-named-graph-uri" => {
                let detail = format!("The parameter '{name}' is not understood.");
                return Err(Problem::bad_request("sparql-unsupported", detail).hint("Use FROM or GRAPH in the query."));
            }
            _ => {}
        }
    }
    Ok(query)
}

async fn answer(request: &HttpRequest, state: &State, query: Option<String>) -> Result<HttpResponse, Problem> {
    if !state.sparql.limits().enabled {
        return Err(Problem::new(StatusCode::NOT_FOUND, "sparql-disabled", "SPARQL is switched off here.")
            .hint("Take the whole catalogue from /catalog.ttl."));
    }
    let Some(query) = query else {
        return Err(Problem::bad_request("sparql-syntax", "There is no query.")
            .hint("Give it as the parameter 'query' or in the body as application/sparql-query."));
    };
    let form = check(&query, state.sparql.limits()).map_err(|refusal| refused(&refusal))?;
    let format = negotiated(&negotiate::accept(request), form)?;
    let answer = state.sparql.query(&state.snapshot(), &query, format).await.map_err(failed)?;
    Ok(HttpResponse::Ok()
        .content_type(answer.media_type)
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(answer.body))
}

fn negotiated(accept: &str, form: Form) -> Result<ResultFormat, Problem> {
    let offers: &[(&str, ResultFormat)] = match form {
        Form::Solutions => &SOLUTIONS,
        Form::Triples => &TRIPLES,
    };
    negotiate::media_type(accept, offers).ok_or_else(|| {
        let names: Vec<&str> = offers.iter().map(|(name, _)| *name).collect();
        Problem::not_acceptable(&names)
    })
}

fn too_long(max: u32) -> Problem {
    let detail = format!("The query has more than {max} bytes.");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "sparql-too-long", detail)
}

fn refused(refusal: &Refusal) -> Problem {
    let status = match refusal {
        Refusal::TooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Update | Refusal::Service => StatusCode::FORBIDDEN,
        Refusal::TooDeep(_) | Refusal::TooComplex(_) | Refusal::TooManyPatterns(_) | Refusal::NoForm => {
            StatusCode::BAD_REQUEST
        }
    };
    let hint = match refusal {
        Refusal::TooLong { .. } | Refusal::TooDeep(_) | Refusal::TooComplex(_) | Refusal::TooManyPatterns(_) => {
            "Ask a smaller question, or load /catalog.nt into a store of your own."
        }
        Refusal::Update => "Send a query; what is published changes through runs only.",
        Refusal::Service => "Ask the other endpoint yourself and join the answers.",
        Refusal::NoForm => "Begin with SELECT, ASK, CONSTRUCT or DESCRIBE.",
    };
    Problem::new(status, refusal.code(), refusal.to_string()).hint(hint)
}

fn failed(failure: Failure) -> Problem {
    let detail = failure.to_string();
    match failure {
        Failure::Refused { code, .. } => said(&code, &detail),
        Failure::Timeout(_) => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "sparql-timeout", detail)
            .hint("Narrow the query, or load /catalog.nt into a store of your own."),
        Failure::Memory(_) => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "sparql-memory", detail)
            .hint("Narrow the query: name classes and properties, avoid joins without a common variable."),
        Failure::Busy => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "sparql-busy", detail)
            .told()
            .hint("Try again in a moment.")
            .header(header::RETRY_AFTER, "2"),
        Failure::Broken(_) => Problem::unavailable("sparql-worker", detail),
    }
}

/// What a worker said, as a problem with a code of this side.
fn said(code: &str, detail: &str) -> Problem {
    match code {
        "sparql-syntax" => {
            Problem::bad_request("sparql-syntax", detail).hint("See https://www.w3.org/TR/sparql11-query/.")
        }
        "sparql-update-refused" => refused(&Refusal::Update),
        "sparql-unsupported" => Problem::bad_request("sparql-unsupported", detail),
        "sparql-too-large" => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "sparql-too-large", detail).hint("Add LIMIT to the query.")
        }
        _ => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "sparql-failed", detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_found_among_the_parameters() {
        assert_eq!(parameters(b"query=ASK+%7B%7D&x=1").unwrap().as_deref(), Some("ASK {}"));
        assert_eq!(parameters(b"").unwrap(), None);
        assert_eq!(parameters(b"query=a&query=b").unwrap_err().code(), "sparql-syntax");
        assert_eq!(parameters(b"update=CLEAR+ALL").unwrap_err().code(), "sparql-update-refused");
        assert_eq!(parameters(b"query=a&default-graph-uri=x").unwrap_err().code(), "sparql-unsupported");
    }

    #[test]
    fn the_form_decides_what_is_on_offer() {
        let client = "application/sparql-results+json, text/turtle;q=0.9, */*;q=0.1";
        assert_eq!(negotiated(client, Form::Solutions).unwrap(), ResultFormat::Json);
        assert_eq!(negotiated(client, Form::Triples).unwrap(), ResultFormat::Turtle);
        assert_eq!(negotiated("", Form::Solutions).unwrap(), ResultFormat::Json);
        assert_eq!(negotiated("text/csv", Form::Solutions).unwrap(), ResultFormat::Csv);
        assert_eq!(negotiated("image/png", Form::Triples).unwrap_err().code(), "api-not-acceptable");
    }

    #[test]
    fn failures_have_their_codes() {
        assert_eq!(failed(Failure::Timeout(10)).code(), "sparql-timeout");
        assert_eq!(failed(Failure::Memory(1)).code(), "sparql-memory");
        assert_eq!(failed(Failure::Busy).code(), "sparql-busy");
        let refused = Failure::Refused { code: "sparql-syntax".to_owned(), detail: "x".to_owned() };
        assert_eq!(failed(refused).code(), "sparql-syntax");
    }
}
