//! What a feature set says of its features.

use std::{collections::BTreeSet, path::Path};

use config::Column;
use serde_json::Value;

use super::{
    super::{encoding::open_json, fault::fault, rows::readable, scanner::Scanner},
    inside,
};
use crate::{Error, Result};

/// Largest description that is held, in bytes: a layer has some hundred fields at the most.
const MAX_HEAD_BYTES: usize = 4 << 20;

/// The members of a feature set beside its features.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// The coordinate system.
    pub(super) reference: Option<Value>,
    /// Positions have heights; positions have measures.
    pub(super) has: [bool; 2],
    /// The server has more than this.
    pub(super) is_part: bool,
    /// Fields that hold instants as milliseconds since 1970.
    instants: BTreeSet<String>,
}

impl Head {
    /// Looks through a file.
    pub(super) fn read(file: &str, path: &Path) -> Result<Self> {
        let mut scanner = Scanner::new(file, open_json(file, path)?);
        scanner.expect(b'{')?;
        let (mut head, mut members, mut lists) = (Self::default(), 0_u64, 0_u64);
        while scanner.next_member(b'}', members == 0)? {
            members += 1;
            let name = scanner.name()?;
            if name == "features" {
                lists += 1;
                scanner.value(None)?;
                continue;
            }
            let wanted = ["spatialReference", "hasZ", "hasM", "fields", "exceededTransferLimit", "error"];
            if !wanted.contains(&name.as_str()) {
                scanner.value(None)?;
                continue;
            }
            let mut raw = Vec::new();
            scanner.value(Some(&mut raw))?;
            head.take(&name, &raw, &scanner)?;
        }
        scanner.end()?;
        if lists == 1 { Ok(head) } else { Err(scanner.fault(format!("there are {lists} lists of features, not one"))) }
    }

    fn take(&mut self, name: &str, raw: &[u8], scanner: &Scanner) -> Result<()> {
        if raw.len() > MAX_HEAD_BYTES {
            return Err(scanner.fault(format!("'{name}' is longer than {MAX_HEAD_BYTES} bytes")));
        }
        let value: Value = serde_json::from_slice(raw).map_err(|error| scanner.fault(error.to_string()))?;
        let truth = || value.as_bool().unwrap_or_default();
        match name {
            "spatialReference" => self.reference = Some(value).filter(|value| !value.is_null()),
            "hasZ" => self.has = [truth(), self.has[1]],
            "hasM" => self.has = [self.has[0], truth()],
            "exceededTransferLimit" => self.is_part = truth(),
            "error" => return Err(refused(&value, scanner)),
            _ => {
                let fields = value.as_array().into_iter().flatten();
                let instants = fields.filter(|field| field["type"] == "esriFieldTypeDate");
                self.instants.extend(instants.filter_map(|field| field["name"].as_str()).map(str::to_owned));
            }
        }
        Ok(())
    }

    /// For each column that may be read whether its values are instants.
    pub(super) fn dates(&self, columns: &[Column]) -> Vec<bool> {
        let is_instant =
            |column: &Column| column.source_names().iter().any(|name| self.instants.contains(inside(name)));
        readable(columns).map(is_instant).collect()
    }
}

/// An `ArcGIS` server says what went wrong in an answer of status 200.
fn refused(value: &Value, scanner: &Scanner) -> Error {
    let code = value["code"].as_i64().map_or_else(String::new, |code| format!(" {code}"));
    fault(
        scanner.file(),
        "format-esri-error",
        Some(scanner.line()),
        format!("the server answered with the error{code}"),
    )
}

/// Goes into the list of features.
pub(super) fn find_features(scanner: &mut Scanner) -> Result<()> {
    let mut members = 0_u64;
    while scanner.next_member(b'}', members == 0)? {
        members += 1;
        if scanner.name()? == "features" {
            return scanner.expect(b'[');
        }
        scanner.value(None)?;
    }
    Err(scanner.fault("there is no list of features"))
}
