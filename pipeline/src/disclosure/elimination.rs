//! Which sums of cells follow from which others: elimination over the whole numbers modulo a big prime.
//!
//! A sum that follows over the fractions also follows modulo the prime, unless the prime divides a determinant of the
//! published sums; the audit finds its answers without this module.

use std::{cmp::Reverse, collections::BinaryHeap};

/// The Mersenne prime 2^61 - 1.
const PRIME: u64 = (1 << 61) - 1;

/// A sum of unknowns: pairs of unknown and coefficient, by unknown, without zeros.
pub(super) type Sum = Vec<(u32, u64)>;

/// The sum of some unknowns, each once.
pub(super) fn sum_of(unknowns: &[u32]) -> Sum {
    unknowns.iter().map(|unknown| (*unknown, 1)).collect()
}

fn times(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    // The remainder is below 2^61.
    u64::try_from(product % u128::from(PRIME)).unwrap_or(0)
}

fn minus(a: u64, b: u64) -> u64 {
    if a >= b { a - b } else { a + PRIME - b }
}

/// By Fermat: a^(p-2).
fn inverse(a: u64) -> u64 {
    let (mut power, mut base, mut left) = (1, a, PRIME - 2);
    while left > 0 {
        if left & 1 == 1 {
            power = times(power, base);
        }
        base = times(base, base);
        left >>= 1;
    }
    power
}

/// The multiple whose first coefficient is one: the same for all multiples of a sum.
pub(super) fn normal(sum: &Sum) -> Sum {
    let Some((_, first)) = sum.first() else { return Sum::new() };
    let factor = inverse(*first);
    sum.iter().map(|(unknown, value)| (*unknown, times(*value, factor))).collect()
}

/// `sum - factor * row`.
fn without(sum: &Sum, row: &Sum, factor: u64) -> Sum {
    let mut result = Sum::with_capacity(sum.len() + row.len());
    let (mut left, mut right) = (sum.iter().peekable(), row.iter().peekable());
    loop {
        let at = match (left.peek(), right.peek()) {
            (Some((one, _)), Some((other, _))) => *one.min(other),
            (Some((one, _)), None) | (None, Some((one, _))) => *one,
            (None, None) => return result,
        };
        let mine = left.next_if(|(unknown, _)| *unknown == at).map_or(0, |(_, value)| *value);
        let theirs = right.next_if(|(unknown, _)| *unknown == at).map_or(0, |(_, value)| *value);
        let value = minus(mine, times(theirs, factor));
        if value != 0 {
            result.push((at, value));
        }
    }
}

/// Published sums in echelon form.
#[derive(Debug)]
pub(super) struct Basis {
    /// Rows whose pivot has the coefficient one; a row has no pivot of an earlier one.
    rows: Vec<(u32, Sum)>,
    /// The row of which an unknown is the pivot.
    row_of: Vec<Option<usize>>,
    /// Work space: one value for each unknown, all zero between calls.
    space: Vec<u64>,
}

impl Basis {
    /// Nothing is published of so many unknowns.
    pub(super) fn new(unknowns: usize) -> Self {
        Self { rows: Vec::new(), row_of: vec![None; unknowns], space: vec![0; unknowns] }
    }

    /// What is left of a sum without what follows from the published ones; empty if it follows as a whole.
    pub(super) fn rest(&mut self, sum: &Sum) -> Sum {
        let mut touched: Vec<u32> = Vec::with_capacity(sum.len());
        let mut due = BinaryHeap::new();
        for (unknown, value) in sum {
            self.add(*unknown, *value, &mut touched, &mut due);
        }
        while let Some(Reverse(at)) = due.pop() {
            let Some((pivot, row)) = self.rows.get_mut(at).map(|(pivot, row)| (*pivot, std::mem::take(row))) else {
                continue;
            };
            let factor = self.space.get(pivot as usize).copied().unwrap_or(0);
            if factor != 0 {
                for (unknown, value) in &row {
                    self.add(*unknown, minus(0, times(*value, factor)), &mut touched, &mut due);
                }
            }
            if let Some((_, place)) = self.rows.get_mut(at) {
                *place = row;
            }
        }
        touched.sort_unstable();
        touched.dedup();
        let mut rest = Sum::new();
        for unknown in touched {
            let value = self.space.get_mut(unknown as usize).map_or(0, std::mem::take);
            if value != 0 {
                rest.push((unknown, value));
            }
        }
        rest
    }

    fn add(&mut self, unknown: u32, value: u64, touched: &mut Vec<u32>, due: &mut BinaryHeap<Reverse<usize>>) {
        let Some(place) = self.space.get_mut(unknown as usize) else { return };
        if *place == 0 {
            touched.push(unknown);
            if let Some(row) = self.row_of.get(unknown as usize).copied().flatten() {
                due.push(Reverse(row));
            }
        }
        *place = minus(*place, minus(0, value));
    }

    /// Publishes what is left of a sum, with a pivot among its unknowns. Returns the row.
    pub(super) fn publish(&mut self, rest: &Sum, pivot: u32) -> Sum {
        let value = rest.iter().find(|(unknown, _)| *unknown == pivot).map_or(1, |(_, value)| *value);
        let factor = inverse(value);
        let row: Sum = rest.iter().map(|(unknown, value)| (*unknown, times(*value, factor))).collect();
        if let Some(place) = self.row_of.get_mut(pivot as usize) {
            *place = Some(self.rows.len());
        }
        self.rows.push((pivot, row.clone()));
        row
    }

    /// Publishes a sum; false if it follows from the others.
    pub(super) fn publish_any(&mut self, sum: &Sum) -> bool {
        let rest = self.rest(sum);
        let Some((pivot, _)) = rest.first() else { return false };
        self.publish(&rest, *pivot);
        true
    }
}

/// A sum without the pivot of a new row; the same sum if it does not hold it.
pub(super) fn eliminated(sum: &Sum, pivot: u32, row: &Sum) -> Option<Sum> {
    let at = sum.binary_search_by_key(&pivot, |(unknown, _)| *unknown).ok()?;
    let (_, factor) = sum.get(at)?;
    Some(without(sum, row, *factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_modulo_the_prime() {
        assert_eq!(times(inverse(12_345), 12_345), 1);
        assert_eq!(times(PRIME - 1, PRIME - 1), 1);
        assert_eq!(minus(1, 2), PRIME - 1);
    }

    #[test]
    fn a_total_and_its_part_give_the_other_part() {
        let mut basis = Basis::new(3);
        assert!(basis.publish_any(&sum_of(&[0, 1, 2])));
        assert_eq!(basis.rest(&sum_of(&[0, 1])), vec![(2, PRIME - 1)]);
        assert!(basis.publish_any(&sum_of(&[2])));
        assert!(basis.rest(&sum_of(&[0, 1])).is_empty());
        assert!(!basis.publish_any(&sum_of(&[0, 1])));
        assert!(!basis.rest(&sum_of(&[0])).is_empty());
    }

    #[test]
    fn multiples_are_normal_alike() {
        let sum = vec![(1, 2), (4, 6)];
        assert_eq!(normal(&sum), vec![(1, 1), (4, 3)]);
        assert_eq!(normal(&Sum::new()), Sum::new());
        assert_eq!(eliminated(&sum, 4, &vec![(4, 1), (5, 1)]), Some(vec![(1, 2), (5, PRIME - 6)]));
        assert_eq!(eliminated(&sum, 3, &vec![(3, 1)]), None);
    }
}
