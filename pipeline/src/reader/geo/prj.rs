//! Coordinate systems in words: well-known text of the first kind (OGC 01-009, and Esri's dialect), as it stands in a
//! `.prj`, and of the second kind (OGC 18-010) as far as it says the same.

use super::System;

/// Longest text that is looked at.
const MAX_BYTES: usize = 64 << 10;
/// Deepest nesting.
const MAX_DEPTH: usize = 16;
/// Differences of degrees and metres that do not matter.
const CLOSE: f64 = 1e-5;
/// Longitude of Oslo's observatory, from which the axes of NGO 1948 are counted, in degrees.
const OSLO: f64 = 10.722_916_667;
/// The eight axes of NGO 1948, in degrees east of Oslo.
const AXES: [f64; 8] = [-14.0 / 3.0, -7.0 / 3.0, 0.0, 2.5, 37.0 / 6.0, 61.0 / 6.0, 85.0 / 6.0, 55.0 / 3.0];

/// The coordinate system that a text describes: by the code that it names, else by datum and projection.
pub(in super::super) fn system(text: &str) -> System {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return System::Unsaid;
    }
    let Some(root) = text.get(..MAX_BYTES.min(text.len())).and_then(|text| Parser { rest: text }.node(0)) else {
        return System::Named("a text that cannot be read".to_owned());
    };
    let crs = root.horizontal();
    match crs.code().or_else(|| root.code()).or_else(|| described(crs)) {
        Some(code) => System::Epsg(code),
        None => System::Named(root.title().unwrap_or(&root.keyword).to_owned()),
    }
}

/// One `KEYWORD["title", 1, INNER[…]]`.
#[derive(Debug)]
struct Node {
    keyword: String,
    texts: Vec<String>,
    numbers: Vec<f64>,
    inner: Vec<Node>,
}

impl Node {
    fn title(&self) -> Option<&str> {
        self.texts.first().map(String::as_str)
    }

    /// The node itself or the first of some kinds directly in it.
    fn child(&self, keywords: &[&str]) -> Option<&Self> {
        self.inner.iter().find(|node| keywords.contains(&node.keyword.as_str()))
    }

    /// The system of the plane in a compound or bound one.
    fn horizontal(&self) -> &Self {
        let kinds = ["PROJCS", "PROJCRS", "GEOGCS", "GEOGCRS", "GEODCRS"];
        let inner = self.child(&["SOURCECRS"]).unwrap_or(self);
        match self.keyword.as_str() {
            "COMPD_CS" | "COMPOUNDCRS" | "BOUNDCRS" => inner.child(&kinds).unwrap_or(inner),
            _ => self,
        }
    }

    /// The EPSG code that the node itself names.
    fn code(&self) -> Option<u32> {
        let named = self.child(&["AUTHORITY", "ID"])?;
        let epsg = named.title()?.eq_ignore_ascii_case("EPSG");
        let number = named.numbers.first().map(|number| format!("{number}"));
        epsg.then(|| named.texts.get(1).cloned().or(number)?.trim().parse().ok())?
    }

    /// A parameter of the projection, under any of its names.
    fn parameter(&self, names: &[&str]) -> Option<f64> {
        let all = self.inner.iter().chain(self.child(&["CONVERSION"]).into_iter().flat_map(|node| &node.inner));
        all.filter(|node| node.keyword == "PARAMETER")
            .find(|node| node.title().is_some_and(|title| names.contains(&plain(title).as_str())))
            .and_then(|node| node.numbers.first().copied())
    }
}

/// A name in lower case with `_` between its words.
fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Datum {
    Euref89,
    Wgs84,
    Ngo1948,
    Ed50,
}

/// The code of a system by what it says of itself.
fn described(crs: &Node) -> Option<u32> {
    if matches!(crs.keyword.as_str(), "GEOGCS" | "GEOGCRS" | "GEODCRS") {
        return Some(match datum(crs)? {
            Datum::Euref89 => 4258,
            Datum::Wgs84 => 4326,
            Datum::Ngo1948 => 4273,
            Datum::Ed50 => 4230,
        });
    }
    let base = crs.child(&["GEOGCS", "BASEGEOGCRS", "BASEGEODCRS"])?;
    let datum = datum(base)?;
    let method = crs.child(&["PROJECTION"]).or_else(|| crs.child(&["CONVERSION"])?.child(&["METHOD"]));
    let method = plain(method?.title()?);
    let metres =
        crs.child(&["UNIT", "LENGTHUNIT"]).and_then(|unit| unit.numbers.first()).is_none_or(|unit| near(*unit, 1.0));
    match method.as_str() {
        _ if !metres => None,
        "transverse_mercator" | "gauss_kruger" => transverse(crs, base, datum),
        "mercator_auxiliary_sphere" | "popular_visualisation_pseudo_mercator" => Some(3857),
        _ => None,
    }
}

