//! `GeoJSON` feature collections, feature by feature: as RFC 7946 has them, with a `crs` member as before it, and several
//! by name in one object, as the national map catalogue delivers them.

mod collections;
mod crs;
#[cfg(test)]
mod tests;

use std::path::Path;

use catalog::crs::Crs;
use config::{Column, ColumnType, GeojsonFormat};
use serde_json::Value;

use self::collections::Place as Within;
use super::{
    Limits, Note, RawBatch, Reader,
    encoding::open_json,
    fault::fault,
    objects::{Objects, Place, Shapes},
    paths::Paths,
    rows::readable,
    scanner::Scanner,
};
use crate::Result;

/// Reads the features of a collection.
pub(super) struct GeojsonReader {
    file: String,
    scanner: Scanner,
    /// The collection is a member of the document.
    named: bool,
    /// Members of the collection that came so far.
    members: u64,
    features: u64,
    stage: Stage,
    typed: bool,
    objects: Objects,
    first: Option<RawBatch>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Before,
    Features,
    After,
    Ended,
}

impl GeojsonReader {
    pub(super) fn open(
        file: &str,
        path: &Path,
        format: &GeojsonFormat,
        columns: &[Column],
        limits: Limits,
    ) -> Result<Self> {
        let within = collections::choose(file, path, format.collection.as_deref())?;
        let mut scanner = Scanner::new(file, open_json(file, path)?);
        scanner.expect(b'{')?;
        let named = match &within {
            Within::Document => false,
            Within::Member(name) => {
                collections::find(&mut scanner, name)?;
                true
            }
        };
        let mut reader = Self {
            file: file.to_owned(),
            scanner,
            named,
            members: 0,
            features: 0,
            stage: Stage::Before,
            typed: false,
            objects: Objects::new(file, paths(columns), columns, limits),
            first: None,
        };
        reader.first = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> Result<Option<RawBatch>> {
        while !self.objects.is_full() && self.stage != Stage::Ended {
            if self.stage == Stage::Features { self.feature()? } else { self.member()? }
        }
        self.objects.take()
    }

    /// Takes one member of the collection.
    fn member(&mut self) -> Result<()> {
        if !self.scanner.next_member(b'}', self.members == 0)? {
            return self.finish();
        }
        self.members += 1;
        let name = self.scanner.name()?;
        if name == "features" && self.stage == Stage::Before {
            self.scanner.expect(b'[')?;
            self.stage = Stage::Features;
            return Ok(());
        }
        if !matches!(name.as_str(), "type" | "crs" | "features") {
            return self.scanner.value(None);
        }
        let mut raw = Vec::new();
        self.scanner.value(Some(&mut raw))?;
        let value: Value = serde_json::from_slice(&raw).map_err(|error| self.scanner.fault(error.to_string()))?;
        match name.as_str() {
            "type" if value == "FeatureCollection" => {
                self.typed = true;
                Ok(())
            }
            "crs" => self.reference_system(&value),
            "type" => Err(self.scanner.fault("this is no FeatureCollection")),
            _ => Err(self.scanner.fault("the collection has two lists of features")),
        }
    }

    fn feature(&mut self) -> Result<()> {
        if !self.scanner.next_member(b']', self.features == 0)? {
            self.stage = Stage::After;
            return Ok(());
        }
        self.features += 1;
        let place = Place { row: self.features, line: self.scanner.line() };
        let mut raw = Vec::new();
        self.scanner.value(Some(&mut raw))?;
        self.objects.push(place, &raw)
    }

    fn finish(&mut self) -> Result<()> {
        if self.stage == Stage::Before || !self.typed {
            return Err(self.scanner.fault("this is no FeatureCollection"));
        }
        self.stage = Stage::Ended;
        if self.named {
            collections::pass_others(&mut self.scanner)?;
        }
        self.scanner.end()
    }

    /// The system that a collection names; one that is not degrees must be named before the features.
    fn reference_system(&mut self, value: &Value) -> Result<()> {
        let wrong = |reason: String| fault(&self.file, "format-crs", Some(self.scanner.line()), reason);
        let system = crs::named(value).map_err(wrong)?;
        if system.is_none() {
            return Ok(());
        }
        if self.stage != Stage::Before {
            let reason = "the coordinate system is named after the features, which were taken for degrees";
            return Err(wrong(reason.to_owned()));
        }
        self.objects.read_as(Shapes::Geojson(system), Vec::new());
        Ok(())
    }
}

/// Properties by their names, `id`, and the feature's geometry.
fn paths(columns: &[Column]) -> Paths {
    let mut paths = Paths::default();
    paths.watch(&["properties"]);
    for (at, column) in readable(columns).enumerate() {
        if matches!(column.kind, ColumnType::Geometry { .. }) {
            paths.add(std::iter::once("geometry"), 0, Some(at));
            continue;
        }
        for (rank, name) in column.source_names().into_iter().enumerate() {
            let inside = name.strip_prefix("properties.").unwrap_or(name);
            let root = std::iter::once("properties");
            if name == "id" {
                paths.add(std::iter::once("id"), 2 * rank, Some(at));
            }
            paths.add(root.clone().chain(std::iter::once(inside)), 2 * rank + 1, Some(at));
            if inside.contains('.') {
                paths.add(root.chain(inside.split('.')), 2 * rank + 1, Some(at));
            }
        }
    }
    for name in columns.iter().flat_map(Column::source_names) {
        let inside = name.strip_prefix("properties.").unwrap_or(name);
        paths.add(std::iter::once("properties").chain(inside.split('.').take(1)), 0, None);
    }
    paths
}

impl Reader for GeojsonReader {
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
