//! Every system against PROJ, and what no system does.

use proptest::prelude::*;

use super::*;

/// EPSG code, longitude, latitude, easting and northing as PROJ gives them, and what it gives for these.
const PROJ: &str = include_str!("../../../tests/fixtures/crs/proj.tsv");

/// Every code that is known.
fn codes() -> Vec<u32> {
    (0..100_000).filter(|code| Crs::from_epsg(*code).is_some()).collect()
}

fn crs(code: u32) -> Crs {
    Crs::from_epsg(code).unwrap()
}

#[test]
#[expect(clippy::print_stdout, reason = "figures for docs/evidence.md")]
fn agrees_with_proj_better_than_a_millimetre_in_both_directions() {
    let mut compared = std::collections::BTreeMap::new();
    let (mut most, mut most_back) = (0.0_f64, 0.0_f64);
    for line in PROJ.lines().filter(|line| !line.starts_with('#')) {
        let (code, numbers) = line.split_once('\t').unwrap();
        let numbers: Vec<f64> = numbers.split('\t').map(|number| number.parse().unwrap()).collect();
        let [longitude, latitude, x, y, back_longitude, back_latitude] = numbers[..] else { panic!("{line}") };
        let system = crs(code.parse().unwrap());
        let (own_x, own_y) = system.of_degrees(longitude, latitude).unwrap();
        let off = (own_x - x).hypot(own_y - y);
        assert!(off < 0.000_2, "EPSG:{code} {longitude} {latitude}: {off} m off");
        let (own_longitude, own_latitude) = system.to_degrees(x, y).unwrap();
        let north = (own_latitude - back_latitude) * 111_400.0;
        let east = (own_longitude - back_longitude) * 111_400.0 * latitude.to_radians().cos();
        assert!(north.hypot(east) < 0.000_2, "EPSG:{code} {x} {y}: {} m off", north.hypot(east));
        *compared.entry(system).or_insert(0) += 1;
        (most, most_back) = (most.max(off), most_back.max(north.hypot(east)));
    }
    println!(
        "{} systems, {} places: {most:.7} m off at the most, back {most_back:.7} m",
        compared.len(),
        PROJ.lines().count() - 1
    );
    let projected: Vec<Crs> = codes().into_iter().map(crs).filter(|crs| crs.is_projected()).collect();
    for system in projected.iter().filter(|crs| crs.heights().is_none()) {
        assert!(compared.get(system).is_some_and(|count| *count >= 20), "{system} was not compared");
    }
}

#[test]
fn there_and_back() {
    for code in codes() {
        // Small angles are not turned back exactly, by convention.
        let most = if crs(code).accuracy().is_some() { 0.02 } else { 0.000_3 };
        for (longitude, latitude) in [(4.0, 57.5), (10.5, 63.4), (17.25, 71.3), (31.5, 80.8)] {
            let (x, y) = crs(code).of_degrees(longitude, latitude).unwrap();
            assert!(crs(code).holds(x, y));
            let (east, north) = crs(code).to_degrees(x, y).unwrap();
            let off = ((east - longitude) * latitude.to_radians().cos()).hypot(north - latitude) * 111_000.0;
            assert!(off < most, "EPSG:{code} {longitude} {latitude}: {off} m");
        }
    }
}

#[test]
fn knows_no_other_system() {
    let codes = codes();
    assert_eq!(codes.len(), 8 + 8 + 26 + 3 + 1 + 6 + 6 + 26 + 1 + 8, "{codes:?}");
    for code in [0, 25_828, 25_837, 23_032, 4230, 5104, 5131, 5943, 5944, 5977, 27_390, 27_399] {
        assert!(Crs::from_epsg(code).is_none(), "{code}");
    }
}

