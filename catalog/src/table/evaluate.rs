//! Conditions on record batches, with SQL's three truth values: a comparison with a missing value is unknown.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Scalar as One, StringArray},
    compute::{self, kernels::cmp},
    datatypes::Float64Type,
    error::ArrowError,
    record_batch::RecordBatch,
};

use super::{
    Predicate,
    bind::{Bound, Op, Pattern, Test, Value, bind},
    broken,
    wkb::Region,
};

type Truth = Result<BooleanArray, ArrowError>;

/// The rows of a batch that satisfy a condition on its columns.
///
/// # Errors
/// `Table` if the condition does not fit the batch.
pub fn matching(predicate: &Predicate, batch: &RecordBatch) -> crate::Result<BooleanArray> {
    let bound = bind(predicate, &batch.schema()).map_err(|reason| broken("a batch", reason))?;
    evaluate(&bound, batch, &Some).map_err(|error| broken("a batch", error))
}

/// For every row true, false or (null) unknown. `position` says where the batch holds a column of the table.
pub(super) fn evaluate(bound: &Bound, batch: &RecordBatch, position: &impl Fn(usize) -> Option<usize>) -> Truth {
    match bound {
        Bound::And(parts) => fold(parts, batch, position, true),
        Bound::Or(parts) => fold(parts, batch, position, false),
        Bound::Not(inner) => compute::not(&evaluate(inner, batch, position)?),
        Bound::Column(index, test) => {
            let array = position(*index).and_then(|at| batch.columns().get(at));
            one(test, array.ok_or_else(|| ArrowError::SchemaError(format!("column {index} was not read")))?)
        }
    }
}

/// `And` for `start` true, `Or` for `start` false.
fn fold(parts: &[Bound], batch: &RecordBatch, position: &impl Fn(usize) -> Option<usize>, start: bool) -> Truth {
    let mut truth = constant(start, batch.num_rows());
    for part in parts {
        let next = evaluate(part, batch, position)?;
        truth = if start { compute::and_kleene(&truth, &next)? } else { compute::or_kleene(&truth, &next)? };
    }
    Ok(truth)
}

fn constant(truth: bool, rows: usize) -> BooleanArray {
    BooleanArray::from(vec![truth; rows])
}

fn one(test: &Test, array: &ArrayRef) -> Truth {
    match test {
        Test::Compare(op, value) => compare(*op, &comparable(array), value),
        Test::In(values, texts) => any_of(values, texts, &comparable(array)),
        Test::Like(pattern) => like(pattern, array),
        Test::Folded(inner) => one(inner, &lower_case(array)?),
        Test::Intersects(region) => intersects(region, array),
        Test::IsNull => compute::is_null(array),
        Test::IsNotNull => compute::is_not_null(array),
    }
}

fn lower_case(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let texts = array.as_string_opt::<i32>().ok_or_else(|| ArrowError::SchemaError("no texts".to_owned()))?;
    let lower = texts.iter().map(|text| text.map(str::to_lowercase));
    Ok(Arc::new(lower.collect::<StringArray>()))
}

/// Unknown for what is no geometry.
fn intersects(region: &Region, array: &ArrayRef) -> Truth {
    let places = array.as_binary_opt::<i32>().ok_or_else(|| ArrowError::SchemaError("no geometries".to_owned()))?;
    Ok(places.iter().map(|wkb| wkb.and_then(|wkb| region.meets(wkb))).collect())
}

/// Numbers without minus zero, and unknown instead of NaN; anything else as it is.
fn comparable(array: &ArrayRef) -> ArrayRef {
    match array.as_primitive_opt::<Float64Type>() {
        Some(numbers) => {
            let plain =
                numbers.iter().map(|number| number.filter(|number| !number.is_nan()).map(|number| number + 0.0));
            Arc::new(plain.collect::<Float64Array>())
        }
        None => Arc::clone(array),
    }
}

