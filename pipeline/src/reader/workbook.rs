//! Workbooks: which kind it is, whether it may be unpacked, and its cells as text in the order of the sheet.

use std::{
    fs::File,
    io::{BufReader, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    rc::Rc,
};

use calamine::{Cell, Data, DataRef, ExcelDateTime, Reader as _, Xls, XlsError, Xlsb, Xlsx, open_workbook};

use super::{
    Input, Limits,
    fault::fault,
    ods,
    package::{MOST, inspect},
    sheet::{Take, Text, choose, number},
};
use crate::Result;

/// Largest XLS, in bytes. Its library holds all of it at once; a full sheet of 65 536 rows has about a third of this.
const MAX_XLS: u64 = 64 << 20;
/// The bytes with which the old container of Office begins.
const OLD: [u8; 4] = [0xD0, 0xCF, 0x11, 0xE0];

/// Gives all cells of a sheet (default: the first one) that are not empty. Numbers are given in their shortest
/// decimal form, dates in ISO 8601, truth values as `true` and `false`, errors by their names.
pub(super) fn cells(input: Input<'_>, sheet: Option<&str>, limits: Limits, take: &mut Take<'_>) -> Result<()> {
    // The libraries that parse workbooks are tested against broken files, but a panic must not end the process.
    let read = catch_unwind(AssertUnwindSafe(|| match kind(input)? {
        Kind::Xlsx => xlsx(input, sheet, take),
        Kind::Xlsb => xlsb(input, sheet, take),
        Kind::Xls => xls(input, sheet, take),
        Kind::Ods => ods::cells(input, sheet, limits, take),
    }));
    read.unwrap_or_else(|_| Err(fault(input.name, "format-workbook", None, "the workbook is broken")))
}

/// Whether a file begins as workbooks do: as a ZIP archive or as the old container of Office.
pub(super) fn is_workbook(path: &Path) -> Result<bool> {
    let magic = magic(path)?;
    Ok(magic == OLD || magic.starts_with(b"PK"))
}

/// The names of the sheets, in order.
pub(super) fn sheets(input: Input<'_>, limits: Limits) -> Result<Vec<String>> {
    let broken = |error: String| fault(input.name, "format-workbook", None, error);
    let read = catch_unwind(AssertUnwindSafe(|| match kind(input)? {
        Kind::Xlsx => {
            Ok(open_workbook::<Xlsx<_>, _>(input.path).map_err(|error| broken(error.to_string()))?.sheet_names())
        }
        Kind::Xlsb => {
            Ok(open_workbook::<Xlsb<_>, _>(input.path).map_err(|error| broken(error.to_string()))?.sheet_names())
        }
        Kind::Xls => Ok(open_xls(input)?.sheet_names()),
        Kind::Ods => ods::names(input, limits),
    }));
    read.unwrap_or_else(|_| Err(broken("the workbook is broken".to_owned())))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Xlsx,
    Xlsb,
    Ods,
    Xls,
}

/// Tells the kind by what is in the package.
fn kind(input: Input<'_>) -> Result<Kind> {
    let broken = |reason: &str| fault(input.name, "format-workbook", None, reason);
    if magic(input.path)? == OLD {
        return Ok(Kind::Xls);
    }
    let names = inspect(input, MOST)?;
    let mut kinds = names.iter().filter_map(|name| match name.as_str() {
        "xl/workbook.xml" => Some(Kind::Xlsx),
        "xl/workbook.bin" => Some(Kind::Xlsb),
        "content.xml" => Some(Kind::Ods),
        _ => None,
    });
    kinds.next().ok_or_else(|| broken("this is a ZIP file, but no workbook"))
}

fn magic(path: &Path) -> Result<Vec<u8>> {
    let mut magic = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut magic)?;
    Ok(magic)
}

