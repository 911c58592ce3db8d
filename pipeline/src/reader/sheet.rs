//! A sheet as every kind of workbook gives it: its cells as text.

use std::rc::Rc;

use super::fault::fault;
use crate::Result;

/// A cell: row and column from 0, and its text.
#[derive(Debug, Clone)]
pub(super) struct Text {
    /// Row, from 0.
    pub(super) row: u32,
    /// Column, from 0.
    pub(super) column: u32,
    /// The text; shared by repeated cells.
    pub(super) value: Rc<str>,
    /// The text is the name of an error, such as `#N/A`.
    pub(super) error: bool,
    /// The cell holds a number, which is written with a point.
    pub(super) number: bool,
}

/// Takes cells in the order of the sheet.
pub(super) type Take<'t> = dyn FnMut(Text) -> Result<()> + 't;

/// The sheet to read.
pub(super) fn choose(file: &str, names: &[String], wanted: Option<&str>) -> Result<String> {
    let found = match wanted {
        None => names.first(),
        Some(wanted) => names.iter().find(|name| name.as_str() == wanted),
    };
    found.cloned().ok_or_else(|| {
        let reason = format!("there is no sheet '{}'; there are: {}", wanted.unwrap_or_default(), names.join(", "));
        fault(file, "format-sheet", None, reason)
    })
}

/// The shortest decimal text that is the number, without exponent and without ".0".
pub(super) fn number(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value}") }
}