fn datum(base: &Node) -> Option<Datum> {
    let named = base.child(&["DATUM", "ENSEMBLE"])?.title().map(plain)?;
    let is = |names: &[&str]| names.iter().any(|name| named.contains(name));
    if is(&["etrs_1989", "etrs89", "european_terrestrial_reference_system_1989", "euref89"]) {
        Some(Datum::Euref89)
    } else if is(&["wgs_1984", "wgs84", "world_geodetic_system_1984"]) {
        Some(Datum::Wgs84)
    } else if is(&["ngo_1948", "ngo1948"]) {
        Some(Datum::Ngo1948)
    } else if is(&["european_1950", "european_datum_1950", "ed50"]) {
        Some(Datum::Ed50)
    } else {
        None
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < CLOSE
}

fn transverse(crs: &Node, base: &Node, datum: Datum) -> Option<u32> {
    let meridian = crs.parameter(&["central_meridian", "longitude_of_natural_origin", "longitude_of_center"])?;
    let zero = base.child(&["PRIMEM"]).and_then(|node| node.numbers.first().copied()).unwrap_or(0.0);
    let scale = crs.parameter(&["scale_factor", "scale_factor_at_natural_origin"])?;
    let latitude = crs.parameter(&["latitude_of_origin", "latitude_of_natural_origin"]).unwrap_or(0.0);
    let east = crs.parameter(&["false_easting"]).unwrap_or(0.0);
    let north = crs.parameter(&["false_northing"]).unwrap_or(0.0);
    let like = |wanted: [f64; 4]| [scale, latitude, east, north].into_iter().zip(wanted).all(|(a, b)| near(a, b));
    if like([0.9996, 0.0, 500_000.0, 0.0]) && near(zero, 0.0) {
        let zone = whole((meridian + 183.0) / 6.0, 1, 60)?;
        return match datum {
            Datum::Euref89 => (28..=38).contains(&zone).then_some(25_800 + zone),
            Datum::Wgs84 => Some(32_600 + zone),
            Datum::Ed50 => (28..=38).contains(&zone).then_some(23_000 + zone),
            Datum::Ngo1948 => None,
        };
    }
    if datum == Datum::Euref89 && like([1.0, 58.0, 100_000.0, 1_000_000.0]) && near(zero, 0.0) {
        return Some(5100 + whole(meridian - 0.5, 5, 30)?);
    }
    if datum == Datum::Ngo1948 && like([1.0, 58.0, 0.0, 0.0]) {
        let axis = AXES.iter().position(|axis| (meridian + zero - OSLO - axis).abs() < 1e-4)?;
        return Some(27_391 + u32::try_from(axis).ok()?);
    }
    None
}

/// A number that is whole and within two others.
fn whole(number: f64, least: u32, most: u32) -> Option<u32> {
    (least..=most).find(|whole| near(number, f64::from(*whole)))
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn skip(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn eat(&mut self, wanted: &[char]) -> Option<()> {
        let next = self.skip().filter(|next| wanted.contains(next))?;
        self.rest = self.rest.get(next.len_utf8()..)?;
        Some(())
    }

    fn until(&mut self, ends: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        word.trim().to_owned()
    }

    fn node(&mut self, depth: usize) -> Option<Node> {
        self.skip();
        let keyword = self.until(|c| matches!(c, '[' | '(' | ',' | ']' | ')')).to_uppercase();
        let mut node = Node { keyword, texts: Vec::new(), numbers: Vec::new(), inner: Vec::new() };
        self.eat(&['[', '(']).filter(|()| depth < MAX_DEPTH)?;
        loop {
            match self.skip()? {
                '"' => {
                    self.eat(&['"'])?;
                    let text = self.until(|c| c == '"');
                    self.eat(&['"'])?;
                    node.texts.push(text);
                }
                c if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') => {
                    let number = self.until(|c| matches!(c, ',' | ']' | ')'));
                    node.numbers.push(number.parse().ok()?);
                }
                _ => self.inner(&mut node, depth)?,
            }
            if self.eat(&[',']).is_none() {
                self.eat(&[']', ')'])?;
                return Some(node);
            }
        }
    }

    /// A node within another, or a bare word such as the direction of an axis.
    fn inner(&mut self, node: &mut Node, depth: usize) -> Option<()> {
        let end = self.rest.find(['[', '(', ',', ']', ')'])?;
        if self.rest.get(end..)?.starts_with(['[', '(']) {
            node.inner.push(self.node(depth + 1)?);
        } else {
            self.rest = self.rest.get(end..)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn projected(datum: &str, zero: f64, parameters: [f64; 5]) -> String {
        let [meridian, scale, latitude, east, north] = parameters;
        format!(
            "PROJCS[\"navn\",GEOGCS[\"g\",DATUM[\"{datum}\",SPHEROID[\"s\",6378137.0,298.25]],PRIMEM[\"p\",{zero}],\
             UNIT[\"Degree\",0.0174]],PROJECTION[\"Transverse_Mercator\"],PARAMETER[\"False_Easting\",{east}],\
             PARAMETER[\"False_Northing\",{north}],PARAMETER[\"Central_Meridian\",{meridian}],\
             PARAMETER[\"Scale_Factor\",{scale}],PARAMETER[\"Latitude_Of_Origin\",{latitude}],UNIT[\"Meter\",1.0]]"
        )
    }

    #[test]
    fn esri_says_it_without_codes() {
        let utm = |meridian| [meridian, 0.9996, 0.0, 500_000.0, 0.0];
        for (text, code) in [
            (projected("D_ETRS_1989", 0.0, utm(15.0)), 25_833),
            (projected("D_ETRS_1989", 0.0, utm(9.0)), 25_832),
            (projected("D_WGS_1984", 0.0, utm(27.0)), 32_635),
            (projected("D_European_1950", 0.0, utm(9.0)), 23_032),
            (projected("D_ETRS_1989", 0.0, [10.5, 1.0, 58.0, 100_000.0, 1_000_000.0]), 5110),
            (projected("D_NGO_1948", 0.0, [6.05625, 1.0, 58.0, 0.0, 0.0]), 27_391),
            (projected("D_NGO_1948", OSLO, [0.0, 1.0, 58.0, 0.0, 0.0]), 27_393),
            (
                r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174]]"#.into(),
                4326,
            ),
            (r#"GEOGCS["ETRS89",DATUM["European_Terrestrial_Reference_System_1989"]]"#.into(), 4258),
        ] {
            assert_eq!(system(&text), System::Epsg(code), "{text}");
        }
    }

    #[test]
    fn a_code_is_believed() {
        for (text, code) in [
            (r#"PROJCS["x",GEOGCS["y",AUTHORITY["EPSG","4258"]],AUTHORITY["EPSG","25833"]]"#, 25_833),
            (
                r#"COMPD_CS["x",PROJCS["p",AUTHORITY["EPSG","25832"]],VERT_CS["NN2000"],AUTHORITY["EPSG","5972"]]"#,
                25_832,
            ),
            (r#"PROJCRS["x",CS[Cartesian,2],AXIS["(E)",east],ID["EPSG",25835]]"#, 25_835),
            (r#"COMPOUNDCRS["x",PROJCRS["p"],ID["EPSG",5973]]"#, 5973),
        ] {
            assert_eq!(system(text), System::Epsg(code), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        let odd = projected("D_ETRS_1989", 0.0, [14.0, 0.9996, 0.0, 500_000.0, 0.0]);
        assert_eq!(system(&odd), System::Named("navn".to_owned()));
        assert_eq!(system(&odd.replace("Meter\",1.0", "Foot\",0.3048")), System::Named("navn".to_owned()));
        assert_eq!(system("LOCAL_CS[\"Byens nett\"]"), System::Named("Byens nett".to_owned()));
        assert_eq!(system("  "), System::Unsaid);
        assert!(matches!(system("PROJCS[\"x\""), System::Named(_)));
        assert!(matches!(system(&"A[".repeat(10_000)), System::Named(_)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[A-Z\\[\\]\\(\\)\",0-9. æ]{0,80}") {
            let _ = system(&text);
        }
    }
}
