//! What the geometry gate sees in one column.

use std::collections::BTreeMap;

use catalog::{
    crs::{Crs, Transform, Within},
    table::Geometry,
    version::ColumnInfo,
};
use config::{ColumnName, GeometryFlaw, GeometryLimits};

use super::{column_scan::Tally, geometry_flaws::flaws};

/// What was seen in one column.
#[derive(Debug)]
pub(super) struct ColumnGeometries {
    /// The column.
    pub(super) name: ColumnName,
    /// From the column's system to degrees.
    degrees: Transform,
    /// Whether extents lie where the geometries should be.
    within: Within,
    /// Rows without a geometry or with an empty one.
    pub(super) missing: Tally,
    /// What is wrong with the others.
    pub(super) found: BTreeMap<GeometryFlaw, Tally>,
    /// Geometries with an invalid area.
    pub(super) invalid: u64,
    /// Geometries.
    pub(super) geometries: u64,
    /// Cells that are no geometry.
    pub(super) unread: u64,
}

impl ColumnGeometries {
    /// A column that was not looked at yet.
    pub(super) fn new(column: &ColumnInfo, limits: &GeometryLimits) -> Self {
        let degrees = Transform::new(column.crs(), Crs::CRS84);
        Self {
            name: column.name.clone(),
            degrees,
            within: Within::new(degrees, limits.extent()),
            missing: Tally::default(),
            found: BTreeMap::new(),
            invalid: 0,
            geometries: 0,
            unread: 0,
        }
    }

    /// Looks at the geometry of a row.
    pub(super) fn look(&mut self, limits: &GeometryLimits, row: u64, wkb: Option<&[u8]>) {
        let geometry = wkb.and_then(Geometry::from_wkb);
        self.unread += u64::from(geometry.is_none() && wkb.is_some_and(|wkb| !Geometry::is_empty_point(wkb)));
        let Some((geometry, extent)) = geometry.and_then(|own| own.bbox().map(|extent| (own, extent))) else {
            self.missing.count(row, Some(row));
            return;
        };
        self.geometries += 1;
        let found = flaws(&geometry, limits.max_positions);
        self.invalid += u64::from(found.iter().any(|flaw| is_invalid(*flaw)));
        let misplaced = self.misplaced(&geometry, extent);
        for flaw in found.into_iter().chain(misplaced) {
            self.note(flaw, row);
        }
    }

    /// Whether a geometry leaves the extent in degrees, and whether it lies there once its axes are exchanged.
    fn misplaced(&mut self, geometry: &Geometry, own: [f64; 4]) -> Option<GeometryFlaw> {
        if self.within.holds(own) {
            return None;
        }
        let wanted = self.within.wanted();
        let mut inside = true;
        // The corners of an extent may lie outside where no position does.
        geometry.each_position(&mut |at| inside &= self.degrees.lies_within([at.x, at.y, at.x, at.y], wanted));
        if inside {
            return None;
        }
        let [west, south, east, north] = own;
        let swapped = self.degrees.lies_within([south, west, north, east], wanted);
        Some(if swapped { GeometryFlaw::SwappedAxes } else { GeometryFlaw::OutsideExtent })
    }

    /// Counts a flaw of a row.
    pub(super) fn note(&mut self, flaw: GeometryFlaw, row: u64) {
        self.found.entry(flaw).or_default().count(row, Some(row));
    }
}

/// Whether a flaw makes an area invalid, so that it counts against the share that is allowed.
fn is_invalid(flaw: GeometryFlaw) -> bool {
    matches!(flaw, GeometryFlaw::SelfIntersection | GeometryFlaw::HoleOutside | GeometryFlaw::Collapsed)
}
