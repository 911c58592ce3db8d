//! Where on a Hilbert curve the middle of a geometry lies: rows sorted by it have their neighbours beside them.

use std::sync::Arc;

use arrow::{
    array::{AsArray, UInt64Array},
    datatypes::{DataType, Field, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use catalog::table::wkb;
use config::ColumnName;

use super::internal;
use crate::Result;

/// What the column with the places is called; no declared one can be called so.
const PLACE: &str = "#place";
/// Half of the side of the square that the curve fills: degrees of longitude.
const DEGREES: f64 = 180.0;
/// Metres: more than any projected system has; a cell of the curve is a centimetre.
const METRES: f64 = 21_000_000.0;
/// Cells along each side.
const CELLS: f64 = 4_294_967_296.0;

/// Adds the places on the curve to batches, and takes them away again.
#[derive(Debug)]
pub(super) struct Curve {
    geometry: usize,
    /// Half of the side of the square.
    reach: f64,
}

impl Curve {
    /// A curve along the geometries of a column.
    pub(super) fn along(schema: &Schema, geometry: &ColumnName) -> Result<Self> {
        Ok(Self { geometry: schema.index_of(geometry.as_str()).map_err(internal)?, reach: DEGREES })
    }

    /// Says whether coordinates are metres; degrees until then.
    pub(super) fn set_projected(&mut self, is_projected: bool) {
        self.reach = if is_projected { METRES } else { DEGREES };
    }

    /// The schema with the places, which come last.
    pub(super) fn extend_schema(schema: &Schema) -> SchemaRef {
        let place = Arc::new(Field::new(PLACE, DataType::UInt64, true));
        Arc::new(Schema::new(schema.fields().iter().cloned().chain([place]).collect::<Vec<_>>()))
    }

    /// The batch with the places; rows without a geometry have none.
    pub(super) fn extend(&self, batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
        let place = |wkb: &[u8]| wkb::extent(wkb).map(|extent| self.place(extent));
        let geometries = batch.columns().get(self.geometry).and_then(|array| array.as_binary_opt::<i32>());
        let places: UInt64Array = match geometries {
            Some(geometries) => geometries.iter().map(|wkb| wkb.and_then(place)).collect(),
            None => UInt64Array::new_null(batch.num_rows()),
        };
        let mut arrays = batch.columns().to_vec();
        arrays.push(Arc::new(places));
        RecordBatch::try_new(Arc::clone(schema), arrays).map_err(internal)
    }

    /// The place of an extent's middle.
    fn place(&self, [west, south, east, north]: [f64; 4]) -> u64 {
        hilbert(self.cell(f64::midpoint(west, east)), self.cell(f64::midpoint(south, north)))
    }

    /// What lies beyond the square is in its outermost cells.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within 32 bits, and cut off on purpose"
    )]
    fn cell(&self, coordinate: f64) -> u32 {
        ((coordinate + self.reach) / (2.0 * self.reach) * CELLS).clamp(0.0, CELLS - 1.0) as u32
    }
}

/// The distance along the curve to a cell (Hilbert 1891, in the iterative form of Warren, "Hacker's Delight", 16-2).
fn hilbert(mut x: u32, mut y: u32) -> u64 {
    let mut distance = 0_u64;
    for bit in (0..u32::BITS).rev() {
        let (right, up) = (x >> bit & 1, y >> bit & 1);
        distance = distance << 2 | u64::from((3 * right) ^ up);
        if up == 0 {
            if right == 1 {
                (x, y) = (!x, !y);
            }
            (x, y) = (y, x);
        }
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lowest bits of the curve, cell by cell: each step goes to a cell beside the one before.
    #[test]
    fn the_curve_goes_from_cell_to_cell_through_all_of_them() {
        const SIDE: u32 = 32;
        let mut cells: Vec<(u64, u32, u32)> =
            (0..SIDE).flat_map(|x| (0..SIDE).map(move |y| (hilbert(x, y), x, y))).collect();
        cells.sort_unstable();
        for (expected, (distance, ..)) in (0_u64..).zip(&cells) {
            assert_eq!(*distance, expected, "every place once, and none left out");
        }
        for pair in cells.windows(2) {
            assert_eq!(pair[0].1.abs_diff(pair[1].1) + pair[0].2.abs_diff(pair[1].2), 1, "{pair:?}");
        }
        // Corners of the whole square: it begins at the lower left and ends at the lower right.
        assert_eq!((hilbert(0, 0), hilbert(u32::MAX, 0)), (0, u64::MAX));
    }

    #[test]
    fn neighbours_are_near_and_what_is_beyond_is_at_the_edge() {
        let schema = Schema::new(vec![Field::new("sted", DataType::Binary, true)]);
        let mut curve = Curve::along(&schema, &"sted".parse().unwrap()).unwrap();
        curve.set_projected(true);
        let at = |x: f64, y: f64| curve.place([x, y, x, y]);
        let (here, near, far) = (at(262_000.0, 6_650_000.0), at(262_000.5, 6_650_000.0), at(962_000.0, 7_850_000.0));
        assert!(here.abs_diff(near) < here.abs_diff(far) >> 20);
        assert_ne!(here, near, "a cell is smaller than half a metre");
        assert_eq!(at(1e12, f64::MAX), at(METRES, METRES));
    }
}
