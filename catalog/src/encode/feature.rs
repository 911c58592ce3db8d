//! Features: rows with an identifier, a geometry in a coordinate system of choice, and everything else as properties.

use arrow::{array::AsArray, datatypes::UInt64Type, record_batch::RecordBatch};
use config::{ColumnName, ColumnType};

use super::{
    cells, json,
    value::{self, DEGREE_DECIMALS},
};
use crate::{
    Error, Result,
    crs::{Crs, Transform},
    table::{Cell, Cells, Geometry, ROW},
    version::ColumnInfo,
};

/// What separates the values of a key of several columns in an identifier.
const BETWEEN: char = ',';
/// Stands before a sign of an identifier that is meant as it is, and before `-` for a value that is missing.
const ESCAPE: char = '~';

/// Four decimals of a metre are a tenth of a millimetre.
const METRE_DECIMALS: u8 = 4;

/// What a feature is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeatureId {
    /// The values of its key columns.
    Key(Vec<ColumnName>),
    /// Its row number in the version, from 1.
    Row,
}

/// How geometries are written.
#[derive(Debug, Clone, Copy)]
pub struct Wire {
    /// The coordinate system, in the order of whose axes coordinates are written. A geometry with a position that has no
    /// place in it is written as `null`.
    pub crs: Crs,
    /// Whether heights are written.
    pub heights: bool,
}

/// Writes rows as features (RFC 7946 section 3.2).
#[derive(Debug)]
pub struct FeatureEncoder {
    id: FeatureId,
    wire: Wire,
    /// Every column, and the coordinate system of those that are geometries.
    columns: Vec<(ColumnName, Crs)>,
    geometry: usize,
    transform: Transform,
}

impl FeatureEncoder {
    /// An encoder for some columns, the first geometry among them being the feature's; `None` if there is none.
    pub fn new(columns: &[ColumnInfo], id: FeatureId, wire: Wire) -> Option<Self> {
        let geometry = columns.iter().position(|column| matches!(column.kind, ColumnType::Geometry { .. }))?;
        let transform = Transform::new(columns.get(geometry)?.crs(), wire.crs);
        let columns = columns.iter().map(|column| (column.name.clone(), column.crs())).collect();
        Some(Self { id, wire, columns, geometry, transform })
    }

    /// Writes every row of a batch, which has row numbers in [`ROW`], as a feature with a comma and a line feed between
    /// them, and before the first one if others went before.
    pub fn write(&self, batch: &RecordBatch, others: bool, out: &mut Vec<u8>) -> Result<()> {
        let columns = self.columns.iter().map(|(name, crs)| cells(batch, name, *crs)).collect::<Result<Vec<_>>>()?;
        let ids = Ids::new(&self.id, batch)?;
        for row in 0..batch.num_rows() {
            if others || row > 0 {
                out.extend(b",\n");
            }
            out.extend(b"{\"type\":\"Feature\",\"id\":");
            ids.write_json(row, out);
            out.extend(b",\"geometry\":");
            self.geometry(columns.get(self.geometry).and_then(|cells| cells.get(row)), out);
            out.extend(b",\"properties\":");
            let named = self.columns.iter().map(|(name, _)| name.as_str()).zip(&columns).enumerate();
            let others = named.filter(|(index, _)| *index != self.geometry).map(|(_, column)| column);
            json::object(others, row, out);
            out.push(b'}');
        }
        Ok(())
    }

    fn geometry(&self, cell: Option<Cell<'_>>, out: &mut Vec<u8>) {
        let geometry = match cell {
            Some(Cell::Geometry(wkb, _)) => Geometry::from_wkb(wkb),
            _ => None,
        };
        let there = geometry.and_then(|geometry| {
            if self.transform.is_none() { Some(geometry) } else { geometry.transform(&self.transform) }
        });
        let Some(geometry) = there else { return out.extend(b"null") };
        let geometry = if self.wire.heights { geometry } else { geometry.flat() };
        let decimals = if self.wire.crs.is_projected() { METRE_DECIMALS } else { DEGREE_DECIMALS };
        geometry.write_geojson(decimals, self.wire.crs.is_north_first(), out);
    }
}

/// The identifiers of a batch's rows.
pub struct Ids {
    key: Vec<Cells>,
    rows: Vec<u64>,
}

impl Ids {
    /// The identifiers of a batch that has the key columns, or row numbers in [`ROW`].
    pub fn new(id: &FeatureId, batch: &RecordBatch) -> Result<Self> {
        let (key, rows) = match id {
            FeatureId::Key(names) => {
                (names.iter().map(|name| cells(batch, name, Crs::CRS84)).collect::<Result<_>>()?, Vec::new())
            }
            FeatureId::Row => {
                let numbers = batch.column_by_name(ROW).and_then(|array| array.as_primitive_opt::<UInt64Type>());
                let missing = || Error::Table { name: ROW.to_owned(), reason: "the column is missing".to_owned() };
                (Vec::new(), numbers.ok_or_else(missing)?.values().to_vec())
            }
        };
        Ok(Self { key, rows })
    }

    /// The identifier of a row, as [`split_id`] reads it again.
    pub fn text(&self, row: usize) -> String {
        let mut out = String::new();
        match self.key.as_slice() {
            [] => out.push_str(&self.number(row).to_string()),
            [one] => {
                if let Some(cell) = one.get(row) {
                    cell.write_text(&mut out);
                }
            }
            several => {
                for (index, cells) in several.iter().enumerate() {
                    if index > 0 {
                        out.push(BETWEEN);
                    }
                    write_part(cells.get(row), &mut out);
                }
            }
        }
        out
    }

