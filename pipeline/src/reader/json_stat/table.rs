//! A table in JSON-stat: its document, checked, and its cells by position.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::fault::fault,
    cells::Cells,
    dimension::{Declared, Dimension},
};
use crate::Result;

/// Most cells of a table, more than twice what Statistics Norway answers at once; they are held in memory.
const MAX_CELLS: u64 = 2_000_000;

/// The document.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(default)]
    id: Vec<String>,
    #[serde(default)]
    size: Vec<usize>,
    #[serde(default)]
    dimension: HashMap<String, Declared>,
    /// Something of each cell in a list, or of some by their positions.
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    /// The same, or one text of all cells.
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
    /// What version 1 has.
    #[serde(borrow, default)]
    dataset: Option<&'a RawValue>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// The code of a dimension.
    Code(usize),
    /// The text of a dimension's category.
    Label(usize),
    /// The cell, so many positions after that of its row.
    Value(u64),
    /// What is said of that cell.
    Status(u64),
}

/// A table: dimensions, and the cells that are not missing.
pub(super) struct Table {
    dimensions: Vec<Dimension>,
    /// The dimension whose categories are columns.
    measures: Option<Dimension>,
    /// The document, in which the texts of cells stand.
    text: String,
    values: Cells,
    statuses: Cells,
    /// The status of all cells, where the document has one for all.
    of_all: String,
    cells: u64,
}

/// A row of a table.
pub(super) struct Row<'t> {
    table: &'t Table,
    /// The position of its first cell.
    position: u64,
}

impl Table {
    /// Reads a document.
    ///
    /// # Errors
    /// `format-json` where it is no JSON, `format-json-stat` where its parts do not fit together.
    pub(super) fn parse(file: &str, text: String, measures: Option<&str>) -> Result<Self> {
        let wrong = |reason: String| fault(file, "format-json-stat", None, reason);
        let document: Document<'_> = serde_json::from_str(&text).map_err(|error| {
            let line = u64::try_from(error.line()).ok();
            fault(file, "format-json", line, format!("line {}, column {}: {error}", error.line(), error.column()))
        })?;
        if document.dataset.is_some() {
            return Err(wrong("this is version 1 of JSON-stat; ask for json-stat2".to_owned()));
        }
        let (mut dimensions, cells) = dimensions(&document.id, &document.size, document.dimension).map_err(wrong)?;
        let measures = match measures {
            None => None,
            Some(name) => {
                let found = dimensions.iter().position(|dimension| dimension.name == name);
                let names = || dimensions.iter().map(|dimension| format!("'{}'", dimension.name)).collect::<Vec<_>>();
                let at = found.ok_or_else(|| {
                    wrong(format!("there is no dimension '{name}' for the measures, but {}", names().join(", ")))
                })?;
                Some(dimensions.remove(at))
            }
        };
        let values = document.value.ok_or_else(|| wrong("it has no `value`".to_owned()))?;
        let values = Cells::parse(&text, values, (cells, "value")).map_err(wrong)?;
        let (of_all, statuses) = match document.status {
            Some(all) if all.get().starts_with('"') => (all.get().trim_matches('"').to_owned(), Cells::default()),
            Some(each) => (String::new(), Cells::parse(&text, each, (cells, "status")).map_err(wrong)?),
            None => (String::new(), Cells::default()),
        };
        Ok(Self { dimensions, measures, text, values, statuses, of_all, cells })
    }

    /// Names of the columns and what they hold.
    pub(super) fn columns(&self) -> Vec<(String, Place)> {
        let mut columns = Vec::new();
        for (at, dimension) in self.dimensions.iter().enumerate() {
            columns.push((dimension.name.clone(), Place::Code(at)));
            columns.push((format!("{}.label", dimension.name), Place::Label(at)));
        }
        let Some(measures) = &self.measures else {
            columns.push(("value".to_owned(), Place::Value(0)));
            columns.push(("status".to_owned(), Place::Status(0)));
            return columns;
        };
        for (at, (code, _)) in measures.categories.iter().enumerate() {
            let offset = at as u64 * measures.stride;
            columns.push((code.clone(), Place::Value(offset)));
            columns.push((format!("{code}.status"), Place::Status(offset)));
        }
        columns
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> u64 {
        let columns = self.measures.as_ref().map_or(1, |measures| measures.categories.len() as u64);
        self.cells.checked_div(columns).unwrap_or(0)
    }

    /// A row, from 0.
    pub(super) fn row(&self, at: u64) -> Row<'_> {
        let position = self.measures.as_ref().map_or(at, |measures| {
            let inner = measures.stride.max(1);
            at / inner * inner * measures.categories.len() as u64 + at % inner
        });
        Row { table: self, position }
    }
}

impl<'t> Row<'t> {
    /// The text of a column; empty where there is none.
    pub(super) fn text(&self, place: Place) -> &'t str {
        let category = |at: usize| self.table.dimensions.get(at).and_then(|dimension| dimension.at(self.position));
        let of = |cells: &'t Cells, offset: u64| cells.text(&self.table.text, self.position + offset);
        match place {
            Place::Code(at) => category(at).map_or("", |(code, _)| code),
            Place::Label(at) => category(at).map_or("", |(_, text)| text),
            Place::Value(offset) => of(&self.table.values, offset),
            Place::Status(_) if !self.table.of_all.is_empty() => &self.table.of_all,
            Place::Status(offset) => of(&self.table.statuses, offset),
        }
    }
}

/// The dimensions in their order, and how many cells they span.
fn dimensions(
    ids: &[String],
    sizes: &[usize],
    mut declared: HashMap<String, Declared>,
) -> std::result::Result<(Vec<Dimension>, u64), String> {
    if ids.is_empty() || ids.len() != sizes.len() {
        return Err(format!("{} dimensions in `id`, but {} in `size`", ids.len(), sizes.len()));
    }
    let mut dimensions = Vec::with_capacity(ids.len());
    for (id, size) in ids.iter().zip(sizes) {
        let found = declared.remove(id).ok_or_else(|| format!("`dimension` has no '{id}'"))?;
        let dimension = Dimension::new(id, found, *size);
        dimensions.push(dimension.ok_or_else(|| format!("the categories of '{id}' are not the {size} of `size`"))?);
    }
    let mut cells = 1_u64;
    for dimension in dimensions.iter_mut().rev() {
        dimension.stride = cells;
        cells = cells.saturating_mul(dimension.categories.len() as u64);
        if cells > MAX_CELLS {
            return Err(format!("more than {MAX_CELLS} cells"));
        }
    }
    Ok((dimensions, cells))
}
