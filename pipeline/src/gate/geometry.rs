//! The geometry gate: where geometries lie, whether they are valid, and whether everybody may see them.
//!
//! Coordinates that are no finite numbers cannot come this far: no reader makes a geometry of them.

use arrow::{array::AsArray, record_batch::RecordBatch};
use catalog::version::{ColumnInfo, Draft, Finding, GateReport, Severity};
use config::{Access, ColumnType, Dataset, GateKind, GeometryFlaw, GeometryLimits};

use super::{
    access,
    finding::{finding, share},
    geometry_column::ColumnGeometries,
    geometry_findings as words,
    pairs::Pairs,
    shape::Observed,
};
use crate::{Error, Result};

/// Looks at geometries on their way into the draft. Keeps counts and the first row numbers.
#[derive(Debug)]
pub struct GeometryScan {
    limits: GeometryLimits,
    columns: Vec<ColumnGeometries>,
    pairs: Pairs,
    rows: u64,
}

impl GeometryScan {
    /// A scan of the published geometries, whose systems are known by now. `twice` says whether rows share a key.
    pub(crate) fn new(dataset: &Dataset, columns: &[ColumnInfo], twice: bool) -> Self {
        let limits = dataset.file.gates.geometry.clone();
        let geometries = columns.iter().filter(|column| is_geometry(column));
        Self {
            columns: geometries.map(|column| ColumnGeometries::new(column, &limits)).collect(),
            limits,
            pairs: Pairs::new(if twice { &dataset.key } else { &[] }),
            rows: 0,
        }
    }

    /// Looks at rows that will be published.
    ///
    /// # Errors
    /// `Internal` if a column of geometries is missing.
    pub(crate) fn look(&mut self, rows: &RecordBatch) -> Result<()> {
        for column in &mut self.columns {
            let cells = rows.column_by_name(column.name.as_str()).and_then(|cells| cells.as_binary_opt::<i32>());
            let cells =
                cells.ok_or_else(|| Error::Internal(format!("column '{}' holds no geometries", column.name)))?;
            for (row, wkb) in (self.rows..).zip(cells.iter()) {
                column.look(&self.limits, row, wkb);
            }
            for row in self.pairs.twice(rows, column.name.as_str())? {
                column.note(GeometryFlaw::Duplicate, self.rows + row);
            }
        }
        self.rows += rows.num_rows() as u64;
        Ok(())
    }

    /// What the scan, the sources and the declared access mean for a draft.
    pub(super) fn judge(self, draft: &Draft, observed: &Observed) -> GateReport {
        if !draft.columns.iter().any(is_geometry) {
            return GateReport::new(GateKind::Geometry, "nothing: no geometry is published".to_owned(), Vec::new());
        }
        let mut findings: Vec<Finding> = self.unseen(draft).into_iter().collect();
        let access = draft.dataset.file.access;
        findings.extend((access != Access::Public).then(|| access::not_open(access)));
        findings.extend(access::findings(observed));
        findings.extend(words::mended(observed));
        for column in &self.columns {
            findings.extend(words::missing(column, self.rows, &self.limits));
            findings.extend(words::found(column, &self.limits));
            let within = share(column.invalid, column.geometries) <= self.limits.max_invalid_share;
            findings.extend((!within).then(|| words::too_many_invalid(column, &self.limits)));
        }
        let geometries: u64 = self.columns.iter().map(|column| column.geometries).sum();
        let [west, south, east, north] = self.limits.extent();
        let checked =
            format!("{geometries} geometries: within {west}, {south}, {east}, {north} degrees, validity, access");
        GateReport::new(GateKind::Geometry, checked, findings)
    }

    /// Rows or columns of the draft that the scan did not see.
    fn unseen(&self, draft: &Draft) -> Option<Finding> {
        let scanned = |column: &&ColumnInfo| self.columns.iter().any(|own| own.name == column.name);
        let columns = draft.columns.iter().filter(|column| is_geometry(column) && !scanned(column)).count();
        let unread: u64 = self.columns.iter().map(|column| column.unread).sum();
        (columns > 0 || unread > 0 || draft.rows != self.rows).then(|| {
            let message = format!(
                "{} of {} rows were looked at, not {columns} of the columns and not {unread} cells",
                self.rows, draft.rows
            );
            finding("geometry-not-scanned", Severity::Block, message, "Please report this with the run record.")
        })
    }
}

fn is_geometry(column: &ColumnInfo) -> bool {
    matches!(column.kind, ColumnType::Geometry { .. })
}
