//! `OpenDocument` spreadsheets (ODF 1.3, part 3, section 9), streamed: repeated cells and rows are told as they stand
//! there, so that a small file cannot unfold into a large table.

use std::{fs::File, io::BufReader, rc::Rc};

use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesStart, Event},
};

use super::{
    Input, Limits, MAX_ROW_BYTES,
    fault::fault,
    package::{Archive, Guard, Guarded, MOST},
    sheet::{Take, Text, number},
};
use crate::{Error, Result};

/// Most rows and columns of a sheet.
const MAX_ROWS: u32 = 1_048_576;
const MAX_COLUMNS: u32 = 16_384;
/// Most times that a cell or row with values is repeated.
const MAX_REPEATED: u32 = 10_000;
/// Most sheets whose names a message tells.
const MAX_NAMES: usize = 100;

/// Gives all cells of a sheet that are not empty.
pub(super) fn cells(input: Input<'_>, sheet: Option<&str>, limits: Limits, take: &mut Take<'_>) -> Result<()> {
    let mut walk = Walk::new(input, sheet, limits, take);
    if walk.all()? { Ok(()) } else { Err(walk.no_sheet()) }
}

/// The names of the first sheets, in order.
pub(super) fn names(input: Input<'_>, limits: Limits) -> Result<Vec<String>> {
    let mut nothing = |_: Text| Ok(());
    // No sheet has a name with that character, so that all of them are passed over.
    let mut walk = Walk::new(input, Some("\0"), limits, &mut nothing);
    walk.all()?;
    Ok(walk.names)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Outside,
    /// In the sheet that is wanted.
    Inside,
    /// In a cell of it.
    Cell,
    /// In a paragraph of a cell.
    Paragraph,
    /// In a cell's comment, with the depth of elements.
    Comment(u32),
}

#[derive(Default)]
struct Table {
    row: u32,
    row_repeated: u32,
    column: u32,
    column_repeated: u32,
    /// The value that the cell's attributes give.
    value: Option<String>,
    text: String,
    paragraphs: u32,
    /// The cell holds the name of an error.
    error: bool,
    /// Cells of the row, to be told as often as the row is repeated.
    cells: Vec<Text>,
    /// Bytes of text in the row.
    bytes: usize,
}

struct Walk<'a, 't> {
    input: Input<'a>,
    sheet: Option<&'a str>,
    limits: Limits,
    take: &'a mut Take<'t>,
    names: Vec<String>,
    table: Table,
    state: State,
}

impl<'a, 't> Walk<'a, 't> {
    fn new(input: Input<'a>, sheet: Option<&'a str>, limits: Limits, take: &'a mut Take<'t>) -> Self {
        Self { input, sheet, limits, take, names: Vec::new(), table: Table::default(), state: State::Outside }
    }

