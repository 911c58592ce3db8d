//! Exact decimal numbers: 674759383 times 0.01 is 6747593.83 and nothing beside it.

/// Most digits of a number.
const DIGITS: usize = 18;
/// Powers of ten up to here are exact as doubles.
const EXACT: i32 = 22;

/// `mantissa` / 10 ^ `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: i64,
    scale: i32,
}

impl Decimal {
    /// Zero.
    pub(super) const ZERO: Self = Self { mantissa: 0, scale: 0 };

    /// Reads a number, with a Fortran exponent (`3D2`) or another one (`3E2`).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (number, exponent) = match text.split_once(['D', 'd', 'E', 'e']) {
            Some((number, exponent)) => (number, exponent.parse::<i8>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let mut mantissa: i64 = 0;
        let mut digits = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            if !digit.is_ascii_digit() || digits == DIGITS {
                return None;
            }
            mantissa = mantissa * 10 + i64::from(digit - b'0');
            digits += usize::from(mantissa != 0);
        }
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let scale = i32::try_from(fraction.len()).ok()? - i32::from(exponent);
        let in_range = (-EXACT..=EXACT).contains(&scale);
        in_range.then_some(Self { mantissa: if negative { -mantissa } else { mantissa }, scale })
    }

    /// True if it is more than zero.
    pub(super) fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// The nearest double.
    pub(super) fn to_f64(self) -> f64 {
        nearest(i128::from(self.mantissa), self.scale).unwrap_or(f64::NAN)
    }

    /// This number of units from an origin: rounded once, at the end. `None` where there are too many digits.
    pub(super) fn placed(self, unit: Self, origin: Self) -> Option<f64> {
        let scale = (self.scale + unit.scale).max(origin.scale);
        let raised = |value: i128, by: i32| value.checked_mul(10_i128.checked_pow(u32::try_from(by).ok()?)?);
        let product = i128::from(self.mantissa) * i128::from(unit.mantissa);
        let product = raised(product, scale - self.scale - unit.scale)?;
        nearest(product.checked_add(raised(i128::from(origin.mantissa), scale - origin.scale)?)?, scale)
    }
}

#[expect(clippy::cast_precision_loss, reason = "the nearest double is what is wanted")]
fn nearest(mut mantissa: i128, mut scale: i32) -> Option<f64> {
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    if scale > EXACT {
        return None;
    }
    // One rounding only: of the division.
    Some(if scale >= 0 { mantissa as f64 / 10_f64.powi(scale) } else { mantissa as f64 * 10_f64.powi(-scale) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn coordinates_are_exact() {
        let unit = number("0.01");
        for (text, value) in [("674759383", 6_747_593.83), ("-7701886", -77_018.86), ("+5", 0.05), ("0", 0.0)] {
            assert_eq!(number(text).placed(unit, Decimal::ZERO), Some(value));
        }
        assert_eq!(number("23456").placed(number("0.010"), number("100000")), Some(100_234.56));
        assert_eq!(number("2345.5").placed(number("1"), number("-0.25")), Some(2345.25));
        assert_eq!(number("1").placed(number("3D2"), Decimal::ZERO), Some(300.0));
    }

    #[test]
    fn reads_numbers_and_nothing_else() {
        assert_eq!(number(".1d2"), Decimal { mantissa: 1, scale: -1 });
        assert_eq!(number("-00012.50"), Decimal { mantissa: -1250, scale: 2 });
        for bad in [
            "",
            "-",
            "+",
            ".",
            "E6",
            "123x",
            "1,5",
            "NaN",
            "inf",
            "1e999",
            "1D200",
            "--1",
            "1.2.3",
            "1234567890123456789",
        ] {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
    }
}
