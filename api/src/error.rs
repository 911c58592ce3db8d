//! Errors as the public sees them: problem details (RFC 9457) with a stable code and a hint.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use serde_json::{Value, json};

/// Media type of problem details, RFC 9457 section 3.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// In the extensions of an answer: an error that a dialect has put into the words of its own protocol, and that stays as it
/// is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InOwnWords;

/// Why a request has no better answer. Rendered by [`crate::middleware`] with the absolute `type` address; the detail
/// of a 5xx is logged there and never shown.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    hint: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Further members of the document (RFC 9457 section 3.2).
    members: Vec<(&'static str, Value)>,
    /// Whether the public sees the detail of a 5xx.
    told: bool,
}

impl Problem {
    /// A problem with a stable code (a heading in `docs/errors.md`).
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let (hint, headers, members) = (None, Vec::new(), Vec::new());
        Self { status, code, detail: detail.into(), hint, headers, members, told: false }
    }

    /// 400: the request cannot be understood.
    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 404: there is nothing at this address.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "api-not-found", detail)
    }

    /// 406: none of the forms on offer is acceptable.
    pub(crate) fn not_acceptable(offers: &[&str]) -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, "api-not-acceptable", "None of the forms on offer is acceptable.")
            .hint(format!("Ask for one of: {}.", offers.join(", ")))
            .header(header::VARY, "Accept")
    }

    /// 500: our fault. The cause is logged, never shown.
    pub(crate) fn internal(cause: impl fmt::Display) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api-internal", cause.to_string())
    }

    /// 503: try again later. The cause is logged, never shown.
    pub(crate) fn unavailable(code: &'static str, cause: impl fmt::Display) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, cause.to_string()).header(header::RETRY_AFTER, "10")
    }

    /// Adds what the client may do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a response header; a value that no header can hold is left out.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// Adds a member of the document, under a name that it does not have yet.
    pub(crate) fn member(mut self, name: &'static str, value: Value) -> Self {
        self.members.push((name, value));
        self
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// What happened; of a 5xx for the log only.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Says that the detail of a 5xx is for the public: it is no failure, there is too much to do.
    pub(crate) fn told(mut self) -> Self {
        self.told = true;
        self
    }

    /// Whether the operator should hear of it.
    pub(crate) fn is_failure(&self) -> bool {
        self.status.is_server_error() && !self.told
    }

    /// What the public is told: of a failure nothing but that it was our fault.
    pub(crate) fn public_detail(&self) -> &str {
        if self.is_failure() { "The server could not answer. The failure has been logged." } else { &self.detail }
    }

    /// The hint, if there is one.
    pub(crate) fn public_hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The answer, with the root of addresses and the request's id.
    pub(crate) fn render(&self, base: &str, id: &str) -> HttpResponse {
        let mut body = json!({
            "type": format!("{base}docs/errors#{}", self.code),
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.public_detail(),
            "code": self.code,
        });
        if let (Some(hint), Some(map)) = (&self.hint, body.as_object_mut()) {
            map.insert("hint".to_owned(), json!(hint));
        }
        if let Some(map) = body.as_object_mut() {
            map.extend(self.members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        if let (true, Some(map)) = (self.status.is_server_error(), body.as_object_mut()) {
            map.insert("instance".to_owned(), json!(format!("urn:uuid:{id}")));
        }
        self.answer(PROBLEM_JSON, body.to_string())
    }

    /// An empty answer of this status with a body of some type.
    pub(crate) fn answer(&self, media_type: &str, body: String) -> HttpResponse {
        let mut builder = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            builder.append_header((name.clone(), value.clone()));
        }
        builder.insert_header((header::CACHE_CONTROL, "no-store")).content_type(media_type.to_owned()).body(body)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status.as_u16(), self.code, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.render("/", "00000000-0000-0000-0000-000000000000")
    }
}

impl From<catalog::Error> for Problem {
    fn from(error: catalog::Error) -> Self {
        // The catalogue's own code is for the operator.
        let detail = format!("{}: {error}", error.code());
        match error {
            // A file that goes while it is read belongs to a version that is being withdrawn: soon that is told.
            catalog::Error::Storage { .. } | catalog::Error::Missing(_) => Self::unavailable("api-storage", detail),
            _ => Self::internal(detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body(response: HttpResponse) -> serde_json::Value {
        let bytes = actix_web::body::to_bytes(response.into_body()).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[actix_web::test]
    async fn a_client_error_says_what_and_how() {
        let problem = Problem::bad_request("api-limit", "limit is 'x'").hint("Give a number.");
        let response = problem.render("https://data.example/", "1");
        assert_eq!(response.headers().get("content-type").unwrap(), PROBLEM_JSON);
        let body = body(response).await;
        assert_eq!(body["type"], "https://data.example/docs/errors#api-limit");
        assert_eq!(body["detail"], "limit is 'x'");
        assert_eq!(body["hint"], "Give a number.");
        assert_eq!(body.get("instance"), None);
    }

    #[actix_web::test]
    async fn a_server_error_shows_an_id_and_nothing_else() {
        let response = Problem::internal("password is hunter2").render("https://data.example/", "abc");
        let body = body(response).await;
        assert_eq!(body["instance"], "urn:uuid:abc");
        assert!(!body.to_string().contains("hunter2"));
    }
}
