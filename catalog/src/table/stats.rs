//! Counts, ranges and extent of a table, gathered while it is written.

use std::{cmp::Ordering, collections::BTreeSet};

use arrow::{
    array::{Array, AsArray},
    compute,
    datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMillisecondType},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Geometry, Scalar, kept::Kept, text, wkb::Position};
use crate::{
    crs::{Crs, Transform, union},
    version::{ColumnInfo, ColumnStatistics},
};

/// Longer texts are no range worth keeping in a manifest; bytes.
const LONGEST: usize = 1000;

/// What is known about one column so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub(super) struct Gathered {
    pub(super) crs: Crs,
    pub(super) nulls: u64,
    pub(super) range: Option<(Scalar, Scalar)>,
    pub(super) places: Places,
    /// The extents of the geometries of the last batch.
    extents: Vec<Option<[f64; 4]>>,
}

/// What is known about a geometry column so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Places {
    pub(super) types: BTreeSet<String>,
    /// A ring goes the other way round than `GeoParquet` calls counter-clockwise.
    pub(super) turned: bool,
    pub(super) bbox: Option<[f64; 4]>,
    pub(super) heights: Option<(f64, f64)>,
}

impl Gathered {
    /// Nothing yet of a column.
    pub(super) fn of(column: &ColumnInfo) -> Self {
        Self { crs: column.crs(), nulls: 0, range: None, places: Places::default(), extents: Vec::new() }
    }

    /// Takes the values of a batch into account; the reason if a geometry is not WKB.
    pub(super) fn add(&mut self, array: &dyn Array) -> Result<(), String> {
        self.nulls += array.null_count() as u64;
        if let Some(binary) = array.as_binary_opt::<i32>() {
            let places = &mut self.places;
            let extents = binary.iter().map(|wkb| wkb.map_or(Ok(None), |wkb| places.add(wkb)));
            self.extents = extents.collect::<Result<_, _>>()?;
            return Ok(());
        }
        self.widen(range(array));
        Ok(())
    }

    /// Takes what is known of another part of the column into account.
    pub(super) fn merge(&mut self, other: &Self) {
        self.nulls += other.nulls;
        self.widen(other.range.clone());
        self.places.types.extend(other.places.types.iter().cloned());
        self.places.turned |= other.places.turned;
        let boxes = [self.places.bbox, other.places.bbox];
        self.places.bbox = boxes.into_iter().flatten().reduce(union);
        let heights = [self.places.heights, other.places.heights];
        self.places.heights = heights.into_iter().flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    }

    /// The same without what is known of the last batch alone.
    pub(super) fn settled(self) -> Self {
        Self { extents: Vec::new(), ..self }
    }