#[test]
fn compound_systems_are_their_parts() {
    for (code, horizontal, heights) in [
        (5942, 4258, Some(HeightSystem::Nn2000)),
        (5945, 5105, Some(HeightSystem::Nn2000)),
        (5970, 5130, Some(HeightSystem::Nn2000)),
        (5971, 25_831, Some(HeightSystem::Nn2000)),
        (5976, 25_836, Some(HeightSystem::Nn2000)),
        (6171, 25_831, Some(HeightSystem::Nn54)),
        (6176, 25_836, Some(HeightSystem::Nn54)),
        (25_833, 25_833, None),
    ] {
        assert_eq!((crs(code).horizontal(), crs(code).heights()), (crs(horizontal), heights), "{code}");
        assert_eq!(crs(code).is_north_first(), crs(horizontal).is_north_first());
        assert!(Transform::new(crs(code), crs(horizontal)).is_none());
    }
    assert!(crs(25_833).keeps_heights_in(crs(5973)) && crs(5973).keeps_heights_in(crs(5972)));
    assert!(!crs(6173).keeps_heights_in(crs(5973)) && crs(6173).keeps_heights_in(Crs::CRS84));
}

#[test]
fn names_are_written_as_they_are_read() {
    for system in codes().into_iter().map(crs).chain([Crs::CRS84]) {
        assert_eq!(system.to_string().parse(), Ok(system));
        assert_eq!(Crs::from_name(&system.uri()).unwrap().crs, system);
        let json = serde_json::to_string(&system).unwrap();
        assert_eq!(serde_json::from_str::<Crs>(&json).unwrap(), system);
    }
    assert!(serde_json::from_str::<Crs>("\"EPSG:23032\"").is_err());
    assert!(!Crs::CRS84.is_projected() && !crs(5942).is_projected() && crs(5945).is_projected());
}

#[test]
fn what_is_no_place_has_no_position() {
    for code in codes() {
        let beyond = [(f64::NAN, 6e6), (5e5, f64::INFINITY), (1e300, 6e6), (5e5, -1e300)];
        for (x, y) in beyond {
            assert!(!crs(code).holds(x, y), "EPSG:{code} {x} {y}");
            if crs(code).is_projected() {
                assert_eq!(crs(code).to_degrees(x, y), None, "EPSG:{code} {x} {y}");
                assert_eq!(crs(code).of_degrees(x, y), None);
            }
        }
        if crs(code).is_projected() {
            assert_eq!(crs(code).of_degrees(181.0, 60.0), None);
        }
    }
}

#[test]
fn an_extent_holds_what_it_held() {
    let utm = Transform::new(crs(25_833), Crs::CRS84);
    let bounds = [-80_000.0, 6_450_000.0, 1_120_000.0, 7_940_000.0];
    let [west, south, east, north] = utm.extent(bounds).unwrap();
    for x in 0..=100 {
        for y in 0..=100 {
            let x = bounds[0] + (bounds[2] - bounds[0]) * f64::from(x) / 100.0;
            let y = bounds[1] + (bounds[3] - bounds[1]) * f64::from(y) / 100.0;
            let (longitude, latitude) = utm.apply(x, y).unwrap();
            assert!((west..=east).contains(&longitude) && (south..=north).contains(&latitude), "{x} {y}");
        }
    }
    // All of Norway, hardly wider than its corners: a hundredth of a degree.
    assert!((east - 32.07).abs() < 0.01 && (north - 71.56).abs() < 0.01, "{west} {south} {east} {north}");
    assert_eq!(utm.extent([0.0, 0.0, 1e9, 1.0]), None);
}

proptest! {
    #[test]
    fn what_a_system_holds_has_degrees(code in prop::sample::select(codes()), x in -3e7..3e7_f64, y in -3e7..3e7_f64) {
        if crs(code).holds(x, y) {
            prop_assert!(crs(code).to_degrees(x, y).is_some());
        }
    }

    #[test]
    fn any_name_is_read_or_refused(name in "\\PC{0,40}") {
        let _ = Crs::from_name(&name);
    }
}
