//! Coordinate systems as files name them, and which axis their numbers begin with.

use catalog::crs::Crs;

/// Longitudes and latitudes of mainland Norway, in degrees.
const DEGREES: [[f64; 2]; 2] = [[4.0, 32.0], [57.0, 72.0]];
/// Eastings and northings of Norway in any UTM zone that is used there, in metres.
const UTM: [[f64; 2]; 2] = [[-1_000_000.0, 1_600_000.0], [6_200_000.0, 9_300_000.0]];
/// The same in NTM.
const NTM: [[f64; 2]; 2] = [[-500_000.0, 700_000.0], [800_000.0, 3_700_000.0]];
/// The same in Web Mercator.
const WEB: [[f64; 2]; 2] = [[400_000.0, 3_700_000.0], [7_500_000.0, 17_000_000.0]];
/// Lines meet where their ends are no farther apart, in metres and in degrees.
const SLACK_METRES: f64 = 0.001;
const SLACK_DEGREES: f64 = 1e-8;
/// The vertical systems NN2000 and NN54.
const NN2000: u32 = 5941;
const NN54: u32 = 5776;

/// A coordinate system that was named.
#[derive(Debug, Clone, Copy)]
pub(in crate::reader) struct System {
    /// The system.
    pub(in crate::reader) crs: Crs,
    /// By its name, positions begin with the north.
    north_first: bool,
}

impl System {
    /// The system that a name in any of its spellings stands for; beside those of [`Crs::from_name`] those of a
    /// horizontal and a vertical system together, of EUREF89 UTM with northings first, and of systems with ellipsoidal
    /// heights. `None` if it is unknown.
    pub(in crate::reader) fn named(name: &str) -> Option<Self> {
        if let Some(named) = Crs::from_name(name) {
            return Some(Self { crs: named.crs, north_first: named.north_first });
        }
        let name = name.trim().to_ascii_lowercase();
        // Only these two forms promise the order of the register; the short ones mean what maps mean, east first.
        let registered = name.starts_with("urn:") || name.contains("/def/crs");
        let parts = name.split([',', '+', '&']).filter(|part| part.contains("epsg") || name.starts_with("epsg:"));
        let mut codes = parts.map(|part| part.rsplit([':', '/', '#']).next().unwrap_or_default().parse::<u32>());
        let code = codes.next()?.ok()?;
        let vertical = codes.next().and_then(Result::ok);
        let (code, turned) = without_variants(code);
        let crs = Crs::from_epsg(compound(code, vertical))?;
        Some(Self { crs, north_first: registered && (turned || crs.is_north_first()) })
    }

    /// A system, east first.
    pub(in crate::reader) fn of(crs: Crs) -> Self {
        Self { crs, north_first: false }
    }

    /// True if positions are degrees.
    pub(in crate::reader) fn is_geographic(self) -> bool {
        !self.crs.is_projected()
    }

    /// How far apart ends of lines may be that meet, in the units of the system.
    pub(in crate::reader) fn slack(self) -> f64 {
        if self.is_geographic() { SLACK_DEGREES } else { SLACK_METRES }
    }

    /// East and north of the two numbers of a position; and whether its name said the other order, but only this one
    /// puts the position in Norway.
    pub(in crate::reader) fn order(self, first: f64, second: f64) -> Order {
        let (named, other) = if self.north_first {
            (self.fits(second, first), self.fits(first, second))
        } else {
            (self.fits(first, second), self.fits(second, first))
        };
        let judged = other && !named;
        Order { north_first: self.north_first != judged, judged }
    }

    fn fits(self, east: f64, north: f64) -> bool {
        let [easts, norths] = match self.crs.horizontal().epsg() {
            None | Some(4258 | 4326) => DEGREES,
            Some(5105..=5130) => NTM,
            Some(3857) => WEB,
            Some(25_829..=25_836 | 32_629..=32_636) => UTM,
            // Eastings and northings of other systems are of the same size.
            Some(_) => return false,
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

/// The code of the same system without ellipsoidal heights and with eastings first, and whether northings came first.
fn without_variants(code: u32) -> (u32, bool) {
    match code {
        // EUREF89 UTM with northings first, zones 29 to 36.
        3041..=3048 => (code - 3041 + 25_829, true),
        4937 => (4258, false),
        4979 => (4326, false),
        _ => (code, false),
    }
}

/// The code of a horizontal system with heights.
fn compound(code: u32, vertical: Option<u32>) -> u32 {
    match (code, vertical) {
        (25_831..=25_836, Some(NN2000)) => code - 25_831 + 5971,
        (25_831..=25_836, Some(NN54)) => code - 25_831 + 6171,
        (5105..=5130, Some(NN2000)) => code - 5105 + 5945,
        (4258, Some(NN2000)) => 5942,
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Option<(String, bool)> {
        System::named(name).map(|system| (system.crs.to_string(), system.north_first))
    }

    #[test]
    fn more_spellings_are_known() {
        let two = "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5941";
        let parts = "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/25832&2=\
            http://www.opengis.net/def/crs/EPSG/0/5941";
        for name in [two, parts, "EPSG:25832+5941", "EPSG:5972", "http://www.opengis.net/def/crs/EPSG/0/5972"] {
            assert_eq!(named(name), Some(("EPSG:5972".to_owned(), false)), "{name}");
        }
        assert_eq!(named("EPSG:25833+5776"), Some(("EPSG:6173".to_owned(), false)));
        assert_eq!(named("EPSG:25833+9999"), Some(("EPSG:25833".to_owned(), false)));
        assert_eq!(named("urn:ogc:def:crs:EPSG::3045"), Some(("EPSG:25833".to_owned(), true)));
        assert_eq!(named("EPSG:3045"), Some(("EPSG:25833".to_owned(), false)));
        assert_eq!(named("urn:ogc:def:crs:EPSG::4937"), Some(("EPSG:4258".to_owned(), true)));
        assert_eq!(named("urn:ogc:def:crs:OGC:1.3:CRS84"), Some(("OGC:CRS84".to_owned(), false)));
        for name in ["", "EPSG:", "EPSG:99999", "urn:ogc:def:crs:EPSG::23032", "25832", "urn:ogc:def:crs:OGC::x"] {
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
        let ntm = (100_000.0, 1_200_000.0);
        assert_eq!(order("EPSG:5110", 1_200_000.0, 100_000.0), (ntm, true));
        assert_eq!(order("urn:ogc:def:crs:EPSG::5110", 1_200_000.0, 100_000.0), (ntm, false));
        assert_eq!(order("urn:ogc:def:crs:EPSG::5110", 100_000.0, 1_200_000.0), (ntm, true));
        assert_eq!(order("EPSG:25832", 4.0, 1.0), ((4.0, 1.0), false), "nowhere is nowhere");
    }
}
