//! Which group each row belongs to: the values of every column are numbered, then the combinations of the numbers.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{Array, StringArray},
    buffer::NullBuffer,
    datatypes::DataType,
    error::ArrowError,
};
use foldhash::fast::RandomState;

use super::{
    period::Calendar,
    typed::{Typed, Value},
};

type Numbers<K> = HashMap<K, u32, RandomState>;

/// The number of a missing value.
const MISSING: u32 = 0;
/// Bytes that a value takes beside its own.
const ENTRY_BYTES: usize = 48;

/// The groups seen so far, numbered from 0 in the order in which they came.
#[derive(Debug)]
pub(super) struct Groups {
    keys: Vec<Key>,
    /// For every key but the first: the group of (group so far, value's number).
    pairs: Vec<Numbers<u64>>,
    /// For the first key: the group of a value's number.
    first: Vec<Option<u32>>,
    /// Groups after each key.
    counts: Vec<u32>,
    /// The numbers of the values of each group, one after the other.
    values: Vec<u32>,
    bytes: usize,
}

impl Groups {
    /// Groups by columns, some of them by period.
    pub(super) fn new(calendars: Vec<Option<Calendar>>) -> Self {
        let keys: Vec<Key> = calendars.into_iter().map(Key::new).collect();
        let pairs = keys.iter().skip(1).map(|_| Numbers::default()).collect();
        let counts = vec![0; keys.len()];
        Self { keys, pairs, first: Vec::new(), counts, values: Vec::new(), bytes: 0 }
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        self.counts.last().map_or(1, |count| *count as usize)
    }

    /// Bytes held, about.
    pub(super) fn bytes(&self) -> usize {
        let pairs: usize = self.pairs.iter().map(HashMap::len).sum();
        self.bytes
            + (self.values.len() + 4 * pairs) * size_of::<u32>()
            + self.keys.iter().map(|key| key.bytes).sum::<usize>()
    }

    /// The group of each row, by its values in the columns.
    pub(super) fn of(&mut self, columns: &[&dyn Array], rows: usize) -> Result<Vec<u32>, ArrowError> {
        let mut codes = Vec::with_capacity(self.keys.len());
        for (key, column) in self.keys.iter_mut().zip(columns) {
            codes.push(key.numbers(*column)?);
        }
        let mut groups = vec![0; rows];
        for (place, numbers) in codes.iter().enumerate() {
            self.combine(place, numbers, &mut groups);
        }
        self.remember(&codes, &groups);
        Ok(groups)
    }

    /// Puts the numbers of one key's values to the groups so far.
    fn combine(&mut self, place: usize, numbers: &[u32], groups: &mut [u32]) {
        let Some(count) = self.counts.get_mut(place) else { return };
        let mut fresh = || {
            *count += 1;
            *count - 1
        };
        let Some(pairs) = place.checked_sub(1).and_then(|place| self.pairs.get_mut(place)) else {
            for (group, number) in groups.iter_mut().zip(numbers) {
                let number = *number as usize;
                if self.first.len() <= number {
                    self.first.resize(number + 1, None);
                }
                if let Some(known) = self.first.get_mut(number) {
                    *group = *known.get_or_insert_with(&mut fresh);
                }
            }
            return;
        };
        let mut last = None;
        for (group, number) in groups.iter_mut().zip(numbers) {
            let pair = (u64::from(*group) << 32) | u64::from(*number);
            *group = match last {
                Some((known, found)) if known == pair => found,
                _ => *pairs.entry(pair).or_insert_with(&mut fresh),
            };
            last = Some((pair, *group));
        }
    }

    /// Keeps the values of groups that are new.
    fn remember(&mut self, codes: &[Vec<u32>], groups: &[u32]) {
        let width = codes.len();
        if width == 0 {
            return;
        }
        let mut known = self.values.len() / width;
        for (row, group) in groups.iter().enumerate() {
            if *group as usize == known {
                self.values.extend(codes.iter().filter_map(|numbers| numbers.get(row)));
                known += 1;
            }
        }
    }

