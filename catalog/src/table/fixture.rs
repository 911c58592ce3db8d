//! A small table of every type, for the tests of this crate.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
        TimestampMillisecondArray,
    },
    record_batch::RecordBatch,
};
use config::{ColumnName, ColumnType, OrderBy, Text};

use super::{
    TableFile, TableWriter, arrow_schema,
    wkb::{Geometry, Position},
};
use crate::version::ColumnInfo;

/// A column name.
pub(crate) fn name(text: &str) -> ColumnName {
    text.parse().unwrap()
}

/// One column.
pub(crate) fn column(title: &str, field_id: i32, kind: ColumnType) -> ColumnInfo {
    ColumnInfo {
        name: name(title),
        field_id,
        kind,
        title: Text { nb: title.to_owned(), nn: None, en: None },
        description: None,
        unit: None,
        codes: std::collections::BTreeMap::new(),
        concept: None,
        required: title == "kode",
        crs: None,
    }
}

/// Columns of every type; the key is `kode`.
pub(crate) fn columns() -> Vec<ColumnInfo> {
    [
        ("kode", ColumnType::Code { width: None }),
        ("navn", ColumnType::Text {}),
        ("antall", ColumnType::Integer {}),
        ("andel", ColumnType::Number {}),
        ("leie", ColumnType::Decimal { scale: 2 }),
        ("aktiv", ColumnType::Boolean { yes: vec![], no: vec![] }),
        ("dato", ColumnType::Date { formats: vec![] }),
        ("endret", ColumnType::Datetime { formats: vec![] }),
        ("sted", ColumnType::Geometry { crs: config::GeometryCrs::Source }),
    ]
    .into_iter()
    .zip(1..)
    .map(|((title, kind), id)| column(title, id, kind))
    .collect()
}

/// A small integer as number.
pub(crate) fn float(row: i64) -> f64 {
    i32::try_from(row).unwrap().into()
}

/// Rows from..to of a table sorted by `kode`; every seventh row has no values but its code.
pub(crate) fn batch(rows: std::ops::Range<i64>) -> RecordBatch {
    fn some<T>(rows: &std::ops::Range<i64>, of: impl Fn(i64) -> T) -> Vec<Option<T>> {
        rows.clone().map(|row| (row % 7 != 6).then(|| of(row))).collect()
    }
    let point = |row: i64| Geometry::Point(Position { x: float(10_000 + row) / 1e3, y: 59.5, z: None }).to_wkb();
    let codes: Vec<String> = rows.clone().map(|row| format!("{row:06}")).collect();
    let places = some(&rows, point);
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(codes)),
        Arc::new(StringArray::from(some(&rows, |row| format!("Vei {}, \"Ås\"", row % 100)))),
        Arc::new(Int64Array::from(some(&rows, |row| row))),
        Arc::new(Float64Array::from(some(&rows, |row| float(row) / 4.0))),
        Arc::new(
            Decimal128Array::from(some(&rows, |row| i128::from(row) * 100 - 5))
                .with_precision_and_scale(38, 2)
                .unwrap(),
        ),
        Arc::new(BooleanArray::from(some(&rows, |row| row % 2 == 0))),
        Arc::new(Date32Array::from(some(&rows, |row| 19_000 + i32::try_from(row % 365).unwrap()))),
        Arc::new(
            TimestampMillisecondArray::from(some(&rows, |row| 1_700_000_000_000 + row * 500)).with_timezone("UTC"),
        ),
        Arc::new(places.iter().map(Option::as_deref).collect::<BinaryArray>()),
    ];
    RecordBatch::try_new(arrow_schema(&columns()), arrays).unwrap()
}

/// Writes the rows to a file, a thousand in a row group, and opens it.
pub(crate) fn table(path: &std::path::Path, rows: i64) -> TableFile {
    let order = [OrderBy { column: name("kode"), descending: false }];
    let mut writer =
        TableWriter::with_groups(path, &columns(), &[name("kode"), name("antall"), name("leie")], &order, 1_000)
            .unwrap();
    for start in (0..rows).step_by(5_000) {
        writer.write(&batch(start..rows.min(start + 5_000))).unwrap();
    }
    writer.finish().unwrap();
    TableFile::open_local(path).unwrap()
}
