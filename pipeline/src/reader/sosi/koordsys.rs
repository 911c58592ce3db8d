//! The table of SOSI's coordinate systems, after the national register of reference systems.

/// The EPSG code of a `KOORDSYS`; `None` for local nets, for codes that sources disagree on, and for unknown ones.
pub(in super::super) fn epsg(code: u16) -> Option<u32> {
    let code = u32::from(code);
    Some(match code {
        // NGO 1948, axes I to VIII.
        1..=8 => 27_390 + code,
        // EUREF89 UTM, zones 29 to 36.
        19..=26 => 25_810 + code,
        // ED50 UTM, zones 31 to 36.
        31..=36 => 23_000 + code,
        50 => 4230,
        // WGS 84 UTM, zones 29 to 36.
        59..=66 => 32_570 + code,
        72 => 4322,
        73 => 3035,
        74 => 3034,
        84 => 4258,
        87 => 4231,
        184 => 4326,
        // EUREF89 NTM, zones 5 to 30.
        205..=230 => 4900 + code,
        _ => return None,
    })
}

/// Whether coordinates of a system are degrees.
pub(super) fn is_geographic(code: u16) -> bool {
    matches!(code, 9 | 50 | 72 | 84 | 87 | 184)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_register() {
        let pairs = [
            (1, 27391),
            (8, 27398),
            (19, 25829),
            (22, 25832),
            (23, 25833),
            (25, 25835),
            (26, 25836),
            (31, 23031),
            (59, 32629),
            (66, 32636),
            (84, 4258),
            (184, 4326),
            (205, 5105),
            (230, 5130),
        ];
        for (code, expected) in pairs {
            assert_eq!(epsg(code), Some(expected), "{code}");
        }
        for code in [0, 9, 18, 27, 41, 51, 99, 101, 204, 231, 999] {
            assert_eq!(epsg(code), None, "{code}");
        }
    }
}
