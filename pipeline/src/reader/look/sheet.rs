//! A look at a sheet of a workbook: where its header stands, and which of its rows are no rows of the table.

use super::{
    Form, LIMITS, Look,
    seen::{Seen, is_word, is_year},
};
use crate::{
    Result,
    reader::{Input, excel::joined, fault::fault, sheet::Text, workbook},
};

/// Rows in which a header is looked for.
const SEARCHED: u32 = 50;

type Row = Vec<Option<Text>>;

/// Looks at a sheet: the one that is named, else the first one with a table.
pub(super) fn look(input: Input<'_>, wanted: Option<&str>, names_person: fn(&str) -> bool) -> Result<Look> {
    let names = workbook::sheets(input, LIMITS)?;
    for name in names.iter().filter(|name| wanted.is_none_or(|wanted| wanted == *name)) {
        let mut sheet = Sheet::new(names_person);
        workbook::cells(input, Some(name), LIMITS, &mut |cell| {
            sheet.take(cell);
            Ok(())
        })?;
        sheet.end_row();
        if sheet.header.is_none() {
            sheet.decide();
        }
        if let Some(look) = sheet.done(name, &names) {
            return Ok(look);
        }
    }
    if let Some(wanted) = wanted.filter(|wanted| !names.iter().any(|name| name == wanted)) {
        let reason = format!("there is no sheet '{wanted}'; there are: {}", names.join(", "));
        return Err(fault(input.name, "format-sheet", None, reason));
    }
    let reason = format!("no row of names above rows of values stands in the first {SEARCHED} rows of a sheet");
    Err(fault(input.name, "format-no-header", None, reason))
}

/// Where the header begins, from 0, and of how many rows it is.
type Header = (u32, u32);

struct Sheet {
    names_person: fn(&str) -> bool,
    /// The first rows, until the header is known.
    first: Vec<(u32, Row)>,
    header: Option<Header>,
    row: u32,
    cells: Row,
    columns: Vec<Seen>,
    rows: u64,
    totals: u64,
    notes: u64,
}

impl Sheet {
    fn new(names_person: fn(&str) -> bool) -> Self {
        Self {
            names_person,
            first: Vec::new(),
            header: None,
            row: 0,
            cells: Vec::new(),
            columns: Vec::new(),
            rows: 0,
            totals: 0,
            notes: 0,
        }
    }

    fn take(&mut self, cell: Text) {
        if cell.row != self.row {
            self.end_row();
            self.row = cell.row;
        }
        let at = cell.column as usize;
        if self.cells.len() <= at {
            self.cells.resize(at + 1, None);
        }
        if let Some(place) = self.cells.get_mut(at) {
            *place = Some(cell);
        }
    }

    fn end_row(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        if filled(&cells) == 0 {
            return;
        }
        if self.header.is_some() {
            return self.take_row(&cells);
        }
        self.first.push((self.row, cells));
        if self.row >= SEARCHED {
            self.decide();
        }
    }

    /// Finds the header among the first rows, and takes those below it.
    fn decide(&mut self) {
        let first = std::mem::take(&mut self.first);
        let Some(header) = header(&first) else { return };
        self.header = Some(header);
        let (begin, rows) = header;
        let is_header = |row: u32| row >= begin && row < begin + rows;
        let names: Vec<Vec<String>> =
            first.iter().filter(|(row, _)| is_header(*row)).map(|(_, row)| texts(row)).collect();
        self.columns = joined(&names).into_iter().map(Seen::named).collect();
        first.iter().filter(|(row, _)| *row >= begin + rows).for_each(|(_, row)| self.take_row(row));
    }

    fn take_row(&mut self, cells: &[Option<Text>]) {
        self.rows += 1;
        let begins = self.columns.iter().position(|column| !column.name.is_empty()).and_then(|at| cells.get(at));
        let total = begins.is_some_and(|cell| cell.as_ref().is_some_and(|cell| super::is_total(&cell.value)));
        let note = !total && self.columns.len() > 2 && filled(cells) == 1;
        self.totals += u64::from(total);
        self.notes += u64::from(note);
        if total {
            for (column, _) in self.columns.iter_mut().zip(cells).filter(|(_, cell)| cell.is_some()) {
                column.in_totals += 1;
            }
        }
        if total || note {
            return;
        }
        if self.columns.len() < cells.len() {
            self.columns.resize_with(cells.len(), Seen::default);
        }
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            match cell {
                Some(cell) if cell.number => column.take_number(&cell.value, self.names_person),
                Some(cell) if !cell.error => column.take(&cell.value, self.names_person),
                _ => {}
            }
        }
    }

    /// What was seen; `None` where there is no table.
    fn done(self, name: &str, names: &[String]) -> Option<Look> {
        let (row, header_rows) = self.header.filter(|_| self.rows > 0)?;
        let (columns, nameless) = super::named(self.columns);
        let form = Form::Sheet {
            sheet: name.to_owned(),
            others: names.iter().filter(|other| *other != name).cloned().collect(),
            header_row: row + 1,
            header_rows,
        };
        let decimal = super::decimal_of(&columns, ',');
        let (rows, totals, notes) = (self.rows, self.totals, self.notes);
        Some(Look { form, decimal, rows, totals, notes, nameless, lists: Vec::new(), columns })
    }
}

