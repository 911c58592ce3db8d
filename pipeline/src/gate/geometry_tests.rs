//! The geometry gate: what it finds, where, and how much it weighs.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, BinaryArray, StringArray},
    record_batch::RecordBatch,
};
use catalog::{
    crs::Crs,
    table::Geometry,
    version::{Draft, Finding, Severity},
};
use config::Access;
use serde_json::{Value, json};

use super::{
    GeometryScan, Observed,
    testing::{dataset_of, draft},
};
use crate::normalise::Mended;

/// A draft with a key and a column of geometries in a system.
fn geodata(gates: &Value, epsg: u32, rows: u64) -> Draft {
    let column = |name: &str, kind: &str| json!({ "name": name, "type": { "is": kind }, "title": { "nb": name } });
    let columns = json!([column("navn", "text"), column("sted", "geometry")]);
    let mut dataset = dataset_of(&columns, &json!({ "kind": "geojson" }), &json!({ "geometry": gates }));
    dataset.key = vec!["navn".parse().unwrap()];
    let mut draft = draft(&json!({}), rows);
    draft.columns.truncate(2);
    for (published, declared) in draft.columns.iter_mut().zip(&dataset.columns) {
        published.name = declared.name.clone();
        published.kind = declared.kind.clone();
        published.crs = Crs::from_epsg(epsg).filter(|_| published.name.as_str() == "sted");
    }
    draft.dataset = Arc::new(dataset);
    draft
}

fn batch(geometries: &[Option<&str>]) -> RecordBatch {
    let wkb: Vec<Option<Vec<u8>>> =
        geometries.iter().map(|wkt| wkt.map(|wkt| Geometry::from_wkt(wkt).unwrap().to_wkb())).collect();
    let places: ArrayRef = Arc::new(wkb.iter().map(Option::as_deref).collect::<BinaryArray>());
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a"; geometries.len()]));
    RecordBatch::try_from_iter_with_nullable([("navn", names, true), ("sted", places, true)]).unwrap()
}

fn judge(gates: &Value, epsg: u32, geometries: &[Option<&str>]) -> Vec<Finding> {
    let draft = geodata(gates, epsg, geometries.len() as u64);
    let mut scan = GeometryScan::new(&draft.dataset, &draft.columns, true);
    // In two batches, so that row numbers go on and rows of both are compared.
    let (first, second) = geometries.split_at(geometries.len() / 2);
    scan.look(&batch(first)).unwrap();
    scan.look(&batch(second)).unwrap();
    scan.judge(&draft, &Observed::default()).findings
}

fn brief(findings: &[Finding]) -> Vec<(&str, Severity, u64, &[u64])> {
    findings.iter().map(|f| (f.code.as_str(), f.severity, f.count, f.rows.as_slice())).collect()
}

const SQUARE: Option<&str> = Some("POLYGON ((10 60, 11 60, 11 61, 10 61, 10 60))");
const BOW: Option<&str> = Some("POLYGON ((10 60, 11 61, 11 60, 10 61, 10 60))");

#[test]
fn nothing_is_found_in_what_is_right() {
    assert_eq!(judge(&json!({}), 4326, &[SQUARE, Some("POINT (10 60)"), Some("LINESTRING (5 60, 6 61)")]), []);
}

#[test]
fn every_flaw_has_its_code_and_its_rows() {
    let flaws: [(&str, Severity, Option<&str>); 7] = [
        ("geometry-swapped-axes", Severity::Block, Some("POINT (60 10)")),
        ("geometry-outside", Severity::Block, Some("POINT (100 10)")),
        ("geometry-self-intersection", Severity::Warning, BOW),
        (
            "geometry-hole-outside",
            Severity::Warning,
            Some("POLYGON ((10 60, 11 60, 11 61, 10 61, 10 60), (12 60, 12 61, 13 61, 12 60))"),
        ),
        ("geometry-collapsed", Severity::Warning, Some("LINESTRING (10 60, 10 60)")),
        ("geometry-repeated-position", Severity::Info, Some("LINESTRING (10 60, 10 60, 11 61)")),
        ("geometry-missing", Severity::Info, None),
    ];
    for (code, severity, wkt) in flaws {
        let findings = judge(&json!({ "max_invalid_share": 1.0 }), 4326, &[SQUARE, Some("POINT (10 60)"), wkt, SQUARE]);
        let own: Vec<_> = brief(&findings).into_iter().filter(|(found, ..)| *found == code).collect();
        assert_eq!(own, [(code, severity, 1, [2].as_slice())], "{findings:?}");
    }
    let short = Geometry::Polygon(vec![vec![catalog::table::wkb::Position { x: 10.0, y: 60.0, z: None }; 2]]);
    let wkb: ArrayRef = Arc::new(BinaryArray::from(vec![short.to_wkb().as_slice()]));
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let draft = geodata(&json!({}), 4326, 1);
    let mut scan = GeometryScan::new(&draft.dataset, &draft.columns, true);
    scan.look(&RecordBatch::try_from_iter_with_nullable([("navn", names, true), ("sted", wkb, true)]).unwrap())
        .unwrap();
    let findings = scan.judge(&draft, &Observed::default()).findings;
    assert!(brief(&findings).contains(&("geometry-ring", Severity::Block, 1, &[0])), "{findings:?}");
}

