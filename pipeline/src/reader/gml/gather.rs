//! What becomes of geometries with an id and of references to them, in a pass over a document.

use std::collections::{HashMap, HashSet};

use catalog::crs::Crs;

use super::{
    super::{
        flaw::{Bad, Flaw, Judged},
        shape::disk::{Disk, Writer, damaged, write_count, write_positions},
    },
    shape::{Kind, Made, Shape},
};
use crate::Result;

/// Most geometries that others may refer to, and the longest id of one, in bytes.
const MAX_LINKS: usize = 2_000_000;
const MAX_ID_BYTES: usize = 200;

/// What stands for the system of a shape that has no positions of its own.
const NO_SYSTEM: u32 = u32::MAX;
const POINT: u8 = 0;
const LINE: u8 = 1;
const CHAIN: u8 = 2;
const TURNED: u8 = 3;
const AREA: u8 = 4;
const LINK: u8 = 5;
/// From here on the kinds of several members.
const MANY: u8 = 6;
const KINDS: [Kind; 5] = [Kind::Points, Kind::Curves, Kind::Surfaces, Kind::Patches, Kind::Any];

/// What a pass is for.
pub(super) enum Gather {
    /// Rows: nothing is kept.
    Nothing,
    /// Finding out which geometries are referred to.
    Links(HashSet<String>),
    /// Putting those away.
    Shapes(Shelf),
}

impl Gather {
    /// Somebody refers to an id.
    pub(super) fn link(&mut self, id: &str) -> Judged<()> {
        if id.len() > MAX_ID_BYTES {
            return Err(Flaw::new("format-gml-reference", "a reference is too long").into());
        }
        if let Self::Links(links) = self
            && !links.contains(id)
        {
            if links.len() >= MAX_LINKS {
                let reason = format!("more than {MAX_LINKS} geometries are referred to");
                return Err(Flaw::new("format-gml-limit", reason).into());
            }
            links.insert(id.to_owned());
        }
        Ok(())
    }

    /// A geometry with an id was read.
    pub(super) fn keep(&mut self, id: &str, shape: &Shape, crs: Option<Crs>) -> Judged<()> {
        if let Self::Shapes(shelf) = self {
            shelf.put(id, shape, crs)?;
        }
        Ok(())
    }
}

/// Where a shape is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Not seen yet.
    Nowhere,
    /// At a place of the temporary file.
    At(u64),
    /// Two geometries have the id.
    Twice,
}

/// Shapes that are being put away.
pub(super) struct Shelf {
    file: Writer,
    places: HashMap<String, Place>,
}

impl Shelf {
    /// An empty one for these ids, for a document of so many bytes.
    pub(super) fn new(ids: HashSet<String>, bytes: u64) -> Result<Self> {
        let places = ids.into_iter().map(|id| (id, Place::Nowhere)).collect();
        Ok(Self { file: Writer::new(bytes)?, places })
    }

    fn put(&mut self, id: &str, shape: &Shape, crs: Option<Crs>) -> Judged<()> {
        let Some(place) = self.places.get_mut(id) else { return Ok(()) };
        if *place != Place::Nowhere {
            *place = Place::Twice;
            return Ok(());
        }
        if self.file.is_full() {
            let reason = "arcs that are referred to have more positions than can be kept";
            return Err(Flaw::new("format-gml-limit", reason).into());
        }
        let code = crs.map_or(NO_SYSTEM, |crs| crs.epsg().unwrap_or(0));
        let mut bytes = code.to_le_bytes().to_vec();
        write(shape, &mut bytes);
        *place = Place::At(self.file.put(&bytes)?);
        Ok(())
    }

    /// All shapes, to be found by their ids.
    pub(super) fn close(self) -> Result<Store> {
        Ok(Store { file: self.file.close()?, places: self.places })
    }
}

// As deep as elements may be nested.
fn write(shape: &Shape, out: &mut Vec<u8>) {
    match shape {
        Shape::Point(position) => {
            out.push(POINT);
            write_positions(std::slice::from_ref(position), out);
        }
        Shape::Line(line) => {
            out.push(LINE);
            write_positions(line, out);
        }
        Shape::Turned(inner) => {
            out.push(TURNED);
            write(inner, out);
        }
        Shape::Link(id) => {
            out.push(LINK);
            write_count(id.len(), out);
            out.extend(id.as_bytes());
        }
        Shape::Chain(members) => write_members(CHAIN, members, out),
        Shape::Area(members) => write_members(AREA, members, out),
        Shape::Many(kind, members) => {
            let at = (MANY..).zip(KINDS).find(|(_, known)| known == kind).map_or(MANY, |(tag, _)| tag);
            write_members(at, members, out);
        }
    }
}

fn write_members(tag: u8, members: &[Shape], out: &mut Vec<u8>) {
    out.push(tag);
    write_count(members.len(), out);
    for member in members {
        write(member, out);
    }
}

/// Shapes by id.
pub(super) struct Store {
    file: Disk,
    places: HashMap<String, Place>,
}

impl Store {
    /// The shape with an id.
    pub(super) fn get(&mut self, id: &str) -> Judged<Made> {
        let wrong = |reason: String| Bad::Flaw(Flaw::new("format-gml-reference", reason));
        match self.places.get(id) {
            Some(Place::At(place)) => self.file.seek(*place)?,
            Some(Place::Twice) => return Err(wrong(format!("two geometries have the id '{id}'"))),
            Some(Place::Nowhere) | None => {
                return Err(wrong(format!("there is no geometry '{id}' to refer to, or it is broken itself")));
            }
        }
        let crs = match u32::from_le_bytes(self.file.bytes()?) {
            NO_SYSTEM => None,
            0 => Some(Crs::CRS84),
            code => Some(Crs::from_epsg(code).ok_or_else(damaged)?),
        };
        Ok(Made { shape: self.shape()?, crs })
    }

    fn shape(&mut self) -> std::io::Result<Shape> {
        let [tag] = self.file.bytes::<1>()?;
        Ok(match tag {
            POINT => Shape::Point(self.file.positions()?.first().copied().ok_or_else(damaged)?),
            LINE => Shape::Line(self.file.positions()?),
            TURNED => Shape::Turned(Box::new(self.shape()?)),
            LINK => {
                let mut bytes = vec![0; self.file.count()?.min(MAX_ID_BYTES)];
                self.file.read(&mut bytes)?;
                Shape::Link(String::from_utf8(bytes).map_err(|_| damaged())?)
            }
            CHAIN => Shape::Chain(self.members()?),
            AREA => Shape::Area(self.members()?),
            _ => {
                let kind = KINDS.get(usize::from(tag - MANY)).copied().ok_or_else(damaged)?;
                Shape::Many(kind, self.members()?)
            }
        })
    }

    fn members(&mut self) -> std::io::Result<Vec<Shape>> {
        let mut members = Vec::new();
        for _ in 0..self.file.count()? {
            members.push(self.shape()?);
        }
        Ok(members)
    }
}
