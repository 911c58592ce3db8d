//! Features: a geometry and the values of a row (`feature.fbs` of `FlatGeobuf` 3).

use std::collections::BTreeSet;

use config::ColumnName;
use flatbuffers::{FlatBufferBuilder, TableFinishedWIPOffset, VOffsetT, WIPOffset};

use crate::{
    crs::Crs,
    table::{Cell, Cells, Geometry, wkb::Position},
    version::ColumnInfo,
};

/// The place of a field in a table, by its number in the schema.
pub(super) const fn slot(field: u16) -> VOffsetT {
    4 + 2 * field
}

/// What the geometries of a file have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// The number of the type; 0 where there are several.
    code: u8,
    has_z: bool,
}

/// Types by their numbers, from 1.
const TYPES: [&str; 7] =
    ["Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"];

impl Kind {
    /// The kind of geometries of these types, as `GeoParquet` names them.
    pub(super) fn of(types: &BTreeSet<String>) -> Self {
        let plain: BTreeSet<&str> = types.iter().map(|name| name.trim_end_matches(" Z")).collect();
        let code = plain.first().filter(|_| plain.len() == 1).map_or(0, |name| code(name));
        Self { code, has_z: types.iter().any(|name| name.ends_with(" Z")) }
    }

    /// The number of the type; 0 where there are several.
    pub(super) fn code(self) -> u8 {
        self.code
    }

    /// Whether all positions have a height; those that lack one have NaN.
    pub(super) fn has_z(self) -> bool {
        self.has_z
    }
}

fn code(name: &str) -> u8 {
    (1..).zip(TYPES).find(|(_, own)| *own == name).map_or(0, |(code, _)| code)
}

/// The columns beside the geometry.
#[derive(Debug)]
pub(super) struct Properties(Vec<(ColumnName, Crs)>);

impl Properties {
    /// The values of these columns.
    pub(super) fn of(columns: &[ColumnInfo]) -> Self {
        Self(columns.iter().map(|column| (column.name.clone(), column.crs())).collect())
    }

    /// The columns, with the systems of further geometries, which are written as text.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&ColumnName, Crs)> {
        self.0.iter().map(|(name, crs)| (name, *crs))
    }
}

/// The values of a row that are there: number of the column, value.
pub(super) fn values(cells: &[Cells], row: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, cells) in (0_u16..).zip(cells) {
        let Some(cell) = cells.get(row) else { continue };
        out.extend(number.to_le_bytes());
        match cell {
            Cell::Integer(integer) => out.extend(integer.to_le_bytes()),
            Cell::Number(number) => out.extend(number.to_le_bytes()),
            Cell::Decimal(..) => out.extend(decimal(cell).to_le_bytes()),
            Cell::Boolean(truth) => out.push(u8::from(truth)),
            Cell::Text(_) | Cell::Date(_) | Cell::Timestamp(_) | Cell::Geometry(..) => {
                let mut text = String::new();
                cell.write_text(&mut text);
                out.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
                out.extend(text.as_bytes());
            }
        }
    }
    out
}

/// The floating point number nearest to a decimal.
fn decimal(cell: Cell<'_>) -> f64 {
    let mut text = String::new();
    cell.write_text(&mut text);
    text.parse().unwrap_or(f64::NAN)
}

/// A feature with its length before it.
pub(super) fn encode<'a>(
    builder: &'a mut FlatBufferBuilder<'static>,
    geometry: Option<&Geometry>,
    kind: Kind,
    properties: &[u8],
) -> &'a [u8] {
    builder.reset();
    let geometry = geometry.map(|geometry| part(builder, geometry, kind));
    let properties = builder.create_vector(properties);
    let table = builder.start_table();
    if let Some(geometry) = geometry {
        builder.push_slot_always(slot(0), geometry);
    }
    builder.push_slot_always(slot(1), properties);
    let feature = builder.end_table(table);
    builder.finish_size_prefixed(feature, None);
    builder.finished_data()
}

type Table = WIPOffset<TableFinishedWIPOffset>;

/// A geometry, or a part of one.
fn part(builder: &mut FlatBufferBuilder<'static>, geometry: &Geometry, kind: Kind) -> Table {
    let (mut positions, mut ends, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    match geometry {
        Geometry::Point(position) => positions.push(*position),
        Geometry::LineString(line) | Geometry::MultiPoint(line) => positions.extend_from_slice(line),
        Geometry::Polygon(lines) | Geometry::MultiLineString(lines) => {
            for line in lines {
                positions.extend_from_slice(line);
                ends.push(u32::try_from(positions.len()).unwrap_or(u32::MAX));
            }
        }
        Geometry::MultiPolygon(polygons) => {
            parts.extend(polygons.iter().map(|rings| part(builder, &Geometry::Polygon(rings.clone()), kind)));
        }
        Geometry::GeometryCollection(members) => {
            parts.extend(members.iter().map(|member| part(builder, member, kind)));
        }
    }
    let ends = (ends.len() > 1).then(|| builder.create_vector(&ends));
    let flat: Vec<f64> = positions.iter().flat_map(|Position { x, y, .. }| [*x, *y]).collect();
    let xy = (!flat.is_empty()).then(|| builder.create_vector(&flat));
    let heights = || positions.iter().map(|position| position.z.unwrap_or(f64::NAN)).collect::<Vec<f64>>();
    let z = (kind.has_z && !positions.is_empty()).then(|| builder.create_vector(&heights()));
    let parts = (!parts.is_empty()).then(|| builder.create_vector(&parts));
    let table = builder.start_table();
    if let Some(ends) = ends {
        builder.push_slot_always(slot(0), ends);
    }
    if let Some(xy) = xy {
        builder.push_slot_always(slot(1), xy);
    }
    if let Some(z) = z {
        builder.push_slot_always(slot(2), z);
    }
    builder.push_slot(slot(6), code(geometry.type_name()), 0);
    if let Some(parts) = parts {
        builder.push_slot_always(slot(7), parts);
    }
    builder.end_table(table)
}
