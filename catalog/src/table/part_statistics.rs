//! What is known about the columns of the parts of a table, and of all of them together.

use config::ColumnName;
use serde::{Deserialize, Serialize};

use super::{TableSummary, stats::Gathered};

/// What is known about the columns of one part, in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartStatistics(pub(super) Vec<(ColumnName, Gathered)>);

impl PartStatistics {
    /// What is in some parts of one table together.
    pub fn together<'a>(rows: u64, parts: impl Iterator<Item = &'a Self>) -> TableSummary {
        let mut whole: Vec<(ColumnName, Gathered)> = Vec::new();
        for (name, part) in parts.flat_map(|part| &part.0) {
            match whole.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => known.merge(part),
                None => whole.push((name.clone(), part.clone())),
            }
        }
        TableSummary::of(rows, &whole)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Scalar, fixture},
        *,
    };

    fn of(rows: std::ops::Range<i64>) -> PartStatistics {
        let columns = fixture::columns();
        let batch = fixture::batch(rows);
        let gathered = columns.iter().zip(batch.columns()).map(|(column, array)| {
            let mut known = Gathered::of(column);
            known.add(array).unwrap();
            (column.name.clone(), known.settled())
        });
        PartStatistics(gathered.collect())
    }

    #[test]
    fn what_is_kept_comes_back_exactly() {
        for part in [of(0..0), of(0..1), of(3..400)] {
            let text = serde_json::to_string(&part).unwrap();
            assert_eq!(serde_json::from_str::<PartStatistics>(&text).unwrap(), part);
        }
        let mut odd = Gathered::of(&fixture::columns()[0]);
        let (tiny, third) = (f64::from_bits(1), 1.0 / 3.0);
        odd.range = Some((Scalar::Number(tiny), Scalar::Number(third)));
        odd.places.bbox = Some([tiny, third, -third, f64::MAX]);
        odd.places.heights = Some((-0.0, third));
        let back: Gathered = serde_json::from_str(&serde_json::to_string(&odd).unwrap()).unwrap();
        assert_eq!(format!("{back:?}"), format!("{odd:?}"));
        let decimal = serde_json::json!({ "crs": "OGC:CRS84", "nulls": 0, "range": [{ "decimal": ["x", 2] }, { "decimal": ["1", 2] }] });
        assert!(serde_json::from_value::<Gathered>(decimal).is_err());
    }

    #[test]
    fn parts_together_are_the_whole() {
        let (whole, parts) = (of(0..400), [of(0..7), of(7..8), of(8..400)]);
        let (one, all) = (PartStatistics::together(400, [whole].iter()), PartStatistics::together(400, parts.iter()));
        assert_eq!((one.statistics, one.bbox), (all.statistics, all.bbox));
    }
}
