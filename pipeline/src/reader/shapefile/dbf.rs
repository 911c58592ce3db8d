//! The table of a Shapefile: dBASE III to 7 and Visual `FoxPro`, record by record.

use std::{
    borrow::Cow,
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::UTF_8;

use super::{
    super::{MarkKind, fault::fault, geo::Bytes, rows::Cell},
    charset::Charset,
};
use crate::Result;

/// Bytes of the head before the fields, and of a field's description.
const HEAD: usize = 32;
/// The Julian day of 1970-01-01.
const EPOCH: i64 = 2_440_588;
/// Milliseconds of a day.
const DAY: u32 = 86_400_000;

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Date,
    Logical,
    Integer,
    Double,
    Instant,
    /// Memos and pictures, which stand in files of their own.
    Elsewhere,
}

#[derive(Debug, Clone)]
struct Field {
    kind: Kind,
    start: usize,
    length: usize,
}

/// A table.
pub(super) struct Table {
    file: String,
    input: BufReader<File>,
    names: Vec<String>,
    fields: Vec<Field>,
    /// Where the records begin.
    first: u64,
    count: u64,
    charset: Charset,
    record: Vec<u8>,
    given: u64,
}

/// What the record that was read is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// A record.
    Live,
    /// One that was deleted, though it is still in the file.
    Deleted,
    /// There is none.
    End,
}

impl Table {
    /// Opens a table; `declared` is what the configuration or the `.cpg` says of its characters.
    pub(super) fn open(file: &str, path: &Path, declared: Option<Charset>, max_columns: usize) -> Result<Self> {
        let wrong = |reason: &str| fault(file, "format-shapefile", None, reason);
        let source = File::open(path)?;
        let size = source.metadata()?.len();
        let mut input = BufReader::new(source);
        let mut head = Vec::new();
        (&mut input).take(HEAD as u64).read_to_end(&mut head)?;
        let mut bytes = Bytes(&head);
        let no_table = || wrong("this is no .dbf of a Shapefile");
        bytes.take(4).ok_or_else(no_table)?;
        let count = u64::from(bytes.u32().ok_or_else(no_table)?);
        let (first, length) = (bytes.u16().ok_or_else(no_table)?, bytes.u16().ok_or_else(no_table)?);
        let driver = head.get(29).copied().unwrap_or(0);
        if usize::from(first) <= HEAD || length == 0 {
            return Err(no_table());
        }
        let mut described = Vec::new();
        (&mut input).take(u64::from(first) - HEAD as u64).read_to_end(&mut described)?;
        let described = fields(&described, usize::from(length)).ok_or_else(no_table)?;
        if described.len() > max_columns {
            return Err(fault(file, "format-too-many-columns", None, format!("more than {max_columns} fields")));
        }
        let needed = u64::from(first) + count * u64::from(length);
        if needed > size {
            let reason = format!("the .dbf has {size} bytes, but its head says {needed}: it may be cut off");
            return Err(wrong(&reason));
        }
        let (raw, fields): (Vec<Vec<u8>>, Vec<Field>) = described.into_iter().unzip();
        let mut table = Self {
            file: file.to_owned(),
            input,
            names: Vec::new(),
            fields,
            first: u64::from(first),
            count,
            charset: Charset::UTF8,
            record: vec![0; usize::from(length)],
            given: 0,
        };
        table.charset = match declared {
            Some(charset) => charset,
            None => table.judge(driver, &raw)?,
        };
        let name = |raw: &Vec<u8>| table.charset.decode(raw).map(|name| name.trim().to_owned());
        let unreadable =
            || fault(file, "format-encoding", None, format!("a field's name is not {}", table.charset.name()));
        table.names = raw.iter().map(name).collect::<Option<_>>().ok_or_else(unreadable)?;
        Ok(table)
    }

    /// The names of the fields.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// How many records the head says there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Reads the next record.
    pub(super) fn next(&mut self) -> Result<State> {
        if self.given >= self.count {
            return Ok(State::End);
        }
        self.input.read_exact(&mut self.record)?;
        self.given += 1;
        Ok(if self.record.first() == Some(&b'*') { State::Deleted } else { State::Live })
    }

