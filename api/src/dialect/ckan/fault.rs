//! What goes wrong, as CKAN tells it.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde_json::{Value, json};

use crate::error::{InOwnWords, Problem};

/// Why an action has no result.
#[derive(Debug)]
pub(super) enum Fault {
    /// There is no such thing.
    NotFound(&'static str),
    /// A parameter is missing or wrong: its name, and what is wrong.
    Validation(String, String),
    /// A search cannot be understood.
    Query(String),
    /// Anything else, as this server tells it.
    Other(Problem),
}

/// An error as CKAN tells it.
pub(super) fn in_own_words(status: StatusCode, body: &Value) -> HttpResponse {
    let mut response = HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(body);
    response.extensions_mut().insert(InOwnWords);
    response
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        match problem.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => Self::NotFound("Not found"),
            StatusCode::BAD_REQUEST => {
                let hint = problem.public_hint().map(|hint| format!(" {hint}")).unwrap_or_default();
                Self::Validation("query".to_owned(), format!("{}{hint}", problem.public_detail()))
            }
            _ => Self::Other(problem),
        }
    }
}

impl Fault {
    /// A wrong parameter.
    pub(super) fn wrong(name: &str, why: impl Into<String>) -> Self {
        Self::Validation(name.to_owned(), why.into())
    }

    /// The answer, with the address of the action's help.
    pub(super) fn answer(self, help: &str) -> Result<HttpResponse, Problem> {
        let (status, error): (StatusCode, Value) = match self {
            Self::NotFound(message) => {
                (StatusCode::NOT_FOUND, json!({ "message": message, "__type": "Not Found Error" }))
            }
            Self::Validation(name, why) => (StatusCode::CONFLICT, json!({ name: [why], "__type": "Validation Error" })),
            Self::Query(why) => {
                let message = format!("Search Query is invalid: {why}");
                (StatusCode::BAD_REQUEST, json!({ "message": message, "__type": "Search Query Error" }))
            }
            Self::Other(problem) if problem.status() == StatusCode::FORBIDDEN => {
                let message = format!("Access denied: {}", problem.public_detail());
                (StatusCode::FORBIDDEN, json!({ "message": message, "__type": "Authorization Error" }))
            }
            Self::Other(problem) => return Err(problem),
        };
        Ok(in_own_words(status, &json!({ "help": help, "success": false, "error": error })))
    }
}
