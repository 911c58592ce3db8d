//! Features as the JSON of `ArcGIS` servers (`f=json`), feature by feature.
//!
//! What describes the features may stand before or after them, so a file is looked through first.

mod head;
#[cfg(test)]
mod tests;

use std::path::Path;

use catalog::crs::Crs;
use config::{Column, ColumnType, EsriJsonFormat};

use self::head::Head;
use super::{
    Limits, Note, RawBatch, Reader,
    arcgis::EsriForm,
    encoding::open_json,
    fault::fault,
    objects::{Objects, Place, Shapes},
    paths::Paths,
    rows::readable,
    scanner::Scanner,
};
use crate::Result;

/// Reads the features of a feature set.
pub(super) struct EsriReader {
    scanner: Scanner,
    features: u64,
    ended: bool,
    objects: Objects,
    first: Option<RawBatch>,
}

impl EsriReader {
    pub(super) fn open(
        file: &str,
        path: &Path,
        format: &EsriJsonFormat,
        columns: &[Column],
        limits: Limits,
    ) -> Result<Self> {
        let head = Head::read(file, path)?;
        let form = EsriForm::new(head.reference.as_ref(), head.has, format)
            .map_err(|reason| fault(file, "format-esri-crs", None, reason))?;
        let mut objects = Objects::new(file, paths(columns), columns, limits);
        objects.read_as(Shapes::Esri(form), head.dates(columns));
        if head.is_part {
            let message = "the server had more features than it gives at once; the file is a part".to_owned();
            objects.note(Note::new("format-esri-part", message, 1));
        }
        let mut scanner = Scanner::new(file, open_json(file, path)?);
        scanner.expect(b'{')?;
        head::find_features(&mut scanner)?;
        let mut reader = Self { scanner, features: 0, ended: false, objects, first: None };
        reader.first = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> Result<Option<RawBatch>> {
        let mut raw = Vec::new();
        while !self.ended && !self.objects.is_full() {
            // What follows was looked at in the first pass.
            if !self.scanner.next_member(b']', self.features == 0)? {
                self.ended = true;
                break;
            }
            self.features += 1;
            let place = Place { row: self.features, line: self.scanner.line() };
            raw.clear();
            self.scanner.value(Some(&mut raw))?;
            self.objects.push(place, &raw)?;
        }
        self.objects.take()
    }
}

/// Attributes by their names, and the feature's geometry.
fn paths(columns: &[Column]) -> Paths {
    let mut paths = Paths::default();
    paths.watch(&["attributes"]);
    for (at, column) in readable(columns).enumerate() {
        if matches!(column.kind, ColumnType::Geometry { .. }) {
            paths.add(std::iter::once("geometry"), 0, Some(at));
            continue;
        }
        for (rank, name) in column.source_names().into_iter().enumerate() {
            paths.add(["attributes", inside(name)].into_iter(), rank, Some(at));
        }
    }
    for name in columns.iter().flat_map(Column::source_names) {
        paths.add(["attributes", inside(name)].into_iter(), 0, None);
    }
    paths
}

fn inside(name: &str) -> &str {
    name.strip_prefix("attributes.").unwrap_or(name)
}

impl Reader for EsriReader {
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
