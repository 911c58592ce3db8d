//! How people write numbers of persons: which runs of digits make one number together.

use super::runs::{Gap, KEPT, Run};

/// Digits of an identity number.
pub(super) const DIGITS: usize = 11;
/// Ways to split eleven digits that are taken whatever stands between the parts.
const ANY: [u16; 11] = [
    at(&[6]),
    at(&[6, 8]),
    at(&[6, 9]),
    at(&[2, 4]),
    at(&[2, 4, 6]),
    at(&[2, 4, 6, 8]),
    at(&[2, 4, 6, 9]),
    at(&[2, 6]),
    at(&[2, 6, 8]),
    at(&[2, 6, 9]),
    at(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
];
/// Ways to split them that are taken with blanks or dots between: others write case numbers so.
const PLAIN: [u16; 8] = [
    at(&[4, 6]),
    at(&[4, 6, 8]),
    at(&[4, 6, 9]),
    at(&[3, 6]),
    at(&[3, 6, 8]),
    at(&[3, 6, 9]),
    at(&[4, 8]),
    at(&[2, 5, 8]),
];
/// Ways to split day, month, year of four digits and five more.
const WITH_YEAR: [u16; 12] = [
    0,
    at(&[8]),
    at(&[8, 10]),
    at(&[8, 11]),
    at(&[2, 4, 8]),
    at(&[2, 4, 8, 10]),
    at(&[2, 4, 8, 11]),
    at(&[4, 6, 8]),
    at(&[4, 6, 8, 10]),
    at(&[4, 6, 8, 11]),
    at(&[4, 8]),
    at(&[2, 4]),
];
/// A bank account: four, two, five.
const ACCOUNT: u16 = at(&[4, 6]);
/// Ways to split a DUF number: year, serial number, control digits.
const DUF: [u16; 5] = [0, at(&[4]), at(&[10]), at(&[4, 10]), at(&[4, 7, 10])];

/// One bit for each place at which a number is split.
const fn at(places: &[u16]) -> u16 {
    let mut bits = 0;
    let mut rest = places;
    while let [place, others @ ..] = rest {
        bits |= 1 << *place;
        rest = others;
    }
    bits
}

/// Digits that may be one number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    /// Byte of the first digit.
    pub(super) start: usize,
    /// Byte after the last digit.
    pub(super) end: usize,
    /// How many digits.
    pub(super) len: usize,
    digits: [u8; KEPT],
    cuts: u16,
    plain: bool,
    uniform: bool,
    first_gap: Option<Gap>,
    /// A part is the name of a month.
    worded: bool,
}

impl Written {
    /// The number that some runs make together; `None` if they are too long.
    fn of(runs: &[Run]) -> Option<Self> {
        let (first, last) = (runs.first()?, runs.last()?);
        let mut written = Self {
            start: first.start,
            end: last.end,
            len: 0,
            digits: [0; KEPT],
            cuts: 0,
            plain: true,
            uniform: true,
            first_gap: None,
            worded: runs.iter().any(|run| run.month),
        };
        // A day of one digit before the name of its month.
        if first.len == 1 && runs.get(1).is_some_and(|run| run.month) {
            written.len = 1;
        }
        for (place, run) in runs.iter().enumerate() {
            if place > 0 {
                written.cuts |= 1 << written.len;
                written.plain &= matches!(run.gap, Gap::Blank | Gap::Wide | Gap::Dot);
                written.uniform &= *written.first_gap.get_or_insert(run.gap) == run.gap;
            }
            let to = written.digits.get_mut(written.len..written.len + run.len)?;
            to.copy_from_slice(run.digits.get(..run.len)?);
            written.len += run.len;
        }
        Some(written)
    }

    /// Its digits.
    pub(super) fn digits(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }

    /// True if a part is the name of a month.
    pub(super) fn worded(&self) -> bool {
        self.worded
    }

    /// True if nothing stands between the digits.
    pub(super) fn is_bare(&self) -> bool {
        self.cuts == 0
    }

