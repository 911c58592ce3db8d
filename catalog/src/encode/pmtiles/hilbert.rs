//! The numbers of tiles in an archive (`PMTiles` 3 section 4.1): zoom after zoom, each along a Hilbert curve.

/// The number of a tile.
pub(super) fn number(zoom: u8, column: u32, row: u32) -> u64 {
    let side = 1_u64 << zoom;
    let (mut x, mut y) = (u64::from(column), u64::from(row));
    // All tiles of the zooms above: 1 + 4 + 16 …
    let mut number = (side * side - 1) / 3;
    let mut half = side / 2;
    while half > 0 {
        let (right, low) = (u64::from(x & half > 0), u64::from(y & half > 0));
        number += half * half * ((3 * right) ^ low);
        if low == 0 {
            if right == 1 {
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            (x, y) = (y, x);
        }
        half /= 2;
    }
    number
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_are_those_of_the_standard() {
        assert_eq!(
            [number(0, 0, 0), number(1, 0, 0), number(1, 0, 1), number(1, 1, 1), number(1, 1, 0)],
            [0, 1, 2, 3, 4]
        );
        assert_eq!(number(2, 0, 0), 5);
        // From the tests of the reference implementation.
        assert_eq!(number(12, 3423, 1763), 19_078_479);
    }

    #[test]
    fn every_tile_of_a_zoom_has_its_own_beside_its_neighbour() {
        let mut places: Vec<(u64, u32, u32)> =
            (0..16).flat_map(|x| (0..16).map(move |y| (number(4, x, y), x, y))).collect();
        places.sort_unstable();
        assert_eq!(places.iter().map(|(number, ..)| *number).collect::<BTreeSet<u64>>(), (85..341).collect());
        for pair in places.windows(2) {
            assert_eq!(pair[0].1.abs_diff(pair[1].1) + pair[0].2.abs_diff(pair[1].2), 1);
        }
    }
}