/// Compares every row with one value.
pub(super) fn compare(op: Op, array: &dyn Array, value: &Value) -> Truth {
    let value = One::new(Arc::clone(&value.array));
    match op {
        Op::Eq => cmp::eq(&array, &value),
        Op::Neq => cmp::neq(&array, &value),
        Op::Gt => cmp::gt(&array, &value),
        Op::Gte => cmp::gt_eq(&array, &value),
        Op::Lt => cmp::lt(&array, &value),
        Op::Lte => cmp::lt_eq(&array, &value),
    }
}

fn any_of(values: &[Value], texts: &std::collections::HashSet<String>, array: &ArrayRef) -> Truth {
    if let Some(strings) = array.as_string_opt::<i32>() {
        return Ok(strings.iter().map(|text| text.map(|text| texts.contains(text))).collect());
    }
    let nothing = BooleanArray::new(constant(false, array.len()).values().clone(), array.logical_nulls());
    values.iter().try_fold(nothing, |truth, value| compute::or_kleene(&truth, &compare(Op::Eq, array, value)?))
}

fn like(pattern: &Pattern, array: &ArrayRef) -> Truth {
    let value = One::new(StringArray::from(vec![pattern.like.as_str()]));
    if pattern.ignore_case { compute::ilike(array, &value) } else { compute::like(array, &value) }
}

#[cfg(test)]
mod tests {

    use super::{
        super::{Comparison, Predicate, Scalar, bind::bind, fixture},
        *,
    };

    fn column(name: &str, comparison: Comparison) -> Predicate {
        Predicate::Column(fixture::name(name), comparison)
    }

    /// One character a row: t, f, or ? for unknown. Row 6 of the fixture has no values.
    fn truth(predicate: &Predicate) -> String {
        let batch = fixture::batch(0..8);
        let bound = bind(predicate, &batch.schema()).unwrap();
        let truth = evaluate(&bound, &batch, &Some).unwrap();
        truth.iter().map(|truth| truth.map_or('?', |truth| if truth { 't' } else { 'f' })).collect()
    }

