//! What an answer in XML is, without reading its geometries: its root, its counts, its members, or what went wrong.

use std::{io::Write, path::Path};

use catalog::Sha256;

use super::{Part, asker::Asker};
use crate::{
    Error, Result,
    reader::{Limits, Xml, XmlEvent},
    source::change::Copy,
};

/// Longest text that is looked at, in bytes.
const LIMITS: Limits = Limits { max_cell_bytes: 1 << 20, max_columns: 1000, batch_rows: 1 };
/// Longest text of a report that is told, in characters.
const TOLD: usize = 300;
/// Elements around the features of a page, in all versions of WFS.
const AROUND: [&str; 3] = ["member", "featureMember", "featureMembers"];
/// Collections within collections, which are no features.
const WITHIN: [&str; 3] = ["FeatureCollection", "SimpleFeatureCollection", "Tuple"];

/// The outline of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// Name of the root element without its prefix.
    pub(super) root: String,
    /// Features that the server counts; `None` where it does not know.
    pub(super) matched: Option<u64>,
    /// Features that are there. What `numberReturned` says is not trusted.
    pub(super) members: u64,
    /// Hash of the features' ids; `None` where they have none.
    pub(super) ids: Option<Sha256>,
    /// Code and text of an exception report (OGC 06-121r9 section 8).
    pub(super) exception: Option<String>,
}

impl Outline {
    /// Reads through a file.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let mut xml = Xml::open("answer", path, LIMITS)?.with_tags();
        let mut outline = Self::default();
        let (mut open, mut ids, mut text) = (Vec::<String>::new(), String::new(), String::new());
        loop {
            match xml.next()? {
                XmlEvent::Start(name) => {
                    let attribute = |name: &str| xml.tag().and_then(|tag| tag.attribute(name)).map(str::to_owned);
                    outline.start(&name, &open, &attribute, &mut ids);
                    open.push(name);
                }
                XmlEvent::Text(piece) if outline.exception.is_some() && text.len() < 4 * TOLD => text.push_str(&piece),
                XmlEvent::Text(_) => {}
                XmlEvent::End => {
                    open.pop();
                }
                XmlEvent::Eof => break,
            }
        }
        outline.ids = (!ids.is_empty()).then(|| Sha256::of(ids.as_bytes()));
        if let Some(code) = &outline.exception {
            let words: Vec<&str> = text.split_whitespace().collect();
            outline.exception = Some(format!("{code}: {}", words.join(" ")).chars().take(TOLD).collect());
        }
        Ok(outline)
    }

    fn start(&mut self, name: &str, open: &[String], attribute: &dyn Fn(&str) -> Option<String>, ids: &mut String) {
        if open.is_empty() {
            name.clone_into(&mut self.root);
            let counted = attribute("numberMatched").or_else(|| attribute("numberOfFeatures"));
            self.matched = counted.and_then(|count| count.trim().parse().ok());
            self.exception = name.ends_with("ExceptionReport").then(|| "no code".to_owned());
        }
        if matches!(name, "Exception" | "ServiceException") && self.exception.is_some() {
            self.exception = attribute("exceptionCode").or_else(|| attribute("code")).or(self.exception.take());
        }
        let inside = open.last().is_some_and(|around| AROUND.contains(&around.as_str()));
        if inside && !WITHIN.contains(&name) {
            self.members += 1;
            if let Some(id) = attribute("id") {
                ids.push_str(&id);
                ids.push('\n');
            }
        }
    }
}

/// Writes an answer to a file and reads its outline.
pub(super) async fn keep(body: Vec<u8>, asker: &Asker<'_>) -> Result<(Outline, Part)> {
    if body.trim_ascii_start().starts_with(b"{") {
        return Err(asker.wrong("this is JSON, not XML"));
    }
    let work = move || -> Result<(Outline, Part)> {
        let mut copy = Copy::create()?;
        copy.write_all(&body)?;
        let (temporary, bytes, sha256) = copy.finish()?;
        let outline = Outline::read(&temporary)?;
        Ok((outline, Part { name: String::new(), temporary, bytes, sha256 }))
    };
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?;
    done.map_err(|error| match error {
        Error::Io(_) | Error::Internal(_) => error,
        other => asker.wrong(other.to_string()),
    })
}

/// What the body of a refusal says: an exception report, or the description of an OGC API.
pub(super) fn refusal(body: &[u8]) -> Option<String> {
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) {
        let texts = ["code", "title", "description", "detail"].map(|name| value.get(name)?.as_str());
        let texts: Vec<&str> = texts.into_iter().flatten().collect();
        return (!texts.is_empty()).then(|| texts.join(": ").chars().take(TOLD).collect());
    }
    let mut copy = Copy::create().ok()?;
    copy.write_all(body).ok()?;
    let (path, _, _) = copy.finish().ok()?;
    Outline::read(&path).ok()?.exception
}
