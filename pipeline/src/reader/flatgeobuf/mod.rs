//! `FlatGeobuf`, version 3: a head, an index that is passed over, and features one by one.

mod buffer;
mod properties;
mod shape;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    fs::File,
    io::{BufReader, Read},
};

use catalog::crs::Crs;
use config::{Column, FlatgeobufFormat};

use self::{
    buffer::{Broken, Table},
    properties::{Kind, Property, properties},
    shape::Shapes,
};
use super::{
    Input, Limits, MarkKind, Note, RawBatch, Reader,
    fault::fault,
    geo::{Fields, Placing, System, Take, stroke, system_of_text},
    rows::{Cell, Rows},
};
use crate::{Error, Result};

/// The beginning of a file: the name, the version, the name again; a byte of the patch follows.
const MAGIC: [u8; 7] = *b"fgb\x03fgb";
/// Largest head, and largest feature.
const MAX_HEAD: u32 = 16 << 20;
const MAX_FEATURE: u32 = 64 << 20;
/// Bytes of a node of the index.
const NODE: u64 = 40;

/// Reads the features of a file.
pub(super) struct FlatgeobufReader {
    file: String,
    input: BufReader<File>,
    head: Head,
    fields: Fields,
    /// Of the geometries, if any column takes them.
    placing: Option<Placing>,
    tolerance: f64,
    rows: Rows,
    feature: u64,
    ended: bool,
    first: Option<RawBatch>,
}

/// What the head says.
struct Head {
    names: Vec<String>,
    kinds: Vec<Kind>,
    /// The type of all geometries, or 0.
    geometry: u8,
    /// How many features there are, or 0 where nobody counted.
    count: u64,
    /// Bytes of the index.
    index: u64,
    system: System,
}

impl FlatgeobufReader {
    pub(super) fn open(
        input: Input<'_>,
        format: &FlatgeobufFormat,
        columns: &[Column],
        limits: Limits,
    ) -> Result<Self> {
        let file = input.name;
        let wrong = |reason: &str| fault(file, "format-flatgeobuf", None, reason);
        let source = File::open(input.path)?;
        let size = source.metadata()?.len();
        let mut source = BufReader::new(source);
        let mut magic = Vec::new();
        (&mut source).take(8).read_to_end(&mut magic)?;
        if magic.len() != 8 || !magic.starts_with(&MAGIC) {
            return Err(wrong("this is no FlatGeobuf file of version 3"));
        }
        let bytes = sized(&mut source, MAX_HEAD)?.ok_or_else(|| wrong("the head is cut off or too large"))?;
        let head = head(&bytes).map_err(|Broken| wrong("the head is broken"))?;
        if head.names.len() > limits.max_columns {
            let reason = format!("more than {} columns", limits.max_columns);
            return Err(fault(file, "format-too-many-columns", None, reason));
        }
        let begin = 12 + bytes.len() as u64;
        if head.index > size.saturating_sub(begin) {
            return Err(wrong("the index is larger than the file: it may be cut off"));
        }
        source.seek_relative(head.index.cast_signed())?;
        let fields = Fields::locate(file, &head.names, &["geometry"], columns)?;
        let placing = fields.takes_geometry().then(|| Placing::new(file, format.crs, &head.system)).transpose()?;
        let mut reader = Self {
            file: file.to_owned(),
            input: source,
            head,
            fields,
            placing,
            tolerance: format.arc_tolerance,
            rows: Rows::new(file, columns, limits),
            feature: 0,
            ended: false,
            first: None,
        };
        reader.first = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> Result<Option<RawBatch>> {
        while !self.ended && !self.rows.is_full() {
            self.row()?;
        }
        self.rows.take()
    }

    fn fault(&self, reason: &str) -> Error {
        let reason = format!("feature {}: {reason}", self.feature);
        fault(&self.file, "format-flatgeobuf", Some(self.feature), reason)
    }

    /// Takes the next feature.
    fn row(&mut self) -> Result<()> {
        self.feature += 1;
        let more = !std::io::BufRead::fill_buf(&mut self.input)?.is_empty();
        let counted = self.head.count > 0;
        if counted && self.feature > self.head.count {
            self.ended = true;
            return if more { Err(self.fault("the head says that there are fewer")) } else { Ok(()) };
        }
        if !more {
            self.ended = true;
            let reason = format!("the file ends before it; the head says that there are {}", self.head.count);
            return if counted { Err(self.fault(&reason)) } else { Ok(()) };
        }
        let bytes = sized(&mut self.input, MAX_FEATURE)?.ok_or_else(|| self.fault("it is cut off or too large"))?;
        let broken = |Broken| self.fault("it is broken");
        let feature = Table::root(&bytes).map_err(broken)?;
        if feature.list(2, 4).map_err(broken)?.count > 0 {
            return Err(self.fault("it has columns of its own, which no table can have"));
        }
        let list = feature.list(1, 1).and_then(|list| list.raw(1)).map_err(broken)?;
        let values = properties(list, &self.head.kinds).map_err(broken)?;
        let geometry = self.geometry(feature);
        let mut cells = Vec::with_capacity(self.fields.takes.len());
        for (take, nested) in self.fields.takes.iter().zip(&self.fields.nested) {
            cells.push(match take {
                Take::Nothing => Cell::Null,
                Take::Geometry(_) => geometry.clone(),
                Take::Field(at) => values.get(*at).map_or(Cell::Null, |value| cell(value, *nested)),
            });
        }
        self.rows.push(self.feature, &cells)
    }

    fn geometry(&mut self, feature: Table<'_>) -> Cell<'static> {
        let Some(placing) = &mut self.placing else { return Cell::Null };
        let (number, tolerance) = (self.feature, self.tolerance);
        let which = || format!("feature {number}");
        let arcs = |points: [_; 3]| stroke(points, tolerance);
        let read = |table: Option<Table<'_>>| match table {
            None => Ok(None),
            Some(table) => Shapes::new(&arcs).geometry(table, self.head.geometry, 0),
        };
        match feature.table(0).and_then(read) {
            Ok(Some(geometry)) if geometry.bbox().is_some() => placing.cell(&geometry, which),
            Ok(_) => Cell::Null,
            Err(Broken) => placing.broken("the geometry is broken", which),
        }
    }
}

impl Reader for FlatgeobufReader {
    fn missing(&self) -> &[String] {
        &self.fields.missing
    }