    /// The row number that people see, from 1.
    fn number(&self, row: usize) -> u64 {
        self.rows.get(row).map_or(0, |number| number + 1)
    }

    fn write_json(&self, row: usize, out: &mut Vec<u8>) {
        match self.key.as_slice() {
            [] => out.extend(self.number(row).to_string().as_bytes()),
            [one] if matches!(one.get(row), Some(Cell::Integer(_))) => value::json(one.get(row), out),
            _ => value::string(&self.text(row), out),
        }
    }
}

fn write_part(cell: Option<Cell<'_>>, out: &mut String) {
    let Some(cell) = cell else {
        out.extend([ESCAPE, '-']);
        return;
    };
    let mut text = String::new();
    cell.write_text(&mut text);
    for c in text.chars() {
        if matches!(c, BETWEEN | ESCAPE) {
            out.push(ESCAPE);
        }
        out.push(c);
    }
}

/// The values of a key in an identifier; `None` for a value that is missing, and altogether if they are not as many as
/// the key has columns.
pub fn split_id(id: &str, columns: usize) -> Option<Vec<Option<String>>> {
    if columns == 1 {
        return Some(vec![Some(id.to_owned())]);
    }
    let mut parts = vec![Some(String::new())];
    let mut signs = id.chars();
    while let Some(c) = signs.next() {
        match (c, parts.last_mut()?) {
            (BETWEEN, _) => parts.push(Some(String::new())),
            (ESCAPE, last) => match (signs.next()?, last.as_mut()) {
                ('-', Some(text)) if text.is_empty() => *last = None,
                (c @ (BETWEEN | ESCAPE), Some(text)) => text.push(c),
                _ => return None,
            },
            (c, Some(text)) => text.push(c),
            (_, None) => return None,
        }
    }
    (parts.len() == columns).then_some(parts)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray, UInt64Array};
    use proptest::prelude::*;

    use super::*;
    use crate::table::fixture;

    fn wire() -> Wire {
        Wire { crs: Crs::CRS84, heights: true }
    }

    fn written(id: FeatureId, wire: Wire) -> Vec<serde_json::Value> {
        let batch = fixture::batch(3..7);
        let rows: ArrayRef = Arc::new(UInt64Array::from(vec![3, 4, 5, 6]));
        let names = batch.schema();
        let columns = names.fields().iter().map(|f| f.name().as_str()).zip(batch.columns().iter().cloned());
        let batch = RecordBatch::try_from_iter(columns.chain([(ROW, rows)])).unwrap();
        let mut out = b"[".to_vec();
        FeatureEncoder::new(&fixture::columns(), id, wire).unwrap().write(&batch, false, &mut out).unwrap();
        out.push(b']');
        serde_json::from_slice::<serde_json::Value>(&out).unwrap().as_array().unwrap().clone()
    }

    #[test]
    fn identifiers_are_keys_or_row_numbers() {
        let key = |names: &[&str]| FeatureId::Key(names.iter().map(|name| fixture::name(name)).collect());
        let ids = |id| written(id, wire()).iter().map(|feature| feature["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(FeatureId::Row), [4, 5, 6, 7]);
        assert_eq!(ids(key(&["kode"])), ["000003", "000004", "000005", "000006"]);
        assert_eq!(ids(key(&["antall"]))[0], 3);
        assert_eq!(ids(key(&["navn", "antall"]))[0], "Vei 3~, \"Ås\",3");
        assert_eq!(ids(key(&["navn", "kode"]))[3], "~-,000006");
    }

    #[test]
    fn geometries_are_changed_on_the_way() {
        let features = written(FeatureId::Row, wire());
        assert_eq!(features[0]["geometry"]["coordinates"], serde_json::json!([10.003, 59.5]));
        assert_eq!((&features[3]["geometry"], features[0]["properties"].get("sted")), (&serde_json::Value::Null, None));
        let of = |code| Wire { crs: Crs::from_epsg(code).unwrap(), heights: false };
        let turned = written(FeatureId::Row, of(4258));
        assert_eq!(turned[0]["geometry"]["coordinates"], serde_json::json!([59.5, 10.003]));
        let utm = written(FeatureId::Row, of(25_833));
        let place = utm[0]["geometry"]["coordinates"].as_array().unwrap();
        let (x, y) = Crs::from_epsg(25_833).unwrap().of_degrees(10.003, 59.5).unwrap();
        assert!((place[0].as_f64().unwrap() - x).abs() < 1e-4 && (place[1].as_f64().unwrap() - y).abs() < 1e-4);
    }

    #[test]
    fn what_is_no_identifier_is_told() {
        for bad in ["a", "a,b,c", "~a,b", "a~-,b", "~", "~-x,b"] {
            assert_eq!(split_id(bad, 2), None, "{bad}");
        }
        assert_eq!(split_id("a,~-", 2), Some(vec![Some("a".to_owned()), None]));
        assert_eq!(split_id("a,~b", 1), Some(vec![Some("a,~b".to_owned())]));
    }

    proptest! {
        #[test]
        fn identifiers_come_back(values in prop::collection::vec(prop::option::of("[a,~b-]{0,6}"), 2..4)) {
            let columns: Vec<Cells> = values
                .iter()
                .map(|value| Cells::new(&(Arc::new(StringArray::from(vec![value.clone()])) as ArrayRef)).unwrap())
                .collect();
            let ids = Ids { key: columns, rows: Vec::new() };
            prop_assert_eq!(split_id(&ids.text(0), values.len()), Some(values));
        }
    }
}
