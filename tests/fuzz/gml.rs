//! Fuzz target: GML files.
#![no_main]

use std::sync::LazyLock;

use config::{Column, Format};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static FORMAT: LazyLock<Format> = LazyLock::new(|| fuzz::format(json!({ "kind": "gml", "arc_tolerance": 0.1 })));
static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    fuzz::columns(&[("id", "@gml:id"), ("lokal", "identifikasjon.lokalId"), ("navn*", "navn"), ("geometri", "")])
});

fuzz_target!(|bytes: &[u8]| fuzz::read(bytes, &FORMAT, &COLUMNS));
