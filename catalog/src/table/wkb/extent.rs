//! The extent of well-known binary without building the geometry.

use super::binary::Reader;
use crate::crs::union;

/// The extent of a geometry as ISO WKB: west, south, east, north; `None` for the empty geometry and for what is no whole
/// geometry, as [`super::Geometry::from_wkb`] reads it.
pub fn extent(bytes: &[u8]) -> Option<[f64; 4]> {
    let mut extent: Option<[f64; 4]> = None;
    let whole = Reader::new(bytes).visit(&mut |x, y| {
        let own = [x, y, x, y];
        extent = Some(extent.map_or(own, |old| union(old, own)));
    });
    whole.and(extent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{Geometry, strategies},
        *,
    };

    proptest! {
        #[test]
        fn the_extent_is_that_of_the_geometry(geometry in strategies::geometry()) {
            prop_assert_eq!(extent(&geometry.to_wkb()), geometry.bbox());
        }

        #[test]
        fn what_is_no_geometry_has_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(extent(&bytes), Geometry::from_wkb(&bytes).and_then(|geometry| geometry.bbox()));
        }

        #[test]
        fn what_is_cut_off_has_none(geometry in strategies::geometry(), cut in any::<prop::sample::Index>()) {
            let wkb = geometry.to_wkb();
            prop_assert_eq!(extent(&wkb[..cut.index(wkb.len())]), None);
        }
    }
}
