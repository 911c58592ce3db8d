//! JSON documents and JSON lines.

use std::{io::BufRead, path::Path};

use catalog::crs::Crs;
use config::{Column, JsonFormat};
use memchr::memchr;

use super::{
    Limits, MarkKind, Note, RawBatch, Reader,
    encoding::{Text, open_json},
    fault::read_fault,
    lines::{Line, next_line},
    objects::{Objects, Place},
    paths::Paths,
    rows::readable,
    scanner::Scanner,
};
use crate::Result;

/// The declared paths of columns in objects: dotted, or a member's name that itself has dots.
pub(super) fn paths(columns: &[Column]) -> Paths {
    let mut paths = Paths::default();
    paths.watch(&[]);
    for (at, column) in readable(columns).enumerate().filter(|(_, column)| column.point.is_none()) {
        for (rank, name) in column.source_names().into_iter().enumerate() {
            paths.add(std::iter::once(name), rank, Some(at));
            if name.contains('.') {
                paths.add(name.split('.'), rank, Some(at));
            }
        }
    }
    let count = readable(columns).count();
    for (point, column) in readable(columns).filter_map(|column| column.point.as_ref()).enumerate() {
        // What a point is made of follows the columns.
        for (part, name) in column.columns().into_iter().enumerate() {
            let Some(name) = name else { continue };
            paths.add(std::iter::once(name), 0, Some(count + 4 * point + part));
            if name.contains('.') {
                paths.add(name.split('.'), 0, Some(count + 4 * point + part));
            }
        }
    }
    for column in columns {
        for name in column.reads() {
            paths.add(name.split('.').take(1), 0, None);
        }
    }
    paths
}

/// Reads the list of objects in a JSON document.
pub(super) struct JsonReader {
    scanner: Scanner,
    /// Brackets that are open around the list, the list's own included.
    open: Vec<u8>,
    position: u64,
    objects: Objects,
    first: Option<RawBatch>,
}

impl JsonReader {
    pub(super) fn open(
        file: &str,
        path: &Path,
        format: &JsonFormat,
        columns: &[Column],
        limits: Limits,
    ) -> Result<Self> {
        let mut scanner = Scanner::new(file, open_json(file, path)?);
        let mut open = Vec::new();
        let rows = format.rows.as_deref().unwrap_or_default();
        for segment in rows.split('.').filter(|segment| !segment.is_empty()) {
            open.push(descend(&mut scanner, segment)?);
        }
        if scanner.peek()? != Some(b'[') {
            return Err(scanner.fault("there is no list of objects here"));
        }
        scanner.expect(b'[')?;
        open.push(b']');
        let objects = Objects::new(file, paths(columns), columns, limits).with_points(columns)?;
        let mut reader = Self { scanner, open, position: 0, objects, first: None };
        reader.first = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> Result<Option<RawBatch>> {
        let mut raw = Vec::new();
        while !self.open.is_empty() && !self.objects.is_full() {
            if !self.scanner.next_member(b']', self.position == 0)? {
                self.close()?;
                break;
            }
            self.position += 1;
            let place = Place { row: self.position, line: self.scanner.line() };
            raw.clear();
            self.scanner.value(Some(&mut raw))?;
            self.objects.push(place, &raw)?;
        }
        self.objects.take()
    }

    /// Reads what follows the list: a document that breaks off is not taken for a whole one.
    fn close(&mut self) -> Result<()> {
        self.open.pop();
        while let Some(bracket) = self.open.pop() {
            while self.scanner.next_member(bracket, false)? {
                if bracket == b'}' {
                    self.scanner.name()?;
                }
                self.scanner.value(None)?;
            }
        }
        self.scanner.end()
    }
}

/// Goes into the member of an object, or the item of a list, and gives the bracket that closes it.
fn descend(scanner: &mut Scanner, segment: &str) -> Result<u8> {
    let (open, close) = if scanner.peek()? == Some(b'[') { (b'[', b']') } else { (b'{', b'}') };
    scanner.expect(open)?;
    let mut at = 0_usize;
    while scanner.next_member(close, at == 0)? {
        let found = if close == b'}' { scanner.name()? == segment } else { segment.parse() == Ok(at) };
        if found {
            return Ok(close);
        }
        scanner.value(None)?;
        at += 1;
    }
    Err(scanner.fault(format!("there is no '{segment}' in the document")))
}

impl Reader for JsonReader {
    fn missing(&self) -> &[String] {
        self.objects.missing()
    }

    fn undeclared(&self) -> &[String] {
        self.objects.undeclared()
    }

    fn notes(&self) -> &[Note] {
        self.objects.notes()
    }

    fn crs(&self) -> Option<Crs> {
        self.objects.crs()
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        if let Some(first) = self.first.take() { Ok(Some(first)) } else { self.read() }
    }
}

/// Reads one JSON object a line.
pub(super) struct NdjsonReader {
    input: Text,
    line: u64,
    objects: Objects,
    first: Option<RawBatch>,
}

impl NdjsonReader {
    pub(super) fn open(file: &str, path: &Path, columns: &[Column], limits: Limits) -> Result<Self> {
        let input = open_json(file, path)?;
        let objects = Objects::new(file, paths(columns), columns, limits).with_points(columns)?;
        let mut reader = Self { input, line: 0, objects, first: None };
        reader.first = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> Result<Option<RawBatch>> {
        let mut text = Vec::new();
        while !self.objects.is_full() {
            // Most lines are whole where they stand in the buffer.
            let buffer = self.input.fill_buf().map_err(read_fault)?;
            if let Some(line) = memchr(b'\n', buffer).and_then(|end| buffer.get(..end)) {
                self.line += 1;
                take(&mut self.objects, self.line, line)?;
                let length = line.len() + 1;
                self.input.consume(length);
                continue;
            }
            match next_line(&mut self.input, &mut text)? {
                Line::End => break,
                Line::Whole => {
                    self.line += 1;
                    take(&mut self.objects, self.line, &text)?;
                }
                Line::TooLong => {
                    self.line += 1;
                    self.objects.reject(self.line, MarkKind::TooLong)?;
                }
            }
        }
        self.objects.take()
    }
}

/// Takes the object of a line, if there is one.
fn take(objects: &mut Objects, line: u64, text: &[u8]) -> Result<()> {
    let object = text.trim_ascii();
    if object.is_empty() { Ok(()) } else { objects.push(Place { row: line, line }, object) }
}

impl Reader for NdjsonReader {
    fn missing(&self) -> &[String] {
        self.objects.missing()
    }

    fn undeclared(&self) -> &[String] {
        self.objects.undeclared()
    }

    fn notes(&self) -> &[Note] {
        self.objects.notes()
    }

    fn crs(&self) -> Option<Crs> {
        self.objects.crs()
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        if let Some(first) = self.first.take() { Ok(Some(first)) } else { self.read() }
    }
}
