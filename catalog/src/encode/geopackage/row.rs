//! The values of a feature (OGC 12-128r19, tables 1 and 6).

use config::ColumnType;

use super::super::sqlite::Value;
use crate::{
    crs::Crs,
    table::{Cell, Cells, Geometry},
    version::ColumnInfo,
};

/// A value with what it was made of.
#[derive(Debug)]
pub(super) enum Kept<'a> {
    /// As it stands in the table.
    Plain(Value<'a>),
    /// Text made of it.
    Text(String),
    /// A geometry.
    Geometry(Vec<u8>),
}

impl Kept<'_> {
    /// The value.
    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Plain(value) => *value,
            Self::Text(text) => Value::Text(text),
            Self::Geometry(bytes) => Value::Blob(bytes),
        }
    }
}

/// The name of a column's type. Geometries beside the first are well-known text.
pub(super) fn type_name(kind: &ColumnType) -> &'static str {
    match kind {
        ColumnType::Boolean { .. } => "BOOLEAN",
        ColumnType::Integer {} => "INTEGER",
        ColumnType::Number {} | ColumnType::Decimal { .. } => "REAL",
        ColumnType::Text {} | ColumnType::Code { .. } | ColumnType::Geometry { .. } => "TEXT",
        ColumnType::Date { .. } => "DATE",
        ColumnType::Datetime { .. } => "DATETIME",
    }
}

/// The number of a coordinate system: that of EPSG; longitude and latitude go by 4326, whose positions are east first
/// here as well.
pub(super) fn system(crs: Crs) -> u32 {
    crs.epsg().unwrap_or(4326)
}

type Row<'a> = (Vec<Kept<'a>>, Option<[f64; 4]>);

/// The values of a row and the extent of its geometry; the reason if that cannot be read.
pub(super) fn values<'a>(
    cells: &'a [(&ColumnInfo, Cells)],
    place: &ColumnInfo,
    row: usize,
) -> std::result::Result<Row<'a>, String> {
    let (mut kept, mut extent) = (Vec::with_capacity(cells.len()), None);
    for (column, cells) in cells {
        kept.push(match cells.get(row) {
            Some(Cell::Geometry(wkb, crs)) if column.name == place.name => {
                let geometry = Geometry::from_wkb(wkb).ok_or("a geometry is not well-known binary")?;
                extent = geometry.bbox();
                Kept::Geometry(binary(wkb, crs, &geometry, extent))
            }
            cell => cell.map_or(Kept::Plain(Value::Null), plain),
        });
    }
    Ok((kept, extent))
}

fn plain(cell: Cell<'_>) -> Kept<'_> {
    let mut text = String::new();
    match cell {
        Cell::Text(text) => return Kept::Plain(Value::Text(text)),
        Cell::Integer(number) => return Kept::Plain(Value::Integer(number)),
        Cell::Number(number) => return Kept::Plain(Value::Real(number)),
        Cell::Boolean(truth) => return Kept::Plain(Value::Integer(truth.into())),
        Cell::Decimal(..) => {
            cell.write_text(&mut text);
            return Kept::Plain(text.parse().map_or(Value::Null, Value::Real));
        }
        Cell::Date(_) | Cell::Geometry(..) => cell.write_text(&mut text),
        Cell::Timestamp(_) => {
            cell.write_text(&mut text);
            // Thousandths are always written there.
            if !text.contains('.') {
                text.truncate(text.len().saturating_sub(1));
                text.push_str(".000Z");
            }
        }
    }
    Kept::Text(text)
}

/// A geometry with its header (section 2.1.3): version, flags, system, extent; points have none, they are their own.
fn binary(wkb: &[u8], crs: Crs, geometry: &Geometry, extent: Option<[f64; 4]>) -> Vec<u8> {
    let envelope = extent.filter(|_| !matches!(geometry, Geometry::Point(_)));
    // Little-endian; bits 1 to 3: kind of the extent; bit 4: empty.
    let flags = 1 | u8::from(envelope.is_some()) << 1 | u8::from(extent.is_none()) << 4;
    let mut out = Vec::with_capacity(40 + wkb.len());
    out.extend([b'G', b'P', 0, flags]);
    out.extend(system(crs).to_le_bytes());
    if let Some([west, south, east, north]) = envelope {
        out.extend([west, east, south, north].iter().flat_map(|bound| bound.to_le_bytes()));
    }
    out.extend(wkb);
    out
}