    /// The value of every group in the column of a place.
    pub(super) fn values(&self, place: usize) -> Vec<Option<Value>> {
        let Some(key) = self.keys.get(place) else { return Vec::new() };
        let numbers = self.values.iter().skip(place).step_by(self.keys.len());
        numbers.map(|number| (*number).checked_sub(1).and_then(|at| key.values.get(at as usize).cloned())).collect()
    }
}

/// The values of one column, numbered from 1.
#[derive(Debug)]
struct Key {
    calendar: Option<Calendar>,
    texts: Numbers<Arc<str>>,
    wholes: Numbers<i64>,
    decimals: Numbers<i128>,
    values: Vec<Value>,
    bytes: usize,
}

impl Key {
    fn new(calendar: Option<Calendar>) -> Self {
        let (texts, wholes, decimals) = (Numbers::default(), Numbers::default(), Numbers::default());
        Self { calendar, texts, wholes, decimals, values: Vec::new(), bytes: 0 }
    }

    fn numbers(&mut self, array: &dyn Array) -> Result<Vec<u32>, ArrowError> {
        let (typed, nulls) = Typed::of(array)?;
        Ok(match typed {
            Typed::Text(texts) => self.texts(texts),
            Typed::Whole(values) => {
                let instants = matches!(array.data_type(), DataType::Timestamp(..));
                let mut calendar = self.calendar.take();
                let period = |value: i64| match &mut calendar {
                    Some(calendar) if instants => calendar.instant(value),
                    Some(calendar) => calendar.day(value),
                    None => value,
                };
                let numbers = self.wholes(values.iter().copied().map(period), nulls, Value::Whole);
                self.calendar = calendar;
                numbers
            }
            Typed::Fraction(values) => {
                // Both zeros are one value.
                let bits = values.iter().map(|value| (value + 0.0).to_bits().cast_signed());
                self.wholes(bits, nulls, |bits| Value::Fraction(f64::from_bits(bits.cast_unsigned())))
            }
            Typed::Decimal(values) => {
                let (decimals, known, bytes) = (&mut self.decimals, &mut self.values, &mut self.bytes);
                let number = |(row, value): (usize, &i128)| {
                    if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                        return MISSING;
                    }
                    *decimals.entry(*value).or_insert_with(|| added(known, bytes, Value::Decimal(*value)))
                };
                values.iter().enumerate().map(number).collect()
            }
        })
    }

    fn texts(&mut self, texts: &StringArray) -> Vec<u32> {
        let mut last: Option<(&str, u32)> = None;
        let mut numbers = Vec::with_capacity(texts.len());
        for row in 0..texts.len() {
            if texts.is_null(row) {
                numbers.push(MISSING);
                continue;
            }
            let text = texts.value(row);
            let number = match last {
                Some((known, number)) if known == text => number,
                _ => self.text(text),
            };
            last = Some((text, number));
            numbers.push(number);
        }
        numbers
    }

    fn text(&mut self, text: &str) -> u32 {
        if let Some(number) = self.texts.get(text) {
            return *number;
        }
        let text: Arc<str> = text.into();
        self.bytes += text.len();
        let number = added(&mut self.values, &mut self.bytes, Value::Text(Arc::clone(&text)));
        self.texts.insert(text, number);
        number
    }

    fn wholes(
        &mut self,
        values: impl Iterator<Item = i64>,
        nulls: Option<&NullBuffer>,
        value: impl Fn(i64) -> Value,
    ) -> Vec<u32> {
        let mut last: Option<(i64, u32)> = None;
        let mut number = |(row, whole): (usize, i64)| {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                return MISSING;
            }
            let number = match last {
                Some((known, number)) if known == whole => number,
                _ => {
                    *self.wholes.entry(whole).or_insert_with(|| added(&mut self.values, &mut self.bytes, value(whole)))
                }
            };
            last = Some((whole, number));
            number
        };
        values.enumerate().map(&mut number).collect()
    }
}

/// Adds a value; its number.
fn added(values: &mut Vec<Value>, bytes: &mut usize, value: Value) -> u32 {
    *bytes += ENTRY_BYTES;
    values.push(value);
    // Far fewer are let in than would not fit.
    u32::try_from(values.len()).unwrap_or(MISSING)
}
