//! Fuzz target: SOSI files.
#![no_main]

use std::sync::LazyLock;

use config::{Column, Format};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static FORMAT: LazyLock<Format> = LazyLock::new(|| fuzz::format(json!({ "kind": "sosi", "arc_tolerance": 0.1 })));
static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let names =
        [("type", "OBJTYPE"), ("id", "IDENT.LOKALID"), ("nummer", "@nummer"), ("navn*", "NAVN"), ("geometri", "")];
    fuzz::columns(&names)
});

fuzz_target!(|bytes: &[u8]| fuzz::read(bytes, &FORMAT, &COLUMNS));
