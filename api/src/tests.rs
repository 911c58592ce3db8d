//! The whole application, asked over HTTP on a small catalogue.

mod aggregate;
mod changes;
mod descriptions;
mod files;
mod frame;
mod pages;
mod rows;
mod wire;

use actix_web::{
    body::to_bytes,
    http::{Method, StatusCode, header::HeaderMap},
    test,
};
use bytes::Bytes;

use crate::{server, testing};

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Asks the application on a catalogue of its own.
async fn ask(method: Method, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let state = testing::state(folder.path()).await;
    ask_state(&state, method, uri, headers).await
}

/// Asks the application on a given catalogue.
async fn ask_state(
    state: &actix_web::web::Data<crate::state::State>,
    method: Method,
    uri: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let app = test::init_service(server::app(state.clone())).await;
    let mut request = test::TestRequest::with_uri(uri).method(method);
    for (name, value) in headers {
        request = request.append_header((*name, *value));
    }
    let response = test::call_service(&app, request.to_request()).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body()).await.map_err(|_| "broken body").unwrap();
    Answer { status, headers, body }
}

async fn get(uri: &str, headers: &[(&str, &str)]) -> Answer {
    ask(Method::GET, uri, headers).await
}
