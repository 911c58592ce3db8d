//! What a horizontal coordinate system does: projection and datum.

use super::{
    ellipsoid::{Ellipsoid, Shift},
    laea::Laea,
    transverse::Transverse,
};

/// Half of the side of the square that Web Mercator maps the world to, in metres.
const MERCATOR: f64 = 20_037_508.342_789_244;

/// A horizontal coordinate system, ready to be used.
#[derive(Debug, Clone, Copy)]
pub(super) enum System {
    /// Longitude and latitude in degrees.
    Geographic,
    /// A transverse Mercator projection of EUREF89 or WGS 84, which count as one and the same.
    Transverse(Transverse),
    /// A transverse Mercator projection of another datum.
    Shifted(Transverse, Shift),
    /// LAEA Europe.
    EqualArea(Laea),
    /// Web Mercator: the sphere's projection of the ellipsoid's degrees.
    WebMercator,
}

impl System {
    /// The system with a code of the horizontal kind; the geographic one for all that are no projections.
    pub(super) fn of(code: u32) -> Self {
        let utm = |ellipsoid, zone: u32| {
            let meridian = 6.0 * f64::from(zone) - 183.0;
            Self::Transverse(Transverse::new(ellipsoid, meridian, 0.0, 0.9996).shifted(500_000.0, 0.0))
        };
        match code {
            25_829..=25_836 => utm(Ellipsoid::GRS80, code - 25_800),
            32_629..=32_636 => utm(Ellipsoid::WGS84, code - 32_600),
            5105..=5130 => {
                let meridian = f64::from(code - 5100) + 0.5;
                let plain = Transverse::new(Ellipsoid::GRS80, meridian, 58.0, 1.0);
                Self::Transverse(plain.shifted(100_000.0, 1_000_000.0))
            }
            27_391..=27_398 => {
                Self::Shifted(Transverse::new(Ellipsoid::NGO1948, axis(code), 58.0, 1.0), Shift::NGO1948)
            }
            3035 => Self::EqualArea(Laea::europe()),
            3857 => Self::WebMercator,
            _ => Self::Geographic,
        }
    }

    /// Whether a position is one that surely has a longitude and a latitude.
    pub(super) fn holds(&self, x: f64, y: f64) -> bool {
        match self {
            Self::Geographic => x.abs() <= 180.0 && y.abs() <= 90.0,
            Self::Transverse(projection) | Self::Shifted(projection, _) => projection.holds(x, y),
            Self::EqualArea(projection) => projection.holds(x, y),
            Self::WebMercator => x.abs() <= MERCATOR && y.abs() <= MERCATOR,
        }
    }

    /// Longitude and latitude in degrees of a position; `None` where there is no such place.
    pub(super) fn degrees_at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (longitude, latitude) = match self {
            Self::Geographic => (x, y),
            Self::Transverse(projection) => projection.inverse(x, y)?,
            Self::Shifted(projection, shift) => shift.apply(projection.inverse(x, y)?),
            Self::EqualArea(projection) => projection.inverse(x, y)?,
            Self::WebMercator if !self.holds(x, y) => return None,
            Self::WebMercator => {
                let latitude = (y / Ellipsoid::WGS84.axis).sinh().atan();
                ((x / Ellipsoid::WGS84.axis).to_degrees(), latitude.to_degrees())
            }
        };
        (longitude.abs() <= 180.0 && latitude.abs() <= 90.0).then_some((longitude, latitude))
    }

    /// The position of a place in degrees; `None` where the system does not reach.
    pub(super) fn position_of(&self, longitude: f64, latitude: f64) -> Option<(f64, f64)> {
        if !(longitude.abs() <= 180.0 && latitude.abs() <= 90.0) {
            return None;
        }
        let (x, y) = match self {
            Self::Geographic => (longitude, latitude),
            Self::Transverse(projection) => projection.forward(longitude, latitude),
            Self::Shifted(projection, shift) => {
                let (longitude, latitude) = shift.revert((longitude, latitude));
                projection.forward(longitude, latitude)
            }
            Self::EqualArea(projection) => projection.forward(longitude, latitude)?,
            Self::WebMercator => {
                let y = latitude.to_radians().tan().asinh();
                (longitude.to_radians() * Ellipsoid::WGS84.axis, y * Ellipsoid::WGS84.axis)
            }
        };
        self.holds(x, y).then_some((x, y))
    }
}

/// The meridian of an axis of NGO 1948, in degrees from Greenwich; axes are counted from Oslo's old observatory.
fn axis(code: u32) -> f64 {
    let minutes = match code {
        27_391 => -280.0,
        27_392 => -140.0,
        27_393 => 0.0,
        27_394 => 150.0,
        27_395 => 370.0,
        27_396 => 610.0,
        27_397 => 850.0,
        _ => 1100.0,
    };
    10.0 + 43.0 / 60.0 + 22.5 / 3600.0 + minutes / 60.0
}
