//! The tables of a package beside its features (OGC 12-128r19, annex C).

use std::{collections::BTreeSet, fmt::Write as _, io::Result};

use config::ColumnName;

use super::{
    super::sqlite::{Pages, Table, Thing, Value, record},
    row::{system, type_name},
};
use crate::{crs::Crs, version::ColumnInfo};

const SYSTEMS: &str = "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL,srs_id INTEGER NOT NULL PRIMARY KEY,\
    organization TEXT NOT NULL,organization_coordsys_id INTEGER NOT NULL,definition TEXT NOT NULL,description TEXT)";
const CONTENTS: &str = "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY,data_type TEXT NOT NULL,\
    identifier TEXT UNIQUE,description TEXT DEFAULT '',last_change DATETIME NOT NULL DEFAULT \
    (strftime('%Y-%m-%dT%H:%M:%fZ','now')),min_x DOUBLE,min_y DOUBLE,max_x DOUBLE,max_y DOUBLE,srs_id INTEGER,\
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))";
const GEOMETRY_COLUMNS: &str = "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL,column_name TEXT NOT NULL,\
    geometry_type_name TEXT NOT NULL,srs_id INTEGER NOT NULL,z TINYINT NOT NULL,m TINYINT NOT NULL,\
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),CONSTRAINT uk_gc_table_name UNIQUE (table_name),\
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),\
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))";
const EXTENSIONS: &str = "CREATE TABLE gpkg_extensions (table_name TEXT,column_name TEXT,extension_name TEXT NOT NULL,\
    definition TEXT NOT NULL,scope TEXT NOT NULL,CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))";
/// A day of change is asked for, but the version of the dataset tells it, and the same rows give the same bytes.
const LAST_CHANGE: &str = "1970-01-01T00:00:00.000Z";

/// The layer of a package.
#[derive(Debug)]
pub(super) struct Layer<'a> {
    /// The table of features.
    pub(super) table: String,
    /// The column of row numbers.
    pub(super) id: String,
    /// The column of geometries.
    pub(super) place: &'a ColumnName,
    columns: &'a [ColumnInfo],
    crs: Crs,
    type_name: String,
    /// Heights: 0 for none, 1 in every geometry, 2 in some.
    heights: i64,
}

