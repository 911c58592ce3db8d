//! On which side of a line a point lies, without error: validity hangs on single bits.

use std::cmp::Ordering;

use super::Position;

/// Above this part of its terms a determinant of doubles has the right sign (Shewchuk 1997, bound A).
const SURE: f64 = (3.0 + 16.0 * UNIT) * UNIT;
/// Half the distance from one to the next double.
const UNIT: f64 = f64::EPSILON / 2.0;

/// The side of the line from `a` to `b`: `Greater` is left, `Less` right, `Equal` on the line. Exact for coordinates
/// whose products neither overflow nor vanish.
pub(super) fn side(a: &Position, b: &Position, point: &Position) -> Ordering {
    let (left, right) = ((a.x - point.x) * (b.y - point.y), (a.y - point.y) * (b.x - point.x));
    let (determinant, terms) = (left - right, left.abs() + right.abs());
    if determinant.abs() > SURE * terms {
        return sign(determinant);
    }
    exact(a, b, point)
}

/// The sign of the same determinant, summed up without rounding.
fn exact(a: &Position, b: &Position, point: &Position) -> Ordering {
    let products = [(a.x, b.y), (-a.x, point.y), (-point.x, b.y), (-a.y, b.x), (a.y, point.x), (point.y, b.x)];
    let mut sum = [0.0; 12];
    let terms = products.into_iter().flat_map(|(one, other)| {
        let product = one * other;
        [one.mul_add(other, -product), product]
    });
    for (used, term) in terms.enumerate() {
        let mut carry = term;
        for part in sum.iter_mut().take(used) {
            (carry, *part) = two_sum(carry, *part);
        }
        if let Some(last) = sum.get_mut(used) {
            *last = carry;
        }
    }
    // The parts do not overlap: the last one that is not zero decides.
    sum.into_iter().rev().find(|part| *part != 0.0).map_or(Ordering::Equal, sign)
}

/// A sum and what its rounding lost.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let back = sum - a;
    (sum, (a - (sum - back)) + (b - back))
}

fn sign(number: f64) -> Ordering {
    number.partial_cmp(&0.0).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(x: f64, y: f64) -> Position {
        Position { x, y, z: None }
    }

    #[test]
    fn points_beside_a_line_by_the_smallest_step_are_told_apart() {
        let (a, b) = (at(12.0, 12.0), at(24.0, 24.0));
        for step in 0..32_u64 {
            let near = f64::from_bits(0.5_f64.to_bits() + step);
            let expected = if step == 0 { Ordering::Equal } else { Ordering::Less };
            assert_eq!(side(&a, &b, &at(near, 0.5)), expected, "{step}");
            assert_eq!(side(&b, &a, &at(near, 0.5)), expected.reverse(), "{step}");
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_agree_with_integers(n in prop::array::uniform6(-40_000_000_i64..40_000_000)) {
            let [ax, ay, bx, by, px, py] = n;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let [a, b, p] = [(ax, ay), (bx, by), (px, py)].map(|(x, y)| at(x as f64, y as f64));
            let determinant = i128::from(ax - px) * i128::from(by - py) - i128::from(ay - py) * i128::from(bx - px);
            prop_assert_eq!(side(&a, &b, &p), determinant.cmp(&0));
            prop_assert_eq!(exact(&a, &b, &p), determinant.cmp(&0));
        }

        #[test]
        fn turning_the_line_turns_the_side(n in prop::array::uniform6(-1e7_f64..1e7)) {
            let [ax, ay, bx, by, px, py] = n;
            let (a, b, p) = (at(ax, ay), at(bx, by), at(px, py));
            prop_assert_eq!(side(&a, &b, &p), side(&b, &a, &p).reverse());
            prop_assert_eq!(exact(&a, &b, &p), side(&b, &p, &a));
        }
    }
}
