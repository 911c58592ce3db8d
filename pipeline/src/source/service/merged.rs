//! The one document of all pages: written as they come, features as they were served.

use std::io::Write;

use catalog::Sha256;
use serde_json::value::RawValue;
use tempfile::TempPath;

use super::page::Page;
use crate::{
    Result,
    source::{change::Copy, fault::fault},
};

/// A document that grows page by page.
#[derive(Debug)]
pub(super) struct Merged {
    copy: Copy,
    features: u64,
    max_bytes: u64,
    location: String,
}

impl Merged {
    /// Begins with members that stand before the features.
    pub(super) fn begin<'a>(
        location: &str,
        members: impl IntoIterator<Item = (&'a str, &'a str)>,
        max_bytes: u64,
    ) -> Result<Self> {
        let mut copy = Copy::create()?;
        let mut head = String::from("{");
        for (name, value) in members {
            head.extend(["\"", name, "\":", value, ",\n"]);
        }
        head.push_str("\"features\":[");
        copy.write_all(head.as_bytes())?;
        Ok(Self { copy, features: 0, max_bytes, location: location.to_owned() })
    }

    /// Features so far.
    pub(super) fn features(&self) -> u64 {
        self.features
    }

    /// Adds the features of a page.
    pub(super) fn add(&mut self, page: &Page<'_>) -> Result<()> {
        let mut text = String::new();
        for feature in &page.features {
            text.push_str(if self.features == 0 { "\n" } else { ",\n" });
            text.push_str(RawValue::get(feature));
            self.features += 1;
        }
        if self.copy.bytes().saturating_add(text.len() as u64) > self.max_bytes {
            let reason = format!("all pages together have more than {} bytes", self.max_bytes);
            return Err(fault(&self.location, "source-too-large", reason));
        }
        Ok(self.copy.write_all(text.as_bytes())?)
    }

    /// The file, its size and hash.
    pub(super) fn finish(mut self) -> Result<(TempPath, u64, Sha256)> {
        self.copy.write_all(b"\n]}\n")?;
        Ok(self.copy.finish()?)
    }
}
