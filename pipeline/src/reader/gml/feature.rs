//! One feature: its attributes and the shapes of its geometries.

use serde_json::{Map, Value as Json};

use super::{
    super::{
        MAX_ROW_BYTES,
        flaw::Flaw,
        found::{Found, add},
        xml::Event,
    },
    cursor::Source,
    parser::{Parser, is_geometry},
    scope::Scope,
    shape::{Made, Shape},
    wanted::{Node, Wanted},
};
use crate::Result;

/// What a value needs beside its text, in bytes.
const OVERHEAD: usize = 64;

/// A feature as it stands in the file.
#[derive(Debug)]
pub(super) struct Feature {
    /// The line on which it begins.
    pub(super) line: u64,
    /// Its type.
    pub(super) name: String,
    /// Its `gml:id`.
    pub(super) id: Option<String>,
    /// What was found for each column.
    pub(super) found: Vec<Option<Found>>,
    /// For each column that is a geometry what was found for it.
    pub(super) taken: Vec<Option<Taken>>,
}

impl Feature {
    /// What messages call it.
    pub(super) fn label(&self) -> String {
        let short = |text: &str| text.chars().take(80).collect::<String>();
        match &self.id {
            Some(id) => format!("{} '{}' on line {}", short(&self.name), short(id), self.line),
            None => format!("{} on line {}", short(&self.name), self.line),
        }
    }
}

/// A geometry of a feature.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    /// Place of its path among the column's alternatives.
    rank: usize,
    /// The line on which it begins.
    pub(super) line: u64,
    /// Its axes were judged by its place, against the name of its system.
    pub(super) judged: bool,
    /// The shape, or why there is none.
    pub(super) made: std::result::Result<Made, Flaw>,
}

/// What is in an element.
#[derive(Debug, Default)]
struct Content {
    text: String,
    members: Map<String, Json>,
    /// Name of the only element in it, if that is a type.
    inner_type: Option<String>,
    elements: usize,
    /// A geometry in it was taken.
    taken: bool,
}

/// A feature under way.
pub(super) struct Reading<'a> {
    parser: &'a mut Parser,
    wanted: &'a mut Wanted,
    source: &'a Source,
    scope: Scope,
    feature: Feature,
    bytes: usize,
}

impl<'a> Reading<'a> {
    /// Reads the feature whose element has just begun, to its end.
    pub(super) fn feature(
        parser: &'a mut Parser,
        wanted: &'a mut Wanted,
        source: &'a Source,
        (name, scope): (String, Scope),
    ) -> Result<Feature> {
        let columns = wanted.len();
        let feature = Feature {
            line: parser.cursor.line(),
            id: parser.cursor.attribute("id").map(str::to_owned),
            found: vec![None; columns],
            taken: vec![None; columns],
            name,
        };
        let mut reading = Self { parser, wanted, source, scope, feature, bytes: 0 };
        reading.attributes(&[0])?;
        if let Some(node) = reading.wanted.child(0, "@type") {
            let name = Json::from(reading.feature.name.as_str());
            reading.note(node, Some(&name))?;
        }
        reading.inner(&[0], 1, false)?;
        Ok(reading.feature)
    }

    /// Reads what is in an element, to its end; `level` is that of the elements in it, 1 for properties of the feature.
    // As deep as elements may be nested.
    fn inner(&mut self, nodes: &[Node], level: usize, keeps: bool) -> Result<Content> {
        let mut content = Content::default();
        loop {
            match self.parser.cursor.next()? {
                Event::Start(name) => self.child(name, nodes, (level, keeps), &mut content)?,
                Event::Text(text) if keeps => {
                    self.spend(text.len())?;
                    content.text.push_str(&text);
                }
                Event::Text(_) => {}
                Event::End | Event::Eof => return Ok(content),
            }
        }
    }

    fn child(
        &mut self,
        name: String,
        nodes: &[Node],
        (level, keeps): (usize, bool),
        around: &mut Content,
    ) -> Result<()> {
        if self.parser.cursor.is_gml() && is_geometry(&name) {
            around.taken |= self.geometry(&name, nodes)?;
            return Ok(());
        }
        if name == "boundedBy" && level == 1 {
            self.scope = self.parser.envelope(self.scope)?;
            return Ok(());
        }
        let own: Vec<Node> = nodes.iter().filter_map(|node| self.wanted.child(*node, &name)).collect();
        let is_type = level.is_multiple_of(2) && name.chars().next().is_some_and(char::is_uppercase);
        let mut inside = own.clone();
        if is_type {
            inside.extend(nodes);
        }
        self.attributes(&inside)?;
        let is_nil = self.parser.cursor.attribute("nil").is_some_and(|nil| matches!(nil.trim(), "true" | "1"));
        let reference = self.parser.cursor.attribute("href").map(str::to_owned);
        let asked = own.iter().any(|node| self.wanted.slots(*node, false).next().is_some());
        self.refer(&own, reference.as_deref());
        let content = self.inner(&inside, level + 1, keeps || asked)?;
        around.taken |= content.taken;
        around.elements += 1;
        around.inner_type = (is_type && around.elements == 1).then(|| name.clone());
        if own.is_empty() && level == 1 && !content.taken {
            self.wanted.unasked(&name);
        }
        if !asked && !keeps {
            return Ok(());
        }
        let value = if is_nil { None } else { value(content, reference) };
        for node in &own {
            self.note(*node, value.as_ref())?;
        }
        if keeps && let Some(value) = value {
            join(&mut around.members, name, value);
        }
        Ok(())
    }

