//! The table of all samples for the evidence: what is in them, what comes out, and what GDAL makes of them.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use catalog::{crs::union, table::Geometry};
use serde_json::Value;

use super::{
    super::feature::Feature,
    features,
    samples::{Layer, layers},
};

/// Where the table goes, and what stands above it.
const HEAD: &str = "# SOSI files of the samples

Written by `SOSI_SAMPLES=… ALLMENNING_EVIDENCE=docs/evidence cargo test --workspace --lib -- --ignored sosi_table`.
Files that may not be shipped are among them; where they come from stands in `tests/fixtures/sosi/README.md`.

*GDAL as is*: features that `ogrinfo` of Debian (driver SOSI, FYBA) finds in the untouched file.
*GDAL mended*: the same after the file was re-coded to ISO-8859-1 with the right `TEGNSETT` and `.SLUTT` by hand; without its layers of labels.
GDAL in Python's wheels (pyogrio 0.13, GDAL 3.12) has no driver for SOSI and opens none.
Lengths (lines and rings) and areas are in metres and square metres of the file's system; *apart* says how far ours are from those of GDAL, kinds of
geometry left out of which we put one aside: areas whose curves do not meet or are two times the same point, and a line with three numbers where two
belong, which GDAL takes as they are.

| file | groups | ours: objects | put aside | extent | length | area | GDAL as is | GDAL mended | length apart | area apart |
|---|---|---|---|---|---|---|---|---|---|---|
";
const ARCS: &str = "
## Arcs

The length of every `BUEP` by its circle through the three points, worked out from the text of the file, beside what the reader gives with a
tolerance of 1 mm, and GDAL after mending.

| file | line | turn, degrees | length by the circle | ours | difference |
|---|---|---|---|---|---|
";
const ARCS_END: &str = "
`BUEP` goes through its middle point, whichever way round is longer.
";

/// Objects that GDAL finds in an untouched file; `None` if it does not open it.
fn opened(path: &Path) -> Option<u64> {
    let said = Command::new("ogrinfo").args(["-so", "-al", "-ro"]).arg(path).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let counts: Vec<u64> = text.lines().filter_map(|line| line.strip_prefix("Feature Count: ")?.parse().ok()).collect();
    (said.status.success() && !counts.is_empty()).then(|| counts.iter().sum())
}

fn row(name: &str, path: &Path, features: &[Feature], expected: &Value) -> String {
    let layers = layers(features);
    let total = |of: fn(&Layer) -> f64| layers.values().map(of).sum::<f64>();
    let (length, area) = (total(|layer| layer.length), total(|layer| layer.area));
    let aside: u32 = layers.values().map(|layer| layer.flaws).sum();
    let extent = layers.values().filter_map(|layer| layer.bbox).reduce(union);
    let extent = extent.map_or_else(|| "–".to_owned(), |bbox| bbox.map(|number| format!("{number:.2}")).join(" "));
    let groups = expected["groups"].as_object().unwrap().iter();
    let groups: Vec<String> = groups
        .filter(|(name, _)| !matches!(name.as_str(), "HODE" | "SLUTT" | "DEF"))
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    // Only layers that both have as a whole.
    let apart = |what: &str, own: fn(&Layer) -> f64| -> f64 {
        let whole = layers.iter().filter(|(kind, layer)| **kind != "text" && layer.flaws == 0);
        let off = |(kind, layer): (&&str, &Layer)| {
            Some((own(layer) - expected["gdal_recoded_geom"][*kind][what].as_f64()?).abs())
        };
        whole.filter_map(off).sum()
    };
    let mended: u64 =
        expected["gdal_recoded"].as_array().unwrap().iter().filter_map(|layer| layer["count"].as_u64()).sum();
    let as_is = opened(path).map_or_else(|| "does not open".to_owned(), |count| count.to_string());
    format!(
        "| {name} | {} | {} | {aside} | {extent} | {length:.3} | {area:.3} | {as_is} | {mended} | {:.3} | {:.3} |\n",
        groups.join(", "),
        features.len(),
        apart("length", |layer| layer.length),
        apart("area", |layer| layer.area),
    )
}

/// Line, turn in degrees and length of every `BUEP`, from the text alone.
fn arcs(text: &str, unit: f64) -> Vec<(usize, f64, f64)> {
    let lines: Vec<&str> = text.lines().collect();
    let point = |line: &str| -> Option<[f64; 2]> {
        let mut numbers = line.split(' ').take(2).map(|number| number.parse::<f64>().ok());
        let (north, east) = (numbers.next()??, numbers.next()??);
        Some([east * unit, north * unit])
    };
    let starts = (0..lines.len()).filter(|at| lines[*at].starts_with(".BUEP"));
    let measured = starts.map(|at| {
        let own = lines[at + 1..].iter().take_while(|line| !line.starts_with('.') || line.starts_with(".."));
        let points: Vec<[f64; 2]> = own.filter_map(|line| point(line)).collect();
        let [a, b, c] = points[..] else { panic!("{points:?}") };
        let side = |p: [f64; 2], q: [f64; 2]| (p[0] - q[0]).hypot(p[1] - q[1]);
        let doubled = ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).abs();
        // The angle at the middle point is half of what is left of the circle.
        let radius = side(a, b) * side(b, c) * side(a, c) / (2.0 * doubled);
        let cos = (side(a, b).powi(2) + side(b, c).powi(2) - side(a, c).powi(2)) / (2.0 * side(a, b) * side(b, c));
        let turn = std::f64::consts::TAU - 2.0 * cos.acos();
        (at + 1, turn.to_degrees(), radius * turn)
    });
    measured.collect()
}

fn arc_rows(name: &str, path: &Path, features: &[Feature], expected: &Value) -> String {
    let bytes = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let unit: f64 = expected["enhet"].as_str().unwrap().parse().unwrap();
    let mut rows = String::new();
    for (line, turn, exact) in arcs(&text, unit) {
        let own = features.iter().find(|feature| feature.group.line == line as u64).unwrap();
        let Ok(Some(Geometry::LineString(own))) = &own.geometry else { panic!("{name} {line}") };
        let own: f64 = own.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).sum();
        assert!((own - exact).abs() < 0.01 * exact, "{name} {line}: {own} {exact}");
        let apart = own - exact;
        writeln!(rows, "| {name} | {line} | {turn:.1} | {exact:.4} | {own:.4} | {apart:.4} |").unwrap();
    }
    rows
}

#[test]
#[ignore = "needs SOSI_SAMPLES as above, ALLMENNING_EVIDENCE, a folder for the table, and ogrinfo"]
fn sosi_table() {
    let (samples, folder) = (std::env::var("SOSI_SAMPLES").unwrap(), std::env::var("ALLMENNING_EVIDENCE").unwrap());
    let samples = Path::new(&samples);
    let text = fs::read_to_string(samples.join("sosi/ground_truth.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let (mut table, mut arcs) = (HEAD.to_owned(), ARCS.to_owned());
    let (mut objects, mut opens, mut files) = (0, 0, 0);
    for (name, expected) in expected.as_object().unwrap() {
        let path = samples.join(name);
        let short = name.trim_start_matches("sosi/");
        let (features, _) = features(&path).unwrap();
        table.push_str(&row(short, &path, &features, expected));
        arcs.push_str(&arc_rows(short, &path, &features, expected));
        objects += features.len();
        opens += u32::from(opened(&path).is_some());
        files += 1;
    }
    writeln!(table, "\n{files} files with {objects} objects; GDAL opens {opens} of them as they are.").unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::write(root.join(folder).join("sosi.md"), format!("{table}{arcs}{ARCS_END}")).unwrap();
}
