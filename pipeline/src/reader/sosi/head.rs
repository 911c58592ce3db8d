//! The head of a file: its coordinate system, unit and origin.

use catalog::crs::Crs;

use super::{
    super::fault::fault,
    decimal::Decimal,
    item::{self, Item},
    koordsys,
};
use crate::{Error, Result};

/// How the numbers of a file become coordinates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// The code of the coordinate system.
    pub(super) koordsys: u16,
    /// Origin: north, east.
    pub(super) origin: [Decimal; 2],
    /// Units of positions, heights and depths.
    pub(super) units: Units,
}

/// Units in metres (or degrees).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Units {
    /// Of positions.
    pub(super) position: Decimal,
    /// Of heights; the position's where there is none.
    pub(super) height: Option<Decimal>,
    /// Of depths; the position's where there is none.
    pub(super) depth: Option<Decimal>,
}

impl Frame {
    /// Reads the head; `koordsys` is what the configuration says in place of the file.
    pub(super) fn read(file: &str, line: u64, items: &[Item], koordsys: Option<u16>) -> Result<Self> {
        let wrong = |code, reason: String| fault(file, code, Some(line), reason);
        let numbers = |name: &str| one(items, name).map_err(|reason| wrong("format-sosi-head", reason));
        let lacking = |name: &str| wrong("format-sosi-head", format!("the head has no readable {name}"));
        let unit = numbers("ENHET")?.and_then(|item| positive(&item)).ok_or_else(|| lacking("ENHET"))?;
        let origin = numbers("ORIGO-NØ")?.and_then(|item| pair(&item)).ok_or_else(|| lacking("ORIGO-NØ"))?;
        let units = Units {
            position: unit,
            height: numbers("ENHET-H")?.and_then(|item| positive(&item)),
            depth: numbers("ENHET-D")?.and_then(|item| positive(&item)),
        };
        let koordsys = match koordsys {
            Some(code) => code,
            None => numbers("KOORDSYS")?
                .and_then(|item| item.values.first()?.text.parse().ok())
                .ok_or_else(|| wrong("format-sosi-crs", "the head has no readable KOORDSYS".to_owned()))?,
        };
        Ok(Self { koordsys, origin, units })
    }

    /// The coordinate system.
    pub(super) fn crs(&self, file: &str, line: u64) -> Result<Crs> {
        let wrong = |reason: String| -> Error { fault(file, "format-sosi-crs", Some(line), reason) };
        let code = self.koordsys;
        let epsg = koordsys::epsg(code).ok_or_else(|| wrong(format!("KOORDSYS {code} is no known system")))?;
        Crs::from_epsg(epsg).ok_or_else(|| {
            wrong(format!("KOORDSYS {code} (EPSG:{epsg}) is none that this program can bring to others"))
        })
    }

    /// Position of a northing and easting: x, y.
    pub(super) fn place(&self, units: Units, north: Decimal, east: Decimal) -> Option<(f64, f64)> {
        let [origin_north, origin_east] = self.origin;
        Some((east.placed(units.position, origin_east)?, north.placed(units.position, origin_north)?))
    }

    /// One unit, in metres or degrees.
    pub(super) fn unit(&self) -> f64 {
        self.units.position.to_f64()
    }
}

/// The element that a head (or a TRANSPAR in it) has by this name; an error if it has two that differ.
fn one(items: &[Item], name: &str) -> std::result::Result<Option<Item>, String> {
    let mut found: Option<&Item> = None;
    let below = item::paths(items).filter(|(path, _)| path == name || path.strip_prefix("TRANSPAR.") == Some(name));
    for (_, item) in below {
        if found.is_some_and(|other| other.values != item.values) {
            return Err(format!("the head has two {name} that differ"));
        }
        found = Some(item);
    }
    Ok(found.cloned())
}

/// A number above zero.
pub(super) fn positive(item: &Item) -> Option<Decimal> {
    Decimal::parse(&item.values.first()?.text).filter(|number| number.is_positive())
}

fn pair(item: &Item) -> Option<[Decimal; 2]> {
    let [north, east] = item.values.as_slice() else { return None };
    Some([Decimal::parse(&north.text)?, Decimal::parse(&east.text)?])
}
