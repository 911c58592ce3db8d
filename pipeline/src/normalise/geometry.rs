//! Geometries: from the coordinate system of each file to the one in which the column is published.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder},
    record_batch::RecordBatch,
};
use catalog::{
    crs::{Crs, Transform},
    table::Geometry,
};
use config::{ColumnName, ColumnType, Dataset, GeometryCrs};

use super::internal;
use crate::{
    Error, Result,
    reader::{Mark, MarkKind, RawBatch},
};

/// Brings geometries into the system in which their column is published.
#[derive(Debug)]
pub(crate) struct Geometries {
    columns: Vec<Target>,
}

/// A column of geometries.
#[derive(Debug)]
struct Target {
    name: ColumnName,
    wanted: GeometryCrs,
    /// The system, as soon as it is known, and the file that it comes from.
    known: Option<(Crs, String)>,
    /// The system of the last file, which decides where no file has a geometry.
    seen: Crs,
}

impl Geometries {
    /// The geometries of a dataset.
    pub(crate) fn of(dataset: &Dataset) -> Self {
        let target = |column: &config::Column| match column.kind {
            ColumnType::Geometry { crs: wanted } => {
                Some(Target { name: column.name.clone(), wanted, known: None, seen: Crs::CRS84 })
            }
            _ => None,
        };
        Self { columns: dataset.columns.iter().filter_map(target).collect() }
    }

    /// The batch with its geometries in the published system; those that have no place there are marked. `crs` is the
    /// system of the file.
    ///
    /// # Errors
    /// `format-crs-mixed` where the source's system is to be kept but its files have several; `format-crs-heights` where
    /// heights would get another meaning.
    pub(crate) fn place(&mut self, file: &str, crs: Crs, mut batch: RawBatch) -> Result<RawBatch> {
        for target in &mut self.columns {
            let Ok(at) = batch.rows.schema().index_of(target.name.as_str()) else { continue };
            let Some(wkb) = batch.rows.column(at).as_binary_opt::<i32>().filter(|wkb| wkb.null_count() < wkb.len())
            else {
                continue;
            };
            let transform = Transform::new(crs, target.system(file, crs)?);
            let (placed, lost) = placed(wkb, &transform);
            batch.marks.extend(lost.into_iter().map(|row| Mark { row, column: at, kind: MarkKind::Geometry }));
            if let Some(placed) = placed {
                let mut arrays = batch.rows.columns().to_vec();
                if let Some(place) = arrays.get_mut(at) {
                    *place = placed;
                }
                batch.rows = RecordBatch::try_new(batch.rows.schema(), arrays).map_err(internal)?;
            }
        }
        Ok(batch)
    }

    /// Takes note of the system of a file that was read to its end.
    pub(crate) fn saw(&mut self, crs: Crs) {
        self.columns.iter_mut().for_each(|target| target.seen = crs);
    }

    /// The system of a column as far as it is known.
    pub(crate) fn system(&self, column: &ColumnName) -> Option<Crs> {
        let target = self.columns.iter().find(|target| target.name == *column)?;
        target.known.as_ref().map(|(crs, _)| *crs)
    }

    /// The system of each column, once every row was read.
    pub(crate) fn systems(self) -> BTreeMap<ColumnName, Crs> {
        let system = |target: Target| {
            let known = target.known.map(|(crs, _)| crs);
            let declared = || match target.wanted {
                GeometryCrs::Source => Some(target.seen),
                GeometryCrs::Crs84 => Some(Crs::CRS84),
                GeometryCrs::Epsg(code) => Crs::from_epsg(code),
            };
            Some((target.name, known.or_else(declared)?))
        };
        self.columns.into_iter().filter_map(system).collect()
    }
}