    /// The attributes of the element that has just begun.
    fn attributes(&mut self, nodes: &[Node]) -> Result<()> {
        let mut values = Vec::new();
        if let Some(tag) = self.parser.cursor.tag() {
            for (name, value) in tag.attributes() {
                let name = format!("@{name}");
                let asked = nodes.iter().filter_map(|node| self.wanted.child(*node, &name));
                values.extend(asked.map(|node| (node, Json::from(value))));
            }
        }
        for (node, value) in values {
            self.note(node, Some(&value).filter(|value| *value != ""))?;
        }
        Ok(())
    }

    /// A value for the columns whose path ends at a place.
    fn note(&mut self, node: Node, value: Option<&Json>) -> Result<()> {
        let slots: Vec<_> = self.wanted.slots(node, false).collect();
        for (column, rank) in slots {
            self.spend(OVERHEAD)?;
            if let Some(slot) = self.feature.found.get_mut(column) {
                add(slot, rank, value.cloned());
            }
        }
        Ok(())
    }

    /// A property that only refers to a geometry; what is in it takes its place.
    fn refer(&mut self, nodes: &[Node], reference: Option<&str>) {
        let Some(id) = reference.and_then(|reference| reference.trim().strip_prefix('#')) else { return };
        let slots: Vec<_> = nodes.iter().flat_map(|node| self.wanted.slots(*node, true)).collect();
        for (column, rank) in slots {
            let made = Ok(Made { shape: Shape::Link(id.to_owned()), crs: None });
            self.take(column, Taken { rank, line: self.parser.cursor.line(), judged: false, made });
        }
    }

    /// The geometry whose element has just begun, for the columns that want it; true if there is one.
    fn geometry(&mut self, name: &str, nodes: &[Node]) -> Result<bool> {
        let named = nodes.iter().flat_map(|node| self.wanted.slots(*node, true));
        let free = |column: &&usize| self.feature.taken.get(**column).is_some_and(Option::is_none);
        let anywhere = self.wanted.anywhere().iter().filter(free).map(|column| (*column, 0));
        let slots: Vec<_> = named.chain(anywhere).collect();
        if slots.is_empty() {
            self.parser.cursor.skip()?;
            return Ok(false);
        }
        let line = self.parser.cursor.line();
        let made = self.parser.geometry(name, self.scope)?;
        let judged = self.parser.used().is_some_and(|used| used.order.judged);
        for (column, rank) in slots {
            self.take(column, Taken { rank, line, judged, made: made.clone() });
        }
        Ok(true)
    }

    /// A geometry by a better path takes the place of one by a worse path; of several by the same path the first stays.
    fn take(&mut self, column: usize, taken: Taken) {
        if let Some(slot) = self.feature.taken.get_mut(column)
            && slot.as_ref().is_none_or(|other| taken.rank < other.rank || other.is_link_of(&taken))
        {
            *slot = Some(taken);
        }
    }

    fn spend(&mut self, bytes: usize) -> Result<()> {
        self.bytes += bytes;
        if self.bytes <= MAX_ROW_BYTES {
            return Ok(());
        }
        let reason = format!("{} has more than {MAX_ROW_BYTES} bytes of attributes", self.feature.label());
        Err(self.source.fault("format-gml-limit", self.parser.cursor.line(), reason))
    }
}

impl Taken {
    /// True for the reference of a property that has its geometry in it after all.
    fn is_link_of(&self, other: &Self) -> bool {
        let link = |taken: &Self| matches!(&taken.made, Ok(Made { shape: Shape::Link(_), .. }));
        self.rank == other.rank && link(self) && !link(other)
    }
}

/// The value of a property: its text, what it refers to, or its members; a single type in it is not told.
fn value(content: Content, reference: Option<String>) -> Option<Json> {
    let Content { text, mut members, inner_type, elements, .. } = content;
    if elements == 0 {
        let text = text.trim();
        let text = if text.is_empty() { reference.unwrap_or_default() } else { text.to_owned() };
        return (!text.is_empty()).then_some(Json::String(text));
    }
    let folded = inner_type.filter(|_| elements == 1).and_then(|name| members.shift_remove(&name));
    match folded {
        Some(Json::Object(members)) => Some(Json::Object(members)),
        Some(other) => Some(other),
        None if members.is_empty() => None,
        None => Some(Json::Object(members)),
    }
}

/// Adds a member; the second one of a name makes a list of it.
fn join(members: &mut Map<String, Json>, name: String, value: Json) {
    match members.get_mut(&name) {
        None => {
            members.insert(name, value);
        }
        Some(Json::Array(list)) => list.push(value),
        Some(one) => {
            let first = one.take();
            *one = Json::Array(vec![first, value]);
        }
    }
}
