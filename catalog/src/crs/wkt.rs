//! Definitions as well-known text 1 (OGC 01-009), for `GeoPackage`. `wkt.tsv` comes from PROJ by way of
//! `tests/fixtures/generate/wkt.py`.

use super::{Crs, HeightSystem};

/// EPSG code and definition, a line each, of all but compound systems.
const DEFINITIONS: &str = include_str!("wkt.tsv");

impl Crs {
    /// The definition as well-known text 1; that of OGC:CRS84 is the one of EPSG:4326, whose axes have no order there.
    pub fn wkt(self) -> Option<String> {
        let plane = definition(self.horizontal().epsg().unwrap_or(4326))?;
        let (Some(heights), Some(code)) = (self.heights(), self.epsg()) else { return Some(plane.to_owned()) };
        let heights = definition(match heights {
            HeightSystem::Nn2000 => 5941,
            HeightSystem::Nn54 => 5776,
        })?;
        Some(format!("COMPD_CS[\"{}\",{plane},{heights},AUTHORITY[\"EPSG\",\"{code}\"]]", self.title()))
    }
}

fn definition(code: u32) -> Option<&'static str> {
    DEFINITIONS.lines().find_map(|line| {
        let (own, text) = line.split_once('\t')?;
        (own.parse() == Ok(code)).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_system_has_a_definition() {
        for code in (0..100_000).filter(|code| config::is_known_epsg(*code)) {
            let crs = Crs::from_epsg(code).unwrap();
            let found = crs.wkt().unwrap_or_else(|| panic!("EPSG:{code}"));
            let kind = match (crs.heights(), crs.is_projected()) {
                (Some(_), _) => "COMPD_CS[",
                (None, true) => "PROJCS[",
                (None, false) => "GEOGCS[",
            };
            assert!(found.starts_with(&format!("{kind}\"{}\"", crs.title())), "EPSG:{code} {found}");
            assert!(found.ends_with(&format!("AUTHORITY[\"EPSG\",\"{code}\"]]")), "EPSG:{code} {found}");
        }
        assert_eq!(Crs::CRS84.wkt(), Crs::from_epsg(4326).unwrap().wkt());
    }
}
