//! A document's features with their geometries.

use std::collections::HashSet;

use config::GmlFormat;

use super::{
    super::flaw::{Bad, Flaw, Notes},
    assemble::{Assembler, Placed},
    cursor::{Cursor, Source},
    document::Document,
    feature::{Feature, Reading, Taken},
    gather::{Gather, Store},
    library::{self, Settings},
    parser::Parser,
    scope::Systems,
    wanted::Wanted,
};
use crate::Result;

/// What became of a geometry.
pub(super) enum Outcome {
    /// The feature has none.
    None,
    /// It is there.
    Placed(Placed),
    /// It has a flaw, which was told.
    Broken,
}

/// Reads features.
pub(super) struct Features {
    source: Source,
    settings: Settings,
    parser: Parser,
    document: Document,
    /// What geometries refer to; made when the first one does.
    store: Option<Store>,
    /// What must be told.
    pub(super) notes: Notes,
    /// Positions that were put together since somebody set this to zero.
    pub(super) spent: usize,
}

impl Features {
    /// At the beginning of a document; `properties` may refer to geometries.
    pub(super) fn open(source: &Source, format: &GmlFormat, properties: HashSet<String>) -> Result<Self> {
        let settings = Settings { tolerance: format.arc_tolerance, crs: format.crs.clone(), properties };
        let cursor = Cursor::open(source)?;
        let mut notes = Notes::default();
        notes.0.extend(cursor.note().cloned());
        let systems = Systems::new(settings.crs.as_deref());
        Ok(Self {
            source: source.clone(),
            parser: Parser::new(cursor, systems, settings.tolerance, Gather::Nothing),
            settings,
            document: Document::default(),
            store: None,
            notes,
            spent: 0,
        })
    }

    /// The next feature of a type that is wanted; `None` at the end.
    pub(super) fn next(&mut self, wanted: &mut Wanted, takes: &dyn Fn(&str) -> bool) -> Result<Option<Feature>> {
        while let Some(name) = self.document.next(&mut self.parser)? {
            if !takes(&name) {
                self.parser.cursor.skip()?;
                continue;
            }
            let scope = self.document.scope;
            return Reading::feature(&mut self.parser, wanted, &self.source, (name, scope)).map(Some);
        }
        self.count();
        Ok(None)
    }

    /// The geometry that was taken for a column; `label` is what notes call its feature.
    pub(super) fn geometry(&mut self, taken: Option<Taken>, label: &str) -> Result<Outcome> {
        let Some(taken) = taken else { return Ok(Outcome::None) };
        if taken.judged {
            self.notes.tell("format-gml-axes", || {
                format!("{label}: its axes stand in another order than the name of its system says; its place decided")
            });
        }
        let made = match taken.made {
            Ok(made) => made,
            Err(flaw) => return self.broken(&flaw, taken.line, label),
        };
        if self.store.is_none() && made.shape.has_links() {
            self.store = Some(library::look_through(&self.source, &self.settings)?);
        }
        let mut assembler = Assembler::new(self.store.as_mut());
        let placed = assembler.geometry(made);
        self.spent += assembler.spent();
        for repair in assembler.repairs {
            self.notes.tell("format-gml-repaired", || format!("{label}: {repair}"));
        }
        match placed {
            Ok(placed) => Ok(Outcome::Placed(placed)),
            Err(Bad::Flaw(flaw)) => self.broken(&flaw, taken.line, label),
            Err(Bad::File(error)) => Err(error),
        }
    }

    fn broken(&mut self, flaw: &Flaw, line: u64, label: &str) -> Result<Outcome> {
        // Without a system the file is no map: that is no matter of one row.
        if flaw.code == "format-gml-crs" {
            return Err(self.source.fault("format-gml-crs", line, format!("{label}: {}", flaw.reason)));
        }
        self.notes.tell(flaw.code, || format!("{label}: {}", flaw.reason));
        Ok(Outcome::Broken)
    }

    /// Holds the number of features against what the document says.
    fn count(&mut self) {
        let (told, count) = (self.document.told, self.document.count);
        let returned = told.returned.filter(|returned| *returned > 0 && *returned != count);
        if let Some(returned) = returned {
            self.notes.tell("format-gml-count", || format!("the file says {returned} features, but has {count}"));
        } else if let Some(matched) = told.matched.filter(|matched| *matched > count) {
            self.notes.tell("format-gml-count", || format!("the file has {count} of {matched} features: it is a page"));
        }
    }
}
