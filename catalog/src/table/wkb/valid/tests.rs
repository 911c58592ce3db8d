//! Validity beside what GEOS says of the same geometries, and beside a comparison of every segment with every other.

use proptest::{collection::vec, prelude::*};

use super::*;

fn at(x: f64, y: f64) -> Position {
    Position { x, y, z: None }
}

fn of(wkt: &str) -> Option<Flaw> {
    Geometry::from_wkt(wkt).unwrap_or_else(|| panic!("{wkt}")).flaw()
}

#[test]
fn areas_of_every_kind() {
    for (wkt, expected) in [
        ("POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))", None),
        ("POLYGON ((0 0, 4 0, 4 0, 4 4, 0 4, 0 0))", None),
        ("POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0))", Some(Flaw::SelfIntersection)),
        ("POLYGON ((0 0, 1 1, 2 2, 0 0))", Some(Flaw::Collapsed)),
        ("POLYGON ((1 1, 1 1, 1 1, 1 1))", Some(Flaw::Collapsed)),
        ("POLYGON ((0 0, 4 0, 6 0, 4 0, 4 4, 0 0))", Some(Flaw::SelfIntersection)),
        // A ring that meets itself in a point.
        ("POLYGON ((0 0, 2 2, 4 0, 4 4, 2 2, 0 4, 0 0))", Some(Flaw::SelfIntersection)),
        ("POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 1 2, 2 2, 1 1))", None),
        ("POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (0 1, 1 2, 2 2, 0 1))", None),
        ("POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (0 1, 0 2, 2 2, 0 1))", Some(Flaw::SelfIntersection)),
        ("POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (0 1, 9 2, 2 2, 0 1))", Some(Flaw::SelfIntersection)),
        ("POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (11 1, 11 2, 12 2, 11 1))", Some(Flaw::Hole)),
        ("POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 1 8, 8 8, 1 1), (2 4, 2 5, 3 5, 2 4))", Some(Flaw::Hole)),
        // The hole leaves the shell through a corner of it.
        ("POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (5 5, 9 9, 12 9, 5 5))", Some(Flaw::SelfIntersection)),
        ("MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((1 1, 2 1, 2 2, 1 1)))", None),
        ("MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((0 0, 1 1, 0 1, 0 0)))", Some(Flaw::SelfIntersection)),
        ("MULTIPOLYGON (((0 0, 9 0, 9 9, 0 9, 0 0)), ((1 1, 2 1, 2 2, 1 1)))", Some(Flaw::SelfIntersection)),
        ("MULTIPOLYGON (((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 1 8, 8 8, 1 1)), ((2 4, 3 5, 2 5, 2 4)))", None),
        ("GEOMETRYCOLLECTION (POINT (1 2), POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0)))", Some(Flaw::SelfIntersection)),
        ("LINESTRING (0 0, 4 4, 4 0, 0 4)", None),
    ] {
        assert_eq!(of(wkt), expected, "{wkt}");
    }
    let open = Geometry::Polygon(vec![vec![at(0.0, 0.0), at(1.0, 0.0), at(1.0, 1.0), at(0.0, 1.0)]]);
    assert_eq!(open.flaw(), Some(Flaw::Ring));
}

/// Some thousand areas on a coarse grid, where corners meet often, with what GEOS says of them.
#[test]
fn as_geos_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/geo/validity.tsv");
    let text = std::fs::read_to_string(path).unwrap();
    let mut seen = [0, 0];
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (verdict, wkt) = line.split_once('\t').unwrap();
        assert_eq!(of(wkt).is_none(), verdict == "valid", "{verdict}: {wkt} {:?}", of(wkt));
        seen[usize::from(verdict == "valid")] += 1;
    }
    assert!(seen.into_iter().all(|count| count > 300), "{seen:?}");
}

#[test]
fn hatching_that_lies_across_everything_is_given_up() {
    let tooth = |at: u32| {
        let shift = f64::from(at) * 4.0;
        [(shift, 0.0), (shift + 1e6, 1e6), (shift + 1e6 + 2.0, 1e6), (shift + 2.0, 0.0)]
    };
    let mut corners: Vec<Position> = (0..4_000).flat_map(tooth).map(|(x, y)| at(x, y)).collect();
    corners.extend([at(16_010.0, -9.0), at(0.0, -9.0), at(0.0, 0.0)]);
    assert_eq!(Geometry::Polygon(vec![corners]).flaw(), Some(Flaw::TooComplex));
}

