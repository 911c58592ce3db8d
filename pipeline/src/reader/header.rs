//! Headers: where the declared columns stand in a table of text.

use config::{Column, Point};

use super::{fault::fault, rows::readable};
use crate::Result;

/// Where the declared columns stand.
#[derive(Debug)]
pub(super) struct Layout {
    /// For each column that may be read, its position in the source.
    pub(super) positions: Vec<Option<usize>>,
    /// For each column that may be read and is a point of other ones, the positions of x, y, z and the system.
    pub(super) points: Vec<Option<[Option<usize>; 4]>>,
    /// Declared columns (published names) that the source does not have.
    pub(super) missing: Vec<String>,
    /// Columns of the source that are not declared.
    pub(super) undeclared: Vec<String>,
}

/// Finds the declared columns among the names of a header, which stands on a line. Names are compared without
/// surrounding white space.
pub(super) fn locate(file: &str, line: u64, header: &[String], columns: &[Column]) -> Result<Layout> {
    let mut layout = Layout { positions: Vec::new(), points: Vec::new(), missing: Vec::new(), undeclared: Vec::new() };
    for column in readable(columns) {
        layout.points.push(column.point.as_ref().map(|point| point_of(file, line, header, point)).transpose()?);
        let mut position = None;
        for name in column.source_names() {
            position = if column.point.is_some() { None } else { place(file, line, header, name)? };
            if position.is_some() {
                break;
            }
        }
        let there = match layout.points.last() {
            Some(Some([x, y, _, _])) => x.is_some() && y.is_some(),
            _ => position.is_some(),
        };
        if !there {
            layout.missing.push(column.name.as_str().to_owned());
        }
        layout.positions.push(position);
    }
    let declared: Vec<&str> = columns.iter().flat_map(Column::reads).map(str::trim).collect();
    let others = header.iter().map(|name| name.trim()).filter(|name| !name.is_empty() && !declared.contains(name));
    layout.undeclared = others.map(str::to_owned).collect();
    Ok(layout)
}

/// The position of a name; `None` where the header has none such.
fn place(file: &str, line: u64, header: &[String], name: &str) -> Result<Option<usize>> {
    let mut places = header.iter().enumerate().filter(|(_, text)| text.trim() == name.trim());
    let position = places.next().map(|(at, _)| at);
    if position.is_some() && places.next().is_some() {
        let reason = format!("the header has the name '{}' twice", name.trim());
        return Err(fault(file, "format-duplicate-header", Some(line), reason));
    }
    Ok(position)
}

/// The positions of what a point is made of.
fn point_of(file: &str, line: u64, header: &[String], point: &Point) -> Result<[Option<usize>; 4]> {
    let mut places = [None; 4];
    for (slot, name) in places.iter_mut().zip(point.columns()) {
        *slot = name.map(|name| place(file, line, header, name)).transpose()?.flatten();
    }
    Ok(places)
}

/// The names of a source without a header: "1", "2" …
pub(super) fn numbered(columns: usize) -> Vec<String> {
    (1..=columns).map(|number| number.to_string()).collect()
}
