//! Headers: where the declared columns stand in a table of text.

use config::Column;

use super::{fault::fault, rows::readable};
use crate::Result;

/// Where the declared columns stand.
#[derive(Debug)]
pub(super) struct Layout {
    /// For each column that may be read, its position in the source.
    pub(super) positions: Vec<Option<usize>>,
    /// Declared columns (published names) that the source does not have.
    pub(super) missing: Vec<String>,
    /// Columns of the source that are not declared.
    pub(super) undeclared: Vec<String>,
}

/// Finds the declared columns among the names of a header, which stands on a line. Names are compared without
/// surrounding white space.
pub(super) fn locate(file: &str, line: u64, header: &[String], columns: &[Column]) -> Result<Layout> {
    let mut layout = Layout { positions: Vec::new(), missing: Vec::new(), undeclared: Vec::new() };
    for column in readable(columns) {
        let mut position = None;
        for name in column.source_names() {
            let mut places = header.iter().enumerate().filter(|(_, text)| text.trim() == name.trim());
            position = places.next().map(|(at, _)| at);
            if position.is_some() && places.next().is_some() {
                let reason = format!("the header has the name '{}' twice", name.trim());
                return Err(fault(file, "format-duplicate-header", Some(line), reason));
            }
            if position.is_some() {
                break;
            }
        }
        if position.is_none() {
            layout.missing.push(column.name.as_str().to_owned());
        }
        layout.positions.push(position);
    }
    let declared: Vec<&str> = columns.iter().flat_map(Column::source_names).map(str::trim).collect();
    let others = header.iter().map(|name| name.trim()).filter(|name| !name.is_empty() && !declared.contains(name));
    layout.undeclared = others.map(str::to_owned).collect();
    Ok(layout)
}

/// The names of a source without a header: "1", "2" …
pub(super) fn numbered(columns: usize) -> Vec<String> {
    (1..=columns).map(|number| number.to_string()).collect()
}
