//! Where the rows of a place can be, by the covering of a file: row groups and pages whose extents meet it, and rows
//! whose own extents do. Only what is left is looked at as geometry.

use std::{ops::Range, sync::Arc};

use arrow::{
    array::{Array, AsArray, BooleanArray, StructArray},
    datatypes::Float64Type,
    error::ArrowError,
};
use parquet::{
    arrow::ProjectionMask,
    file::{
        metadata::{ParquetMetaData, RowGroupMetaData},
        page_index::{
            column_index::{ColumnIndexMetaData, PrimitiveColumnIndex},
            offset_index::PageLocation,
        },
        statistics::Statistics,
    },
};

use super::{
    bind::{Bound, Test},
    wkb::{Region, overlap},
};

/// The parts of a covering, in the order of an extent.
const BOUNDS: usize = 4;

/// The covering of a file's first geometry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The geometry's index.
    pub(super) geometry: usize,
    /// The first of the covering's four leaves: they come after the declared columns.
    pub(super) first_leaf: usize,
}

/// What a condition wants of the geometry, whatever else it wants.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    extents: Vec<[f64; 4]>,
    /// Whether rows without geometry will do, too.
    or_none: bool,
}

/// What is known of some rows: their extent, if it is, and whether some may have no geometry.
struct Known {
    extent: Option<[f64; 4]>,
    none: bool,
}

impl Place {
    /// What must hold of the geometry for a condition to hold.
    pub(super) fn wanted(self, bound: &Bound) -> Vec<Wanted> {
        let of = |region: &Arc<Region>, or_none| vec![Wanted { extents: region.extents(), or_none }];
        match bound {
            Bound::And(parts) => parts.iter().flat_map(|part| self.wanted(part)).collect(),
            Bound::Column(index, Test::Intersects(region)) if *index == self.geometry => of(region, false),
            Bound::Or(parts) => match parts.as_slice() {
                [Bound::Column(one, Test::IsNull), Bound::Column(other, Test::Intersects(region))]
                    if *one == self.geometry && *other == self.geometry =>
                {
                    of(region, true)
                }
                _ => Vec::new(),
            },
            Bound::Not(_) | Bound::Column(..) => Vec::new(),
        }
    }

    /// The row groups that may hold what is wanted.
    pub(super) fn groups(self, groups: Vec<usize>, wanted: &[Wanted], metadata: &ParquetMetaData) -> Vec<usize> {
        let may = |group: &usize| {
            let known = metadata.row_groups().get(*group).map(|group| self.of_group(group));
            known.is_none_or(|known| wanted.iter().all(|wanted| wanted.may_be_in(&known)))
        };
        groups.into_iter().filter(may).collect()
    }

    fn of_group(self, group: &RowGroupMetaData) -> Known {
        let mut bounds = [None; BOUNDS];
        let mut none = true;
        for (at, bound) in bounds.iter_mut().enumerate() {
            let statistics = group.columns().get(self.first_leaf + at).and_then(|column| column.statistics());
            if let Some(Statistics::Double(values)) = statistics {
                none = values.null_count_opt() != Some(0);
                *bound = if at < 2 { values.min_opt() } else { values.max_opt() }.copied();
            }
        }
        Known { extent: together(bounds), none }
    }

    /// The rows of a group, from its first one, in pages that may hold what is wanted; `None` where nothing is known.
    pub(super) fn pages(self, group: usize, wanted: &[Wanted], metadata: &ParquetMetaData) -> Option<Vec<Range<u64>>> {
        let index = metadata.page_index_for_row_group(group);
        let bounds: Vec<&PrimitiveColumnIndex<f64>> = (0..BOUNDS)
            .map(|at| match index.column_index(self.first_leaf + at)? {
                ColumnIndexMetaData::DOUBLE(bounds) => Some(bounds),
                _ => None,
            })
            .collect::<Option<_>>()?;
        let locations = index.offset_index(self.first_leaf)?.page_locations();
        // Pages of the four leaves say something together only where they begin at the same rows.
        let begins = |pages: &[PageLocation]| pages.iter().map(|page| page.first_row_index).collect::<Vec<_>>();
        let alike = (1..BOUNDS).all(|at| {
            let other = index.offset_index(self.first_leaf + at);
            other.is_some_and(|other| begins(other.page_locations()) == begins(locations))
        });
        if !alike {
            return None;
        }
        let rows = u64::try_from(metadata.row_groups().get(group)?.num_rows()).ok()?;
        let starts = locations.iter().map(|page| u64::try_from(page.first_row_index).unwrap_or_default());
        let ends = starts.clone().skip(1).chain([rows]);
        let kept = starts.zip(ends).enumerate().filter(|(page, _)| {
            let known = of_page(&bounds, *page);
            wanted.iter().all(|wanted| wanted.may_be_in(&known))
        });
        Some(kept.map(|(_, (start, end))| start..end).collect())
    }