/// A name in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl<'a> Layer<'a> {
    /// The layer of a file with this stem; `types` are those of its geometries, as `GeoParquet` names them.
    pub(super) fn new(stem: &str, columns: &'a [ColumnInfo], place: &'a ColumnInfo, types: &BTreeSet<String>) -> Self {
        let is_plain = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let table = stem.chars().map(|character| if is_plain(character) { character } else { '_' }).collect();
        let mut id = "fid".to_owned();
        while columns.iter().any(|column| column.name.as_str().eq_ignore_ascii_case(&id)) {
            id.push('_');
        }
        let plain: BTreeSet<&str> = types.iter().map(|name| name.trim_end_matches(" Z")).collect();
        let type_name =
            plain.first().filter(|_| plain.len() == 1).map_or("GEOMETRY".to_owned(), |name| name.to_uppercase());
        let high = types.iter().filter(|name| name.ends_with(" Z")).count();
        let heights = if high == 0 { 0 } else { 1 + i64::from(high < types.len()) };
        Self { table, id, place: &place.name, columns, crs: place.crs(), type_name, heights }
    }

    /// The name of the R-tree.
    pub(super) fn tree(&self) -> String {
        format!("rtree_{}_{}", self.table, self.place)
    }

    /// The table of features.
    pub(super) fn features(&self, root: u32) -> Thing {
        let mut sql =
            format!("CREATE TABLE {} ({} INTEGER NOT NULL PRIMARY KEY", quoted(&self.table), quoted(&self.id));
        for column in self.columns {
            let kind = if column.name == *self.place { &self.type_name } else { type_name(&column.kind) };
            let required = if column.required { " NOT NULL" } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(sql, ",{} {kind}{required}", quoted(column.name.as_str()));
        }
        sql.push(')');
        table(&self.table, root, sql)
    }

    /// Writes the tables that tell of the features.
    pub(super) fn metadata(&self, pages: &mut Pages, extent: Option<[f64; 4]>) -> Result<Vec<Thing>> {
        let own = i64::from(system(self.crs));
        let (name, column) = (Value::Text(&self.table), Value::Text(self.place.as_str()));
        let mut things = vec![table("gpkg_spatial_ref_sys", self.systems(pages)?, SYSTEMS.to_owned())];
        let [west, south, east, north] = match extent {
            Some(extent) => extent.map(Value::Real),
            None => [Value::Null; 4],
        };
        let row = [name, Value::Text("features"), name, Value::Text(""), Value::Text(LAST_CHANGE)];
        let row = [&row[..], &[west, south, east, north, Value::Integer(own)]].concat();
        let indexes: [&[Value<'_>]; 2] = [&[name], &[name]];
        things.extend(only_row(pages, ("gpkg_contents", CONTENTS), &row, &indexes)?);
        let row = [name, column, Value::Text(&self.type_name), Value::Integer(own)];
        let row = [&row[..], &[Value::Integer(self.heights), Value::Integer(0)]].concat();
        let indexes: [&[Value<'_>]; 2] = [&[name, column], &[name]];
        things.extend(only_row(pages, ("gpkg_geometry_columns", GEOMETRY_COLUMNS), &row, &indexes)?);
        let extension = Value::Text("gpkg_rtree_index");
        let definition = Value::Text("http://www.geopackage.org/spec140/#extension_rtree");
        let row = [name, column, extension, definition, Value::Text("write-only")];
        let indexes: [&[Value<'_>]; 1] = [&[name, column, extension]];
        things.extend(only_row(pages, ("gpkg_extensions", EXTENSIONS), &row, &indexes)?);
        Ok(things)
    }

    /// Writes the systems: the three that must be there (requirement 11), and the layer's own.
    fn systems(&self, pages: &mut Pages) -> Result<u32> {
        let mut systems = Table::new();
        let unknown = [(-1, "Undefined cartesian SRS"), (0, "Undefined geographic SRS")];
        for (id, title) in unknown {
            let none = Value::Text("undefined");
            let row = [Value::Text(title), Value::Null, Value::Text("NONE"), Value::Integer(id), none, none];
            systems.push(pages, id, &record(&row))?;
        }
        let known = BTreeSet::from([4326, system(self.crs)]);
        for (code, crs) in known.into_iter().filter_map(|code| Some((code, Crs::from_epsg(code)?))) {
            let (title, definition, id) = (crs.title(), crs.wkt().unwrap_or_default(), i64::from(code));
            let row = [Value::Text(&title), Value::Null, Value::Text("EPSG"), Value::Integer(id)];
            let row = [&row[..], &[Value::Text(&definition), Value::Null]].concat();
            systems.push(pages, id, &record(&row))?;
        }
        systems.finish(pages)
    }
}

/// A table with this statement.
pub(super) fn table(name: &str, root: u32, sql: String) -> Thing {
    Thing { kind: "table", name: name.to_owned(), table: name.to_owned(), root, sql: Some(sql) }
}

/// Writes a table of one row and the indexes that its statement brings, each with the values of the row.
fn only_row(
    pages: &mut Pages,
    (name, sql): (&str, &str),
    row: &[Value<'_>],
    indexes: &[&[Value<'_>]],
) -> Result<Vec<Thing>> {
    let mut rows = Table::new();
    rows.push(pages, 1, &record(row))?;
    let mut things = vec![table(name, rows.finish(pages)?, sql.to_owned())];
    for (number, values) in (1..).zip(indexes) {
        let entry = record(&[values, &[Value::Integer(1)][..]].concat());
        things.push(Thing {
            kind: "index",
            name: format!("sqlite_autoindex_{name}_{number}"),
            table: name.to_owned(),
            root: pages.index(&[entry])?,
            sql: None,
        });
    }
    Ok(things)
}