fn xlsx(input: Input<'_>, sheet: Option<&str>, take: &mut Take<'_>) -> Result<()> {
    let broken = |error: calamine::XlsxError| fault(input.name, "format-workbook", None, error.to_string());
    let mut book: Xlsx<_> = open_workbook(input.path).map_err(broken)?;
    let name = choose(input.name, &book.sheet_names(), sheet)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(broken)?;
    while let Some(cell) = reader.next_cell().map_err(broken)? {
        input.check()?;
        give(&cell, take)?;
    }
    Ok(())
}

fn xlsb(input: Input<'_>, sheet: Option<&str>, take: &mut Take<'_>) -> Result<()> {
    let broken = |error: calamine::XlsbError| fault(input.name, "format-workbook", None, error.to_string());
    let mut book: Xlsb<_> = open_workbook(input.path).map_err(broken)?;
    let name = choose(input.name, &book.sheet_names(), sheet)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(broken)?;
    while let Some(cell) = reader.next_cell().map_err(broken)? {
        input.check()?;
        give(&cell, take)?;
    }
    Ok(())
}

/// The old format, of which newer workbooks with a password have the outer form.
fn open_xls(input: Input<'_>) -> Result<Xls<BufReader<File>>> {
    let size = std::fs::metadata(input.path)?.len();
    if size > MAX_XLS {
        let reason = format!("an XLS workbook of {size} bytes, more than {} MiB", MAX_XLS >> 20);
        return Err(fault(input.name, "format-too-large", None, reason));
    }
    let broken = |error: XlsError| {
        let reason = match error {
            XlsError::Password => "the workbook has a password".to_owned(),
            other => format!("the XLS workbook is broken: {other}"),
        };
        fault(input.name, "format-workbook", None, reason)
    };
    // The stream that newer workbooks with a password consist of, as the directory names it.
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if memchr::memmem::find(&std::fs::read(input.path)?, &name).is_some() {
        return Err(broken(XlsError::Password));
    }
    open_workbook(input.path).map_err(broken)
}

fn xls(input: Input<'_>, sheet: Option<&str>, take: &mut Take<'_>) -> Result<()> {
    let mut book = open_xls(input)?;
    let name = choose(input.name, &book.sheet_names(), sheet)?;
    let broken =
        |error: XlsError| fault(input.name, "format-workbook", None, format!("the XLS workbook is broken: {error}"));
    let range = book.worksheet_range(&name).map_err(broken)?;
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        input.check()?;
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let place = (first_row.saturating_add(number(row)), first_column.saturating_add(number(column)));
        give(&Cell::new(place, borrowed(value)), take)?;
    }
    Ok(())
}

fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Empty => DataRef::Empty,
        Data::Int(value) => DataRef::Int(*value),
        Data::Float(value) => DataRef::Float(*value),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(value) => DataRef::DateTime(*value),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
    }
}

fn give(cell: &Cell<DataRef<'_>>, take: &mut Take<'_>) -> Result<()> {
    let (row, column) = cell.get_position();
    let error = matches!(cell.get_value(), DataRef::Error(_));
    let number = matches!(cell.get_value(), DataRef::Float(_));
    match text(cell.get_value()) {
        Some(value) if !value.trim().is_empty() => take(Text { row, column, value, error, number }),
        _ => Ok(()),
    }
}

fn text(value: &DataRef<'_>) -> Option<Rc<str>> {
    Some(match value {
        DataRef::Empty => return None,
        DataRef::Error(error) => error.to_string().into(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.as_str().into(),
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Bool(value) => value.to_string().into(),
        DataRef::Int(value) => value.to_string().into(),
        DataRef::Float(value) => number(*value).into(),
        DataRef::DateTime(value) => instant(*value).into(),
    })
}

/// ISO 8601: a day, a day and time, a time, or hours and minutes of a duration.
fn instant(value: ExcelDateTime) -> String {
    let serial = value.as_f64();
    let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    if value.is_duration() {
        let hours = (serial.max(0.0) * 24.0 + 1.0 / 7_200_000.0).floor();
        return format!("{hours:02}:{minute:02}:{second:02}{fraction}");
    }
    let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    if (0.0..1.0).contains(&serial) {
        return time;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second, milli) == (0, 0, 0, 0) { date } else { format!("{date}T{time}") }
}
