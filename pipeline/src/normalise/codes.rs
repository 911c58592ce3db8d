//! Codes: padding and code lists.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::StringArray;
use polars::prelude::{Expr, col, lit, when};

/// A code as text; a purely numeric one is padded with zeros to `width`.
pub(super) fn padded(name: &str, width: Option<u8>) -> Expr {
    let Some(width) = width.filter(|width| *width > 0) else { return col(name) };
    let numeric = col(name).str().contains(lit(format!("^[0-9]{{1,{width}}}$")), true);
    let zeros = lit("0".repeat(usize::from(width)));
    when(numeric).then((zeros + col(name)).str().tail(lit(i64::from(width)))).otherwise(col(name))
}

/// Alias of every value that is neither an alias nor a code.
const OTHER: &str = "*";

/// Values that are aliases of codes, as those codes.
pub(super) fn translated(
    values: &StringArray,
    aliases: &BTreeMap<String, String>,
    list: &BTreeSet<String>,
) -> StringArray {
    if aliases.is_empty() {
        return values.clone();
    }
    // Codes are few, rows are many.
    let mut known: HashMap<&str, &str> = HashMap::new();
    let mut code = |value| *known.entry(value).or_insert_with(|| code_of(value, aliases, list));
    values.iter().map(|value| value.map(&mut code)).collect()
}

fn code_of<'a>(value: &'a str, aliases: &'a BTreeMap<String, String>, list: &BTreeSet<String>) -> &'a str {
    let alias = aliases.get(value).or_else(|| aliases.get(&value.to_lowercase()));
    let other = || aliases.get(OTHER).filter(|_| !list.contains(value));
    alias.or_else(other).map_or(value, String::as_str)
}

/// The rows whose value is not in the list.
pub(super) fn outside<'a>(list: &'a BTreeSet<String>, values: &'a StringArray) -> impl Iterator<Item = usize> + 'a {
    let rows = values.iter().enumerate();
    // The same codes come again and again.
    let mut known = None;
    rows.filter_map(move |(row, value)| {
        let value = value.filter(|_| known != value)?;
        if list.contains(value) {
            known = Some(value);
            return None;
        }
        Some(row)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_become_codes_and_other_values_stay() {
        let aliases = [("i", "inn"), ("EA", "avsender")].map(|(alias, code)| (alias.to_owned(), code.to_owned()));
        let values = StringArray::from(vec![Some("I"), Some("i"), Some("EA"), Some("ea"), None, Some("inn")]);
        let mut aliases = BTreeMap::from(aliases);
        let list = ["inn", "avsender"].map(str::to_owned).into();
        let translated = super::translated(&values, &aliases, &list);
        let expected = [Some("inn"), Some("inn"), Some("avsender"), Some("ea"), None, Some("inn")];
        assert_eq!(translated.iter().collect::<Vec<_>>(), expected);
        aliases.insert("*".to_owned(), "avsender".to_owned());
        let translated = super::translated(&values, &aliases, &list);
        assert_eq!(translated.value(3), "avsender");
        assert_eq!(translated.value(5), "inn", "a code stays");
    }
}
