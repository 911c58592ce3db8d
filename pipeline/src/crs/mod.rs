//! Coordinate systems: from the plane to longitude and latitude.
//!
//! EUREF89 and WGS 84 are taken for one and the same, as is the convention; they have drifted apart by less than a metre.

mod transverse;

use self::transverse::{Ellipsoid, Transverse};

/// Decimals of a degree that are kept: a tenth of a millimetre.
const DECIMALS: f64 = 1e9;

/// A coordinate system that can be brought to longitude and latitude.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Crs {
    /// Longitude and latitude in degrees.
    Geographic,
    /// A transverse Mercator projection.
    Transverse(Transverse),
}

impl Crs {
    /// The system with an EPSG code: UTM of EUREF89 and WGS 84, NTM, and the two geographic ones; `None` for others.
    pub(crate) fn from_epsg(code: u32) -> Option<Self> {
        let utm = |ellipsoid, zone: u32| {
            let meridian = 6.0 * f64::from(zone) - 183.0;
            Transverse::new(ellipsoid, meridian, 0.0, 0.9996).shifted(500_000.0, 0.0)
        };
        Some(match code {
            4258 | 4326 => Self::Geographic,
            25_829..=25_836 => Self::Transverse(utm(Ellipsoid::GRS80, code - 25_800)),
            32_629..=32_636 => Self::Transverse(utm(Ellipsoid::WGS84, code - 32_600)),
            5105..=5130 => {
                let meridian = f64::from(code - 5100) + 0.5;
                Self::Transverse(Transverse::new(Ellipsoid::GRS80, meridian, 58.0, 1.0).shifted(100_000.0, 1_000_000.0))
            }
            _ => return None,
        })
    }

    /// Longitude and latitude in degrees of an easting and a northing; `None` where there is no such place.
    pub(crate) fn to_degrees(self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (longitude, latitude) = match self {
            Self::Geographic => (x, y),
            Self::Transverse(projection) => projection.inverse(x, y)?,
        };
        let there = longitude.abs() <= 180.0 && latitude.abs() <= 90.0;
        there.then(|| (round(longitude), round(latitude)))
    }
}

fn round(degrees: f64) -> f64 {
    // Adding zero takes the minus from it.
    (degrees * DECIMALS).round() / DECIMALS + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Easting, northing, longitude, latitude as PROJ gives them (`gdaltransform` of GDAL 3.6.2).
    const PROJ: &str = include_str!("../../../tests/fixtures/sosi/proj.tsv");

    #[test]
    fn agrees_with_proj_better_than_a_millimetre() {
        let mut compared = 0;
        for line in PROJ.lines().filter(|line| !line.starts_with('#')) {
            let numbers: Vec<f64> = line.split('\t').map(|number| number.parse().unwrap()).collect();
            let [code, x, y, longitude, latitude] = numbers[..] else { panic!("{line}") };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a code")]
            let crs = Crs::from_epsg(code as u32).unwrap();
            let (own_longitude, own_latitude) = crs.to_degrees(x, y).unwrap();
            let north = (own_latitude - latitude) * 111_000.0;
            let east = (own_longitude - longitude) * 111_000.0 * latitude.to_radians().cos();
            assert!(north.hypot(east) < 0.000_5, "EPSG:{code} {x} {y}: {} m off", north.hypot(east));
            compared += 1;
        }
        assert!(compared > 100, "{compared}");
    }

    #[test]
    fn there_and_back() {
        for code in (25_829..=25_836).chain(32_629..=32_636).chain(5105..=5130) {
            let Some(Crs::Transverse(projection)) = Crs::from_epsg(code) else { panic!("{code}") };
            for longitude in [4.0, 10.5, 17.25, 31.5] {
                for latitude in [57.5, 63.4, 71.3, 80.8] {
                    let (x, y) = projection.forward(longitude, latitude);
                    let (east, north) = projection.inverse(x, y).unwrap();
                    assert!((east - longitude).abs() < 1e-10 && (north - latitude).abs() < 1e-10, "{code} {longitude}");
                }
            }
        }
    }

    #[test]
    fn knows_no_other_system() {
        for code in [0, 25_828, 25_837, 27_391, 3857, 5104, 5131] {
            assert!(Crs::from_epsg(code).is_none(), "{code}");
        }
        let utm = Crs::from_epsg(25_833).unwrap();
        for (x, y) in [(f64::NAN, 6e6), (5e5, f64::INFINITY), (1e300, 6e6), (5e5, -1e300)] {
            assert_eq!(utm.to_degrees(x, y), None);
        }
        assert_eq!(Crs::Geographic.to_degrees(181.0, 60.0), None);
    }
}
