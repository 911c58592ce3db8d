//! Real files against `expected.json`: what GDAL makes of them, arcs drawn finely.

use std::{collections::BTreeMap, fs, path::PathBuf};

use arrow::array::AsArray;
use catalog::{
    crs::union,
    table::{Geometry, wkb::Position},
};
use config::{Format, GmlFormat};
use serde_json::{Value, json};

use super::{super::features::Outcome, LIMITS, columns, features};
use crate::reader::{Input, open, shape::ring::doubled_area};

/// Geometries that are put aside, by file and type, and why.
const FLAWED: [(&str, &str, &str, u64); 5] = [
    ("gml.bue.1-fail.gml", "RpFormålGrense", "format-gml-arc", 1),
    ("gml.flate.1-fail.gml", "RpOmråde", "format-gml-coordinates", 1),
    ("gml.flate.1-fail.gml", "RpBestemmelseOmråde", "format-gml-coordinates", 1),
    ("gml.flate.1-fail.gml", "RpHandlingOmråde", "format-gml-coordinates", 1),
    // The boundary of one area is two times the same position.
    ("n50_1417_restriksjonsomrader_gml32.gml", "polygons", "format-gml-flat", 1),
];

/// What is known of the features of one type.
#[derive(Debug, Default)]
struct Layer {
    count: u64,
    geometries: u64,
    flaws: u64,
    types: BTreeMap<&'static str, u64>,
    bbox: Option<[f64; 4]>,
    length: f64,
    area: f64,
    holes: u64,
}

impl Layer {
    fn add(&mut self, geometry: &Geometry) {
        self.geometries += 1;
        *self.types.entry(geometry.type_name()).or_default() += 1;
        self.bbox = [self.bbox, geometry.bbox()].into_iter().flatten().reduce(union);
        match geometry {
            Geometry::LineString(line) => self.length += length(line),
            Geometry::Polygon(rings) => self.polygon(rings),
            Geometry::MultiPolygon(polygons) => polygons.iter().for_each(|rings| self.polygon(rings)),
            other => panic!("{other:?}"),
        }
    }

    fn polygon(&mut self, rings: &[Vec<Position>]) {
        self.holes += rings.len() as u64 - 1;
        self.length += rings.iter().map(|ring| length(ring)).sum::<f64>();
        self.area += rings.iter().map(|ring| doubled_area(ring) / 2.0).sum::<f64>();
    }
}

fn length(line: &[Position]) -> f64 {
    line.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).sum()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/geo")
}

fn layers(name: &str, crs: Option<&str>) -> (BTreeMap<String, Layer>, Vec<&'static str>) {
    let format = GmlFormat { arc_tolerance: 0.0001, crs: crs.map(str::to_owned), ..GmlFormat::default() };
    let (features, notes) = features(&folder().join(name), &format).unwrap();
    let mut layers: BTreeMap<String, Layer> = BTreeMap::new();
    for (kind, _, outcome) in features {
        let layer = layers.entry(kind).or_default();
        layer.count += 1;
        match outcome {
            Outcome::None => {}
            Outcome::Broken => layer.flaws += 1,
            Outcome::Placed(placed) => layer.add(&placed.geometry),
        }
    }
    (layers, notes.iter().map(|note| note.code).collect())
}