    fn undeclared(&self) -> &[String] {
        &self.fields.undeclared
    }

    fn notes(&self) -> &[Note] {
        self.placing.as_ref().map_or(&[], Placing::notes)
    }

    fn crs(&self) -> Option<Crs> {
        self.placing.as_ref().map(Placing::crs)
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        if let Some(first) = self.first.take() { Ok(Some(first)) } else { self.read() }
    }
}

fn cell(value: &Property, nested: bool) -> Cell<'_> {
    let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    match value {
        Property::Missing => Cell::Null,
        Property::Text(text) | Property::Json(text) if text.contains(is_control) => Cell::Bad(MarkKind::Control),
        Property::Text(text) => Cell::Text(Cow::Borrowed(text)),
        Property::Json(text) if nested || !text.trim_start().starts_with(['[', '{']) => Cell::Text(Cow::Borrowed(text)),
        Property::Json(_) | Property::Bytes => Cell::Nested,
        Property::NoText => Cell::Bad(MarkKind::Control),
    }
}

/// Bytes behind their number; `None` if they are not all there, or too many.
fn sized(input: &mut impl Read, most: u32) -> Result<Option<Vec<u8>>> {
    let mut size = Vec::new();
    input.take(4).read_to_end(&mut size)?;
    let Some(size) = size.first_chunk::<4>().map(|size| u32::from_le_bytes(*size)).filter(|size| *size <= most) else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    input.take(u64::from(size)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 == u64::from(size)).then_some(bytes))
}

fn head(bytes: &[u8]) -> std::result::Result<Head, Broken> {
    let table = Table::root(bytes)?;
    let (mut names, mut kinds) = (Vec::new(), Vec::new());
    for column in table.list(7, 4)?.tables() {
        let column = column?;
        names.push(column.text(0)?.unwrap_or_default().to_owned());
        kinds.push(Kind::of(column.byte(1)?).ok_or(Broken)?);
    }
    let count = table.u64(8)?;
    // Written nowhere, the size of a node is 16.
    let node = u64::from(table.u16(9)?.unwrap_or(16));
    let index = if node == 0 || count == 0 { 0 } else { index_bytes(count, node.max(2)).ok_or(Broken)? };
    let system = table.table(10)?.map_or(Ok(System::Unsaid), |crs| system(&crs))?;
    Ok(Head { names, kinds, geometry: table.byte(2)?, count, index, system })
}

/// Bytes of an index of nodes of some entries: the features, and above them as many levels as it takes.
fn index_bytes(features: u64, node: u64) -> Option<u64> {
    let (mut level, mut nodes) = (features, features);
    loop {
        level = level.div_ceil(node);
        nodes = nodes.checked_add(level)?;
        if level <= 1 {
            return nodes.checked_mul(NODE);
        }
    }
}

fn system(crs: &Table<'_>) -> std::result::Result<System, Broken> {
    let (organisation, code) = (crs.text(0)?, crs.i32(1)?);
    let epsg = organisation.is_none_or(|name| name.eq_ignore_ascii_case("EPSG"));
    let code = u32::try_from(code).ok().filter(|code| epsg && *code > 0);
    let words = crs.text(4)?.or(crs.text(2)?).unwrap_or_default();
    Ok(code.map_or_else(|| system_of_text(words), System::Epsg))
}
