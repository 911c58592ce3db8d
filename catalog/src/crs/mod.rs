//! Coordinate systems: what they are called, and from one to the other.
//!
//! EUREF89 and WGS 84 are taken for one and the same, as is the convention; they have drifted apart by less than a metre.
//! Heights are kept as they are; a system only tells what they are counted from.
//! In memory and in tables, x is always the easting or longitude and y the northing or latitude.

mod ellipsoid;
mod laea;
mod name;
mod projjson;
mod system;
mod transverse;
mod wkt;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use self::system::System;
pub use name::Named;

/// Decimals of a degree that are kept: a tenth of a millimetre.
const DEGREES: f64 = 1e9;
/// Decimals of a metre that are kept: a tenth of a millimetre.
const METRES: f64 = 1e4;
/// Places along each side of an extent that are looked at when it is brought to another system.
const ALONG: u32 = 32;

/// A coordinate system that this program knows: longitude and latitude in WGS 84 (OGC:CRS84), or one of those with an
/// EPSG code that are in use in Norway. Written `OGC:CRS84` and `EPSG:25833`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Crs {
    /// The EPSG code; 0 for OGC:CRS84.
    code: u32,
}

/// What heights are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeightSystem {
    /// Normal-null 2000.
    Nn2000,
    /// Normal-null 1954.
    Nn54,
}

impl Crs {
    /// Longitude and latitude in WGS 84 (OGC:CRS84).
    pub const CRS84: Self = Self { code: 0 };

    /// The system with an EPSG code; `None` for those that this program does not know, which are never guessed.
    pub fn from_epsg(code: u32) -> Option<Self> {
        config::is_known_epsg(code).then_some(Self { code })
    }

    /// The EPSG code; `None` for OGC:CRS84.
    pub fn epsg(self) -> Option<u32> {
        (self.code != 0).then_some(self.code)
    }

    /// The address of the definition, as OGC APIs name systems.
    pub fn uri(self) -> String {
        match self.epsg() {
            Some(code) => format!("http://www.opengis.net/def/crs/EPSG/0/{code}"),
            None => "http://www.opengis.net/def/crs/OGC/1.3/CRS84".to_owned(),
        }
    }

    /// The code of the horizontal part; 0 for OGC:CRS84.
    fn horizontal_code(self) -> u32 {
        match self.code {
            5942 => 4258,
            code @ 5945..=5970 => code - 840,
            code @ 5971..=5976 => code + 19_860,
            code @ 6171..=6176 => code + 19_660,
            code => code,
        }
    }

    /// The system without heights.
    #[must_use]
    pub fn horizontal(self) -> Self {
        Self { code: self.horizontal_code() }
    }

    /// What heights are counted from; `None` where the system does not say.
    pub fn heights(self) -> Option<HeightSystem> {
        match self.code {
            5942 | 5945..=5976 => Some(HeightSystem::Nn2000),
            6171..=6176 => Some(HeightSystem::Nn54),
            _ => None,
        }
    }

    /// Whether coordinates are metres in a plane, not degrees.
    pub fn is_projected(self) -> bool {
        !matches!(self.horizontal_code(), 0 | 4258 | 4326)
    }

    /// Whether the EPSG register writes the northing or latitude first.
    pub fn is_north_first(self) -> bool {
        matches!(self.horizontal_code(), 3035 | 4258 | 4326 | 5105..=5130 | 27_391..=27_398)
    }

    /// How far a place may be off after it was brought to or from EUREF89, in metres; `None` where it is exact.
    pub fn accuracy(self) -> Option<f64> {
        matches!(self.code, 27_391..=27_398).then_some(3.0)
    }

    /// Whether a position lies where the system can be used, so that it surely has a longitude and a latitude.
    pub fn holds(self, x: f64, y: f64) -> bool {
        self.system().holds(x, y)
    }

    /// Longitude and latitude in degrees (OGC:CRS84) of a position, to nine decimals; `None` where there is no such place.
    pub fn to_degrees(self, x: f64, y: f64) -> Option<(f64, f64)> {
        let there = |(longitude, latitude): &(f64, f64)| longitude.abs() <= 180.0 && latitude.abs() <= 90.0;
        Transform::new(self, Self::CRS84).apply(x, y).filter(there)
    }

    /// The position of a longitude and latitude in degrees, metres to four decimals; `None` where the system does not
    /// reach.
    pub fn of_degrees(self, longitude: f64, latitude: f64) -> Option<(f64, f64)> {
        Transform::new(Self::CRS84, self).apply(longitude, latitude)
    }

    /// Whether heights of this system may be published as those of another: they are not changed, so both must be counted
    /// from the same, or this one does not say from what.
    pub fn keeps_heights_in(self, other: Self) -> bool {
        match (self.heights(), other.heights()) {
            (Some(own), Some(others)) => own == others,
            (None, _) | (_, None) => true,
        }
    }

