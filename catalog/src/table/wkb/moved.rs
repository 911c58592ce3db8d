//! A column of geometries in another coordinate system.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder};

use super::Geometry;
use crate::crs::{Crs, Transform};

/// The geometries of a column in another system; those that have no place there are missing. A column of another type
/// stays as it is.
pub fn in_system(array: &ArrayRef, from: Crs, to: Crs) -> ArrayRef {
    let transform = Transform::new(from, to);
    let Some(geometries) = array.as_binary_opt::<i32>().filter(|_| !transform.is_none()) else {
        return Arc::clone(array);
    };
    let mut moved = BinaryBuilder::with_capacity(geometries.len(), geometries.value_data().len());
    for wkb in geometries {
        let geometry = wkb.and_then(Geometry::from_wkb);
        moved.append_option(geometry.and_then(|own| own.transform(&transform)).map(|own| own.to_wkb()));
    }
    Arc::new(moved.finish())
}

#[cfg(test)]
mod tests {
    use arrow::array::{BinaryArray, StringArray};

    use super::{super::Position, *};

    #[test]
    fn geometries_move_and_other_columns_do_not() {
        let utm = Crs::from_epsg(25_833).unwrap();
        let point = |x, y| Geometry::Point(Position { x, y, z: None }).to_wkb();
        let (here, nowhere) = (point(15.0, 60.0), point(-165.0, -60.0));
        let degrees: ArrayRef = Arc::new(BinaryArray::from(vec![Some(here.as_slice()), None, Some(&nowhere)]));
        let moved = in_system(&degrees, Crs::CRS84, utm);
        let moved = moved.as_binary::<i32>();
        let place = Geometry::from_wkb(moved.value(0)).unwrap().bbox().unwrap();
        assert!((place[0] - 500_000.0).abs() < 0.001 && moved.is_null(1) && moved.is_null(2), "{place:?}");
        let text: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
        assert_eq!(&in_system(&text, Crs::CRS84, utm), &text);
        assert_eq!(&in_system(&degrees, Crs::CRS84, Crs::CRS84), &degrees);
    }
}