    /// The covering's leaves.
    pub(super) fn mask(self, metadata: &ParquetMetaData) -> ProjectionMask {
        let leaves = self.first_leaf..self.first_leaf + BOUNDS;
        ProjectionMask::leaves(metadata.file_metadata().schema_descr(), leaves)
    }
}

fn of_page(bounds: &[&PrimitiveColumnIndex<f64>], page: usize) -> Known {
    let mut extent = [None; BOUNDS];
    for (at, (bound, own)) in bounds.iter().zip(extent.iter_mut()).enumerate() {
        *own = if at < 2 { bound.min_value(page) } else { bound.max_value(page) }.copied();
    }
    let none = bounds.first().is_none_or(|bound| bound.null_count(page) != Some(0));
    Known { extent: together(extent), none }
}

fn together([west, south, east, north]: [Option<f64>; BOUNDS]) -> Option<[f64; 4]> {
    Some([west?, south?, east?, north?])
}

impl Wanted {
    fn may_be_in(&self, known: &Known) -> bool {
        let met = known.extent.is_none_or(|extent| self.extents.iter().any(|wanted| overlap(wanted, &extent)));
        met || self.or_none && known.none
    }

    /// For every row of a covering, whether its own extent is one that is wanted.
    pub(super) fn evaluate(&self, covering: &StructArray) -> Result<BooleanArray, ArrowError> {
        let bound = |at: usize| {
            let array = covering.columns().get(at).and_then(|array| array.as_primitive_opt::<Float64Type>());
            array.ok_or_else(|| ArrowError::SchemaError("the covering has no bounds".to_owned()))
        };
        let (west, south, east, north) = (bound(0)?, bound(1)?, bound(2)?, bound(3)?);
        let rows = west.values().iter().zip(south.values()).zip(east.values()).zip(north.values()).enumerate();
        let holds = rows.map(|(row, (((west, south), east), north))| {
            if covering.is_null(row) {
                return Some(self.or_none);
            }
            let extent = [*west, *south, *east, *north];
            Some(self.extents.iter().any(|wanted| overlap(wanted, &extent)))
        });
        Ok(holds.collect())
    }
}

#[cfg(test)]
mod tests {
    use arrow::{array::ArrayRef, record_batch::RecordBatch};
    use config::{ColumnType, GeometryCrs};
    use futures::TryStreamExt;
    use proptest::prelude::*;

    use super::{
        super::{
            Comparison, Geometry, Predicate, ROW, Scan, TableFile, TableWriter, arrow_schema, fixture,
            scan::tests::block_on, wkb::Position,
        },
        *,
    };

    /// Points along a winding way, every hundredth without geometry, and areas among them.
    fn geometries(rows: usize) -> Vec<Option<Vec<u8>>> {
        let one = |row: usize| {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let step = row as f64;
            let at = |x, y| Position { x, y, z: None };
            let (x, y) = (10.0 + step / 1000.0, 60.0 + (step / 50.0).sin());
            let ring = vec![at(x, y), at(x + 0.01, y), at(x + 0.01, y + 0.01), at(x, y)];
            let geometry =
                if row.is_multiple_of(7) { Geometry::Polygon(vec![ring]) } else { Geometry::Point(at(x, y)) };
            (row % 100 != 99).then(|| geometry.to_wkb())
        };
        (0..rows).map(one).collect()
    }

