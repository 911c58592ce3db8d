//! Names in a question: those of columns, and those that mean something else.

use catalog::version::ColumnInfo;

use crate::error::Problem;

/// Parameters that are not conditions, unless their value is one and a column has their name.
pub(super) const RESERVED: [&str; 8] = ["select", "order", "limit", "cursor", "version", "format", "total", "having"];

/// Characters of an unknown name that are looked at and repeated.
pub(super) const LONGEST_NAME: usize = 64;

/// The column of a name.
pub(super) fn find<'a>(columns: &'a [ColumnInfo], name: &str) -> Result<&'a ColumnInfo, Problem> {
    columns.iter().find(|column| column.name.as_str() == name).ok_or_else(|| {
        // Comparing takes time by the length, and a long name is no slip of the pen.
        let name: String = name.chars().take(LONGEST_NAME).collect();
        let names = || columns.iter().map(|column| column.name.as_str());
        let close = names().chain(RESERVED).min_by_key(|known| strsim::damerau_levenshtein(known, &name));
        let near = close.filter(|known| strsim::damerau_levenshtein(known, &name) <= 1 + name.chars().count() / 4);
        let hint = near.map_or_else(
            || {
                format!(
                    "Columns: {}. Other parameters: {}.",
                    names().collect::<Vec<_>>().join(", "),
                    RESERVED.join(", ")
                )
            },
            |near| format!("Did you mean '{near}'?"),
        );
        Problem::bad_request("api-parameter", format!("There is no column or parameter '{name}'.")).hint(hint)
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use config::{ColumnType, Text};

    use super::*;

    pub(crate) fn column(name: &str, kind: ColumnType) -> ColumnInfo {
        ColumnInfo {
            name: name.parse().unwrap(),
            field_id: 1,
            kind,
            title: Text { nb: name.to_owned(), nn: None, en: None },
            description: None,
            unit: None,
            codes: BTreeMap::new(),
            concept: None,
            required: false,
            crs: None,
        }
    }
}
