//! Coordinate systems as files name them, and which axis their numbers begin with.

use crate::crs::Crs;

/// Longitudes and latitudes of mainland Norway, in degrees.
const LONGITUDES: [f64; 2] = [4.0, 32.0];
const LATITUDES: [f64; 2] = [57.0, 72.0];
/// Eastings and northings of Norway in any UTM zone that is used there, in metres.
const UTM_EASTINGS: [f64; 2] = [-1_000_000.0, 1_600_000.0];
const UTM_NORTHINGS: [f64; 2] = [6_200_000.0, 9_300_000.0];
/// The same in NTM.
const NTM_EASTINGS: [f64; 2] = [-500_000.0, 700_000.0];
const NTM_NORTHINGS: [f64; 2] = [800_000.0, 3_700_000.0];
/// Lines meet where their ends are no farther apart, in metres and in degrees.
const SLACK_METRES: f64 = 0.001;
const SLACK_DEGREES: f64 = 1e-8;

/// A coordinate system that was named.
#[derive(Debug, Clone, Copy)]
pub(in crate::reader) struct System {
    /// Code of the horizontal system in the EPSG register.
    pub(in crate::reader) epsg: u32,
    /// How it is brought to longitude and latitude.
    pub(in crate::reader) crs: Crs,
    /// By its name, positions begin with the north.
    north_first: bool,
    /// By its name, positions have heights.
    pub(in crate::reader) heights: bool,
}

impl System {
    /// The system that a name in any of its spellings stands for: `EPSG:25832`, `urn:ogc:def:crs:EPSG::25832`,
    /// `http://www.opengis.net/def/crs/EPSG/0/25832`, CRS84. `None` if it is unknown or cannot be transformed.
    pub(in crate::reader) fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        if name.ends_with("crs84") || name == "crs:84" {
            return Self::of(4326);
        }
        // Of a horizontal and a vertical system together the first one is the horizontal one.
        let part = name.split([',', '+', '&']).find(|part| part.contains("epsg"))?;
        let code = part.rsplit([':', '/', '#']).next()?.parse().ok()?;
        let system = Self::of(code)?;
        // Only these two forms promise the order of the register; the short ones mean what maps mean, east first.
        let registered = name.starts_with("urn:") || name.contains("/def/crs");
        Some(Self { north_first: registered && (system.is_geographic() || is_north_first(code)), ..system })
    }

    /// The system of a code, east first.
    pub(in crate::reader) fn of(code: u32) -> Option<Self> {
        let (epsg, heights) = horizontal(code);
        Some(Self { epsg, crs: Crs::from_epsg(epsg)?, north_first: false, heights })
    }

    /// True if positions are degrees.
    pub(in crate::reader) fn is_geographic(&self) -> bool {
        matches!(self.crs, Crs::Geographic)
    }

    /// How far apart ends of lines may be that meet, in the units of the system.
    pub(in crate::reader) fn slack(&self) -> f64 {
        if self.is_geographic() { SLACK_DEGREES } else { SLACK_METRES }
    }

    /// East and north of the two numbers of a position; and whether its name said the other order, but only this one
    /// puts the position in Norway.
    pub(in crate::reader) fn order(&self, first: f64, second: f64) -> Order {
        let (named, other) = if self.north_first {
            (self.fits(second, first), self.fits(first, second))
        } else {
            (self.fits(first, second), self.fits(second, first))
        };
        let judged = other && !named;
        Order { north_first: self.north_first != judged, judged }
    }

    fn fits(&self, east: f64, north: f64) -> bool {
        let (easts, norths) = match self.epsg {
            _ if self.is_geographic() => (LONGITUDES, LATITUDES),
            5105..=5130 => (NTM_EASTINGS, NTM_NORTHINGS),
            _ => (UTM_EASTINGS, UTM_NORTHINGS),
        };
        let within = |[from, to]: [f64; 2], number: f64| (from..=to).contains(&number);
        within(easts, east) && within(norths, north)
    }
}

/// The order of the numbers of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reader) struct Order {
    /// The first one is the north.
    pub(in crate::reader) north_first: bool,
    /// It was judged by the numbers, against the system's name.
    pub(in crate::reader) judged: bool,
}

impl Order {
    /// East and north.
    pub(in crate::reader) fn sorted(self, first: f64, second: f64) -> (f64, f64) {
        if self.north_first { (second, first) } else { (first, second) }
    }
}

