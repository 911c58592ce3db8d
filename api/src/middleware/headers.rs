//! Headers of every answer: cross-origin rules for data, and safety for pages.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Frames and foreign content are off; the only script is the one that moves maps.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "Accept-Ranges, Content-Crs, Content-Disposition, Content-Encoding, Content-Length, Content-Range, ETag, \
         Last-Modified, Link, Location, Retry-After, X-Allmenning-Features-Left-Out, X-Allmenning-Version, X-Request-Id, X-Total-Count, X-Total-Is",
    ),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
];

const PREFLIGHT: [(HeaderName, &str); 2] = [
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "Range, If-Match, If-None-Match, If-Range, Content-Type, Accept"),
    (header::ACCESS_CONTROL_MAX_AGE, "86400"),
];

/// Adds what every answer carries; what a handler set stays.
pub(super) fn decorate(headers: &mut HeaderMap, request_id: &str) {
    for (name, value) in ALWAYS {
        set_missing(headers, name, value);
    }
    let html = headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    if html {
        set_missing(headers, header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    }
    set_missing(headers, HeaderName::from_static("x-request-id"), request_id);
}

/// Adds the answer to a preflight question, good for a day.
pub(super) fn preflight(headers: &mut HeaderMap, allow: &'static str) {
    headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(allow));
    for (name, value) in PREFLIGHT {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn set_missing(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let (false, Ok(value)) = (headers.contains_key(&name), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}
