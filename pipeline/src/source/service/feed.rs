//! Atom feeds (RFC 4287) of map data: entries with their categories and links.

use std::path::Path;

use crate::{
    Result,
    reader::{Limits, Xml, XmlEvent},
};

/// Most entries of a feed.
const MAX_ENTRIES: usize = 100_000;
const LIMITS: Limits = Limits { max_cell_bytes: 1 << 20, max_columns: 1000, batch_rows: 1 };

/// What an entry belongs to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Category {
    pub(super) scheme: String,
    pub(super) term: String,
    pub(super) label: String,
}

/// An entry: a dataset of a service feed, or a file of a dataset feed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) title: String,
    /// When it changed last, as the feed writes it.
    pub(super) updated: String,
    /// `inspire_dls:spatial_dataset_identifier_code`.
    pub(super) code: String,
    pub(super) categories: Vec<Category>,
    /// Relations and addresses. The media type is left out: feeds of the national map catalogue give wrong ones.
    pub(super) links: Vec<(String, String)>,
}

impl Entry {
    /// The address of what the entry stands for.
    pub(super) fn target(&self) -> Option<&str> {
        let of = |wanted: &str| self.links.iter().find(|(relation, _)| relation == wanted);
        let link = of("alternate").or_else(|| of("section")).or_else(|| of("enclosure"));
        link.map(|(_, address)| address.as_str()).filter(|address| !address.is_empty())
    }

    /// EPSG codes that it is in.
    pub(super) fn systems(&self) -> impl Iterator<Item = &str> {
        self.categories.iter().filter(|category| category.is_system()).map(|category| category.term.as_str())
    }

    /// Names and codes of the areas that it covers.
    pub(super) fn areas(&self) -> impl Iterator<Item = &Category> {
        self.categories.iter().filter(|category| !category.is_system() && !category.is_access())
    }
}

impl Category {
    fn is_system(&self) -> bool {
        self.scheme.contains("def/crs") || self.term.starts_with("EPSG:")
    }

    /// Whether it says who may have the data.
    pub(super) fn is_access(&self) -> bool {
        let text = |text: &str| text.to_lowercase().contains("restricted");
        self.scheme.contains("tilgangsrestriksjon") || text(&self.term) || text(&self.label)
    }

    /// Whether everybody may have them. Of all classes of access only the one without any restriction is.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.term.to_lowercase().as_str(), "no restrictions" | "norestrictions" | "unrestricted")
    }
}

/// The entries of a feed.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>> {
    let mut xml = Xml::open("feed", path, LIMITS)?.with_tags();
    let mut entries: Vec<Entry> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    loop {
        match xml.next()? {
            XmlEvent::Start(name) => {
                if open.is_empty() && name != "feed" {
                    return Err(xml.fault("format-xml", format!("this is '{name}', not a feed")));
                }
                start(&xml, &name, &open, &mut entries)?;
                open.push(name);
            }
            XmlEvent::Text(text) => {
                if let ([_, around, name], Some(entry)) = (open.as_slice(), entries.last_mut())
                    && around == "entry"
                {
                    entry.say(name, &text);
                }
            }
            XmlEvent::End => {
                open.pop();
            }
            XmlEvent::Eof => return Ok(entries),
        }
    }
}

/// Takes an element that begins within others.
fn start(xml: &Xml, name: &str, open: &[String], entries: &mut Vec<Entry>) -> Result<()> {
    let attribute = |name: &str| xml.tag().and_then(|tag| tag.attribute(name)).unwrap_or_default().trim().to_owned();
    match (open, entries.last_mut()) {
        ([_], _) if name == "entry" => {
            if entries.len() >= MAX_ENTRIES {
                return Err(xml.fault("format-xml-limit", format!("more than {MAX_ENTRIES} entries")));
            }
            entries.push(Entry::default());
        }
        ([_, around], Some(entry)) if around == "entry" => entry.note(name, &attribute),
        _ => {}
    }
    Ok(())
}

impl Entry {
    fn note(&mut self, name: &str, attribute: &dyn Fn(&str) -> String) {
        match name {
            "category" => {
                let (scheme, term, label) = (attribute("scheme"), attribute("term"), attribute("label"));
                self.categories.push(Category { scheme, term, label });
            }
            "link" => self.links.push((attribute("rel"), attribute("href"))),
            _ => {}
        }
    }

    fn say(&mut self, name: &str, text: &str) {
        match name {
            "title" => self.title.push_str(text.trim()),
            "updated" => self.updated.push_str(text.trim()),
            "spatial_dataset_identifier_code" => self.code.push_str(text.trim()),
            _ => {}
        }
    }
}