    /// A cell of the record that was read.
    pub(super) fn cell(&self, at: usize) -> Result<Cell<'_>> {
        let Some(field) = self.fields.get(at) else { return Ok(Cell::Null) };
        let bytes = self.record.get(field.start..field.start + field.length).unwrap_or_default();
        Ok(match field.kind {
            Kind::Text => return self.text(bytes),
            Kind::Number => plain(bytes).map_or(Cell::Null, |text| Cell::Text(Cow::Owned(text))),
            Kind::Date => date(bytes),
            Kind::Logical => match bytes.first() {
                Some(b'T' | b't' | b'Y' | b'y' | b'J' | b'j') => Cell::Text(Cow::Borrowed("true")),
                Some(b'F' | b'f' | b'N' | b'n') => Cell::Text(Cow::Borrowed("false")),
                _ => Cell::Null,
            },
            Kind::Integer => number(Bytes(bytes).u32().map(|number| number.cast_signed().to_string())),
            Kind::Double => {
                number(Bytes(bytes).f64().filter(|number| number.is_finite()).map(|number| number.to_string()))
            }
            Kind::Instant => number(instant(bytes)),
            Kind::Elsewhere => Cell::Null,
        })
    }

    fn text(&self, bytes: &[u8]) -> Result<Cell<'_>> {
        let Some(text) = self.charset.decode(trimmed(bytes)) else {
            let reason = format!("record {}: a text is not {}", self.given, self.charset.name());
            return Err(fault(&self.file, "format-encoding", Some(self.given), reason));
        };
        let text = text.into_owned();
        Ok(match text.trim() {
            "" => Cell::Null,
            inner if inner.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) => {
                Cell::Bad(MarkKind::Control)
            }
            _ => Cell::Text(Cow::Owned(text)),
        })
    }

    /// What the texts of the whole table are: UTF-8 if they are that beyond ASCII, else what the head says, else the best
    /// guess.
    fn judge(&mut self, driver: u8, names: &[Vec<u8>]) -> Result<Charset> {
        let (mut ascii, mut utf8) = (true, true);
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        let mut look = |bytes: &[u8]| {
            ascii &= bytes.is_ascii();
            utf8 = utf8 && Charset::UTF8.decode(bytes).is_some();
            detector.feed(bytes, false);
        };
        for name in names {
            look(name);
        }
        while self.next()? != State::End {
            for field in self.fields.iter().filter(|field| field.kind == Kind::Text) {
                look(trimmed(self.record.get(field.start..field.start + field.length).unwrap_or_default()));
            }
        }
        self.input.seek(SeekFrom::Start(self.first))?;
        self.given = 0;
        detector.feed(b"", true);
        Ok(match Charset::of_driver(driver) {
            _ if utf8 && !ascii => Charset::UTF8,
            Some(charset) => charset,
            None if ascii => Charset::Standard(UTF_8),
            None => Charset::Standard(detector.guess(Some(b"no"), Utf8Detection::Deny)),
        })
    }
}

/// The fields that a head describes, with their names as bytes; `None` if they do not fill a record.
fn fields(described: &[u8], length: usize) -> Option<Vec<(Vec<u8>, Field)>> {
    let end = described.chunks(HEAD).position(|chunk| matches!(chunk.first(), Some(0x0D | 0))).unwrap_or(usize::MAX);
    let chunks: Vec<&[u8]> = described.chunks_exact(HEAD).take(end).collect();
    let plain: usize = chunks.iter().filter_map(|chunk| chunk.get(16)).map(|byte| usize::from(*byte)).sum();
    // Long texts have the higher byte of their length where numbers have their decimals.
    let long = plain + 1 != length;
    let mut start = 1;
    let mut fields = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let letter = *chunk.get(11)?;
        let mut size = usize::from(*chunk.get(16)?);
        if long && letter == b'C' {
            size += usize::from(*chunk.get(17)?) << 8;
        }
        let kind = kind(letter, size);
        fields.push((trimmed(chunk.get(..11)?).to_vec(), Field { kind, start, length: size }));
        start += size;
    }
    (start <= length && !fields.is_empty()).then_some(fields)
}

fn kind(letter: u8, size: usize) -> Kind {
    match (letter, size) {
        (b'C', _) => Kind::Text,
        (b'N' | b'F', _) => Kind::Number,
        (b'D', 8) => Kind::Date,
        (b'L', _) => Kind::Logical,
        (b'I' | b'+', 4) => Kind::Integer,
        (b'B' | b'O', 8) => Kind::Double,
        (b'T' | b'@', 8) => Kind::Instant,
        _ => Kind::Elsewhere,
    }
}

/// Bytes up to a zero, without blanks at their end.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or_default().trim_ascii_end()
}

fn number(text: Option<String>) -> Cell<'static> {
    text.map_or(Cell::Null, |text| Cell::Text(Cow::Owned(text)))
}

/// The text of a field of digits, in which asterisks stand for none; what is no number is left to the normaliser.
fn plain(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(trimmed(bytes)).trim().to_owned();
    (!text.bytes().all(|byte| byte == b'*')).then_some(text)
}

/// `YYYYMMDD` in ISO 8601; blanks and zeros stand for none.
fn date(bytes: &[u8]) -> Cell<'static> {
    let Some(text) = plain(bytes) else { return Cell::Null };
    match (text.get(..4), text.get(4..6), text.get(6..8)) {
        _ if text.bytes().all(|byte| byte == b'0') => Cell::Null,
        (Some(year), Some(month), Some(day)) => Cell::Text(Cow::Owned(format!("{year}-{month}-{day}"))),
        _ => Cell::Text(Cow::Owned(text)),
    }
}

/// A Julian day and milliseconds, in ISO 8601 without an offset.
fn instant(bytes: &[u8]) -> Option<String> {
    let mut bytes = Bytes(bytes);
    let (day, millis) = (i64::from(bytes.u32()?), bytes.u32()?);
    if day == 0 || millis > DAY {
        return None;
    }
    let time = jiff::civil::Date::new(1970, 1, 1).ok()?.at(0, 0, 0, 0);
    let time = time.checked_add(jiff::Span::new().try_days(day - EPOCH).ok()?).ok()?;
    let seconds = (i64::from(millis) + 500) / 1000;
    Some(time.checked_add(jiff::Span::new().try_seconds(seconds).ok()?).ok()?.to_string())
}