/// What every two segments tell, without a tree: whether those of `rings` meet otherwise than rings may.
fn meets_somewhere(rings: &[Vec<Position>]) -> bool {
    let rings: Vec<Ring> = rings.iter().enumerate().filter_map(|(at, ring)| Ring::new(0, at, ring).ok()).collect();
    let segments: Vec<Segment> = rings.iter().enumerate().flat_map(|(at, ring)| ring.segments(at)).collect();
    let mut touches = Touches::default();
    let pairs = segments.iter().enumerate().flat_map(|(at, a)| segments[at + 1..].iter().map(move |b| (a, b)));
    let near = pairs.filter(|(a, b)| overlap(&a.extent(), &b.extent()));
    near.into_iter().any(|pair| meet(&rings, pair, &mut touches).is_break())
        || touches.cross(&rings)
        || touches.cut(&rings)
}

fn ring() -> impl Strategy<Value = Vec<Position>> {
    vec((0_i32..200, 0_i32..200), 3..60).prop_map(|corners| {
        let mut ring: Vec<Position> = corners.into_iter().map(|(x, y)| at(f64::from(x), f64::from(y))).collect();
        ring.push(ring[0]);
        ring
    })
}

/// A ring around a place that goes round it once, so that it is mostly simple.
fn star() -> impl Strategy<Value = Vec<Position>> {
    (vec(5.0_f64..9.0, 3..200), -20.0_f64..20.0, -20.0_f64..20.0).prop_map(|(reach, x, y)| {
        let step = std::f64::consts::TAU / f64::from(u32::try_from(reach.len()).unwrap());
        let corner = |(at_angle, reach): (usize, f64)| {
            let (sine, cosine) = (step * f64::from(u32::try_from(at_angle).unwrap())).sin_cos();
            at(x + reach * cosine, y + reach * sine)
        };
        let mut ring: Vec<Position> = reach.into_iter().enumerate().map(corner).collect();
        ring.push(ring[0]);
        ring
    })
}

proptest! {
    #[test]
    fn the_tree_finds_what_every_pair_tells(rings in vec(prop_oneof![ring(), star()], 1..6)) {
        let rings: Vec<_> = rings.into_iter().enumerate().filter(|(at, ring)| Ring::new(0, *at, ring).is_ok()).collect();
        let rings: Vec<Vec<Position>> = rings.into_iter().map(|(_, ring)| ring).collect();
        let flaw = Geometry::Polygon(rings.clone()).flaw();
        prop_assert_eq!(flaw == Some(Flaw::SelfIntersection), meets_somewhere(&rings), "{:?}", flaw);
    }

    #[test]
    fn a_star_is_simple(ring in star()) {
        prop_assert_eq!(Geometry::Polygon(vec![ring]).flaw(), None);
    }
}

/// The geometries of the features of a `GeoJSON` file, or of a named collection within it.
fn features(path: &std::path::Path, collection: Option<&str>) -> Vec<Geometry> {
    let text = std::fs::read_to_string(path).unwrap();
    let root: serde_json::Value = serde_json::from_str(&text).unwrap();
    let features = collection.map_or(&root, |name| &root[name])["features"].as_array().unwrap().clone();
    features.iter().map(|feature| Geometry::from_geojson(&feature["geometry"]).unwrap()).collect()
}

/// GEOS 3.14 calls 28, none and 4 of them invalid.
#[test]
#[ignore = "needs GEO_SAMPLES, a folder with Kommuner-S.geojson, Basisdata_0000_Norge_25833_Fylker_GeoJSON.geojson, and radon.geojson made of radon_polygons.fgb with all decimals"]
fn whole_files_have_as_many_invalid_areas_as_geos_finds() {
    let folder = std::env::var("GEO_SAMPLES").unwrap();
    let folder = std::path::Path::new(&folder);
    for (name, collection, all, invalid) in [
        ("Kommuner-S.geojson", None, 357, 28),
        ("Basisdata_0000_Norge_25833_Fylker_GeoJSON.geojson", Some("Fylke"), 15, 0),
        ("radon.geojson", None, 879, 4),
    ] {
        let geometries = features(&folder.join(name), collection);
        let flaws: Vec<Option<Flaw>> = geometries.iter().map(Geometry::flaw).collect();
        let found: Vec<Flaw> = flaws.into_iter().flatten().collect();
        assert_eq!((geometries.len(), found.len()), (all, invalid), "{name}: {found:?}");
    }
}
