//! The covering of geometries: a column of extents, which only the Parquet file has (`GeoParquet` 1.1.0, "Bounding box
//! covering"). It is written beside the declared columns and left out when they are read.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Float64Array, StructArray},
    buffer::NullBuffer,
    datatypes::{DataType, Field, Fields, Schema, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};
use parquet::schema::types::ColumnPath;
use serde_json::{Value, json};

use super::schema::field;

/// What readers call the column.
const NAME: &str = "bbox";
/// Its name where a declared column has the other; no declared column begins with an underscore.
const OTHER_NAME: &str = "_bbox";
/// Smallest and largest coordinates, in the order of an extent.
const BOUNDS: [&str; 4] = ["xmin", "ymin", "xmax", "ymax"];
/// Field ids of the column and its four parts, which no declared column has.
const ID: i32 = 1_000_003;
const BOUND_IDS: std::ops::RangeFrom<i32> = 1_000_004..;

/// The covering of a table's first geometry.
#[derive(Debug, Clone)]
pub(super) struct Covering {
    /// The geometry's index.
    pub(super) geometry: usize,
    name: &'static str,
    parts: Fields,
    is_nullable: bool,
}

impl Covering {
    /// The covering of a table of declared columns; `None` where there is no geometry.
    pub(super) fn of(schema: &Schema) -> Option<Self> {
        let fields = schema.fields();
        let (geometry, column) = fields.iter().enumerate().find(|(_, field)| *field.data_type() == DataType::Binary)?;
        let name = if schema.index_of(NAME).is_ok() { OTHER_NAME } else { NAME };
        let parts = BOUNDS.into_iter().zip(BOUND_IDS).map(|(name, id)| field(name, DataType::Float64, false, id));
        Some(Self { geometry, name, parts: parts.collect(), is_nullable: column.is_nullable() })
    }

    /// The schema of the file.
    pub(super) fn extend_schema(&self, schema: &Schema) -> SchemaRef {
        let own = field(self.name, DataType::Struct(self.parts.clone()), self.is_nullable, ID);
        let fields = schema.fields().iter().cloned().chain([Arc::new(own)]);
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// A batch of the file: the declared columns and the extents of the geometries, `None` of those without a position.
    pub(super) fn extend(
        &self,
        batch: &RecordBatch,
        schema: &SchemaRef,
        extents: &[Option<[f64; 4]>],
    ) -> Result<RecordBatch, ArrowError> {
        let bound = |at: usize| -> ArrayRef {
            let of = |extent: &Option<[f64; 4]>| extent.and_then(|extent| extent.get(at).copied()).unwrap_or(f64::NAN);
            Arc::new(extents.iter().map(of).collect::<Float64Array>())
        };
        let there = self.is_nullable.then(|| extents.iter().map(Option::is_some).collect::<NullBuffer>());
        let column = StructArray::try_new(self.parts.clone(), (0..BOUNDS.len()).map(bound).collect(), there)?;
        let mut arrays = batch.columns().to_vec();
        arrays.push(Arc::new(column));
        RecordBatch::try_new(Arc::clone(schema), arrays)
    }

    /// Where the bounds are in the file.
    pub(super) fn paths(&self) -> impl Iterator<Item = ColumnPath> {
        BOUNDS.into_iter().map(|bound| ColumnPath::new(vec![self.name.to_owned(), bound.to_owned()]))
    }

    /// The covering in `geo` metadata.
    pub(super) fn metadata(&self) -> Value {
        let path = |bound: &str| (bound.to_owned(), json!([self.name, bound]));
        json!({ "bbox": BOUNDS.into_iter().map(path).collect::<serde_json::Map<_, _>>() })
    }
}

/// The declared columns of a file: all but the covering, which comes last. `None` if other columns are nested.
pub(super) fn declared(schema: &SchemaRef) -> Option<SchemaRef> {
    let is_plain = |field: &Arc<Field>| !field.data_type().is_nested();
    let plain = schema.fields().iter().take_while(|field| is_plain(field)).count();
    match schema.fields().get(plain..)? {
        [] => Some(Arc::clone(schema)),
        [last] if is_covering(last) => {
            let declared: Vec<Arc<Field>> = schema.fields().iter().take(plain).cloned().collect();
            Some(Arc::new(Schema::new(declared)))
        }
        _ => None,
    }
}

fn is_covering(field: &Field) -> bool {
    let DataType::Struct(parts) = field.data_type() else { return false };
    parts.iter().map(|part| (part.name().as_str(), part.data_type())).eq(BOUNDS.map(|name| (name, &DataType::Float64)))
}

#[cfg(test)]
mod tests {
    use arrow::{
        array::{Array, AsArray},
        datatypes::Float64Type,
    };

    use super::{super::fixture, *};
    use crate::table::arrow_schema;

    #[test]
    fn extents_stand_beside_their_geometries_and_are_no_declared_column() {
        let schema = arrow_schema(&fixture::columns());
        let covering = Covering::of(&schema).unwrap();
        assert_eq!(covering.geometry, 8);
        let file = covering.extend_schema(&schema);
        let extents = [Some([10.0, 59.0, 11.0, 60.0]), None];
        let batch = covering.extend(&fixture::batch(0..2), &file, &extents).unwrap();
        let column = batch.column(9).as_struct();
        assert!(column.is_valid(0) && column.is_null(1));
        let bound = |name: &str| column.column_by_name(name).unwrap().as_primitive::<Float64Type>().value(0);
        assert_eq!(Some(["xmin", "ymin", "xmax", "ymax"].map(bound)), extents[0]);
        assert_eq!(declared(&file).unwrap(), schema);
        assert_eq!(declared(&schema).unwrap(), schema);
        assert_eq!(covering.metadata()["bbox"]["ymax"], json!(["bbox", "ymax"]));
        assert!(Covering::of(&Schema::new(schema.fields()[..8].to_vec())).is_none());
    }

    #[test]
    fn a_declared_column_keeps_its_name() {
        let columns = [
            fixture::column("bbox", 1, config::ColumnType::Text {}),
            fixture::column("sted", 2, config::ColumnType::Geometry { crs: config::GeometryCrs::Source }),
        ];
        let schema = arrow_schema(&columns);
        let file = Covering::of(&schema).unwrap().extend_schema(&schema);
        assert_eq!(file.field(2).name(), "_bbox");
        let twice = Schema::new(vec![file.field(2).clone(), file.field(2).clone().with_name("x")]);
        assert!(declared(&Arc::new(twice)).is_none(), "of strangers' files nothing nested is taken for a covering");
    }
}
