//! The header: names, types, number of features and coordinate system (`header.fbs` of `FlatGeobuf` 3).

use config::ColumnType;
use flatbuffers::{FlatBufferBuilder, TableFinishedWIPOffset, WIPOffset};

use super::{
    feature::{Kind, slot},
    index::NODE,
};
use crate::{crs::Crs, version::ColumnInfo};

/// What the header tells.
#[derive(Debug)]
pub(super) struct Header<'a> {
    /// The name of the layer.
    pub(super) name: &'a str,
    /// Extent of all features in their own coordinate system.
    pub(super) envelope: Option<[f64; 4]>,
    /// What the geometries are.
    pub(super) kind: Kind,
    /// The columns beside the geometry.
    pub(super) columns: &'a [ColumnInfo],
    /// The coordinate system.
    pub(super) crs: Crs,
    /// Number of features.
    pub(super) features: u64,
    /// Whether a tree follows.
    pub(super) is_indexed: bool,
}

/// The number of a column's type: `ColumnType` of the schema.
fn number(kind: &ColumnType) -> u8 {
    match kind {
        ColumnType::Boolean { .. } => 2,
        ColumnType::Integer {} => 7,
        ColumnType::Number {} | ColumnType::Decimal { .. } => 10,
        ColumnType::Text {} | ColumnType::Code { .. } | ColumnType::Geometry { .. } => 11,
        ColumnType::Date { .. } | ColumnType::Datetime { .. } => 13,
    }
}

impl Header<'_> {
    /// The header with its length before it.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut builder = FlatBufferBuilder::new();
        let name = builder.create_string(self.name);
        let envelope = self.envelope.map(|envelope| builder.create_vector(&envelope));
        let columns: Vec<_> = self.columns.iter().map(|own| column(&mut builder, own)).collect();
        let columns = builder.create_vector(&columns);
        let crs = system(&mut builder, self.crs);
        let table = builder.start_table();
        builder.push_slot_always(slot(0), name);
        if let Some(envelope) = envelope {
            builder.push_slot_always(slot(1), envelope);
        }
        builder.push_slot(slot(2), self.kind.code(), 0);
        builder.push_slot(slot(3), self.kind.has_z(), false);
        builder.push_slot_always(slot(7), columns);
        builder.push_slot(slot(8), self.features, 0);
        builder.push_slot(slot(9), if self.is_indexed { NODE } else { 0 }, NODE);
        builder.push_slot_always(slot(10), crs);
        let header = builder.end_table(table);
        builder.finish_size_prefixed(header, None);
        builder.finished_data().to_vec()
    }
}

fn column(builder: &mut FlatBufferBuilder<'_>, own: &ColumnInfo) -> WIPOffset<TableFinishedWIPOffset> {
    let name = builder.create_string(own.name.as_str());
    let title = builder.create_string(&own.title.nb);
    let table = builder.start_table();
    builder.push_slot_always(slot(0), name);
    builder.push_slot(slot(1), number(&own.kind), 0);
    builder.push_slot_always(slot(2), title);
    builder.push_slot(slot(7), !own.required, true);
    builder.end_table(table)
}

/// Positions are always east first here, so longitude and latitude go by the code of WGS 84.
fn system(builder: &mut FlatBufferBuilder<'_>, crs: Crs) -> WIPOffset<TableFinishedWIPOffset> {
    let code = i32::try_from(crs.epsg().unwrap_or(4326)).unwrap_or_default();
    let org = builder.create_string("EPSG");
    let name = builder.create_string(&crs.title());
    let table = builder.start_table();
    builder.push_slot_always(slot(0), org);
    builder.push_slot(slot(1), code, 0);
    builder.push_slot_always(slot(2), name);
    builder.end_table(table)
}
