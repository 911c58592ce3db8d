//! Codes: padding and code lists.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::StringArray;
use polars::prelude::{Expr, col, lit, when};

/// A code as text; a purely numeric one is padded with zeros to `width`.
pub(super) fn padded(name: &str, width: Option<u8>) -> Expr {
    let Some(width) = width.filter(|width| *width > 0) else { return col(name) };
    let numeric = col(name).str().contains(lit(format!("^[0-9]{{1,{width}}}$")), true);
    let zeros = lit("0".repeat(usize::from(width)));
    when(numeric).then((zeros + col(name)).str().tail(lit(i64::from(width)))).otherwise(col(name))
}

/// Values that are aliases of codes, as those codes.
pub(super) fn translated(values: StringArray, aliases: &BTreeMap<String, String>) -> StringArray {
    if aliases.is_empty() {
        return values;
    }
    let code = |value: &str| match aliases.get(value).or_else(|| aliases.get(&value.to_lowercase())) {
        Some(code) => code.clone(),
        None => value.to_owned(),
    };
    values.iter().map(|value| value.map(code)).collect()
}

/// The rows whose value is not in the list.
pub(super) fn outside<'a>(list: &'a BTreeSet<String>, values: &'a StringArray) -> impl Iterator<Item = usize> + 'a {
    let rows = values.iter().enumerate();
    rows.filter_map(|(row, value)| value.filter(|value| !list.contains(*value)).map(|_| row))
}
