//! The geometry gate's findings in words. They carry counts and row numbers, never a value.

use catalog::version::{Finding, Severity};
use config::{FlawSeverity, GeometryFlaw, GeometryLimits};

use super::{
    column_scan::Tally,
    finding::{counted, finding, in_column, share},
    geometry_column::ColumnGeometries,
    shape::Observed,
};

/// The stable code of a flaw, and what is done about it at best.
fn code(flaw: GeometryFlaw) -> (&'static str, &'static str) {
    match flaw {
        GeometryFlaw::Ring => ("geometry-ring", "Close the rings at the source; each has at least four positions."),
        GeometryFlaw::SwappedAxes => (
            "geometry-swapped-axes",
            "Exchange the axes at the source or name the right system: GeoJSON writes longitude first, and tables \
             easting.",
        ),
        GeometryFlaw::OutsideExtent => {
            ("geometry-outside", "Look at the coordinate system; set gates.geometry.extent if the data lie elsewhere.")
        }
        GeometryFlaw::TooManyPositions => {
            ("geometry-too-many-positions", "Divide or simplify the geometry, or raise gates.geometry.max_positions.")
        }
        GeometryFlaw::SelfIntersection => {
            ("geometry-self-intersection", "Mend the areas at the source; nothing is changed here.")
        }
        GeometryFlaw::HoleOutside => {
            ("geometry-hole-outside", "Mend the areas at the source; nothing is changed here.")
        }
        GeometryFlaw::Collapsed => ("geometry-collapsed", "Delete what has no size at the source, or make it a point."),
        GeometryFlaw::TooComplex => (
            "geometry-too-complex",
            "Divide the area, or set gates.geometry.rules to publish it without having it looked at.",
        ),
        GeometryFlaw::RepeatedPosition => ("geometry-repeated-position", "For information; readers pass over them."),
        GeometryFlaw::Duplicate => ("geometry-duplicate", "Delete the doubles at the source."),
    }
}

/// What is the matter with so many geometries.
fn matter(flaw: GeometryFlaw) -> &'static str {
    match flaw {
        GeometryFlaw::Ring => "have a ring that is open or has fewer than four positions",
        GeometryFlaw::SwappedAxes => "lie in the extent only if their axes are exchanged",
        GeometryFlaw::OutsideExtent => "lie outside of the extent",
        GeometryFlaw::TooManyPositions => "have too many positions",
        GeometryFlaw::SelfIntersection => "have rings that cross or touch themselves or each other",
        GeometryFlaw::HoleOutside => "have a hole outside of its shell",
        GeometryFlaw::Collapsed => "have an area of no size or a line of no length",
        GeometryFlaw::TooComplex => "are too complex to be looked at",
        GeometryFlaw::RepeatedPosition => "have the same position twice in a row",
        GeometryFlaw::Duplicate => "are there twice with the same key",
    }
}

/// What is wrong with the geometries of a column.
pub(super) fn found(column: &ColumnGeometries, limits: &GeometryLimits) -> Vec<Finding> {
    let one = |(flaw, tally): (&GeometryFlaw, &Tally)| {
        let severity = match limits.action(*flaw) {
            FlawSeverity::Block => Severity::Block,
            FlawSeverity::Warn => Severity::Warning,
            FlawSeverity::Info => Severity::Info,
        };
        let (code, hint) = code(*flaw);
        let message = format!("{} geometries of column '{}' {}", tally.count, column.name, matter(*flaw));
        listed(in_column(finding(code, severity, message, hint), column.name.as_str()), tally)
    };
    column.found.iter().map(one).collect()
}

/// Rows without a geometry; more than the limit allows block.
pub(super) fn missing(column: &ColumnGeometries, rows: u64, limits: &GeometryLimits) -> Option<Finding> {
    let missing = column.missing.count;
    // A share that cannot be compared (a limit that is no number) blocks.
    let within = share(missing, rows) <= limits.max_missing_share;
    (missing > 0).then(|| {
        let severity = if within { Severity::Info } else { Severity::Block };
        let most = limits.max_missing_share * 100.0;
        let message = format!("{missing} of {rows} rows have no geometry or an empty one; {most} % are allowed");
        let hint = "Look at the source; raise gates.geometry.max_missing_share if it is right.";
        listed(in_column(finding("geometry-missing", severity, message, hint), column.name.as_str()), &column.missing)
    })
}

/// More invalid areas than the limit allows.
pub(super) fn too_many_invalid(column: &ColumnGeometries, limits: &GeometryLimits) -> Finding {
    let (invalid, all, most) = (column.invalid, column.geometries, limits.max_invalid_share * 100.0);
    let message = format!("{invalid} of {all} geometries are invalid; {most} % are allowed");
    let hint = "Mend them at the source; raise gates.geometry.max_invalid_share if it has to be.";
    let finding = finding("geometry-invalid-share", Severity::Block, message, hint);
    counted(in_column(finding, column.name.as_str()), invalid)
}

/// What was put right on the way in, and what could not be placed because of its axes.
pub(super) fn mended(observed: &Observed) -> impl Iterator<Item = Finding> {
    let told = |code, count: u64, severity, message: &str, hint| {
        (count > 0).then(|| counted(finding(code, severity, format!("{count} {message}"), hint), count))
    };
    let mended = observed.mended;
    let hint = "For information; there is only one right way.";
    let closed = told(
        "geometry-ring-closed",
        mended.closed,
        Severity::Info,
        "geometries had open rings, which were closed",
        hint,
    );
    let turned = told(
        "geometry-ring-turned",
        mended.turned,
        Severity::Info,
        "geometries had rings that went the wrong way round and were turned",
        hint,
    );
    let (code, hint) = code(GeometryFlaw::SwappedAxes);
    let swapped = told(
        code,
        mended.swapped,
        Severity::Block,
        "geometries have no place in their system unless their axes are exchanged",
        hint,
    );
    [closed, turned, swapped].into_iter().flatten()
}

fn listed(finding: Finding, tally: &Tally) -> Finding {
    Finding { count: tally.count, rows: tally.rows.clone(), ..finding }
}
