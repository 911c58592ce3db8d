//! Codes that name one and the same plane.

/// The code of the plane or the longitudes and latitudes of a system: without its heights, and with the easting first,
/// as files of geodata have their coordinates whatever order the register gives the axes.
pub(in super::super) fn horizontal(code: u32) -> u32 {
    match code {
        // EUREF89 UTM with the northing first, zones 29 to 37.
        3041..=3049 => 25_829 + (code - 3041),
        // EUREF89 UTM with NN2000 and NN54, zones 31 to 36.
        5971..=5976 => 25_831 + (code - 5971),
        6171..=6176 => 25_831 + (code - 6171),
        // EUREF89 NTM with NN2000 and NN54, zones 5 to 30.
        5945..=5970 => 5105 + (code - 5945),
        6145..=6170 => 5105 + (code - 6145),
        // EUREF89 with NN2000, NN54 and ellipsoidal heights.
        5942 | 6144 | 4937 => 4258,
        4979 => 4326,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_and_the_order_of_axes_do_not_matter() {
        for (code, plane) in [
            (25_833, 25_833),
            (3045, 25_833),
            (3047, 25_835),
            (5972, 25_832),
            (5973, 25_833),
            (5975, 25_835),
            (6172, 25_832),
            (5945, 5105),
            (5970, 5130),
            (5942, 4258),
            (4979, 4326),
            (1234, 1234),
        ] {
            assert_eq!(horizontal(code), plane, "{code}");
        }
    }
}