/// The first row of names that is about as wide as the table, with the row above where names stand across several columns.
fn header(rows: &[(u32, Row)]) -> Option<Header> {
    let width = rows.iter().map(|(_, row)| filled(row)).max().unwrap_or_default();
    let least = (width * 3).div_ceil(5).max(2);
    let at = rows.iter().position(|(_, row)| filled(row) >= least && names(row))?;
    let (row, cells) = rows.get(at)?;
    let above = at.checked_sub(1).and_then(|above| rows.get(above));
    if above.is_some_and(|(above, cells)| above + 1 == *row && filled(cells) > 1 && names(cells)) {
        return Some((row - 1, 2));
    }
    let below = rows.get(at + 1).filter(|(below, _)| *below == row + 1);
    let values = rows.get(at + 2);
    let is_second = below.zip(values).is_some_and(|((_, below), (_, values))| {
        let has = |row: &Row, column: usize| row.get(column).is_some_and(Option::is_some);
        let fills = (0..below.len()).any(|column| has(below, column) && !has(cells, column));
        words(below) && fills && !names(values)
    });
    Some((*row, if is_second { 2 } else { 1 }))
}

/// Whether a row holds names and years only, and at least one name.
fn names(row: &[Option<Text>]) -> bool {
    words(row) && row.iter().flatten().any(|cell| is_word(&cell.value))
}

/// Whether a row holds names and years only, as the second row of a header may.
fn words(row: &[Option<Text>]) -> bool {
    row.iter().flatten().all(|cell| is_year(&cell.value) || (!cell.number && is_word(&cell.value)))
}

fn filled(row: &[Option<Text>]) -> usize {
    row.iter().flatten().count()
}

fn texts(row: &[Option<Text>]) -> Vec<String> {
    row.iter().map(|cell| cell.as_ref().map_or_else(String::new, |cell| cell.value.trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a sheet: a number is written as one, an empty text is an empty cell.
    fn rows(sheet: &[(u32, &[&str])]) -> Vec<(u32, Row)> {
        let cell = |row: u32, column: usize, text: &&str| {
            let number = text.parse::<f64>().is_ok();
            let column = u32::try_from(column).unwrap();
            (!text.is_empty()).then(|| Text { row, column, value: (*text).into(), error: false, number })
        };
        let row = |(row, cells): &(u32, &[&str])| {
            (*row, cells.iter().enumerate().map(|(column, text)| cell(*row, column, text)).collect())
        };
        sheet.iter().map(row).collect()
    }

    #[test]
    fn headers_are_found_below_titles_and_in_two_rows() {
        let title: (u32, &[&str]) = (0, &["Boliger per 1.1."]);
        let values: &[&str] = &["Oslo", "1", "2", "3.5", "4.25"];
        let plain = rows(&[title, (2, &["Kommune", "a", "b", "c", "d"]), (3, values)]);
        assert_eq!(header(&plain), Some((2, 1)));
        let years = rows(&[
            (0, &["Kommune", "Antall", "", "Areal", ""]),
            (1, &["", "2023", "2024", "2023", "2024"]),
            (2, values),
        ]);
        assert_eq!(header(&years), Some((0, 2)));
        let groups = rows(&[
            title,
            (2, &["", "Antall", "", "Areal", ""]),
            (3, &["Kommune", "eid", "leid", "eid", "leid"]),
            (4, values),
        ]);
        assert_eq!(header(&groups), Some((2, 2)));
        let texts = rows(&[(0, &["Sted", "Merknad"]), (1, &["Torget", "åpent"]), (2, &["Havna", "stengt"])]);
        assert_eq!(header(&texts), Some((0, 1)), "a row of texts fills no gap");
        assert_eq!(header(&rows(&[(0, values), (1, values)])), None, "nothing but values");
    }
}
