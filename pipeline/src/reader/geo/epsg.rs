//! Codes that name one and the same system.

use catalog::crs::Crs;

/// The system of a code as files of geodata have it: the easting or longitude first, whatever order the register gives the
/// axes, and without heights that nobody else counts from the same. `None` for systems that are not known.
pub(in super::super) fn system_of_code(code: u32) -> Option<Crs> {
    Some(match code {
        4326 | 4979 => Crs::CRS84,
        // EUREF89 UTM with the northing first, zones 29 to 37.
        3041..=3049 => Crs::from_epsg(25_829 + (code - 3041))?,
        // EUREF89 NTM with NN54, zones 5 to 30.
        6145..=6170 => Crs::from_epsg(5105 + (code - 6145))?,
        // EUREF89 with NN54 and with ellipsoidal heights.
        6144 | 4937 => Crs::from_epsg(4258)?,
        other => Crs::from_epsg(other)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_axes_does_not_matter() {
        for (code, name) in [
            (25_833, "EPSG:25833"),
            (3045, "EPSG:25833"),
            (3047, "EPSG:25835"),
            (5972, "EPSG:5972"),
            (6145, "EPSG:5105"),
            (6144, "EPSG:4258"),
            (4326, "OGC:CRS84"),
        ] {
            assert_eq!(system_of_code(code).unwrap().to_string(), name, "{code}");
        }
        for unknown in [0, 1234, 3040, 3049] {
            assert_eq!(system_of_code(unknown), None, "{unknown}");
        }
    }
}
