//! Columns of long system numbers: whether more of them look like identity numbers than chance gives.

use std::collections::BTreeSet;

use super::{
    forms::DIGITS,
    numbers::{Control, IdentityNumber, identity, plausible},
};

/// Different numbers that are kept; of more a fixed part is kept, chosen by the numbers themselves.
const KEPT: usize = 1 << 16;
/// Share of numbers with a right date whose control digits of 1964 are right by chance: 1/11 · 1/11.
const OLD: f64 = 1.0 / 121.0;
/// The same with the control digits of 2032 too: 4/11 · 1/11.
const NEW: f64 = 4.0 / 121.0;
/// Probability below which a count is no chance.
const IMPROBABLE: f64 = 1e-6;

/// A bounded sample of the different numbers of a column that may be dates with control digits.
#[derive(Debug, Default)]
pub(super) struct Chance {
    /// Numbers, mixed so that they sort at random, in order.
    sample: BTreeSet<u64>,
}

impl Chance {
    /// Takes a number that has the date or the first digit of an identity number.
    pub(super) fn take(&mut self, digits: &[u8; DIGITS]) {
        let number = digits.iter().fold(0_u64, |number, digit| number * 10 + u64::from(*digit));
        self.sample.insert(mix(number));
        if self.sample.len() > KEPT {
            self.sample.pop_last();
        }
    }

    /// True if no more of the numbers fulfil the control digits than chance gives. From 2032 on the new ones count.
    pub(super) fn explains(&self, from_2032: bool) -> bool {
        let (mut hits, mut mean) = (0, 0.0);
        for digits in self.sample.iter().map(|mixed| digits(unmix(*mixed))) {
            let new = from_2032 || plausible(&digits) == Some(IdentityNumber::Fh);
            mean += if new { NEW } else { OLD };
            let grave = identity(&digits).is_some_and(|(_, control)| new || control == Control::Old);
            hits += u64::from(grave);
        }
        // Of few numbers no count is improbable; more than every second is no chance all the same.
        2 * hits <= self.sample.len() as u64 && likely(hits, mean)
    }
}

/// The factor and its inverse modulo 2^64: odd, so that no two numbers get the same place.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
const INVERSE: u64 = 0xf1de_83e1_9937_733d;

fn mix(number: u64) -> u64 {
    let number = number.wrapping_mul(FACTOR);
    number ^ (number >> 32)
}

fn unmix(mixed: u64) -> u64 {
    (mixed ^ (mixed >> 32)).wrapping_mul(INVERSE)
}

fn digits(number: u64) -> [u8; DIGITS] {
    let mut digits = [0; DIGITS];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    digits
}

/// Whether `hits` or more are not improbable where `mean` are expected (Poisson, the limit of the binomial).
#[expect(clippy::cast_precision_loss, reason = "counts of a sample are far below 2^52")]
fn likely(hits: u64, mean: f64) -> bool {
    if mean > 500.0 {
        // Normal approximation; 4.75 standard deviations have the same tail.
        return (hits as f64) < mean + 4.75 * mean.sqrt();
    }
    let mut term = (-mean).exp();
    let mut below = 0.0;
    for k in 0..hits {
        below += term;
        term *= mean / (k as f64 + 1.0);
    }
    1.0 - below >= IMPROBABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_explains_few_hits_only() {
        for (hits, mean, expected) in
            [(3, 3.3, true), (15, 3.3, true), (17, 3.3, false), (0, 0.0, true), (2, 0.0, false)]
        {
            assert_eq!(likely(hits, mean), expected, "{hits} of {mean}");
        }
        assert!(likely(3300, 3300.0) && !likely(3700, 3300.0));
    }

    #[test]
    fn mixing_can_be_undone_and_the_sample_is_bounded() {
        for number in [0, 1, 31_123_970_082, 99_999_999_999] {
            assert_eq!(unmix(mix(number)), number);
            assert_eq!(digits(number).iter().fold(0, |n, d| n * 10 + u64::from(*d)), number);
        }
        let mut chance = Chance::default();
        for number in 0..200_000_u64 {
            chance.take(&digits(10_100_000_000 + number));
        }
        assert_eq!(chance.sample.len(), KEPT);
        assert!(chance.explains(false) && chance.explains(true));
        // The same number many times is one number.
        let mut chance = Chance::default();
        (0..1000).for_each(|_| chance.take(&digits(31_123_970_082)));
        assert_eq!(chance.sample.len(), 1);
        assert!(!chance.explains(false), "every one of them");
    }
}