    fn system(self) -> System {
        System::of(self.horizontal_code())
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.epsg() {
            Some(code) => write!(f, "EPSG:{code}"),
            None => f.write_str("OGC:CRS84"),
        }
    }
}

impl FromStr for Crs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::from_name(text).ok_or_else(|| format!("'{text}' is no coordinate system that is known"))?;
        Ok(named.crs)
    }
}

impl TryFrom<String> for Crs {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Crs> for String {
    fn from(crs: Crs) -> Self {
        crs.to_string()
    }
}

/// The way from one system to another, ready to be used for many positions.
#[derive(Debug, Clone, Copy)]
pub struct Transform {
    from: System,
    /// The other system; `None` where nothing changes.
    to: Option<System>,
    /// What coordinates are rounded to.
    decimals: f64,
}

impl Transform {
    /// From one system to another.
    pub fn new(from: Crs, to: Crs) -> Self {
        let is_geographic = |crs: Crs| !crs.is_projected();
        let same = from.horizontal() == to.horizontal() || is_geographic(from) && is_geographic(to);
        Self {
            from: from.system(),
            to: (!same).then(|| to.system()),
            decimals: if to.is_projected() { METRES } else { DEGREES },
        }
    }

    /// Whether every position stays as it is.
    pub fn is_none(&self) -> bool {
        self.to.is_none()
    }

    /// Whether an extent (west, south, east, north) lies where the first system can be used, so that each of its places
    /// surely has a longitude and a latitude.
    pub fn reaches(&self, [west, south, east, north]: [f64; 4]) -> bool {
        let corners = [(west, south), (east, south), (east, north), (west, north)];
        corners.into_iter().all(|(x, y)| self.from.holds(x, y))
    }

    /// Whether the corners of an extent (west, south, east, north) come to lie within another one.
    pub fn lies_within(&self, [west, south, east, north]: [f64; 4], wanted: [f64; 4]) -> bool {
        let [least_x, least_y, most_x, most_y] = wanted;
        let inside = |(x, y): (f64, f64)| {
            let there = self.apply(x, y);
            there.is_some_and(|(x, y)| least_x <= x && x <= most_x && least_y <= y && y <= most_y)
        };
        let is_place = (west, south) == (east, north);
        let corners = [(west, south), (east, north), (east, south), (west, north)];
        corners.into_iter().take(if is_place { 1 } else { 4 }).all(inside)
    }

    /// A position in the other system, rounded to a tenth of a millimetre; unchanged where both are the same. `None`
    /// where there is no such place.
    pub fn apply(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let Some(to) = &self.to else { return (x.is_finite() && y.is_finite()).then_some((x, y)) };
        let (longitude, latitude) = self.from.degrees_at(x, y)?;
        let (x, y) = to.position_of(longitude, latitude)?;
        // Adding zero takes the minus from it.
        let round = |coordinate: f64| (coordinate * self.decimals).round() / self.decimals + 0.0;
        Some((round(x), round(y)))
    }

    /// An extent (west, south, east, north) in the other system: it holds every place of the given one. `None` where a
    /// place of its edges has no counterpart.
    pub fn extent(&self, [west, south, east, north]: [f64; 4]) -> Option<[f64; 4]> {
        if self.is_none() {
            return Some([west, south, east, north]);
        }
        let corners = [(west, south), (east, south), (east, north), (west, north), (west, south)];
        let mut bounds: Option<[f64; 4]> = None;
        let mut bend = 0.0_f64;
        for ((from_x, from_y), (to_x, to_y)) in corners.into_iter().zip(corners.into_iter().skip(1)) {
            let mut before = [None; 2];
            for step in 0..=ALONG {
                let part = f64::from(step) / f64::from(ALONG);
                let (x, y) = self.apply(from_x + (to_x - from_x) * part, from_y + (to_y - from_y) * part)?;
                let own = [x, y, x, y];
                bounds = Some(bounds.map_or(own, |old| union(old, own)));
                if let [Some((first_x, first_y)), Some((x_before, y_before))] = before {
                    let off = |a: f64, b: f64, c: f64| (a - 2.0 * b + c).abs();
                    bend = bend.max(off(first_x, x_before, x)).max(off(first_y, y_before, y));
                }
                before = [before[1], Some((x, y))];
            }
        }
        // Between two places an edge swings out by an eighth of its bend; a fourth is on the safe side.
        let [west, south, east, north] = bounds?;
        let round = |coordinate: f64| (coordinate * self.decimals).round() / self.decimals;
        let margin = bend / 4.0;
        Some([round(west - margin), round(south - margin), round(east + margin), round(north + margin)])
    }
}

/// The smallest extent that holds both; each is west, south, east, north.
pub fn union(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    let ([west, south, east, north], [other_west, other_south, other_east, other_north]) = (a, b);
    [west.min(other_west), south.min(other_south), east.max(other_east), north.max(other_north)]
}

#[cfg(test)]
mod tests;
