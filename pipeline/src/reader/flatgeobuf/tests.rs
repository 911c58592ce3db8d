//! Real and written `FlatGeobuf` files, whole and broken.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::geo::testing::{Got, columns, fails, measured, read, same_as_gdal, sample};
use crate::Result;

#[expect(clippy::needless_pass_by_value, reason = "callers make it on the spot")]
fn flat(bytes: &[u8], settings: Value, names: &[&str]) -> Result<Got> {
    let mut format = json!({ "kind": "flatgeobuf" });
    format.as_object_mut().unwrap().extend(settings.as_object().cloned().unwrap_or_default());
    read(bytes, format, None, &columns(names))
}

#[test]
fn radon_is_as_gdal_reads_it() {
    let got = flat(&sample("radon.fgb"), Value::Null, &["grad = AKTSOMHETGRAD", "dato = datauttaksdato"]).unwrap();
    assert_eq!(got.rows.len(), 80);
    assert_eq!(got.row(0)[1], "2016-06-13T00:00:00");
    assert_eq!(got.undeclared, ["objekttypenavn"]);
    assert_eq!(got.crs.unwrap().to_string(), "EPSG:25833");
    let extent = [261_555.36, 6_637_547.53, 272_298.7, 6_647_309.41];
    same_as_gdal(&got, [2319, 88], [12_399_956.587, 126_749.429], extent);
}

#[test]
fn arcs_become_lines() {
    let got = flat(&sample("kurver.fgb"), json!({ "arc_tolerance": 0.001 }), &["id"]).unwrap();
    assert_eq!(got.rows.len(), 3);
    let (string, _) = measured(&got.geometries[..1]);
    assert!((string.length - 10.0 * std::f64::consts::PI).abs() < 0.01, "{string:?}");
    let (half, _) = measured(&got.geometries[1..2]);
    assert!((half.area - 50.0 * std::f64::consts::PI).abs() < 0.05, "{half:?}");
    let (whole, _) = measured(&got.geometries[2..]);
    assert!((whole.area - 100.0 * std::f64::consts::PI).abs() < 0.1, "{whole:?}");
}

#[test]
fn a_file_that_ends_too_soon_is_refused_with_the_feature() {
    let bytes = sample("radon.fgb");
    let (code, line, reason) = fails(flat(&bytes[..bytes.len() - 1], Value::Null, &[]));
    assert_eq!((code, line), ("format-flatgeobuf", Some(80)), "{reason}");
    let mut more = bytes.clone();
    more.extend([0; 8]);
    let (code, line, reason) = fails(flat(&more, Value::Null, &[]));
    assert_eq!((code, line), ("format-flatgeobuf", Some(81)), "{reason}");
    assert_eq!(fails(flat(b"fgb\x02fgb\x00rest", Value::Null, &[])).0, "format-flatgeobuf");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cut_or_changed_files_are_refused_or_read(cut in any::<prop::sample::Index>(), flips in
        proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), curves in any::<bool>()) {
        let mut bytes = sample(if curves { "kurver.fgb" } else { "radon.fgb" });
        prop_assert!(flat(&bytes[..cut.index(bytes.len())], Value::Null, &["id"]).is_err());
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = flat(&bytes, Value::Null, &["id"]);
    }
}