impl Target {
    /// The system in which the column is published, now that a file in some system has geometries.
    fn system(&mut self, file: &str, crs: Crs) -> Result<Crs> {
        let wanted = match self.wanted {
            GeometryCrs::Source => None,
            GeometryCrs::Crs84 => Some(Crs::CRS84),
            GeometryCrs::Epsg(code) => Some(
                Crs::from_epsg(code).ok_or_else(|| Error::Internal(format!("EPSG:{code} passed the configuration")))?,
            ),
        };
        let Some(wanted) = wanted else {
            let (known, first) = self.known.get_or_insert_with(|| (crs, file.to_owned()));
            let reason = || format!("the file is in {crs}, but '{first}' is in {known}");
            return if *known == crs { Ok(crs) } else { Err(fault("format-crs-mixed", file, reason())) };
        };
        if !crs.keeps_heights_in(wanted) {
            let reason = format!("heights of {crs} are not those of {wanted}, and heights are not changed");
            return Err(fault("format-crs-heights", file, reason));
        }
        self.known = Some((wanted, file.to_owned()));
        Ok(wanted)
    }
}

fn fault(code: &'static str, file: &str, reason: String) -> Error {
    let hint = match code {
        "format-crs-heights" => "Declare a system without heights, or with those that the source has.",
        _ => "Declare the system to publish in: type = { is = \"geometry\", crs = \"EPSG:25833\" }.",
    };
    Error::Format { code, file: file.to_owned(), line: None, reason, hint }
}

/// The geometries in another system with their rings the right way round, `None` where all stay as they are; and the rows of those that have no place, which
/// are left out.
fn placed(wkb: &BinaryArray, transform: &Transform) -> (Option<ArrayRef>, Vec<usize>) {
    let stays = transform.is_none();
    let mut same = true;
    let mut lost = Vec::new();
    let mut moved = BinaryBuilder::new();
    for (row, bytes) in wkb.iter().enumerate() {
        let Some(bytes) = bytes else {
            moved.append_null();
            continue;
        };
        let reached = |geometry: &Geometry| geometry.bbox().is_none_or(|extent| transform.reaches(extent));
        let geometry = Geometry::from_wkb(bytes).filter(reached);
        let geometry = if stays { geometry } else { geometry.and_then(|geometry| geometry.transform(transform)) };
        match geometry {
            Some(geometry) if stays && geometry.is_oriented() => moved.append_value(bytes),
            Some(mut geometry) => {
                geometry.orient();
                moved.append_value(geometry.to_wkb());
                same = false;
            }
            None => {
                lost.push(row);
                moved.append_null();
                same = false;
            }
        }
    }
    ((!same).then(|| Arc::new(moved.finish()) as ArrayRef), lost)
}

#[cfg(test)]
mod tests {
    use catalog::table::wkb::Position;
    use serde_json::json;

    use super::*;
    use crate::gate::testing::dataset_of;

    fn geometries(crs: &str) -> Geometries {
        let column = json!({ "name": "sted", "type": { "is": "geometry", "crs": crs }, "title": { "nb": "Sted" } });
        Geometries::of(&dataset_of(&json!([column]), &json!({ "kind": "geojson" }), &json!({})))
    }

    fn batch(points: &[Option<(f64, f64)>]) -> RawBatch {
        let wkb = |(x, y): (f64, f64)| Geometry::Point(Position { x, y, z: Some(7.0) }).to_wkb();
        let array: ArrayRef = Arc::new(points.iter().map(|point| point.map(wkb)).collect::<BinaryArray>());
        let rows = RecordBatch::try_from_iter_with_nullable([("sted", array, true)]).unwrap();
        RawBatch { rows, lines: (1..=points.len() as u64).collect(), marks: Vec::new() }
    }

    fn points(batch: &RawBatch) -> Vec<Option<(f64, f64, f64)>> {
        let point = |wkb: &[u8]| match Geometry::from_wkb(wkb).unwrap() {
            Geometry::Point(Position { x, y, z }) => (x, y, z.unwrap()),
            other => panic!("{other:?}"),
        };
        batch.rows.column(0).as_binary::<i32>().iter().map(|wkb| wkb.map(point)).collect()
    }

    fn system(geometries: Geometries) -> String {
        geometries.systems().into_values().next().unwrap().to_string()
    }

    fn epsg(code: u32) -> Crs {
        Crs::from_epsg(code).unwrap()
    }

