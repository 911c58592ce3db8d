//! The namespaces in use and their customary prefixes.

/// Prefix and namespace, sorted by prefix.
pub const PREFIXES: [(&str, &str); 18] = [
    ("adms", "http://www.w3.org/ns/adms#"),
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dcatap", "http://data.europa.eu/r5r/"),
    ("dct", "http://purl.org/dc/terms/"),
    ("dqv", "http://www.w3.org/ns/dqv#"),
    ("eli", "http://data.europa.eu/eli/ontology#"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("odrs", "http://schema.theodi.org/odrs#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("prov", "http://www.w3.org/ns/prov#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("sd", "http://www.w3.org/ns/sparql-service-description#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("spdx", "http://spdx.org/rdf/terms#"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("void", "http://rdfs.org/ns/void#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// The IRI of a prefixed name, `None` if its prefix is not in [`PREFIXES`].
pub(crate) fn expand(name: &str) -> Option<String> {
    let (prefix, local) = name.split_once(':')?;
    let (_, namespace) = PREFIXES.iter().find(|(known, _)| *known == prefix)?;
    Some(format!("{namespace}{local}"))
}

/// The prefixed name of an IRI, `None` if its namespace is not in [`PREFIXES`] or the rest is not a plain name.
pub(crate) fn compact(iri: &str) -> Option<String> {
    PREFIXES.iter().find_map(|(prefix, namespace)| {
        let local = iri.strip_prefix(namespace)?;
        let plain = !local.is_empty() && local.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        plain.then(|| format!("{prefix}:{local}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_out_and_come_back() {
        assert_eq!(expand("dct:title").as_deref(), Some("http://purl.org/dc/terms/title"));
        assert_eq!(compact("http://purl.org/dc/terms/title").as_deref(), Some("dct:title"));
        assert_eq!(expand("nope:title"), None);
        assert_eq!(compact("http://purl.org/dc/terms/a/b"), None);
        assert_eq!(compact("http://purl.org/dc/terms/"), None);
    }

    #[test]
    fn prefixes_are_sorted_and_usable_in_json_ld() {
        assert!(PREFIXES.is_sorted());
        assert!(PREFIXES.iter().all(|(_, namespace)| namespace.ends_with(['#', '/'])));
    }
}