    fn table(path: &std::path::Path, rows: usize, group: usize) -> TableFile {
        let columns = [
            fixture::column("nr", 1, ColumnType::Integer {}),
            fixture::column("sted", 2, ColumnType::Geometry { crs: GeometryCrs::Source }),
        ];
        let mut writer = TableWriter::with_groups(path, &columns, &[], &[], group).unwrap();
        let numbers: ArrayRef = Arc::new((0..i64::try_from(rows).unwrap()).collect::<arrow::array::Int64Array>());
        let places: ArrayRef = Arc::new(geometries(rows).into_iter().collect::<arrow::array::BinaryArray>());
        writer.write(&RecordBatch::try_new(arrow_schema(&columns), vec![numbers, places]).unwrap()).unwrap();
        writer.finish().unwrap();
        TableFile::open_local(path).unwrap()
    }

    fn found(table: &TableFile, predicate: &Predicate, first_row: u64) -> Vec<u64> {
        let scan = Scan {
            columns: Some(vec![fixture::name("nr")]),
            predicate: Some(predicate.clone()),
            first_row,
            row_numbers: true,
            ..Scan::default()
        };
        let batches: Vec<RecordBatch> = block_on(async { table.scan(scan).await?.try_collect().await }).unwrap();
        let numbers = |batch: &RecordBatch| {
            let rows =
                batch.column_by_name(ROW).unwrap().as_primitive::<arrow::datatypes::UInt64Type>().values().to_vec();
            let own = batch.column(0).as_primitive::<arrow::datatypes::Int64Type>().values().to_vec();
            assert_eq!(own.iter().map(|number| u64::try_from(*number).unwrap()).collect::<Vec<_>>(), rows);
            rows
        };
        batches.iter().flat_map(numbers).collect()
    }

    #[test]
    fn the_covering_finds_what_looking_at_every_geometry_finds() {
        let folder = tempfile::tempdir().unwrap();
        let rows = 20_000;
        let table = table(&folder.path().join("a.parquet"), rows, 9000);
        let all = geometries(rows);
        let name = || fixture::name("sted");
        proptest!(ProptestConfig::with_cases(60), |(
            west in 9.0..31.0_f64, south in 58.0..62.0_f64, width in 0.0..3.0_f64, height in 0.0..1.0_f64,
            or_none: bool, first_row in prop_oneof![Just(0_u64), 0..21_000_u64],
        )| {
            let region = Arc::new(Region::boxes(vec![[west, south, west + width, south + height]]));
            let meets = Predicate::Column(name(), Comparison::Intersects(Arc::clone(&region)));
            let none = Predicate::Column(name(), Comparison::IsNull);
            let predicate = if or_none { Predicate::Or(vec![none, meets]) } else { meets };
            let expected: Vec<u64> = (0..).zip(&all)
                .filter(|(row, wkb)| *row >= first_row && wkb.as_ref().map_or(or_none, |wkb| region.meets(wkb) == Some(true)))
                .map(|(row, _)| row)
                .collect();
            prop_assert_eq!(found(&table, &predicate, first_row), expected);
        });
    }

    #[test]
    fn most_pages_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let table = table(&folder.path().join("a.parquet"), 40_000, 20_000);
        let metadata = table.metadata();
        let place = Place { geometry: 1, first_leaf: 2 };
        let wanted = [Wanted { extents: vec![[35.0, 58.0, 35.5, 62.0]], or_none: false }];
        assert_eq!(place.groups(vec![0, 1], &wanted, metadata), [1]);
        let pages = place.pages(1, &wanted, metadata).unwrap();
        let rows: u64 = pages.iter().map(|page| page.end - page.start).sum();
        assert!((500..=8192).contains(&rows), "{pages:?}");
        let without = [Wanted { extents: vec![[0.0, 0.0, 1.0, 1.0]], or_none: true }];
        assert_eq!(place.groups(vec![0, 1], &without, metadata), [0, 1], "rows without geometry are everywhere");
        let nowhere = [Wanted { extents: vec![[0.0, 0.0, 1.0, 1.0]], or_none: false }];
        assert!(place.groups(vec![0, 1], &nowhere, metadata).is_empty());
    }
}