    #[test]
    fn every_type_compares() {
        let date = Scalar::Date(19_003);
        for (name, comparison, expected) in [
            ("kode", Comparison::Gt(Scalar::Text("000005".into())), "fffffftt"),
            ("antall", Comparison::Eq(Scalar::Integer(3)), "ffftff?f"),
            ("antall", Comparison::Neq(Scalar::Integer(3)), "tttftt?t"),
            ("andel", Comparison::Lte(Scalar::Number(0.5)), "tttfff?f"),
            ("andel", Comparison::Eq(Scalar::Integer(1)), "fffftf?f"),
            ("leie", Comparison::Gte(Scalar::Decimal(295, 2)), "fffttt?t"),
            ("leie", Comparison::Lt(Scalar::Decimal(2951, 3)), "ttttff?f"),
            ("leie", Comparison::Eq(Scalar::Decimal(2951, 3)), "ffffff?f"),
            ("leie", Comparison::Neq(Scalar::Decimal(2951, 3)), "tttttt?t"),
            ("leie", Comparison::Gt(Scalar::Integer(3)), "fffftt?t"),
            ("aktiv", Comparison::Eq(Scalar::Boolean(true)), "tftftf?f"),
            ("dato", Comparison::Gte(date.clone()), "fffttt?t"),
            ("dato", Comparison::In(vec![date, Scalar::Date(19_000)]), "tfftff?f"),
            ("endret", Comparison::Lt(Scalar::Timestamp(1_700_000_001_000)), "ttffff?f"),
            ("kode", Comparison::In(vec![Scalar::Text("000006".into())]), "fffffftf"),
            ("antall", Comparison::In(vec![]), "ffffff?f"),
            ("sted", Comparison::IsNull, "fffffftf"),
            ("sted", Comparison::IsNotNull, "ttttttft"),
        ] {
            assert_eq!(truth(&column(name, comparison.clone())), expected, "{name} {comparison:?}");
        }
    }

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, ignore_case, expected) in [
            ("Vei 3*", false, "ffftff?f"),
            ("*, \"ås\"", true, "tttttt?t"),
            ("*, \"ås\"", false, "ffffff?f"),
            ("Vei _*", false, "ffffff?f"),
            ("*ei*Å*", false, "tttttt?t"),
        ] {
            let like = Comparison::Like { pattern: pattern.to_owned(), ignore_case };
            assert_eq!(truth(&column("navn", like)), expected, "{pattern}");
        }
    }

    #[test]
    fn patterns_of_sql_and_comparisons_without_case() {
        let text = |text: &str| Scalar::Text(text.to_owned());
        let folded = |inner: Comparison| Comparison::IgnoringCase(Box::new(inner));
        let matches = |pattern: &str| Comparison::Matches(pattern.to_owned());
        for (comparison, expected) in [
            (matches("Vei 3%"), "ffftff?f"),
            (matches("Vei _, %"), "tttttt?t"),
            (matches("vei 3%"), "ffffff?f"),
            (folded(matches("vEI 3%åS\"")), "ffftff?f"),
            (folded(Comparison::Eq(text("VEI 3, \"ås\""))), "ffftff?f"),
            (folded(Comparison::Lt(text("VEI 2"))), "ttffff?f"),
            (folded(Comparison::In(vec![text("VEI 1, \"ÅS\""), text("x")])), "ftffff?f"),
        ] {
            assert_eq!(truth(&column("navn", comparison.clone())), expected, "{comparison:?}");
        }
    }

    #[test]
    fn places_are_looked_for_in_geometries() {
        // The fixture's points are at 10 + row / 1000 east, 59.5 north.
        let within = |bbox: [f64; 4]| Comparison::Intersects(Arc::new(Region::boxes(vec![bbox])));
        assert_eq!(truth(&column("sted", within([10.0005, 59.0, 10.0035, 60.0]))), "ftttff?f");
        assert_eq!(truth(&column("sted", within([10.0, 60.0, 11.0, 61.0]))), "ffffff?f");
        let schema = fixture::batch(0..1).schema();
        assert!(bind(&column("navn", within([0.0, 0.0, 1.0, 1.0])), &schema).is_err());
    }

    #[test]
    fn unknown_follows_sql() {
        let unknown = || column("antall", Comparison::Gte(Scalar::Integer(0)));
        let never = || column("kode", Comparison::Eq(Scalar::Text(String::new())));
        assert_eq!(truth(&Predicate::Not(Box::new(unknown()))), "ffffff?f");
        assert_eq!(truth(&Predicate::And(vec![unknown(), never()])), "ffffffff");
        assert_eq!(truth(&Predicate::Or(vec![unknown(), never()])), "tttttt?t");
        assert_eq!(truth(&Predicate::Or(vec![unknown(), Predicate::Not(Box::new(never()))])), "tttttttt");
        assert_eq!((truth(&Predicate::And(vec![])), truth(&Predicate::Or(vec![]))), ("t".repeat(8), "f".repeat(8)));
    }

    #[test]
    fn zero_has_no_sign_and_nan_is_unknown() {
        let numbers: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, f64::NAN, 1.0]));
        let batch = RecordBatch::try_from_iter([("tall", numbers)]).unwrap();
        let bound = bind(&column("tall", Comparison::Gte(Scalar::Number(-0.0))), &batch.schema()).unwrap();
        let truth = evaluate(&bound, &batch, &Some).unwrap();
        assert_eq!(truth, BooleanArray::from(vec![Some(true), Some(true), None, Some(true)]));
    }

    #[test]
    fn wrong_conditions_are_errors() {
        let schema = fixture::batch(0..1).schema();
        let mut deep = column("kode", Comparison::IsNull);
        for _ in 0..100 {
            deep = Predicate::Not(Box::new(deep));
        }
        for bad in [
            column("finnes_ikke", Comparison::IsNull),
            column("antall", Comparison::Eq(Scalar::Text("3".into()))),
            column("antall", Comparison::Like { pattern: "3*".into(), ignore_case: false }),
            column("andel", Comparison::Eq(Scalar::Number(f64::NAN))),
            column("antall", Comparison::Matches("3%".into())),
            column("navn", Comparison::IgnoringCase(Box::new(Comparison::IsNull))),
            deep,
        ] {
            assert!(bind(&bad, &schema).is_err(), "{bad:?}");
        }
    }
}
