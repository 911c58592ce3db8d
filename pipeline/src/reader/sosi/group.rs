//! Tokens → groups: a geometry type, a serial number, attributes and coordinates.

use std::path::Path;

use catalog::table::wkb::Position;

use super::{
    super::{
        flaw::Flaw,
        shape::{MAX_POSITIONS, NO_HEIGHT},
    },
    charset::Charset,
    decimal::Decimal,
    head::{self, Frame, Units},
    item::{Item, Value},
    kind::Kind,
    lexer::{Lexer, Token},
};
use crate::{Result, reader::MAX_ROW_BYTES};

/// What an item or a value needs beside its text, in bytes.
const OVERHEAD: usize = 128;

/// A group as it stands in the file.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Line on which it begins.
    pub(super) line: u64,
    /// Its name in capitals.
    pub(super) name: String,
    /// Its serial number.
    pub(super) serial: Option<i64>,
    /// Its attributes.
    pub(super) items: Vec<Item>,
    /// Its own positions in the file's coordinate system.
    pub(super) positions: Vec<Position>,
    /// What is wrong with its positions.
    pub(super) flaw: Option<Flaw>,
}

impl Group {
    /// The first item of the second level with this name.
    pub(super) fn item(&self, name: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.level == 2 && item.key == name)
    }

    /// What messages call it.
    pub(super) fn label(&self) -> String {
        // A text that was taken for the name of a group is not told.
        let known = Kind::of(&self.name) != Kind::Other || self.name == "RASTER";
        let name = if known { self.name.as_str() } else { "a group of an unknown type" };
        let serial = self.serial.map_or(String::new(), |serial| format!(" {serial}"));
        format!("{name}{serial} on line {}", self.line)
    }
}

/// Where values go.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// To the group's line.
    Serial,
    /// To the last item.
    Attribute,
    /// To the coordinates.
    Coordinates(Block),
    /// Nowhere: what follows a coordinate on its line is about that point only.
    Point(Block),
}

/// The numbers of a coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    /// North, east.
    Flat,
    /// North, east, height.
    Height,
    /// North, east, depth.
    Depth,
}

/// Reads groups one by one.
pub(super) struct Groups {
    lexer: Lexer,
    charset: Charset,
    frame: Option<Frame>,
    /// Line and name of the group that comes next.
    pending: Option<(u64, String)>,
    /// Numbers of a coordinate that is not whole yet.
    open: Vec<Decimal>,
    units: Option<Units>,
    place: Place,
    bytes: usize,
}

impl Groups {
    /// Opens a file in a character set.
    pub(super) fn open(file: &str, path: &Path, charset: Charset) -> Result<Self> {
        let lexer = Lexer::open(file, path)?;
        let place = Place::Serial;
        let mut groups =
            Self { lexer, charset, frame: None, pending: None, open: Vec::new(), units: None, place, bytes: 0 };
        match groups.lexer.next()? {
            Some(Token::Element(1)) => groups.pending = Some(groups.start()?),
            _ => return Err(groups.lexer.fault("format-sosi-head", "the file does not begin with .HODE")),
        }
        Ok(groups)
    }

    /// How coordinates are to be read from now on.
    pub(super) fn set_frame(&mut self, frame: Frame) {
        self.frame = Some(frame);
    }

