//! Workbooks: which kind it is, whether it may be unpacked, and its cells as text in the order of the sheet.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use calamine::{Cell, DataRef, ExcelDateTime, Reader as _, Xlsb, Xlsx, open_workbook};

use super::{fault::fault, ods};
use crate::Result;

/// Most bytes of a sheet after unpacking; sheets are streamed.
const MAX_SHEET_BYTES: u64 = 1 << 30;
/// Most bytes of any other part after unpacking; those are held in memory.
const MAX_PART_BYTES: u64 = 64 << 20;
/// Most parts of a workbook.
const MAX_PARTS: usize = 10_000;

/// A cell: row and column from 0, and its text.
pub(super) type Text = (u32, u32, String);
/// Takes cells in the order of the sheet.
pub(super) type Take<'t> = dyn FnMut(Text) -> Result<()> + 't;

/// Gives all cells of a sheet (default: the first one) that are not empty. Numbers are given in their shortest
/// decimal form, dates in ISO 8601, truth values as `true` and `false`; errors such as `#N/A` are left out.
pub(super) fn cells(file: &str, path: &Path, sheet: Option<&str>, take: &mut Take<'_>) -> Result<()> {
    let kind = kind(file, path)?;
    // The libraries that parse workbooks are tested against broken files, but a panic must not end the process.
    let read = catch_unwind(AssertUnwindSafe(|| match kind {
        Kind::Xlsx => xlsx(file, path, sheet, take),
        Kind::Xlsb => xlsb(file, path, sheet, take),
        Kind::Ods => ods::cells(file, path, sheet, take),
    }));
    read.unwrap_or_else(|_| Err(fault(file, "format-workbook", None, "the workbook is broken")))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Xlsx,
    Xlsb,
    Ods,
}

/// Tells the kind by what is in the package, and unpacks it once to nowhere to see that it is not too large.
fn kind(file: &str, path: &Path) -> Result<Kind> {
    let broken = |reason: String| fault(file, "format-workbook", None, reason);
    let mut source = File::open(path)?;
    let mut magic = [0; 4];
    let count = source.read(&mut magic)?;
    source.seek(SeekFrom::Start(0))?;
    if magic.get(..count) == Some(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(broken("this is an old XLS workbook, or one with a password".to_owned()));
    }
    let mut archive = zip::ZipArchive::new(BufReader::new(source))
        .map_err(|error| broken(format!("this is no XLSX, XLSB or ODS workbook ({error})")))?;
    if archive.len() > MAX_PARTS {
        return Err(broken(format!("it has more than {MAX_PARTS} parts")));
    }
    let mut found = None;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| broken(error.to_string()))?;
        let name = String::from_utf8_lossy(part.name_raw()).replace('\\', "/").to_ascii_lowercase();
        found = found.or(match name.trim_start_matches('/') {
            "xl/workbook.xml" => Some(Kind::Xlsx),
            "xl/workbook.bin" => Some(Kind::Xlsb),
            "content.xml" => Some(Kind::Ods),
            _ => None,
        });
        let streamed = name.contains("worksheets/") || name == "content.xml";
        let most = if streamed { MAX_SHEET_BYTES } else { MAX_PART_BYTES };
        if [".xml", ".bin", ".rels"].iter().any(|ending| name.ends_with(ending)) {
            let size =
                io::copy(&mut part.take(most + 1), &mut io::sink()).map_err(|error| broken(error.to_string()))?;
            if size > most {
                return Err(fault(
                    file,
                    "format-too-large",
                    None,
                    format!("'{name}' unpacks to more than {most} bytes"),
                ));
            }
        }
    }
    found.ok_or_else(|| broken("this is a ZIP file, but no workbook".to_owned()))
}

fn xlsx(file: &str, path: &Path, sheet: Option<&str>, take: &mut Take<'_>) -> Result<()> {
    let broken = |error: calamine::XlsxError| fault(file, "format-workbook", None, error.to_string());
    let mut book: Xlsx<_> = open_workbook(path).map_err(broken)?;
    let name = choose(file, &book.sheet_names(), sheet)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(broken)?;
    while let Some(cell) = reader.next_cell().map_err(broken)? {
        give(&cell, take)?;
    }
    Ok(())
}

fn xlsb(file: &str, path: &Path, sheet: Option<&str>, take: &mut Take<'_>) -> Result<()> {
    let broken = |error: calamine::XlsbError| fault(file, "format-workbook", None, error.to_string());
    let mut book: Xlsb<_> = open_workbook(path).map_err(broken)?;
    let name = choose(file, &book.sheet_names(), sheet)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(broken)?;
    while let Some(cell) = reader.next_cell().map_err(broken)? {
        give(&cell, take)?;
    }
    Ok(())
}

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

fn give(cell: &Cell<DataRef<'_>>, take: &mut Take<'_>) -> Result<()> {
    let (row, column) = cell.get_position();
    match text(cell.get_value()) {
        Some(text) if !text.trim().is_empty() => take((row, column, text)),
        _ => Ok(()),
    }
}

fn text(value: &DataRef<'_>) -> Option<String> {
    match value {
        DataRef::Empty | DataRef::Error(_) => None,
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Some(text.clone()),
        DataRef::SharedString(text) => Some((*text).to_owned()),
        DataRef::Bool(value) => Some(value.to_string()),
        DataRef::Int(value) => Some(value.to_string()),
        DataRef::Float(value) => Some(number(*value)),
        DataRef::DateTime(value) => Some(instant(*value)),
    }
}

/// The shortest decimal text that is the number, without exponent and without ".0".
pub(super) fn number(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value}") }
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
