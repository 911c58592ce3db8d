//! The geometries of a document that others refer to: found out in one pass, put away on disk in a second one. Both are
//! made when the first reference is met; most files have none.

use std::collections::HashSet;

use super::{
    super::xml::Event,
    cursor::{Cursor, Source},
    gather::{Gather, Shelf, Store},
    parser::{Parser, is_geometry},
    scope::{Scope, Systems},
};
use crate::Result;

/// How geometries are read.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// Greatest distance of a line from its arc, in metres.
    pub(super) tolerance: f64,
    /// The system of geometries for which the document names none.
    pub(super) crs: Option<String>,
    /// Properties whose references are geometries, by their last names.
    pub(super) properties: HashSet<String>,
}

/// Looks through a document.
pub(super) fn look_through(source: &Source, settings: &Settings) -> Result<Store> {
    let links = match sweep(source, settings, Gather::Links(HashSet::new()))? {
        Gather::Links(links) => links,
        Gather::Nothing | Gather::Shapes(_) => HashSet::new(),
    };
    let bytes = std::fs::metadata(&source.path)?.len();
    match sweep(source, settings, Gather::Shapes(Shelf::new(links, bytes)?))? {
        Gather::Shapes(shelf) => shelf.close(),
        Gather::Nothing | Gather::Links(_) => Shelf::new(HashSet::new(), 0)?.close(),
    }
}

/// Reads every geometry of a document. What is wrong with one is told where a row needs it.
fn sweep(source: &Source, settings: &Settings, gather: Gather) -> Result<Gather> {
    let systems = Systems::new(settings.crs.as_deref());
    let mut parser = Parser::new(Cursor::open(source)?, systems, settings.tolerance, gather);
    // What holds within elements at a depth and deeper.
    let mut scopes = vec![(0, Scope::default())];
    loop {
        match parser.cursor.next()? {
            Event::Start(name) => {
                let depth = parser.cursor.depth();
                scopes.retain(|(from, _)| *from < depth);
                let scope = scopes.last().map(|(_, scope)| *scope).unwrap_or_default();
                if name == "boundedBy" {
                    let own = parser.envelope(scope)?;
                    scopes.push((depth - 1, own));
                } else if parser.cursor.is_gml() && is_geometry(&name) {
                    let _flaws_are_told_later = parser.geometry(&name, scope)?;
                } else if settings.properties.contains(&name) {
                    refer(&mut parser);
                }
            }
            Event::Text(_) | Event::End => {}
            Event::Eof => return Ok(parser.gather),
        }
    }
}

/// Takes note of what a property refers to.
fn refer(parser: &mut Parser) {
    if let Some(Ok(id)) = parser.cursor.reference() {
        let _flaws_are_told_later = parser.gather.link(&id);
    }
}
