//! Reads every manifest format ever written, and writes the newest.

use serde::Serialize;
use serde_json::Value;

use crate::{Error, Result, version::Manifest};

/// The format that this program writes. A new one gets a sample in `tests/fixtures/manifests` and an arm in [`parse`].
const NEWEST: &str = "allmenning-manifest/1";

#[derive(Serialize)]
struct Stored<'a> {
    format: &'static str,
    #[serde(flatten)]
    manifest: &'a Manifest,
}

/// The manifest in its stored form.
///
/// Same manifest, same bytes. Empty if the manifest has no JSON form, which [`parse`] refuses.
pub fn render(manifest: &Manifest) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(&Stored { format: NEWEST, manifest }).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// A manifest from its stored form, of any format ever written.
///
/// # Errors
/// `Manifest` if the form is unknown or broken; `key` is only for the message.
pub fn parse(key: &str, bytes: &[u8]) -> Result<Manifest> {
    let broken = |reason: String| Error::Manifest { key: key.to_owned(), reason };
    let document: Value = serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))?;
    match document.get("format").and_then(Value::as_str) {
        Some(NEWEST) => serde_json::from_value(document).map_err(|error| broken(error.to_string())),
        Some(other) => Err(broken(format!(
            "its format is '{other}', but this program reads up to '{NEWEST}'; use a newer allmenning"
        ))),
        None => Err(broken("it does not say its format".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::VersionNumber;

    const FORMAT_1: &[u8] = include_bytes!("../../../tests/fixtures/manifests/allmenning-manifest-1.json");

    #[test]
    fn a_manifest_of_format_1_stays_readable() {
        let manifest = parse("sample", FORMAT_1).unwrap();
        assert_eq!(manifest.dataset.as_str(), "kommunale-boliger");
        assert_eq!((manifest.number, manifest.parent), (VersionNumber(7), Some(VersionNumber(5))));
        assert_eq!(manifest.published, "2026-03-01T05:00:00Z".parse().unwrap());
        assert_eq!(manifest.columns[1].codes["leilighet"].nb, "Leilighet");
        assert_eq!(manifest.bbox, Some([10.25, 59.5, 10.75, 60.0]));
        assert_eq!(manifest.changes.unwrap().removed, 3);
        assert_eq!(manifest.gates[1].findings[0].code, "drift-rows");
    }

    #[test]
    fn the_newest_format_is_format_1_byte_by_byte() {
        let manifest = parse("sample", FORMAT_1).unwrap();
        assert_eq!(String::from_utf8(render(&manifest)).unwrap(), String::from_utf8(FORMAT_1.to_vec()).unwrap());
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let newer = String::from_utf8(FORMAT_1.to_vec()).unwrap().replace("manifest/1", "manifest/99");
        let traversal = String::from_utf8(FORMAT_1.to_vec()).unwrap().replacen("a1b2", "../x", 1);
        for (bytes, reason) in [
            (newer.as_bytes(), "newer allmenning"),
            (traversal.as_bytes(), "SHA-256"),
            (b"{}", "does not say its format"),
            (b"", "EOF"),
            (&FORMAT_1[..FORMAT_1.len() / 2], "EOF"),
        ] {
            let error = parse("public/x.json", bytes).unwrap_err();
            assert_eq!(error.code(), "catalog-manifest");
            assert!(error.to_string().contains(reason), "{error}");
            assert!(error.to_string().contains("public/x.json"), "{error}");
        }
    }
}
