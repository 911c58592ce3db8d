//! A filter by itself, without a server and a collection.

use catalog::{crs::Crs, version::ColumnInfo};

use super::place::Way;
use crate::query::cql2::{self, Language};

/// Degrees that features lie within: Norway with its islands.
const EXTENT: [f64; 4] = [-10.0, 57.0, 37.0, 82.0];

/// Reads a filter in CQL2 and binds it to columns, as a request for items does; places are written in the first system,
/// and the table's geometries are in the second one.
///
/// # Errors
/// What is not understood, and where it stands.
pub fn check_filter(
    filter: &str,
    language: Language,
    columns: &[ColumnInfo],
    (from, to): (Crs, Crs),
) -> Result<(), String> {
    let way = Way { from, to, extent: Some(EXTENT) };
    let bound = cql2::parse(filter, language).and_then(|read| cql2::bind(&read, columns, &|place| way.locate(place)));
    bound.map(|_| ()).map_err(|problem| problem.to_string())
}
