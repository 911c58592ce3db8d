//! What the fuzz targets do with an input: everything that a file or a request of a stranger would meet.
//!
//! An input fails by a panic, an overflow, too much time or too much memory; errors are the right answer to most of them.

use std::{fs, path::PathBuf, sync::LazyLock};

use api::FilterLanguage;
use arrow::array::AsArray;
use catalog::{crs::Crs, table::Geometry, version::ColumnInfo};
use config::{Column, Format};
use pipeline::reader::{self, Input, Limits};
use serde_json::{Value, json};

const LIMITS: Limits = Limits { max_cell_bytes: 10_000, max_columns: 50, batch_rows: 16 };

/// Where the input lies as a file; one for each process.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    folder.join(format!("fuzz-{}", std::process::id()))
});

/// Reads a file to its end: every geometry that comes out must be one.
///
/// # Panics
/// If it is not.
pub fn read(bytes: &[u8], format: &Format, columns: &[Column]) {
    fs::write(&*FILE, bytes).expect("a place for the input");
    let input = Input { name: "fuzz", path: &FILE, stopped: &|| false };
    let Ok(mut reader) = reader::open(input, format, columns, LIMITS) else { return };
    while let Ok(Some(batch)) = reader.next_batch() {
        assert_eq!(batch.lines.len(), batch.rows.num_rows(), "every row has its line");
        for wkb in batch.rows.columns().iter().filter_map(|array| array.as_binary_opt::<i32>()).flat_map(|a| a.iter()) {
            let geometry = wkb.map(|wkb| Geometry::from_wkb(wkb).expect("a geometry"));
            let finite = |bbox: [f64; 4]| bbox.iter().all(|number| number.is_finite());
            assert!(geometry.and_then(|geometry| geometry.bbox()).is_none_or(finite), "numbers are finite");
        }
    }
}

/// A format with the settings of its kind.
///
/// # Panics
/// If the settings do not fit it.
pub fn format(settings: Value) -> Format {
    serde_json::from_value(settings).expect("a format")
}

/// Columns `(name, source)`, of which the one called `geometri` is a geometry and those with a `*` are nested.
///
/// # Panics
/// If a name is none.
pub fn columns(names: &[(&str, &str)]) -> Vec<Column> {
    let one = |(name, from): &(&str, &str)| {
        let kind = if *name == "geometri" { "geometry" } else { "text" };
        let from: Vec<&str> = if from.is_empty() { Vec::new() } else { vec![from] };
        let value = json!({ "name": name.trim_end_matches('*'), "from": from, "type": { "is": kind },
            "title": { "nb": name }, "class": "open", "nested": name.ends_with('*') });
        serde_json::from_value(value).expect("a column")
    };
    names.iter().map(one).collect()
}

/// Reads and binds a filter, as JSON where it begins with a brace, for tables in degrees and in metres.
pub fn filter(text: &str, columns: &[ColumnInfo]) {
    let language = if text.starts_with('{') { FilterLanguage::Json } else { FilterLanguage::Text };
    let metres = Crs::from_epsg(25_832).expect("a known system");
    for (from, to) in [(Crs::CRS84, Crs::CRS84), (Crs::CRS84, metres), (metres, Crs::CRS84)] {
        let _ = api::check_filter(text, language, columns, (from, to));
    }
}