    /// The next group; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Group>> {
        let Some((line, name)) = self.pending.take() else { return Ok(None) };
        let mut group = Group { line, name, ..Group::default() };
        (self.place, self.bytes, self.units) = (Place::Serial, 0, self.frame.map(|frame| frame.units));
        self.open.clear();
        let mut level = 1;
        while let Some(token) = self.lexer.next()? {
            match token {
                Token::Element(1) => {
                    self.pending = Some(self.start()?);
                    break;
                }
                Token::Element(deeper) if deeper > level + 1 => {
                    let reason = format!("level {deeper} after level {level} in {}", group.label());
                    return Err(self.lexer.fault("format-sosi-level", reason));
                }
                Token::Element(deeper) => {
                    level = deeper;
                    self.element(level, &mut group)?;
                }
                Token::Value { quoted } => self.value(quoted, &mut group)?,
            }
        }
        self.close(&mut group);
        settle_heights(&mut group);
        Ok(Some(group))
    }

    /// Line and name of the group that the token begins.
    fn start(&self) -> Result<(u64, String)> {
        Ok((self.lexer.line(), self.text()?.to_uppercase()))
    }

    fn text(&self) -> Result<String> {
        self.charset.decode(self.lexer.text()).ok_or_else(|| {
            let reason = format!("a text is not {}, or holds controls", self.charset.name());
            self.lexer.fault("format-sosi-encoding", reason)
        })
    }

    fn element(&mut self, level: usize, group: &mut Group) -> Result<()> {
        if let (Place::Coordinates(block) | Place::Point(block), 3..) = (self.place, level) {
            self.place = Place::Point(block);
            return Ok(());
        }
        self.close(group);
        let name = self.text()?;
        let block = match name.to_uppercase().as_str() {
            "NØ" => Some(Block::Flat),
            "NØH" => Some(Block::Height),
            "NØD" => Some(Block::Depth),
            _ => None,
        };
        if let (Some(block), 2) = (block, level) {
            self.place = Place::Coordinates(block);
            return Ok(());
        }
        self.spend(name.len())?;
        let name = if name.is_empty() { "REF".to_owned() } else { name };
        group.items.push(Item::new(level, name));
        self.place = Place::Attribute;
        Ok(())
    }

    fn value(&mut self, quoted: bool, group: &mut Group) -> Result<()> {
        match self.place {
            Place::Serial => {
                let digits = self.lexer.text().strip_suffix(b":").unwrap_or(self.lexer.text());
                let serial = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
                group.serial = group.serial.or(serial);
            }
            Place::Attribute => {
                let text = self.text()?;
                self.spend(text.len())?;
                if let Some(item) = group.items.last_mut() {
                    item.push(Value { text, quoted });
                }
            }
            Place::Point(block) if self.lexer.leads() => {
                self.place = Place::Coordinates(block);
                self.number(block, group)?;
            }
            Place::Point(_) => {}
            Place::Coordinates(block) => self.number(block, group)?,
        }
        Ok(())
    }

    fn number(&mut self, block: Block, group: &mut Group) -> Result<()> {
        let number = std::str::from_utf8(self.lexer.text()).ok().and_then(Decimal::parse);
        let Some(number) = number else {
            let reason = format!("a coordinate on line {} is no number", self.lexer.line());
            group.flaw.get_or_insert_with(|| Flaw::new("format-sosi-coordinates", reason));
            return Ok(());
        };
        self.open.push(number);
        let flat = block == Block::Flat;
        if self.open.len() < if flat { 2 } else { 3 } {
            return Ok(());
        }
        if group.positions.len() >= MAX_POSITIONS {
            let reason = format!("{} has more than {MAX_POSITIONS} positions", group.label());
            return Err(self.lexer.fault("format-sosi-limit", reason));
        }
        let position = self.position(block);
        self.open.clear();
        if let Some(position) = position {
            group.positions.push(position);
        } else {
            let reason = format!("a coordinate on line {} has too many digits", self.lexer.line());
            group.flaw.get_or_insert_with(|| Flaw::new("format-sosi-coordinates", reason));
        }
        Ok(())
    }

    fn position(&self, block: Block) -> Option<Position> {
        let (frame, units) = (self.frame?, self.units?);
        let [north, east, ..] = self.open.as_slice() else { return None };
        let (x, y) = frame.place(units, *north, *east)?;
        let unit = match block {
            Block::Flat => return Some(Position { x, y, z: None }),
            Block::Height => units.height,
            Block::Depth => units.depth,
        };
        let value = self.open.get(2)?.placed(unit.unwrap_or(units.position), Decimal::ZERO)?;
        // A depth is measured downwards.
        let z = if block == Block::Depth { -value } else { value };
        Some(Position { x, y, z: Some(z).filter(|z| *z > NO_HEIGHT) })
    }

    /// Ends the element that was read before.
    fn close(&mut self, group: &mut Group) {
        if !self.open.is_empty() {
            let reason = format!("a coordinate before line {} is not whole", self.lexer.line());
            group.flaw.get_or_insert_with(|| Flaw::new("format-sosi-coordinates", reason));
            self.open.clear();
        }
        let own = group.items.last().filter(|_| matches!(self.place, Place::Attribute));
        if let (Some(item), Some(units)) = (own.filter(|item| item.level == 2), &mut self.units) {
            override_units(item, units);
        }
    }

    fn spend(&mut self, bytes: usize) -> Result<()> {
        self.bytes += bytes + OVERHEAD;
        if self.bytes > MAX_ROW_BYTES {
            return Err(self.lexer.fault("format-sosi-limit", "the attributes of one group are too many"));
        }
        Ok(())
    }
}

/// A group may have units of its own.
fn override_units(item: &Item, units: &mut Units) {
    let Some(number) = head::positive(item) else { return };
    match item.key.as_str() {
        "ENHET" => units.position = number,
        "ENHET-H" => units.height = Some(number),
        "ENHET-D" => units.depth = Some(number),
        _ => {}
    }
}

/// Positions without a height get that of the group, which is in metres.
fn settle_heights(group: &mut Group) {
    let height = group.item("HØYDE").and_then(|item| Decimal::parse(&item.values.first()?.text));
    if let Some(height) = height.map(Decimal::to_f64).filter(|height| *height > NO_HEIGHT) {
        for position in &mut group.positions {
            position.z = position.z.or(Some(height));
        }
    }
}
