//! Counts, ranges and extent of a table, gathered while it is written.

use std::{cmp::Ordering, collections::BTreeSet};

use arrow::{
    array::{Array, AsArray},
    compute,
    datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMillisecondType},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Geometry, Scalar,
    kept::Kept,
    text,
    wkb::{self, Position},
};
use crate::version::ColumnStatistics;

/// Longer texts are no range worth keeping in a manifest; bytes.
const LONGEST: usize = 1000;

/// What is known about one column so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub(super) struct Gathered {
    pub(super) nulls: u64,
    pub(super) range: Option<(Scalar, Scalar)>,
    pub(super) places: Places,
}

/// What is known about a geometry column so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Places {
    pub(super) types: BTreeSet<String>,
    pub(super) bbox: Option<[f64; 4]>,
    pub(super) heights: Option<(f64, f64)>,
}

impl Gathered {
    /// Takes the values of a batch into account; the reason if a geometry is not WKB.
    pub(super) fn add(&mut self, array: &dyn Array) -> Result<(), String> {
        self.nulls += array.null_count() as u64;
        if let Some(binary) = array.as_binary_opt::<i32>() {
            return binary.iter().flatten().try_for_each(|wkb| self.places.add(wkb));
        }
        self.widen(range(array));
        Ok(())
    }

    /// Takes what is known of another part of the column into account.
    pub(super) fn merge(&mut self, other: &Self) {
        self.nulls += other.nulls;
        self.widen(other.range.clone());
        self.places.types.extend(other.places.types.iter().cloned());
        let boxes = [self.places.bbox, other.places.bbox];
        self.places.bbox = boxes.into_iter().flatten().reduce(wkb::union);
        let heights = [self.places.heights, other.places.heights];
        self.places.heights = heights.into_iter().flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    }

    fn widen(&mut self, range: Option<(Scalar, Scalar)>) {
        let Some((low, high)) = range else { return };
        self.range = Some(match self.range.take() {
            None => (low, high),
            Some((lowest, highest)) => (
                if order(&low, &lowest).is_lt() { low } else { lowest },
                if order(&high, &highest).is_gt() { high } else { highest },
            ),
        });
    }

    /// The statistics as text.
    pub(super) fn statistics(&self) -> ColumnStatistics {
        let as_text = |value: &Scalar| Some(value.to_string()).filter(|text| text.len() <= LONGEST);
        ColumnStatistics {
            nulls: self.nulls,
            min: self.range.as_ref().and_then(|(low, _)| as_text(low)),
            max: self.range.as_ref().and_then(|(_, high)| as_text(high)),
        }
    }

    /// The extent of a geometry column.
    pub(super) fn bbox(&self) -> Option<[f64; 4]> {
        self.places.bbox
    }

    /// The column's entry in `geo` metadata: `GeoParquet` 1.1.0, "Column metadata". Without `crs`, which means OGC:CRS84.
    pub(super) fn geo(&self) -> Value {
        let mut column = json!({ "encoding": "WKB", "geometry_types": self.places.types });
        if let (Some([w, s, e, n]), Some(entry)) = (self.places.bbox, column.as_object_mut()) {
            let bbox = match self.places.heights {
                Some((low, high)) => json!([w, s, low, e, n, high]),
                None => json!([w, s, e, n]),
            };
            entry.insert("bbox".to_owned(), bbox);
        }
        column
    }
}

impl From<Gathered> for Kept {
    fn from(known: Gathered) -> Self {
        let Gathered { nulls, range, places: Places { types, bbox, heights } } = known;
        Self {
            nulls,
            range: range.map(|(low, high)| (low.into(), high.into())),
            types,
            bbox: bbox.map(|bbox| bbox.map(f64::to_bits)),
            heights: heights.map(|(low, high)| [low.to_bits(), high.to_bits()]),
        }
    }
}

impl TryFrom<Kept> for Gathered {
    type Error = String;

    fn try_from(kept: Kept) -> Result<Self, String> {
        let Kept { nulls, range, types, bbox, heights } = kept;
        let range = range.map(|(low, high)| Ok::<_, String>((low.try_into()?, high.try_into()?))).transpose()?;
        let bbox = bbox.map(|bbox| bbox.map(f64::from_bits));
        let heights = heights.map(|[low, high]| (f64::from_bits(low), f64::from_bits(high)));
        Ok(Self { nulls, range, places: Places { types, bbox, heights } })
    }
}

impl Places {
    fn add(&mut self, wkb: &[u8]) -> Result<(), String> {
        let geometry = Geometry::from_wkb(wkb).ok_or("a geometry is not well-known binary of finite positions")?;
        let suffix = if geometry.has_z() { " Z" } else { "" };
        self.types.insert(format!("{}{suffix}", geometry.type_name()));
        if let Some(own) = geometry.bbox() {
            self.bbox = Some(self.bbox.map_or(own, |old| wkb::union(old, own)));
        }
        geometry.each_position(&mut |Position { z, .. }| {
            if let Some(z) = *z {
                self.heights = Some(self.heights.map_or((z, z), |(low, high)| (low.min(z), high.max(z))));
            }
        });
        Ok(())
    }
}

