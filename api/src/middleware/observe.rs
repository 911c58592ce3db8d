//! The outermost layer: one log line, one count and one form of error for every request.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{Method, StatusCode, header},
    middleware::Next,
    web::{Bytes, Data},
};

use super::{compress, headers};
use crate::{
    asked::Asked,
    error::{InOwnWords, Problem},
    negotiate, routes,
    state::State,
};

/// Runs a request within the time limit and finishes its answer.
pub(crate) async fn observe<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let Some(state) = request.app_data::<Data<State>>().cloned() else {
        return Err(Problem::internal("the server has no state").into());
    };
    let asked = Asked { method: request.method().clone(), id: state.ids.next(state.started) };
    request.extensions_mut().insert(asked.clone());
    if asked.method == Method::OPTIONS {
        let response = options(&request);
        return Ok(finish(request.into_response(response).map_into_boxed_body(), &state, &asked, began));
    }
    if asked.method == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let limit = Duration::from_secs(state.config.server.request_timeout_seconds.into());
    match tokio::time::timeout(limit, next.call(request)).await {
        Ok(response) => Ok(finish(response?.map_into_boxed_body(), &state, &asked, began)),
        Err(_) => Err(too_slow(&state, &asked, began)),
    }
}

fn options(request: &ServiceRequest) -> HttpResponse {
    let mut response = HttpResponse::NoContent().finish();
    headers::preflight(response.headers_mut(), allow(request.request()));
    response
}

fn allow(request: &actix_web::HttpRequest) -> &'static str {
    let route = request.match_pattern().and_then(|pattern| routes::by_pattern(&pattern));
    route.map_or("GET, HEAD, OPTIONS", crate::route::Route::allow)
}

fn too_slow(state: &State, asked: &Asked, began: Instant) -> Error {
    let problem = Problem::unavailable("api-timeout", "the request took longer than server.request_timeout_seconds");
    log(&problem, asked);
    state.metrics.count("timeout", asked.method.as_str(), 503, began.elapsed());
    let mut response = problem.render(state.base(), &asked.id);
    headers::decorate(response.headers_mut(), &asked.id);
    InternalError::from_response(problem, response).into()
}

fn finish(
    response: ServiceResponse<BoxBody>,
    state: &State,
    asked: &Asked,
    began: Instant,
) -> ServiceResponse<BoxBody> {
    let mut response = explain(response, state, asked);
    compress::unmark(response.headers_mut());
    headers::decorate(response.headers_mut(), &asked.id);
    let pattern = response.request().match_pattern();
    let route = pattern.as_deref().unwrap_or("none");
    let (status, took) = (response.status().as_u16(), began.elapsed());
    state.metrics.count(route, asked.method.as_str(), status, took);
    let path = response.request().path();
    // The query is left out: it may hold what somebody searched for.
    tracing::info!(id = asked.id, method = %asked.method, path, status, ms = took.as_millis(), "request");
    if asked.method == Method::HEAD { response.map_body(|_, body| headless(body)) } else { response }
}

/// Turns every error into a problem of one form: as a page for browsers, as JSON for everybody else.
fn explain(response: ServiceResponse<BoxBody>, state: &State, asked: &Asked) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if status.as_u16() < 400 || response.response().extensions().contains::<InOwnWords>() {
        return response;
    }
    let (request, response) = response.into_parts();
    let own;
    let problem = if let Some(problem) = response.error().and_then(|error| error.as_error::<Problem>()) {
        problem
    } else {
        own = foreign(status, &request, response.error());
        &own
    };
    if problem.is_failure() {
        log(problem, asked);
    }
    let offers = [(crate::error::PROBLEM_JSON, false), ("application/json", false), ("text/html", true)];
    let wants_page = negotiate::media_type(&negotiate::accept(&request), &offers).unwrap_or(false);
    let page = if wants_page { crate::dialect::html::problem(state, &request, problem, &asked.id) } else { None };
    let answer = page.unwrap_or_else(|| problem.render(state.base(), &asked.id));
    ServiceResponse::new(request, answer)
}

/// An error that actix-web made: no route, wrong method, a body too large.
fn foreign(status: StatusCode, request: &actix_web::HttpRequest, error: Option<&Error>) -> Problem {
    match status {
        StatusCode::NOT_FOUND => {
            Problem::not_found("There is nothing at this address.").hint("See /docs for every address.")
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            let allow = allow(request);
            Problem::new(status, "api-method", format!("{} is not understood here.", request.method()))
                .hint(format!("Use one of: {allow}."))
                .header(header::ALLOW, allow)
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(status, "api-too-large", "The request body is too large."),
        _ => Problem::new(status, "api-request", error.map_or_else(|| status.to_string(), ToString::to_string)),
    }
}

fn log(problem: &Problem, asked: &Asked) {
    tracing::error!(id = asked.id, code = problem.code(), detail = problem.detail(), "request failed");
}

/// A body that is announced but not sent.
fn headless(body: BoxBody) -> BoxBody {
    let size = body.size();
    drop(body);
    BoxBody::new(Announced(size))
}

struct Announced(BodySize);

impl MessageBody for Announced {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}
