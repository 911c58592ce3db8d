//! The collections of a document and what is around its features.

use super::{super::xml::Event, parser::Parser, scope::Scope};
use crate::Result;

/// Elements that hold features, whichever version of GML or WFS they are of.
const COLLECTIONS: [&str; 2] = ["FeatureCollection", "SimpleFeatureCollection"];
/// Properties of a collection that hold features, or collections of them.
const MEMBERS: [&str; 6] = ["featureMember", "featureMembers", "member", "additionalObjects", "tuple", "Tuple"];

/// What is open around the next feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// A collection, and what held before it.
    Collection(Scope),
    /// A property that holds features; those of `additionalObjects` were not asked for.
    Members { counted: bool },
}

/// How many features a service says there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// In this answer. Services that write before they count say 0.
    pub(super) returned: Option<u64>,
    /// In all.
    pub(super) matched: Option<u64>,
}

/// Goes along the features of a document.
#[derive(Debug, Default)]
pub(super) struct Document {
    levels: Vec<Level>,
    /// What holds around the next feature.
    pub(super) scope: Scope,
    /// Features so far, without additional ones.
    pub(super) count: u64,
    /// What the document says of its features.
    pub(super) told: Told,
}

impl Document {
    /// The type of the next feature, whose element has just begun then; `None` at the end.
    pub(super) fn next(&mut self, parser: &mut Parser) -> Result<Option<String>> {
        loop {
            match parser.cursor.next()? {
                Event::Start(name) => {
                    if let Some(feature) = self.begin(name, parser)? {
                        return Ok(Some(feature));
                    }
                }
                Event::End => {
                    if let Some(Level::Collection(before)) = self.levels.pop() {
                        self.scope = before;
                    }
                }
                Event::Text(_) => {}
                Event::Eof => return Ok(None),
            }
        }
    }

    /// An element begins; its name if it is a feature.
    fn begin(&mut self, name: String, parser: &mut Parser) -> Result<Option<String>> {
        let is_collection = COLLECTIONS.contains(&name.as_str());
        match self.levels.last() {
            None if is_collection => {
                let number = |name| parser.cursor.attribute(name).and_then(|number| number.trim().parse().ok());
                self.told = Told { returned: number("numberReturned"), matched: number("numberMatched") };
                self.levels.push(Level::Collection(self.scope));
            }
            None => return Err(no_collection(&name, parser)),
            Some(Level::Members { .. }) if is_collection => self.levels.push(Level::Collection(self.scope)),
            Some(Level::Members { counted }) => {
                self.count += u64::from(*counted);
                return Ok(Some(name));
            }
            Some(Level::Collection(_)) if MEMBERS.contains(&name.as_str()) => {
                let more = self.levels.contains(&Level::Members { counted: false });
                self.levels.push(Level::Members { counted: name != "additionalObjects" && !more });
            }
            Some(Level::Collection(_)) if name == "boundedBy" => self.scope = parser.envelope(self.scope)?,
            Some(Level::Collection(_)) => parser.cursor.skip()?,
        }
        Ok(None)
    }
}

fn no_collection(name: &str, parser: &Parser) -> crate::Error {
    let name: String = name.chars().take(40).collect();
    let reason = if name.ends_with("ExceptionReport") {
        "the service answered with an exception, not with features".to_owned()
    } else {
        format!("the root element is '{name}', which is no collection of features")
    };
    parser.cursor.fault("format-xml-root", reason)
}
