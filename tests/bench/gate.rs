//! Bytes of text that the privacy gate looks through in a second of CPU time, as the docs say in `benches.md`.
//!
//! Takes a file of journal posts, else that of the example.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench tells its figures, and may end at the first thing that is wrong"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use arrow::{
    array::{ArrayRef, AsArray},
    record_batch::RecordBatch,
};
use config::{Dataset, Env, Overrides};
use jiff::civil::Date;
use pipeline::{
    gate::{PrivacyScan, withhold},
    normalise::Normaliser,
    reader::{self, Input, Limits},
};

/// How often all rows are looked at; the fastest time counts.
const ROUNDS: usize = 5;
const LIMITS: Limits = Limits { max_cell_bytes: 1 << 20, max_columns: 1000, batch_rows: 8192 };

fn main() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/example");
    let path = std::env::args().skip(1).find(|word| !word.starts_with('-')).map(PathBuf::from);
    let path = path.unwrap_or_else(|| example.join("data/postjournal.ndjson"));
    let config = config::load(&example, &Overrides::default(), &Env::process()).unwrap();
    let mut dataset = config.datasets.values().find(|dataset| dataset.id.as_str() == "postjournal").unwrap().clone();
    dataset.file.gates.privacy.publish_free_text.push("sakstittel".parse().unwrap());
    let batches = published(&dataset, &path);
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let bytes: usize = batches.iter().flat_map(RecordBatch::columns).map(text_bytes).sum();
    let seconds = (0..ROUNDS).map(|_| round(&dataset, &batches)).fold(f64::INFINITY, f64::min);
    let (speed, each) = (bytes as f64 / seconds / 1e6, seconds / rows as f64 * 1e9);
    println!("{rows} rows, {:.1} MB of text: {speed:.0} MB a CPU second, {each:.0} ns a row", bytes as f64 / 1e6);
}

/// CPU seconds for all rows.
fn round(dataset: &Dataset, batches: &[RecordBatch]) -> f64 {
    let mut scan = PrivacyScan::new(dataset, Date::constant(2026, 11, 25));
    let start = cpu_seconds();
    for batch in batches {
        withhold(&mut scan, batch.clone()).unwrap();
    }
    cpu_seconds() - start
}

/// What this thread has used, where the system tells; else what the clock says.
fn cpu_seconds() -> f64 {
    thread_local!(static START: Instant = Instant::now());
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.with(Instant::elapsed).as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

/// The typed rows with the columns that would be published.
fn published(dataset: &Dataset, path: &Path) -> Vec<RecordBatch> {
    let input = Input { name: "journal", path, stopped: &|| false };
    let mut reader = reader::open(input, &dataset.file.format, &dataset.columns, LIMITS).unwrap();
    let normaliser = Normaliser::new(dataset).unwrap();
    let schema = normaliser.schema();
    let columns: Vec<usize> =
        dataset.published_columns().map(|column| schema.index_of(column.name.as_str()).unwrap()).collect();
    std::iter::from_fn(|| reader.next_batch().unwrap())
        .map(|batch| normaliser.normalise("journal", &batch).unwrap().rows.project(&columns).unwrap())
        .collect()
}

fn text_bytes(array: &ArrayRef) -> usize {
    array.as_string_opt::<i32>().map_or(0, |texts| texts.iter().flatten().map(str::len).sum())
}