/// Smallest and largest value; numbers that are not finite do not count.
fn range(array: &dyn Array) -> Option<(Scalar, Scalar)> {
    Some(match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            let own = |text: &str| Scalar::Text(text.to_owned());
            (own(compute::min_string(texts)?), own(compute::max_string(texts)?))
        }
        DataType::Int64 => {
            let integers = array.as_primitive::<Int64Type>();
            (Scalar::Integer(compute::min(integers)?), Scalar::Integer(compute::max(integers)?))
        }
        DataType::Float64 => {
            let finite = || array.as_primitive::<Float64Type>().iter().flatten().filter(|number| number.is_finite());
            (Scalar::Number(finite().reduce(f64::min)?), Scalar::Number(finite().reduce(f64::max)?))
        }
        DataType::Decimal128(_, scale) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            (Scalar::Decimal(compute::min(decimals)?, *scale), Scalar::Decimal(compute::max(decimals)?, *scale))
        }
        DataType::Boolean => {
            let truths = array.as_boolean();
            (Scalar::Boolean(compute::min_boolean(truths)?), Scalar::Boolean(compute::max_boolean(truths)?))
        }
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            (Scalar::Date(compute::min(days)?), Scalar::Date(compute::max(days)?))
        }
        DataType::Timestamp(..) => {
            let instants = array.as_primitive_opt::<TimestampMillisecondType>()?;
            (Scalar::Timestamp(compute::min(instants)?), Scalar::Timestamp(compute::max(instants)?))
        }
        _ => return None,
    })
}

/// The order of two values of one column.
fn order(a: &Scalar, b: &Scalar) -> Ordering {
    match (a, b) {
        (Scalar::Text(a), Scalar::Text(b)) => a.cmp(b),
        (Scalar::Integer(a), Scalar::Integer(b)) | (Scalar::Timestamp(a), Scalar::Timestamp(b)) => a.cmp(b),
        (Scalar::Number(a), Scalar::Number(b)) => a.total_cmp(b),
        (Scalar::Decimal(a, _), Scalar::Decimal(b, _)) => a.cmp(b),
        (Scalar::Boolean(a), Scalar::Boolean(b)) => a.cmp(b),
        (Scalar::Date(a), Scalar::Date(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

impl std::fmt::Display for Scalar {
    /// As in text formats: decimal point, ISO days, RFC 3339 instants.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        match self {
            Self::Text(text) => return f.write_str(text),
            Self::Integer(integer) => return integer.fmt(f),
            Self::Boolean(truth) => return truth.fmt(f),
            Self::Number(number) => {
                if !text::write_number(*number, &mut out) {
                    return number.fmt(f);
                }
            }
            Self::Decimal(unscaled, scale) => text::write_decimal(*unscaled, *scale, &mut out),
            Self::Date(days) => text::write_date(*days, &mut out),
            Self::Timestamp(millis) => text::write_timestamp(*millis, &mut out),
        }
        f.write_str(&out)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::fixture, *};

    fn gathered() -> Vec<Gathered> {
        let mut columns: Vec<Gathered> = (0..9).map(|_| Gathered::default()).collect();
        for batch in [fixture::batch(0..10), fixture::batch(10..400)] {
            for (column, array) in columns.iter_mut().zip(batch.columns()) {
                column.add(array).unwrap();
            }
        }
        columns
    }

    #[test]
    fn ranges_are_plain_text() {
        let found: Vec<_> = gathered()
            .iter()
            .map(Gathered::statistics)
            .map(|s| format!("{} {} {}", s.nulls, s.min.unwrap_or_default(), s.max.unwrap_or_default()))
            .collect();
        assert_eq!(
            found,
            [
                "0 000000 000399",
                "57 Vei 0, \"Ås\" Vei 99, \"Ås\"",
                "57 0 399",
                "57 0 99.75",
                "57 -0.05 398.95",
                "57 false true",
                "57 2022-01-08 2023-01-07",
                "57 2023-11-14T22:13:20Z 2023-11-14T22:16:39.500Z",
                "57  ",
            ]
        );
    }

    #[test]
    fn geometry_has_extent_and_geo_metadata() {
        let columns = gathered();
        let places = columns.last().unwrap();
        assert_eq!(places.bbox(), Some([10.0, 59.5, 10.399, 59.5]));
        assert_eq!(
            places.geo(),
            json!({ "encoding": "WKB", "geometry_types": ["Point"], "bbox": [10.0, 59.5, 10.399, 59.5] })
        );
    }

    #[test]
    fn heights_are_a_third_dimension() {
        let mut column = Gathered::default();
        let wkb = Geometry::Point(Position { x: 1.0, y: 2.0, z: Some(3.0) }).to_wkb();
        column.add(&arrow::array::BinaryArray::from(vec![wkb.as_slice()])).unwrap();
        let geo = column.geo();
        assert_eq!(
            (&geo["geometry_types"], &geo["bbox"]),
            (&json!(["Point Z"]), &json!([1.0, 2.0, 3.0, 1.0, 2.0, 3.0]))
        );
        assert!(column.add(&arrow::array::BinaryArray::from(vec![&b"POINT"[..]])).is_err());
    }

    #[test]
    fn numbers_that_are_none_do_not_count() {
        let mut column = Gathered::default();
        column.add(&arrow::array::Float64Array::from(vec![f64::NAN, 2.0, f64::INFINITY, -1.5])).unwrap();
        let statistics = column.statistics();
        assert_eq!((statistics.min.as_deref(), statistics.max.as_deref()), (Some("-1.5"), Some("2")));
    }
}
