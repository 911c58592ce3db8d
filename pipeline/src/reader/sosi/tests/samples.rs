//! Real files against `expected.json`: what GDAL gives after the files were mended for it.

use std::{collections::BTreeMap, fs, path::Path};

use catalog::{
    crs::union,
    table::{Geometry, wkb::Position},
};
use serde_json::Value;

use super::{
    super::{super::shape::ring::doubled_area, feature::Feature, kind::Kind},
    features,
};

/// Objects with a flaw, by file and layer, and why they have one.
const FLAWED: [(&str, &str, u32); 3] = [
    // Curves 200 and 201 do not meet: both areas would be invalid.
    ("non-linear.sos", "polygons", 2),
    // Three numbers where two belong.
    ("testfile1.sos", "lines", 1),
    // The only curve of FLATE 20 is two times the same point.
    ("1417_N50_RestriksjonsOmrader.sos", "polygons", 1),
];

/// What is known of the objects of one kind.
#[derive(Debug, Default)]
pub(super) struct Layer {
    count: u32,
    pub(super) flaws: u32,
    pub(super) bbox: Option<[f64; 4]>,
    pub(super) length: f64,
    pub(super) area: f64,
    holes: u32,
}

impl Layer {
    fn add(&mut self, geometry: &Geometry) {
        self.bbox = [self.bbox, geometry.bbox()].into_iter().flatten().reduce(union);
        match geometry {
            Geometry::LineString(line) => self.length += length(line),
            Geometry::Polygon(rings) => {
                self.holes += u32::try_from(rings.len() - 1).unwrap();
                self.length += rings.iter().map(|ring| length(ring)).sum::<f64>();
                self.area += rings.iter().map(|ring| doubled_area(ring) / 2.0).sum::<f64>();
            }
            _ => {}
        }
    }
}

fn length(line: &[Position]) -> f64 {
    line.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).sum()
}

/// Layers as GDAL names them.
pub(super) fn layers(features: &[Feature]) -> BTreeMap<&'static str, Layer> {
    let mut layers: BTreeMap<&'static str, Layer> = BTreeMap::new();
    for feature in features {
        let layer = layers.entry(match Kind::of(&feature.group.name) {
            _ if feature.group.name == "TEKST" => "text",
            Kind::Point => "points",
            Kind::Area => "polygons",
            _ => "lines",
        });
        let layer = layer.or_default();
        layer.count += 1;
        match &feature.geometry {
            Ok(geometry) => geometry.iter().for_each(|geometry| layer.add(geometry)),
            Err(_) => layer.flaws += 1,
        }
    }
    layers
}

fn compare(path: &Path, expected: &Value, differences: &mut Vec<String>) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let (features, notes) = features(path).unwrap();
    let mut differ = |what: String| differences.push(format!("{name}: {what}"));
    for (group, count) in expected["groups"].as_object().unwrap() {
        let own = features.iter().filter(|feature| feature.group.name == *group).count() as u64;
        if !matches!(group.as_str(), "HODE" | "SLUTT" | "DEF") && Some(own) != count.as_u64() {
            differ(format!("{own} {group}, not {count}"));
        }
    }
    let layers = layers(&features);
    for other in expected["gdal_recoded"].as_array().unwrap() {
        let kind = other["layer"].as_str().unwrap();
        let layer = &layers[kind];
        let flawed = FLAWED.iter().find(|(file, of, _)| *file == name && *of == kind).map_or(0, |(_, _, count)| *count);
        if layer.flaws != flawed || Some(u64::from(layer.count)) != other["count"].as_u64() {
            differ(format!("{kind}: {layer:?} {notes:?}"));
        }
        // Of a label GDAL takes another point.
        if flawed == 0 && kind != "text" {
            measures(layer, other, &expected["gdal_recoded_geom"][kind], &mut differ);
        }
    }
}

fn measures(layer: &Layer, other: &Value, geometry: &Value, differ: &mut dyn FnMut(String)) {
    let extent = other["extent"].as_array().unwrap().iter().map(|number| number.as_f64().unwrap());
    let off = layer.bbox.unwrap().into_iter().zip(extent).map(|(own, other)| (own - other).abs());
    if off.fold(0.0, f64::max) > 0.001 {
        differ(format!("extent {layer:?}, not {other}"));
    }
    for (what, own) in [("length", layer.length), ("area", layer.area), ("rings", f64::from(layer.holes))] {
        let other = geometry[what].as_f64().unwrap_or(own);
        if (own - other).abs() > 0.002 + other * 1e-9 {
            differ(format!("{what} {own:.3}, not {other:.3}"));
        }
    }
}

#[test]
fn shipped_files_give_what_others_measured() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/sosi");
    let expected: Value = serde_json::from_str(&fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    let mut differences = Vec::new();
    let files = expected.as_object().unwrap();
    assert!(files.len() > 8);
    for (name, expected) in files {
        compare(&folder.join(name), expected, &mut differences);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
#[ignore = "needs SOSI_SAMPLES, a folder of files that may not be shipped, with their sosi/ground_truth.json"]
fn other_files_give_what_others_measured() {
    let folder = std::env::var("SOSI_SAMPLES").unwrap();
    let folder = Path::new(&folder);
    let text = fs::read_to_string(folder.join("sosi/ground_truth.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let mut differences = Vec::new();
    for (name, expected) in expected.as_object().unwrap() {
        compare(&folder.join(name), expected, &mut differences);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