    /// The eleven digits of an identity number, if it is written as one.
    pub(super) fn eleven(&self) -> Option<[u8; DIGITS]> {
        match self.len {
            DIGITS => (self.has_form_of_eleven()).then(|| self.digits().try_into().ok()).flatten(),
            10 if self.cuts == 0 || self.cuts == at(&[5]) => {
                let mut digits = [0; DIGITS];
                digits.get_mut(1..)?.copy_from_slice(self.digits());
                Some(digits)
            }
            _ => None,
        }
    }

    /// Eleven digits written like an easting with its decimals: 311239.70082.
    pub(super) fn decimal(&self) -> Option<[u8; DIGITS]> {
        (self.len == DIGITS && self.is_decimal()).then(|| self.digits().try_into().ok()).flatten()
    }

    fn is_decimal(&self) -> bool {
        self.cuts == at(&[6]) && self.first_gap == Some(Gap::Dot)
    }

    fn has_form_of_eleven(&self) -> bool {
        let thousands = self.cuts == at(&[2, 5, 8]) && self.uniform && self.first_gap == Some(Gap::Comma);
        let any = self.cuts == 0 || ANY.contains(&self.cuts);
        !self.is_decimal() && (any || thousands || self.plain && PLAIN.contains(&self.cuts))
    }

    /// Both readings of thirteen digits with a year of four: day first and year first.
    pub(super) fn with_year(&self) -> [Option<[u8; DIGITS]>; 2] {
        let decimal = self.cuts == at(&[8]) && self.first_gap == Some(Gap::Dot);
        if self.len != KEPT || decimal || !WITH_YEAR.contains(&self.cuts) {
            return [None, None];
        }
        let century = |at: usize| matches!(self.digits.get(at..at + 2), Some([1, 8 | 9] | [2, 0]));
        let number = |places: [usize; DIGITS]| places.map(|place| self.digits.get(place).copied().unwrap_or_default());
        let day_first = century(4).then(|| number([0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12]));
        let year_first = century(0).then(|| number([6, 7, 4, 5, 2, 3, 8, 9, 10, 11, 12]));
        [day_first, year_first]
    }

    /// True if it is written like a bank account: 9999.00.12345.
    pub(super) fn is_account_form(&self) -> bool {
        self.len == DIGITS && self.cuts == ACCOUNT && self.plain && !self.worded
    }

    /// True if it is written like a DUF number.
    pub(super) fn is_duf_form(&self) -> bool {
        self.len == 12 && DUF.contains(&self.cuts) && !self.worded
    }

    /// True if nothing but single blanks stands between the digits.
    pub(super) fn is_spaced(&self) -> bool {
        !self.worded && (self.cuts == 0 || (self.uniform && self.first_gap == Some(Gap::Blank)))
    }

    /// True if it is written like a telephone number: 75 00 75 09 or 750 07 509.
    pub(super) fn is_phone_form(&self) -> bool {
        self.len == 8 && self.is_spaced() && (self.cuts == at(&[2, 4, 6]) || self.cuts == at(&[3, 5]))
    }
}

/// Runs that may belong together, the last one newest.
#[derive(Debug, Default)]
pub(super) struct Window {
    runs: Vec<Run>,
}

impl Window {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.runs.clear();
    }

    /// Takes the next run and hands over every number that ends with it.
    pub(super) fn push(&mut self, run: Run, mut each: impl FnMut(Written)) {
        if run.gap == Gap::Far || run.len > KEPT {
            self.runs.clear();
        }
        if run.len > KEPT {
            return;
        }
        if self.runs.len() == KEPT {
            self.runs.remove(0);
        }
        self.runs.push(run);
        let mut total = 0;
        for (place, run) in self.runs.iter().enumerate().rev() {
            total += run.len;
            if total > KEPT {
                return;
            }
            if matches!(total, 8 | 10..=KEPT) {
                self.runs.get(place..).and_then(Written::of).into_iter().for_each(&mut each);
            }
        }
    }
}
