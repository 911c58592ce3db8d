//! From the identifier of a feature to its row.

use catalog::{
    encode::{FeatureId, split_id},
    table::{Comparison, Predicate},
};

use super::collection::Collection;
use crate::{error::Problem, query::value};

/// Where a feature is looked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wanted {
    /// By its key.
    Key(Predicate),
    /// By its row number, from 0.
    Row(u64),
}

/// Reads an identifier.
///
/// # Errors
/// 404 for what cannot be one of this collection.
pub(super) fn wanted(collection: &Collection<'_>, id: &str) -> Result<Wanted, Problem> {
    let missing = || missing(collection, id);
    let key = match collection.feature_id() {
        FeatureId::Row => {
            let plain = id.bytes().all(|b| b.is_ascii_digit()) && !id.starts_with('0');
            let number = id.parse::<u64>().ok().filter(|_| plain).and_then(|number| number.checked_sub(1));
            return number.map(Wanted::Row).ok_or_else(missing);
        }
        FeatureId::Key(key) => key,
    };
    let values = split_id(id, key.len()).ok_or_else(missing)?;
    let mut parts = Vec::with_capacity(key.len());
    for (name, text) in key.iter().zip(values) {
        let column = collection.manifest.columns.iter().find(|column| column.name == *name).ok_or_else(missing)?;
        let comparison = match text {
            None => Comparison::IsNull,
            Some(text) => Comparison::Eq(value::scalar(column, &text).map_err(|_| missing())?),
        };
        parts.push(Predicate::Column(name.clone(), comparison));
    }
    Ok(Wanted::Key(Predicate::And(parts)))
}

/// 404: there is no such feature.
pub(super) fn missing(collection: &Collection<'_>, id: &str) -> Problem {
    let id: String = id.chars().take(100).collect();
    let collection = collection.id();
    Problem::not_found(format!("'{collection}' has no feature '{id}'."))
        .hint(format!("See /ogc/collections/{collection}/items for its features."))
}