#[test]
fn the_extent_is_that_of_the_publisher_in_any_system() {
    let oslo = json!({ "extent": [10.4, 59.8, 11.0, 60.2] });
    let (inside, outside, swapped) =
        (Some("POINT (597000 6640000)"), Some("POINT (300000 6640000)"), Some("POINT (6640000 597000)"));
    assert_eq!(judge(&oslo, 25_832, &[inside]), []);
    let findings = judge(&oslo, 25_832, &[inside, outside, swapped]);
    let expected: [(&str, Severity, u64, &[u64]); 2] =
        [("geometry-swapped-axes", Severity::Block, 1, &[2]), ("geometry-outside", Severity::Block, 1, &[1])];
    assert_eq!(brief(&findings), expected);
    let lenient =
        json!({ "extent": [10.4, 59.8, 11.0, 60.2], "rules": [{ "flaw": "outside-extent", "action": "warn" }] });
    assert_eq!(
        brief(&judge(&lenient, 25_832, &[outside])),
        [("geometry-outside", Severity::Warning, 1, [0].as_slice())]
    );
}

#[test]
fn shares_and_positions_are_limited() {
    let of = |gates: Value, geometries: &[Option<&str>]| {
        let findings = judge(&gates, 4326, geometries);
        findings.into_iter().filter(|f| f.severity == Severity::Block).map(|f| f.code).collect::<Vec<_>>()
    };
    let mut many = vec![SQUARE; 9];
    many.push(BOW);
    assert!(of(json!({}), &many).is_empty(), "one of ten");
    many.push(BOW);
    assert_eq!(of(json!({}), &many), ["geometry-invalid-share"]);
    assert_eq!(of(json!({}), &[SQUARE, None]), [] as [&str; 0]);
    assert_eq!(of(json!({ "max_missing_share": 0.4 }), &[SQUARE, None]), ["geometry-missing"]);
    assert_eq!(of(json!({ "max_positions": 4 }), &[SQUARE]), ["geometry-too-many-positions"]);
}

#[test]
fn doubles_are_told_over_batches() {
    let findings = judge(&json!({}), 4326, &[SQUARE, SQUARE, Some("POINT (10 60)"), SQUARE]);
    assert_eq!(brief(&findings), [("geometry-duplicate", Severity::Warning, 1, [1].as_slice())]);
    let findings = judge(&json!({}), 4326, &[Some("POINT (10 60)"), SQUARE, SQUARE, SQUARE]);
    assert_eq!(brief(&findings), [("geometry-duplicate", Severity::Warning, 2, [2, 3].as_slice())]);
}

#[test]
fn what_is_not_open_or_was_not_seen_blocks() {
    let mut draft = geodata(&json!({}), 4326, 1);
    let seen = |draft: &Draft| {
        let mut scan = GeometryScan::new(&draft.dataset, &draft.columns, false);
        scan.look(&batch(&[SQUARE])).unwrap();
        scan
    };
    let codes = |scan: GeometryScan, draft: &Draft, observed: &Observed| {
        let report = scan.judge(draft, observed);
        let codes: Vec<String> = report.findings.iter().map(|finding| finding.code.clone()).collect();
        (report.blocks(), codes)
    };
    let none = Observed::default();
    assert_eq!(codes(seen(&draft), &draft, &none), (false, vec![]));
    let empty = GeometryScan::new(&draft.dataset, &draft.columns, false);
    assert_eq!(codes(empty, &draft, &none), (true, vec!["geometry-not-scanned".to_owned()]));
    let mended = Mended { closed: 1, turned: 2, swapped: 0 };
    let told = Observed { mended, ..Observed::default() };
    let expected = ["geometry-ring-closed", "geometry-ring-turned"].map(str::to_owned).to_vec();
    assert_eq!(codes(seen(&draft), &draft, &told), (false, expected));
    let sources = Observed {
        restricted: 1,
        shielded: ["skjermet".to_owned()].into(),
        mended: Mended { swapped: 3, ..Mended::default() },
        ..Observed::default()
    };
    let expected = ["geometry-restricted", "geometry-shielded", "geometry-swapped-axes"].map(str::to_owned).to_vec();
    assert_eq!(codes(seen(&draft), &draft, &sources), (true, expected));
    Arc::get_mut(&mut draft.dataset).unwrap().file.access = Access::Restricted;
    assert_eq!(codes(seen(&draft), &draft, &none), (true, vec!["geometry-access".to_owned()]));
}