    /// Walks through the document; false where it ends before the sheet does.
    fn all(&mut self) -> Result<bool> {
        let broken = |reason: String| fault(self.input.name, "format-workbook", None, reason);
        let file = BufReader::new(File::open(self.input.path)?);
        let mut archive = Archive::new(file).map_err(|error| broken(error.to_string()))?;
        let part = archive.by_name("content.xml").map_err(|error| broken(error.to_string()))?;
        let guard = Guard::new(self.input, MOST)?;
        let mut xml = Reader::from_reader(BufReader::new(Guarded::xml(part, &guard)));
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            guard.next_node();
            let event = xml.read_event_into(&mut buffer);
            guard.verdict()?;
            let event = event.map_err(|error| fault(self.input.name, "format-workbook", None, error.to_string()))?;
            if matches!(event, Event::Eof) {
                return Ok(false);
            }
            if self.event(&event)? {
                return Ok(true);
            }
        }
    }

    /// Takes an event; true when the sheet has ended.
    fn event(&mut self, event: &Event<'_>) -> Result<bool> {
        match event {
            Event::Start(element) => self.start(element)?,
            Event::Empty(element) => {
                self.start(element)?;
                return self.end(element.local_name().as_ref());
            }
            Event::End(element) => return self.end(element.local_name().as_ref()),
            Event::Text(text) if self.state == State::Paragraph => {
                let text: &str = text;
                self.append(text)?;
            }
            Event::GeneralRef(name) if self.state == State::Paragraph => {
                let name: &str = name;
                let text = unescape(&format!("&{name};")).map(std::borrow::Cow::into_owned).unwrap_or_default();
                self.append(&text)?;
            }
            _ => {}
        }
        Ok(false)
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<()> {
        let name = element.local_name();
        match (self.state, name.as_ref()) {
            (State::Outside, "table") => {
                let name = self.attribute(element, "table:name")?.unwrap_or_default();
                if self.sheet.is_none_or(|wanted| wanted == name) {
                    self.state = State::Inside;
                }
                if self.names.len() < MAX_NAMES {
                    self.names.push(name);
                }
            }
            (State::Inside, "table-row") => {
                self.table.row_repeated = self.repeated(element, "table:number-rows-repeated")?;
                self.table.column = 0;
                self.table.bytes = 0;
                self.table.cells.clear();
            }
            (State::Inside, "table-cell" | "covered-table-cell") => {
                self.table.column_repeated = self.repeated(element, "table:number-columns-repeated")?;
                // Elsewhere an error is a text whose name is only shown.
                self.table.error = self.attribute(element, "calcext:value-type")?.as_deref() == Some("error");
                self.table.value = if self.table.error { None } else { self.value(element)? };
                self.table.text.clear();
                self.table.paragraphs = 0;
                self.state = State::Cell;
            }
            (State::Cell, "annotation") => self.state = State::Comment(0),
            (State::Comment(depth), _) => self.state = State::Comment(depth + 1),
            (State::Cell, "p") => {
                if self.table.paragraphs > 0 {
                    self.append("\n")?;
                }
                self.table.paragraphs += 1;
                self.state = State::Paragraph;
            }
            (State::Paragraph, "s") => {
                let count = self.attribute(element, "text:c")?.and_then(|count| count.parse().ok()).unwrap_or(1_u32);
                self.append(&" ".repeat(count.min(MAX_REPEATED) as usize))?;
            }
            (State::Paragraph, "tab") => self.append("\t")?,
            (State::Paragraph, "line-break") => self.append("\n")?,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<bool> {
        match (self.state, name) {
            (State::Inside, "table") => return Ok(true),
            (State::Inside, "table-row") => self.end_row()?,
            (State::Cell, "table-cell" | "covered-table-cell") => {
                self.state = State::Inside;
                self.end_cell()?;
            }
            (State::Comment(0), _) | (State::Paragraph, "p") => self.state = State::Cell,
            (State::Comment(depth), _) => self.state = State::Comment(depth - 1),
            _ => {}
        }
        Ok(false)
    }

    fn end_cell(&mut self) -> Result<()> {
        let table = &mut self.table;
        let typed = table.value.take();
        let number = typed.as_ref().is_some_and(|text| text.parse::<f64>().is_ok());
        let text = typed.unwrap_or_else(|| std::mem::take(&mut table.text));
        let (column, repeated) = (table.column, table.column_repeated);
        let blank = text.trim().is_empty();
        if !blank {
            self.refuse(text.len(), repeated)?;
        }
        let table = &mut self.table;
        table.column = column.saturating_add(repeated).min(MAX_COLUMNS);
        if blank {
            return Ok(());
        }
        table.bytes += text.len().saturating_mul(repeated as usize);
        let (value, row, error): (Rc<str>, _, _) = (text.into(), table.row, table.error);
        let cell = |column| Text { row, column, value: Rc::clone(&value), error, number };
        table.cells.extend((column..table.column).map(cell));
        Ok(())
    }

    /// Holds a value that is repeated against the limits, before anything is repeated.
    fn refuse(&self, bytes: usize, repeated: u32) -> Result<()> {
        let line = Some(u64::from(self.table.row) + 1);
        let refuse = |code, reason: String| Err(fault(self.input.name, code, line, reason));
        let most = self.limits.max_columns.min(MAX_COLUMNS as usize);
        let end = (self.table.column as usize).saturating_add(repeated as usize);
        if end > most {
            let reason = format!("a value in column {end}, more than {most}");
            return refuse("format-too-many-columns", reason);
        }
        if bytes > self.limits.max_cell_bytes {
            let reason = format!("a value is longer than {} bytes", self.limits.max_cell_bytes);
            return refuse("format-cell-too-long", reason);
        }
        if bytes.saturating_mul(repeated as usize).saturating_add(self.table.bytes) > MAX_ROW_BYTES {
            return refuse("format-too-large", format!("a row is larger than {MAX_ROW_BYTES} bytes"));
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        let next = self.table.row.saturating_add(self.table.row_repeated).min(MAX_ROWS);
        if !self.table.cells.is_empty() {
            if self.table.row_repeated > MAX_REPEATED {
                return Err(self.broken(format!("a row is repeated {} times", self.table.row_repeated)));
            }
            for row in self.table.row..next {
                self.input.check()?;
                for cell in &self.table.cells {
                    (self.take)(Text { row, ..cell.clone() })?;
                }
            }
        }
        self.table.row = next;
        Ok(())
    }

    /// The text of a typed cell; `None` where the text that is shown is the value.
    fn value(&self, element: &BytesStart<'_>) -> Result<Option<String>> {
        Ok(match self.attribute(element, "office:value-type")?.as_deref() {
            Some("float" | "percentage" | "currency") => {
                let text = self.attribute(element, "office:value")?.unwrap_or_default();
                Some(text.parse().map_or(text, number))
            }
            Some("date") => {
                let text = self.attribute(element, "office:date-value")?.unwrap_or_default();
                Some(text.strip_suffix("T00:00:00").map(str::to_owned).unwrap_or(text))
            }
            Some("boolean") => self.attribute(element, "office:boolean-value")?,
            Some("time") => self.attribute(element, "office:time-value")?.map(|text| clock(&text).unwrap_or(text)),
            _ => self.attribute(element, "office:string-value")?,
        })
    }

    fn attribute(&self, element: &BytesStart<'_>, name: &str) -> Result<Option<String>> {
        let attribute = element.try_get_attribute(name).map_err(|error| self.broken(error.to_string()))?;
        let Some(attribute) = attribute else { return Ok(None) };
        let value = unescape(&attribute.value).map_err(|error| self.broken(error.to_string()))?;
        Ok(Some(value.into_owned()))
    }

    fn repeated(&self, element: &BytesStart<'_>, name: &str) -> Result<u32> {
        match self.attribute(element, name)? {
            None => Ok(1),
            Some(text) => text.parse().map_err(|_| self.broken(format!("{name} is no number"))),
        }
    }

    fn append(&mut self, text: &str) -> Result<()> {
        self.refuse(self.table.text.len() + text.len(), 1)?;
        self.table.text.push_str(text);
        Ok(())
    }

    fn broken(&self, reason: String) -> Error {
        fault(self.input.name, "format-workbook", Some(u64::from(self.table.row) + 1), reason)
    }

    fn no_sheet(&self) -> Error {
        if self.state != State::Outside {
            return self.broken("the document breaks off".to_owned());
        }
        let reason =
            format!("there is no sheet '{}'; there are: {}", self.sheet.unwrap_or_default(), self.names.join(", "));
        fault(self.input.name, "format-sheet", None, reason)
    }
}

/// `PT13H05M00S` → `13:05:00`.
fn clock(duration: &str) -> Option<String> {
    let (hours, rest) = duration.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?;
    Some(format!("{hours:0>2}:{minutes:0>2}:{seconds:0>2}"))
}