/// The horizontal system of a code, and whether the code has heights too.
fn horizontal(code: u32) -> (u32, bool) {
    match code {
        // EUREF89 UTM with northings first, zones 29 to 37.
        3041..=3049 => (code - 3041 + 25_829, false),
        // Geographic with heights: EUREF89, WGS 84, EUREF89 with NN2000 and NN54.
        4937 | 5942 | 6144 => (4258, true),
        4979 => (4326, true),
        // EUREF89 NTM with NN2000.
        5945..=5970 => (code - 5945 + 5105, true),
        // EUREF89 UTM with NN2000 and with NN54, zones 31 to 36.
        5971..=5976 => (code - 5971 + 25_831, true),
        6171..=6176 => (code - 6171 + 25_831, true),
        _ => (code, false),
    }
}

fn is_north_first(code: u32) -> bool {
    (3041..=3049).contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Option<(u32, bool, bool)> {
        System::named(name).map(|system| (system.epsg, system.north_first, system.heights))
    }

    #[test]
    fn every_spelling_is_known() {
        for name in [
            "EPSG:25832",
            "epsg:25832",
            "urn:ogc:def:crs:EPSG::25832",
            "urn:ogc:def:crs:EPSG:6.9:25832",
            "urn:x-ogc:def:crs:EPSG:25832",
            "http://www.opengis.net/def/crs/EPSG/0/25832",
            "http://www.opengis.net/def/crs/epsg/0/25832",
            "https://www.opengis.net/def/crs/EPSG/0/25832 ",
            "http://www.opengis.net/gml/srs/epsg.xml#25832",
        ] {
            assert_eq!(named(name), Some((25_832, false, false)), "{name}");
        }
        for name in ["http://www.opengis.net/def/crs/EPSG/0/5972", "EPSG:6172"] {
            assert_eq!(named(name), Some((25_832, false, true)), "{name}");
        }
        let two = "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5941";
        let parts = "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/25832&2=\
            http://www.opengis.net/def/crs/EPSG/0/5941";
        for name in [two, parts, "EPSG:25832+5941"] {
            assert_eq!(named(name), Some((25_832, false, false)), "{name}");
        }
        assert_eq!(named("urn:ogc:def:crs:EPSG::3045"), Some((25_833, true, false)));
        assert_eq!(named("EPSG:5950"), Some((5110, false, true)));
        for name in ["", "EPSG:", "EPSG:99999", "urn:ogc:def:crs:EPSG::27391", "25832", "urn:ogc:def:crs:OGC::x"] {
            assert_eq!(named(name), None, "{name}");
        }
    }

    #[test]
    fn the_form_of_the_name_says_the_order_and_the_place_may_overrule_it() {
        let order = |name: &str, first: f64, second: f64| {
            let order = System::named(name).unwrap().order(first, second);
            (order.sorted(first, second), order.judged)
        };
        let oslo = (10.75, 59.9);
        let urn = "urn:ogc:def:crs:EPSG::4258";
        assert_eq!(order(urn, 59.9, 10.75), (oslo, false));
        assert_eq!(order(urn, 10.75, 59.9), (oslo, true));
        assert_eq!(order("http://www.opengis.net/def/crs/EPSG/0/4326", 59.9, 10.75), (oslo, false));
        assert_eq!(order("EPSG:4258", 10.75, 59.9), (oslo, false));
        assert_eq!(order("EPSG:4258", 59.9, 10.75), (oslo, true));
        assert_eq!(order("urn:ogc:def:crs:OGC:1.3:CRS84", 10.75, 59.9), (oslo, false));
        assert_eq!(order(urn, 78.2, 15.6), ((15.6, 78.2), false), "Svalbard: nothing overrules the name");
        let plane = (600_000.0, 6_640_000.0);
        assert_eq!(order("urn:ogc:def:crs:EPSG::25832", 600_000.0, 6_640_000.0), (plane, false));
        assert_eq!(order("EPSG:25832", 6_640_000.0, 600_000.0), (plane, true));
        assert_eq!(order("urn:ogc:def:crs:EPSG::3044", 6_640_000.0, 600_000.0), (plane, false));
        assert_eq!(order("EPSG:5110", 1_200_000.0, 100_000.0), ((100_000.0, 1_200_000.0), true));
        assert_eq!(order("EPSG:25832", 4.0, 1.0), ((4.0, 1.0), false), "nowhere is nowhere");
    }
}
