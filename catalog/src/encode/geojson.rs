//! `GeoJSON`: RFC 7946. One feature a line; the first geometry column is the feature's geometry, all else its properties.

use config::ColumnName;

use super::{json, value};
use crate::table::Cells;

/// A row and what is known of its columns.
pub(super) struct Row<'a> {
    pub(super) names: &'a [ColumnName],
    pub(super) columns: &'a [Cells],
    /// Index of the geometry column.
    pub(super) geometry: usize,
    pub(super) index: value::Row,
    /// Whether it is the first row of the document.
    pub(super) first: bool,
}

/// What comes before the first feature.
pub(super) fn begin(out: &mut Vec<u8>) {
    out.extend(b"{\"type\":\"FeatureCollection\",\"features\":[\n");
}

/// One feature.
pub(super) fn feature(row: &Row<'_>, out: &mut Vec<u8>) {
    if !row.first {
        out.extend(b",\n");
    }
    out.extend(b"{\"type\":\"Feature\",\"geometry\":");
    value::json(row.columns.get(row.geometry).and_then(|cells| cells.get(row.index)), out);
    out.extend(b",\"properties\":");
    let others = row
        .names
        .iter()
        .map(ColumnName::as_str)
        .zip(row.columns)
        .enumerate()
        .filter(|(index, _)| *index != row.geometry);
    json::object(others.map(|(_, column)| column), row.index, out);
    out.push(b'}');
}

/// What comes after the last feature.
pub(super) fn end(out: &mut Vec<u8>) {
    out.extend(b"\n]}\n");
}
