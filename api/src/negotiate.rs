//! Content negotiation: media types (RFC 9110 section 12.5.1) and languages (section 12.5.4).

use actix_web::{HttpRequest, http::header};
use config::Language;

/// The value of the request's `Accept` fields, joined.
pub(crate) fn accept(request: &HttpRequest) -> String {
    joined(request, header::ACCEPT)
}

/// The offer that the client likes best; of equals the first. Without a wish the first offer, `None` if none will do.
pub(crate) fn media_type<T: Copy>(accept: &str, offers: &[(&str, T)]) -> Option<T> {
    let ranges = weighted(accept);
    if ranges.is_empty() {
        return offers.first().map(|(_, value)| *value);
    }
    let mut best: Option<(u16, T)> = None;
    for (name, value) in offers {
        let quality = quality(&ranges, name);
        if quality > best.map_or(0, |(q, _)| q) {
            best = Some((quality, *value));
        }
    }
    best.map(|(_, value)| value)
}

/// The page language: `?lang=`, else `Accept-Language`, else bokmål.
pub(crate) fn language(request: &HttpRequest) -> Language {
    let asked = query(request, "lang").and_then(|tag| tagged(&tag));
    asked.unwrap_or_else(|| accepted_language(&joined(request, header::ACCEPT_LANGUAGE)))
}

/// The language of a BCP 47 tag, if the pages speak it. `no` stands for bokmål.
pub(crate) fn tagged(tag: &str) -> Option<Language> {
    match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "nb" | "no" => Some(Language::Nb),
        "nn" => Some(Language::Nn),
        "en" => Some(Language::En),
        _ => None,
    }
}

/// The first value of a query parameter.
pub(crate) fn query(request: &HttpRequest, name: &str) -> Option<String> {
    url::form_urlencoded::parse(request.query_string().as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Whether an `If-None-Match` or `If-Match` list names an entity tag (given with its quotes). `*` names all; `weak`
/// leaves out the `W/` before comparing.
pub(crate) fn lists_etag(list: &str, etag: &str, weak: bool) -> bool {
    list.trim() == "*"
        || list
            .split(',')
            .map(str::trim)
            .any(|tag| if weak { tag.trim_start_matches("W/") == etag } else { tag == etag })
}

fn accepted_language(value: &str) -> Language {
    let mut best = (0, Language::Nb);
    for (tag, quality) in weighted(value) {
        if let Some(language) = tagged(&tag).filter(|_| quality > best.0) {
            best = (quality, language);
        }
    }
    best.1
}

fn joined(request: &HttpRequest, name: header::HeaderName) -> String {
    let values: Vec<&str> = request.headers().get_all(name).filter_map(|value| value.to_str().ok()).collect();
    values.join(", ")
}

/// The elements of a list with their quality in thousandths.
fn weighted(list: &str) -> Vec<(String, u16)> {
    list.split(',')
        .filter_map(|element| {
            let mut parts = element.split(';').map(str::trim);
            let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            Some((name, quality.map_or(1000, thousandths)))
        })
        .collect()
}

fn thousandths(quality: &str) -> u16 {
    let value: f32 = quality.trim().parse().unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000 before the cast")]
    let rounded = (value.clamp(0.0, 1.0) * 1000.0).round() as u16;
    rounded
}

/// The quality of a media type: that of the most specific range which covers it.
fn quality(ranges: &[(String, u16)], name: &str) -> u16 {
    let family = name.split('/').next().unwrap_or_default();
    let rank = |range: &str| match range {
        "*/*" | "*" => Some(0),
        exact if exact == name => Some(2),
        range => range.strip_suffix("/*").filter(|prefix| *prefix == family).map(|_| 1),
    };
    ranges.iter().filter_map(|(range, q)| Some((rank(range)?, *q))).max_by_key(|(rank, _)| *rank).map_or(0, |(_, q)| q)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const OFFERS: [(&str, u8); 4] =
        [("text/html", 0), ("text/turtle", 1), ("application/ld+json", 2), ("application/rdf+xml", 3)];

    #[test]
    fn media_types_by_quality_then_by_offer() {
        let cases: [(&str, Option<u8>); 12] = [
            ("", Some(0)),
            ("*/*", Some(0)),
            ("text/turtle", Some(1)),
            ("text/turtle;q=0.5, application/ld+json", Some(2)),
            ("text/turtle; q=0.9, application/rdf+xml; q=0.91", Some(3)),
            ("text/*;q=0.3, application/ld+json;q=0.2", Some(0)),
            ("text/html;q=0, */*", Some(1)),
            ("text/*, text/html;q=0.1", Some(1)),
            ("image/png", None),
            ("text/html;q=0", None),
            ("application/ld+json;profile=\"http://www.w3.org/ns/json-ld#compacted\"", Some(2)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(0)),
        ];
        for (accept, expected) in cases {
            assert_eq!(media_type(accept, &OFFERS), expected, "{accept}");
        }
    }

    #[test]
    fn languages_by_parameter_then_header() {
        let language_of = |uri: &str, header: &str| {
            language(&TestRequest::with_uri(uri).insert_header(("accept-language", header)).to_http_request())
        };
        assert_eq!(language_of("/", ""), Language::Nb);
        assert_eq!(language_of("/", "se, fr;q=0.9"), Language::Nb);
        assert_eq!(language_of("/", "nn-NO, nb;q=0.8, en;q=0.5"), Language::Nn);
        assert_eq!(language_of("/", "nb;q=0.1, en-GB;q=0.7"), Language::En);
        assert_eq!(language_of("/?lang=en", "nn"), Language::En);
        assert_eq!(language_of("/?lang=xx", "nn"), Language::Nn);
    }

    #[test]
    fn entity_tags_in_lists() {
        assert!(lists_etag("\"a\", \"b\"", "\"b\"", false));
        assert!(lists_etag("W/\"b\"", "\"b\"", true));
        assert!(!lists_etag("W/\"b\"", "\"b\"", false));
        assert!(lists_etag("*", "\"b\"", false));
        assert!(!lists_etag("b", "\"b\"", true));
    }
}
