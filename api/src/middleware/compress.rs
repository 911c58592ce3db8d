//! Which answers may be compressed: text, when the client asks, and never bytes that clients read by range.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderValue},
    middleware::Next,
};

/// Marks what must not be compressed. `Content-Encoding: identity` is what the compressor understands; it is taken
/// away again by [`unmark`].
pub(crate) async fn mark<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let plain = is_plain_path(request.path());
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    if !headers.contains_key(header::CONTENT_ENCODING) && (plain || !is_text(headers)) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
    Ok(response)
}

/// Takes the mark away, and weakens the entity tag of what was compressed (RFC 9110 section 8.8.3.3).
pub(super) fn unmark(headers: &mut HeaderMap) {
    let Some(encoding) = headers.get(header::CONTENT_ENCODING) else { return };
    if encoding == "identity" {
        headers.remove(header::CONTENT_ENCODING);
        return;
    }
    let strong = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| tag.starts_with('"'));
    if let Some(weak) = strong.and_then(|tag| HeaderValue::from_str(&format!("W/{tag}")).ok()) {
        headers.insert(header::ETAG, weak);
    }
}

/// Harvesters and range readers take these as they are.
fn is_plain_path(path: &str) -> bool {
    let published_file = path.starts_with("/d/") && (path.contains("/v/") || path.contains("/latest/"));
    path.starts_with("/catalog.") || published_file
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/")
        || ["json", "+xml", "/xml", "n-triples", "ndjson", "openmetrics-text", "vector-tile"]
            .iter()
            .any(|end| kind.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_that_nobody_reads_by_range() {
        let of = |kind: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            is_text(&headers)
        };
        for text in ["text/html; charset=utf-8", "application/ld+json", "application/problem+json", "text/turtle"] {
            assert!(of(text), "{text}");
        }
        for bytes in ["application/vnd.apache.parquet", "application/vnd.apache.arrow.stream", "image/png"] {
            assert!(!of(bytes), "{bytes}");
        }
        assert!(is_plain_path("/catalog.ttl") && is_plain_path("/d/a/v/1/a.csv"));
        assert!(!is_plain_path("/catalog") && !is_plain_path("/d/a/rows"));
    }

    #[test]
    fn a_compressed_answer_has_a_weak_tag() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, HeaderValue::from_static("\"a\""));
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        unmark(&mut headers);
        assert_eq!(headers.get(header::ETAG).unwrap(), "W/\"a\"");
    }
}
