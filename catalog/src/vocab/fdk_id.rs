//! What data.norge.no calls a dataset: known before it has ever seen it.

use md5::{Digest, Md5};

/// The id that data.norge.no gives to an IRI: a UUID of version 3 made of the IRI alone, without a namespace (RFC 9562,
/// section 5.3, with the input that Java's `nameUUIDFromBytes` takes). It stays as long as the IRI does.
pub fn fdk_id(iri: &str) -> String {
    let mut bytes: [u8; 16] = Md5::digest(iri.as_bytes()).into();
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = match at {
            6 => (*byte & 0x0f) | 0x30,
            8 => (*byte & 0x3f) | 0x80,
            _ => *byte,
        };
    }
    let hexadecimal = format!("{:032x}", u128::from_be_bytes(bytes));
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.into_iter().filter_map(|part| hexadecimal.get(part)).collect::<Vec<_>>().join("-")
}

/// Where data.norge.no shows a dataset, once it harvests the catalogue.
pub fn fdk_page(iri: &str) -> String {
    format!("https://data.norge.no/datasets/{}", fdk_id(iri))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids that the harvester of data.norge.no gives in its own tests.
    #[test]
    fn ids_are_those_of_the_harvester() {
        let of = |path: &str| fdk_id(&format!("https://testdirektoratet.no/model/{path}"));
        assert_eq!(of("dataset-catalog/0"), "6e4237cc-98d6-3e7c-a892-8ac1f0ffb37f");
        assert_eq!(of("dataset/0"), "a1c680ca-62d7-34d5-aa4c-d39b5db033ae");
    }
}