    /// The extents of the geometries that were taken last, in their own coordinate system.
    pub(super) fn extents(&self) -> &[Option<[f64; 4]>] {
        &self.extents
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

    /// The extent of a geometry column in WGS 84.
    pub(super) fn bbox(&self) -> Option<[f64; 4]> {
        Transform::new(self.crs, Crs::CRS84).extent(self.places.bbox?)
    }

    /// The column's entry in `geo` metadata: `GeoParquet` 1.1.0, "Column metadata". Without `crs` for OGC:CRS84.
    pub(super) fn geo(&self) -> Value {
        let mut column = json!({ "encoding": "WKB", "geometry_types": self.places.types });
        if let (Some([w, s, e, n]), Some(entry)) = (self.places.bbox, column.as_object_mut()) {
            let bbox = match self.places.heights {
                Some((low, high)) => json!([w, s, low, e, n, high]),
                None => json!([w, s, e, n]),
            };
            entry.insert("bbox".to_owned(), bbox);
        }
        if let (false, Some(entry)) = (self.places.turned, column.as_object_mut()) {
            entry.insert("orientation".to_owned(), json!("counterclockwise"));
        }
        if let (Some(definition), Some(entry)) = (self.crs.projjson(), column.as_object_mut()) {
            entry.insert("crs".to_owned(), definition);
        }
        column
    }
}

impl From<Gathered> for Kept {
    fn from(known: Gathered) -> Self {
        let Gathered { crs, nulls, range, places: Places { types, turned, bbox, heights }, .. } = known;
        Self {
            crs,
            turned,
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
        let Kept { crs, nulls, range, types, turned, bbox, heights } = kept;
        let range = range.map(|(low, high)| Ok::<_, String>((low.try_into()?, high.try_into()?))).transpose()?;
        let bbox = bbox.map(|bbox| bbox.map(f64::from_bits));
        let heights = heights.map(|[low, high]| (f64::from_bits(low), f64::from_bits(high)));
        Ok(Self { crs, nulls, range, places: Places { types, turned, bbox, heights }, extents: Vec::new() })
    }
}

impl Places {
    /// Takes a geometry into account; its extent.
    fn add(&mut self, wkb: &[u8]) -> Result<Option<[f64; 4]>, String> {
        let geometry = Geometry::from_wkb(wkb).ok_or("a geometry is not well-known binary of finite positions")?;
        let (name, suffix) = (geometry.type_name(), if geometry.has_z() { " Z" } else { "" });
        if !self.types.iter().any(|known| known.strip_prefix(name) == Some(suffix)) {
            self.types.insert(format!("{name}{suffix}"));
        }
        self.turned |= !geometry.is_oriented();
        let extent = geometry.bbox();
        self.bbox = self.bbox.into_iter().chain(extent).reduce(union);
        geometry.each_position(&mut |Position { z, .. }| {
            if let Some(z) = *z {
                self.heights = Some(self.heights.map_or((z, z), |(low, high)| (low.min(z), high.max(z))));
            }
        });
        Ok(extent)
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
        let mut columns: Vec<Gathered> = fixture::columns().iter().map(Gathered::of).collect();
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
            json!({
                "encoding": "WKB", "geometry_types": ["Point"], "bbox": [10.0, 59.5, 10.399, 59.5],
                "orientation": "counterclockwise",
            })
        );
        assert_eq!((places.extents().len(), places.extents()[0]), (390, Some([10.01, 59.5, 10.01, 59.5])));
    }

    #[test]
    fn heights_are_a_third_dimension() {
        let mut column = Gathered::of(&fixture::columns()[8]);
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
    fn a_column_tells_its_system_and_how_rings_go() {
        let utm = crate::crs::Crs::from_epsg(25_833);
        let mut column = Gathered::of(&ColumnInfo { crs: utm, ..fixture::columns()[8].clone() });
        let at = |x, y| Position { x, y, z: None };
        let mut ring = vec![at(5e5, 6e6), at(5.1e5, 6e6), at(5.1e5, 6.1e6), at(5e5, 6e6)];
        column
            .add(&arrow::array::BinaryArray::from(vec![Geometry::Polygon(vec![ring.clone()]).to_wkb().as_slice()]))
            .unwrap();
        assert_eq!((&column.geo()["crs"]["id"]["code"], &column.geo()["bbox"][0]), (&json!(25_833), &json!(5e5)));
        assert_eq!(column.geo()["orientation"], "counterclockwise");
        let bbox = column.bbox().unwrap();
        assert!((14.9..15.01).contains(&bbox[0]) && (54.0..56.0).contains(&bbox[3]), "{bbox:?}");
        ring.reverse();
        column.add(&arrow::array::BinaryArray::from(vec![Geometry::Polygon(vec![ring]).to_wkb().as_slice()])).unwrap();
        assert_eq!(column.geo().get("orientation"), None);
    }

    #[test]
    fn numbers_that_are_none_do_not_count() {
        let mut column = Gathered::of(&fixture::columns()[3]);
        column.add(&arrow::array::Float64Array::from(vec![f64::NAN, 2.0, f64::INFINITY, -1.5])).unwrap();
        let statistics = column.statistics();
        assert_eq!((statistics.min.as_deref(), statistics.max.as_deref()), (Some("-1.5"), Some("2")));
    }
}
