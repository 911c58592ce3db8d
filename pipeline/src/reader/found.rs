//! What was found for a column among the attributes of an object.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::rows::Cell;

/// What was found for one column.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    rank: usize,
    values: Vec<Json>,
}

/// A value of a better name takes the place of what was found by a worse one.
pub(super) fn add(slot: &mut Option<Found>, rank: usize, value: Option<Json>) {
    let found = slot.get_or_insert_with(|| Found { rank, ..Found::default() });
    let Some(value) = value else { return };
    if rank < found.rank || found.values.is_empty() {
        *found = Found { rank, values: vec![value] };
    } else if rank == found.rank {
        found.values.push(value);
    }
}

/// The cell of what was found: several values, or one with members, only where the column takes such.
pub(super) fn cell(found: Option<Found>, takes_nested: bool) -> Cell<'static> {
    let Some(Found { mut values, .. }) = found else { return Cell::Null };
    let several = values.len() > 1;
    match values.pop() {
        None => Cell::Null,
        Some(Json::String(text)) if !several => Cell::Text(Cow::Owned(text)),
        Some(one) if takes_nested && !several => Cell::Text(Cow::Owned(one.to_string())),
        Some(last) if takes_nested => {
            values.push(last);
            Cell::Text(Cow::Owned(Json::Array(values).to_string()))
        }
        Some(_) => Cell::Nested,
    }
}
