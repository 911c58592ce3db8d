//! Whole tiles: written, read again by a reader of its own, and compared with the geometries they show.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, BinaryArray, Int64Array, StringArray, UInt64Array},
    record_batch::RecordBatch,
};
use config::{ColumnType, GeometryCrs};
use proptest::prelude::*;

use super::{
    testing::{Seen, Value, read},
    *,
};
use crate::{
    crs::{Crs, Transform},
    table::{Geometry, ROW, fixture, wkb::Position},
    version::ColumnInfo,
};

fn columns() -> Vec<ColumnInfo> {
    vec![
        fixture::column("nr", 1, ColumnType::Integer {}),
        fixture::column("navn", 2, ColumnType::Text {}),
        fixture::column("sted", 3, ColumnType::Geometry { crs: GeometryCrs::Source }),
    ]
}

fn batch(geometries: &[Option<Geometry>]) -> RecordBatch {
    let count = i64::try_from(geometries.len()).unwrap();
    let names: StringArray = (0..count).map(|nr| (nr % 3 > 0).then(|| format!("Ås {}", nr % 5))).collect();
    let places: BinaryArray = geometries.iter().map(|one| one.as_ref().map(Geometry::to_wkb)).collect();
    let numbers: Int64Array = (0..count).map(|nr| nr - 2).collect();
    let rows: UInt64Array = (0..count.cast_unsigned()).collect();
    let columns: [(&str, ArrayRef); 4] =
        [("nr", Arc::new(numbers)), ("navn", Arc::new(names)), ("sted", Arc::new(places)), (ROW, Arc::new(rows))];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn made(geometries: &[Option<Geometry>], tile: TileId) -> Made {
    let layer = Layer::new("steder", &columns()).unwrap();
    let mut draft = Draft::default();
    draft.take(&layer, tile, &batch(geometries)).unwrap();
    draft.finish(&layer)
}

fn seen(made: &Made) -> Vec<Seen> {
    read(&made.bytes).map(|(_, features)| features).unwrap_or_default()
}

fn at(x: f64, y: f64) -> Position {
    Position { x, y, z: None }
}

fn square(x: f64, y: f64, side: f64) -> Vec<Position> {
    vec![at(x, y), at(x + side, y), at(x + side, y + side), at(x, y + side), at(x, y)]
}

/// Doubled area on a screen, y down.
fn turn(ring: &[[i64; 2]]) -> i64 {
    let next = ring.iter().skip(1).chain(ring.first());
    ring.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum()
}

#[test]
fn a_tile_looks_like_this() {
    let oslo = TileId::new(10, 542, 297).unwrap();
    let ring = square(10.6, 59.85, 0.1);
    let hole: Vec<Position> = square(10.64, 59.89, 0.02);
    let geometries = [
        Some(Geometry::Point(at(10.75, 59.91))),
        None,
        // Both rings go counter-clockwise here.
        Some(Geometry::Polygon(vec![ring, hole])),
        Some(Geometry::LineString(vec![at(10.0, 59.9), at(11.5, 59.9)])),
        Some(Geometry::Point(at(5.3, 60.4))),
    ];
    let made = made(&geometries, oslo);
    assert_eq!((made.shown, made.left_out), (3, 0));
    let (name, features) = read(&made.bytes).unwrap();
    assert_eq!(name, "steder");
    let [point, area, line] = features.as_slice() else { panic!("{features:#?}") };
    assert_eq!(point.attributes, [("nr".to_owned(), Value::Whole(-2))], "what is missing is no attribute");
    assert_eq!(
        area.attributes,
        [("nr".to_owned(), Value::Whole(0)), ("navn".to_owned(), Value::Text("Ås 2".to_owned()))]
    );
    assert_eq!([point.kind, area.kind, line.kind], [1, 3, 2]);
    assert!(turn(&area.parts[0]) > 0 && turn(&area.parts[1]) < 0, "outer rings clockwise, holes the other way");
    assert_eq!(line.parts.len(), 1);
    assert_eq!([line.parts[0][0][0], line.parts[0][1][0]], [-64, 4160], "cut a little beyond the tile");
    // Back from the tile's units to degrees: never off by more than half a unit.
    let [west, _, east, north] = oslo.extent(0);
    let unit = (east - west) / 4096.0;
    let [x, y] = point.parts[0][0];
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let back = Crs::from_epsg(3857).unwrap().to_degrees(west + x as f64 * unit, north - y as f64 * unit).unwrap();
    assert!((back.0 - 10.75).abs() < 9e-5 && (back.1 - 59.91).abs() < 5e-5, "{back:?}");
    insta::assert_snapshot!(made.bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat());
}

#[test]
fn too_many_are_thinned_the_same_way_at_every_zoom() {
    let count = MAX_FEATURES + 5_000;
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let point = |number: usize| at(10.0 + (number % 200) as f64 / 1000.0, 59.8 + (number / 200) as f64 / 1000.0);
    let mut geometries: Vec<Option<Geometry>> = (0..count).map(|n| Some(Geometry::Point(point(n)))).collect();
    geometries.push(Some(Geometry::Polygon(vec![square(10.0, 59.8, 0.2)])));
    let whole = made(&geometries, TileId::new(0, 0, 0).unwrap());
    assert_eq!((whole.shown, whole.left_out), (MAX_FEATURES as u64, 5_001));
    assert!(whole.bytes.len() <= MAX_BYTES);
    let numbers = |made: &Made| -> std::collections::BTreeSet<i64> {
        let number = |seen: Seen| match seen.attributes[0].1 {
            Value::Whole(number) => number,
            _ => panic!("no number"),
        };
        seen(made).into_iter().map(number).collect()
    };
    let deeper = made(&geometries, TileId::new(4, 8, 4).unwrap());
    assert!(numbers(&whole).is_subset(&numbers(&deeper)));
    let kinds: Vec<u64> = seen(&whole).iter().map(|one| one.kind).collect();
    assert!(kinds.contains(&3), "the largest stay");
    assert_eq!(whole, made(&geometries, TileId::new(0, 0, 0).unwrap()));
}

#[test]
fn small_areas_stand_for_each_other() {
    // Ten thousand houses of about a hundredth of a unit at zoom 8: some of them are drawn, and cover what all cover.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let house = |n: usize| square(10.0 + (n % 100) as f64 * 0.004, 59.7 + (n / 100) as f64 * 0.002, 0.000_2);
    let geometries: Vec<Option<Geometry>> = (0..10_000).map(|n| Some(Geometry::Polygon(vec![house(n)]))).collect();
    let (x, y) = Transform::new(Crs::CRS84, Crs::from_epsg(3857).unwrap()).apply(10.2, 59.8).unwrap();
    let [column, row, ..] = covered([x, y, x, y], 8);
    let tile = TileId::new(8, column, row).unwrap();
    let drawn = seen(&made(&geometries, tile));
    assert!((10..1_000).contains(&drawn.len()), "{}", drawn.len());
    assert!(drawn.iter().all(|one| turn(&one.parts[0]) > 0));
}

#[test]
fn nothing_there_is_an_empty_tile() {
    let nothing = made(&[Some(Geometry::Point(at(10.0, 60.0)))], TileId::new(10, 0, 0).unwrap());
    assert_eq!(nothing, Made { bytes: Vec::new(), shown: 0, left_out: 0 });
    // Poles have no place in Web Mercator.
    let pole = made(&[Some(Geometry::Point(at(10.0, 90.0)))], TileId::new(0, 0, 0).unwrap());
    assert_eq!(pole.shown, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_tile_can_be_read_and_keeps_the_rules(
        geometries in prop::collection::vec(crate::table::wkb::strategies::geometry(), 1..12),
        zoom in 0_u8..6, column: u32, row: u32,
    ) {
        let tile = TileId::new(zoom, column % (1 << zoom), row % (1 << zoom)).unwrap();
        let geometries: Vec<Option<Geometry>> = geometries.into_iter().map(Some).collect();
        let made = made(&geometries, tile);
        prop_assert_eq!(made.left_out, 0);
        for feature in seen(&made) {
            prop_assert!(!feature.parts.is_empty());
            for part in &feature.parts {
                prop_assert!(part.iter().flatten().all(|unit| (-64..=4160).contains(unit)), "{:?}", part);
                match feature.kind {
                    1 => {}
                    2 => prop_assert!(part.len() > 1 && part.windows(2).all(|pair| pair[0] != pair[1])),
                    3 => prop_assert!(part.len() > 2 && turn(part) != 0 && part.first() != part.last()),
                    other => prop_assert!(false, "type {other}"),
                }
            }
            if feature.kind == 3 {
                prop_assert!(turn(&feature.parts[0]) > 0);
            }
        }
    }

    #[test]
    fn points_come_back_within_half_a_unit(x in 4.0..31.0_f64, y in 57.0..72.0_f64, zoom in 0_u8..=MAX_ZOOM) {
        let (x, y) = Transform::new(Crs::CRS84, Crs::from_epsg(3857).unwrap()).apply(x, y).unwrap();
        let [column, row, ..] = covered([x, y, x, y], zoom);
        let tile = TileId::new(zoom, column, row).unwrap();
        let (longitude, latitude) = Crs::from_epsg(3857).unwrap().to_degrees(x, y).unwrap();
        let made = made(&[Some(Geometry::Point(at(longitude, latitude)))], tile);
        let [west, _, east, north] = tile.extent(0);
        let unit = (east - west) / 4096.0;
        let cell = seen(&made)[0].parts[0][0];
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (off_x, off_y) = (west + cell[0] as f64 * unit - x, north - cell[1] as f64 * unit - y);
        // A tenth of a millimetre for what degrees of nine decimals lose.
        prop_assert!(off_x.abs() <= unit / 2.0 + 2e-4 && off_y.abs() <= unit / 2.0 + 2e-4, "{off_x} {off_y}");
    }
}