#[test]
fn shipped_files_give_what_others_measured() {
    let expected: Value = serde_json::from_str(&fs::read_to_string(folder().join("expected.json")).unwrap()).unwrap();
    let mut differences = Vec::new();
    let files = expected.as_object().unwrap();
    assert_eq!(files.len(), 7);
    for (name, expected) in files {
        let crs = name.contains("epsg").then_some("EPSG:5972");
        let (layers, notes) = layers(name, crs);
        for (kind, expected) in expected.as_object().unwrap() {
            let layer = &layers[kind];
            let flaw = FLAWED.iter().find(|(file, of, ..)| file == name && of == kind);
            assert!(flaw.is_none_or(|(_, _, code, _)| notes.contains(code)), "{name} {notes:?}");
            compare(&format!("{name} {kind}"), layer, (expected, flaw.map_or(0, |flaw| flaw.3)), &mut differences);
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn compare(label: &str, layer: &Layer, (expected, flaws): (&Value, u64), differences: &mut Vec<String>) {
    let mut differ = |what: String| differences.push(format!("{label}: {what}"));
    if layer.flaws != flaws || layer.geometries != expected["geometries"].as_u64().unwrap() {
        differ(format!("{layer:?}"));
    }
    for (kind, count) in expected["types"].as_object().unwrap() {
        if layer.types.get(kind.as_str()).copied() != count.as_u64() {
            differ(format!("{:?}, not {count} {kind}", layer.types));
        }
    }
    let holes = expected["holes"].as_u64().unwrap();
    if layer.holes != holes {
        differ(format!("{} holes, not {holes}", layer.holes));
    }
    for (what, own) in [("length", layer.length), ("area", layer.area)] {
        let other = expected[what].as_f64().unwrap();
        if (own - other).abs() > 0.005 + other * 1e-7 {
            differ(format!("{what} {own:.4}, not {other:.4}"));
        }
    }
    let extent: Vec<f64> =
        expected["bbox"].as_array().into_iter().flatten().map(|side| side.as_f64().unwrap()).collect();
    let off = layer.bbox.iter().flatten().zip(&extent).map(|(own, other)| (own - other).abs()).fold(0.0, f64::max);
    if off > 0.001 || layer.bbox.is_some() != (extent.len() == 4) {
        differ(format!("extent {:?}, not {extent:?}", layer.bbox));
    }
}

#[test]
fn a_file_without_a_system_is_an_error_that_names_the_line() {
    let error = features(&folder().join("gml.epsg.2-fail.gml"), &GmlFormat::default()).map(|_| ()).unwrap_err();
    let text = error.to_string();
    assert!(
        error.code() == "format-gml-crs" && text.contains("fil:51") && text.contains("RpRegulertTerreng"),
        "{text}"
    );
}

/// The areas of N50 as SOSI, and as GML with northings first, are the same.
#[test]
fn gml_and_sosi_of_the_same_areas_agree() {
    let (gml, _) = features(&folder().join("n50_1417_restriksjonsomrader_gml32.gml"), &GmlFormat::default()).unwrap();
    let polygons = gml.into_iter().filter(|(kind, ..)| kind == "polygons");
    let mut gml: Vec<(f64, [f64; 4])> = polygons.filter_map(|(_, _, outcome)| measures(outcome)).collect();
    let path = folder().join("../sosi/1417_N50_RestriksjonsOmrader.sos");
    let mut sosi = sosi_areas(&path);
    gml.sort_by(|a, b| a.0.total_cmp(&b.0));
    sosi.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!((gml.len(), sosi.len()), (14, 14));
    for ((area, bbox), (other, place)) in gml.iter().zip(&sosi) {
        assert!((area - other).abs() < 0.01, "{area} {other}");
        assert!(bbox.iter().zip(place).all(|(a, b)| (a - b).abs() < 0.005), "{bbox:?} {place:?}");
    }
}

fn measures(outcome: Outcome) -> Option<(f64, [f64; 4])> {
    let Outcome::Placed(placed) = outcome else { return None };
    let Geometry::Polygon(rings) = &placed.geometry else { panic!("{:?}", placed.geometry) };
    assert_eq!(placed.crs.to_string(), "EPSG:25833");
    Some((rings.iter().map(|ring| doubled_area(ring) / 2.0).sum(), placed.geometry.bbox()?))
}

fn sosi_areas(path: &std::path::Path) -> Vec<(f64, [f64; 4])> {
    let input = Input { name: "fil", path, stopped: &|| false };
    let format: Format = serde_json::from_value(json!({ "kind": "sosi" })).unwrap();
    let mut reader = open(input, &format, &columns(&[], ""), LIMITS).unwrap();
    let mut areas = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        let wkb = batch.rows.column(0).as_binary::<i32>();
        for geometry in wkb.iter().flatten().map(|wkb| Geometry::from_wkb(wkb).unwrap()) {
            if let Geometry::Polygon(rings) = &geometry {
                areas.push((rings.iter().map(|ring| doubled_area(ring) / 2.0).sum(), geometry.bbox().unwrap()));
            }
        }
    }
    areas
}