    #[test]
    fn the_sources_system_is_kept_and_must_be_one() {
        let mut own = geometries("source");
        let nothing = own.place("a", epsg(25_832), batch(&[None])).unwrap();
        assert_eq!(points(&nothing), [None]);
        let kept = own.place("b", epsg(25_833), batch(&[Some((262_000.5, 6_650_000.0)), None])).unwrap();
        assert_eq!(points(&kept), [Some((262_000.5, 6_650_000.0, 7.0)), None]);
        let error = own.place("c", epsg(25_832), batch(&[Some((597_000.0, 6_640_000.0))])).unwrap_err();
        assert_eq!(error.code(), "format-crs-mixed");
        let text = error.to_string();
        assert!(["'b'", "EPSG:25833", "EPSG:25832"].into_iter().all(|part| text.contains(part)), "{text}");
        assert_eq!(system(own), "EPSG:25833");
        let mut empty = geometries("source");
        empty.saw(epsg(5110));
        assert_eq!(system(empty), "EPSG:5110", "without a geometry the file's head decides");
    }

    #[test]
    fn files_in_several_systems_come_into_the_declared_one() {
        let mut own = geometries("EPSG:25833");
        let from_32 = own.place("a", epsg(25_832), batch(&[Some((500_000.0, 6_651_411.19))])).unwrap();
        let from_degrees = own.place("b", Crs::CRS84, batch(&[Some((9.0, 60.0))])).unwrap();
        let (one, other) = (points(&from_32)[0].unwrap(), points(&from_degrees)[0].unwrap());
        assert!((one.0 - other.0).hypot(one.1 - other.1) < 0.01 && (one.2 - 7.0).abs() < 1e-9, "{one:?} {other:?}");
        assert_eq!(system(own), "EPSG:25833");
        let mut degrees = geometries("CRS84");
        let placed = degrees.place("a", epsg(25_832), batch(&[Some((500_000.0, 6_651_411.19))])).unwrap();
        assert_eq!(points(&placed)[0].map(|(x, _, _)| x), Some(9.0));
        assert_eq!(system(degrees), "OGC:CRS84");
    }

    #[test]
    fn what_has_no_place_is_marked() {
        for (crs, from) in [("source", 25_833), ("EPSG:25832", 25_833), ("EPSG:25833", 4258)] {
            let far = if from == 4258 { (-74.0, -40.7) } else { (1e8, 6e6) };
            let near = if from == 4258 { (10.0, 60.0) } else { (262_000.0, 6_650_000.0) };
            let placed = geometries(crs).place("a", epsg(from), batch(&[Some(near), Some(far), None])).unwrap();
            assert_eq!(placed.marks, [Mark { row: 1, column: 0, kind: MarkKind::Geometry }], "{crs}");
            assert!(points(&placed)[0].is_some() && points(&placed)[1].is_none());
        }
    }

    #[test]
    fn rings_go_the_right_way_round() {
        let at = |x, y| Position { x, y, z: None };
        let clockwise = vec![at(0.0, 0.0), at(0.0, 1.0), at(1.0, 1.0), at(0.0, 0.0)];
        let wkb = Geometry::Polygon(vec![clockwise]).to_wkb();
        let array: ArrayRef = Arc::new(BinaryArray::from(vec![wkb.as_slice()]));
        let rows = RecordBatch::try_from_iter_with_nullable([("sted", array, true)]).unwrap();
        let raw = RawBatch { rows, lines: vec![1], marks: Vec::new() };
        let placed = geometries("source").place("a", Crs::CRS84, raw).unwrap();
        let turned = Geometry::from_wkb(placed.rows.column(0).as_binary::<i32>().value(0)).unwrap();
        assert!(turned.is_oriented() && placed.marks.is_empty());
    }

    #[test]
    fn heights_never_change_their_meaning() {
        let point = [Some((262_000.0, 6_650_000.0))];
        for (to, from, fits) in
            [("EPSG:5973", 25_833, true), ("EPSG:25832", 5973, true), ("EPSG:5973", 6173, false), ("CRS84", 6173, true)]
        {
            let placed = geometries(to).place("a", epsg(from), batch(&point));
            assert_eq!(
                placed.map_err(|error| error.code()).err(),
                (!fits).then_some("format-crs-heights"),
                "{to} {from}"
            );
        }
    }
}
