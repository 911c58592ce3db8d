//! Small maps for readers: a bounded number of features, drawn in the coordinate system of the data.

mod kept;
mod pen;
mod view;

use arrow::array::AsArray;
use catalog::{
    crs::union,
    table::{Cancel, Comparison, Geometry, Predicate, Region, Scan, Table},
    version::ColumnInfo,
};
use futures::TryStreamExt;

use crate::error::Problem;

pub(crate) use kept::Kept;
pub(crate) use pen::Paths;
pub(crate) use view::View;

/// Rows that are looked at for one map.
const ROWS: u64 = 12_000;
/// Of larger tables as many samples, spread evenly over the rows.
const SAMPLES: u64 = 48;

/// What a map shows.
#[derive(Debug)]
pub(crate) struct Drawing {
    /// The part of the plane.
    pub(crate) view: View,
    /// The features.
    pub(crate) paths: Paths,
    /// Their extent in the system: west, south, east, north; `None` where none has a place.
    pub(crate) extent: Option<[f64; 4]>,
    /// Whether there are features that are not looked at.
    pub(crate) is_sample: bool,
}

/// Draws the features of a table within a view: all of them where they are few, else a sample of the whole, or the first
/// ones of a part.
///
/// # Errors
/// If the table cannot be read.
pub(crate) async fn draw(
    table: &Table,
    geometry: &ColumnInfo,
    (view, is_part): (View, bool),
    cancel: &Cancel,
) -> Result<Drawing, Problem> {
    let mut paths = Paths::default();
    let rows = table.rows();
    let columns = Some(vec![geometry.name.clone()]);
    let scan = |first_row, limit, predicate| Scan {
        columns: columns.clone(),
        first_row,
        limit: Some(limit),
        predicate,
        cancel: cancel.clone(),
        ..Scan::default()
    };
    let within = Comparison::Intersects(std::sync::Arc::new(Region::boxes(vec![view.extent])));
    let scans = if is_part {
        vec![scan(0, ROWS, Some(Predicate::Column(geometry.name.clone(), within)))]
    } else if rows <= ROWS {
        vec![scan(0, ROWS, None)]
    } else {
        (0..SAMPLES).map(|sample| scan(rows / SAMPLES * sample, ROWS / SAMPLES, None)).collect()
    };
    let (mut seen, mut extent) = (0, None);
    for scan in scans {
        let mut batches = table.scan(scan).await?;
        while let Some(batch) = batches.try_next().await? {
            seen += batch.num_rows() as u64;
            let shapes = batch.column(0).as_binary_opt::<i32>();
            let shapes = shapes.ok_or_else(|| Problem::internal("the geometries are no bytes"))?;
            for geometry in shapes.iter().flatten().filter_map(Geometry::from_wkb) {
                paths.add(&geometry, &view);
                extent = extent.into_iter().chain(geometry.bbox()).reduce(union);
            }
        }
    }
    let is_sample = paths.is_full() || if is_part { seen >= ROWS } else { seen < rows };
    Ok(Drawing { view, paths, extent, is_sample })
}
