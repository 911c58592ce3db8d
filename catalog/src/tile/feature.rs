//! From rows to features: shape and attributes, ready for any zoom.

use arrow::{array::AsArray, datatypes::UInt64Type, record_batch::RecordBatch};
use config::{ColumnName, ColumnType};

use super::{
    message,
    shape::{World, mixed},
};
use crate::{
    Error, Result,
    crs::{Crs, Transform},
    table::{Cell, Cells, Geometry, ROW},
    version::ColumnInfo,
};

/// The EPSG code of Web Mercator.
const WEB_MERCATOR: u32 = 3857;

/// What tiles show: the first geometry of a table, with every other published column as attribute.
#[derive(Debug, Clone)]
pub struct Layer {
    name: String,
    place: ColumnName,
    to_mercator: Transform,
    fields: Vec<ColumnInfo>,
}

/// A row with a shape.
#[derive(Debug)]
pub struct Feature {
    /// The number of its row.
    pub(crate) row: u64,
    /// Its shape.
    pub(crate) world: World,
    /// Its values: of each that is there, the number of the field, and the value as a message with its length.
    pub(crate) tags: Vec<u8>,
}

impl Layer {
    /// The layer of a table with published columns; `None` if it has no geometry.
    pub fn new(name: &str, columns: &[ColumnInfo]) -> Option<Self> {
        let is_place = |column: &&ColumnInfo| matches!(column.kind, ColumnType::Geometry { .. });
        let place = columns.iter().find(is_place)?;
        let fields = columns.iter().filter(|column| !is_place(column)).cloned().collect();
        let to_mercator = Transform::new(place.crs(), Crs::from_epsg(WEB_MERCATOR)?);
        Some(Self { name: name.to_owned(), place: place.name.clone(), to_mercator, fields })
    }

    /// Its name: that of the dataset.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns that become attributes, in order.
    pub fn fields(&self) -> &[ColumnInfo] {
        &self.fields
    }

    /// The columns that are read.
    pub fn columns(&self) -> Vec<ColumnName> {
        self.fields.iter().map(|field| field.name.clone()).chain([self.place.clone()]).collect()
    }

    /// The features of a batch that has row numbers ([`ROW`]), counted on from `before`; rows without a shape that Web
    /// Mercator reaches are left out.
    ///
    /// # Errors
    /// `Table` if the batch lacks a column or has a geometry that is none.
    pub fn features(&self, batch: &RecordBatch, before: u64) -> Result<Vec<Feature>> {
        let broken = |name: &str, reason: &str| Error::Table { name: name.to_owned(), reason: reason.to_owned() };
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| broken(name, "the column is missing"));
        let places = column(self.place.as_str())?.as_binary_opt::<i32>();
        let places = places.ok_or_else(|| broken(self.place.as_str(), "the column holds no geometries"))?;
        let rows = column(ROW)?.as_primitive_opt::<UInt64Type>();
        let rows = rows.ok_or_else(|| broken(ROW, "these are no row numbers"))?;
        let cells = self.fields.iter().map(|field| {
            let cells = Cells::placed(column(field.name.as_str())?, field.crs());
            cells.ok_or_else(|| broken(field.name.as_str(), "the column is of a type that has no text"))
        });
        let cells = cells.collect::<Result<Vec<Cells>>>()?;
        let mut features = Vec::with_capacity(batch.num_rows());
        for (index, (wkb, number)) in places.iter().zip(rows.values()).enumerate() {
            let Some(wkb) = wkb else { continue };
            let geometry = Geometry::from_wkb(wkb)
                .ok_or_else(|| broken(self.place.as_str(), "a geometry is not well-known binary"))?;
            if let Some(world) = World::of(&geometry, &self.to_mercator) {
                features.push(Feature { row: before + number, world, tags: tags(&cells, index) });
            }
        }
        Ok(features)
    }
}

impl Feature {
    /// What decides by lot, always the same for the same row.
    pub(crate) fn draw(&self) -> u64 {
        mixed(self.row)
    }
}

fn tags(cells: &[Cells], row: usize) -> Vec<u8> {
    let (mut out, mut message) = (Vec::new(), Vec::new());
    for (number, cells) in (0_u64..).zip(cells) {
        message.clear();
        match cells.get(row) {
            Some(cell) => value(cell, &mut message),
            None => continue,
        }
        if !message.is_empty() {
            message::varint(number, &mut out);
            message::varint(message.len() as u64, &mut out);
            out.extend(&message);
        }
    }
    out
}

/// A value as a message (MVT 2.1 section 4.4): numbers as numbers, days and instants as text; further geometries are left
/// out.
fn value(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Text(text) => message::bytes(1, text.as_bytes(), out),
        Cell::Number(number) => message::double(3, number, out),
        Cell::Integer(integer) => match u64::try_from(integer) {
            Ok(positive) => message::number(5, positive, out),
            Err(_) => message::number(6, message::zigzag(integer), out),
        },
        Cell::Boolean(truth) => message::number(7, u64::from(truth), out),
        Cell::Decimal(..) | Cell::Date(_) | Cell::Timestamp(_) => {
            let mut text = String::new();
            cell.write_text(&mut text);
            match text.parse() {
                Ok(number) if matches!(cell, Cell::Decimal(..)) => message::double(3, number, out),
                _ => message::bytes(1, text.as_bytes(), out),
            }
        }
        Cell::Geometry(..) => {}
    }
}
