//! The spellings of a coordinate system's name.

use super::Crs;

/// A coordinate system as somebody named it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The system.
    pub crs: Crs,
    /// Whether positions are written north first under this name: full names (URN and address) mean the order of the
    /// EPSG register, short ones (`EPSG:4258`) and the old ones with a hash mean east first, as does everything of the
    /// OGC.
    pub north_first: bool,
}

/// What comes before the code in the full spellings, in lower case.
const FULL: [&str; 4] = [
    "http://www.opengis.net/def/crs/epsg/",
    "https://www.opengis.net/def/crs/epsg/",
    "urn:ogc:def:crs:epsg:",
    "urn:x-ogc:def:crs:epsg:",
];
/// What comes before the code in the short spellings, in lower case.
const SHORT: [&str; 3] = ["epsg:", "http://www.opengis.net/gml/srs/epsg.xml#", "urn:epsg:geographiccrs:"];
/// Every spelling of longitude and latitude in WGS 84, in lower case.
const CRS84: [&str; 7] = [
    "crs84",
    "crs:84",
    "ogc:crs84",
    "urn:ogc:def:crs:ogc:1.3:crs84",
    "urn:ogc:def:crs:ogc::crs84",
    "http://www.opengis.net/def/crs/ogc/1.3/crs84",
    "https://www.opengis.net/def/crs/ogc/1.3/crs84",
];
/// Those of it with ellipsoidal heights, which positions keep without being told apart.
const CRS84H: [&str; 2] = ["http://www.opengis.net/def/crs/ogc/0/crs84h", "urn:ogc:def:crs:ogc::crs84h"];

impl Crs {
    /// The system that a `srsName`, a `crs` parameter or a `GeoJSON` member names, in capitals or not; `None` for other
    /// names and for systems that [`Self::from_epsg`] does not know.
    pub fn from_name(name: &str) -> Option<Named> {
        let name = name.trim().to_ascii_lowercase();
        if CRS84.contains(&name.as_str()) || CRS84H.contains(&name.as_str()) {
            return Some(Named { crs: Self::CRS84, north_first: false });
        }
        if let Some(code) = after(&name, &SHORT) {
            return Some(Named { crs: Self::from_digits(code)?, north_first: false });
        }
        // A version, or nothing, stands before the code.
        let (version, code) = after(&name, &FULL)?.rsplit_once([':', '/'])?;
        let plain = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let crs = Self::from_digits(code).filter(|_| plain)?;
        Some(Named { crs, north_first: crs.is_north_first() })
    }

    fn from_digits(code: &str) -> Option<Self> {
        let digits = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
        Self::from_epsg(code.parse().ok().filter(|_| digits)?)
    }
}

fn after<'a>(name: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    beginnings.iter().find_map(|beginning| name.strip_prefix(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_read() {
        for (name, code, north_first) in [
            ("http://www.opengis.net/def/crs/EPSG/0/25832", 25_832, false),
            ("http://www.opengis.net/def/crs/epsg/0/4258", 4258, true),
            ("https://www.opengis.net/def/crs/EPSG/9.5.3/5110", 5110, true),
            ("urn:ogc:def:crs:EPSG::25833", 25_833, false),
            ("urn:ogc:def:crs:EPSG:6.9:4326", 4326, true),
            ("urn:x-ogc:def:crs:EPSG::27393", 27_393, true),
            ("urn:ogc:def:crs:epsg::5973", 5973, false),
            (" EPSG:4258 ", 4258, false),
            ("epsg:3035", 3035, false),
            ("urn:ogc:def:crs:EPSG::3035", 3035, true),
            ("http://www.opengis.net/gml/srs/epsg.xml#4326", 4326, false),
        ] {
            let named = Crs::from_name(name);
            assert_eq!(
                named.map(|named| (named.crs.epsg(), named.north_first)),
                Some((Some(code), north_first)),
                "{name}"
            );
        }
        for name in CRS84 {
            assert_eq!(Crs::from_name(&name.to_uppercase()), Some(Named { crs: Crs::CRS84, north_first: false }));
        }
    }

    #[test]
    fn nothing_else_is_guessed() {
        for name in [
            "",
            "25833",
            "EPSG:",
            "EPSG:+4326",
            "EPSG:4326x",
            "EPSG:99999999999",
            "EPSG:23032",
            "urn:ogc:def:crs:EPSG::",
            "urn:ogc:def:crs:EPSG:4326",
            "urn:ogc:def:crs:EPSG::25833,5941",
            "http://www.opengis.net/def/crs/EPSG/0/9999",
            "http://www.opengis.net/def/crs/EPSG/x/4326",
            "WGS84",
            "UTM33",
        ] {
            assert_eq!(Crs::from_name(name), None, "{name}");
        }
    }
}
