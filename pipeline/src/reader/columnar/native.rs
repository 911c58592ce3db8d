//! Geometries in lists and structs, as `GeoParquet` 1.1 takes them over from `GeoArrow`.

use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::datatypes::Float64Type;
use catalog::table::{Geometry, wkb::Position};

type Line = Vec<Position>;

/// The geometry of a row; `None` where the column is not of the encoding, or a coordinate is not finite.
pub(super) fn geometry(encoding: &str, array: &dyn Array, at: usize) -> Option<Geometry> {
    Some(match encoding.to_ascii_lowercase().as_str() {
        "point" => match position(array.as_struct_opt()?, at)? {
            Place::At(position) => Geometry::Point(position),
            Place::Nowhere => Geometry::MultiPoint(Vec::new()),
        },
        "linestring" => Geometry::LineString(line(&inner(array, at)?)?),
        "multipoint" => Geometry::MultiPoint(line(&inner(array, at)?)?),
        "polygon" => Geometry::Polygon(lines(&inner(array, at)?)?),
        "multilinestring" => Geometry::MultiLineString(lines(&inner(array, at)?)?),
        "multipolygon" => {
            let polygons = inner(array, at)?;
            let polygon = |at| lines(&inner(&polygons, at)?);
            Geometry::MultiPolygon((0..polygons.len()).map(polygon).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// The list of a row.
fn inner(array: &dyn Array, at: usize) -> Option<ArrayRef> {
    if array.is_null(at) {
        return None;
    }
    match array.as_list_opt::<i32>() {
        Some(list) => Some(list.value(at)),
        None => array.as_list_opt::<i64>().map(|list| list.value(at)),
    }
}

fn lines(array: &ArrayRef) -> Option<Vec<Line>> {
    (0..array.len()).map(|at| line(&inner(array, at)?)).collect()
}

fn line(array: &ArrayRef) -> Option<Line> {
    let points = array.as_struct_opt()?;
    let place = |at| match position(points, at)? {
        Place::At(position) => Some(position),
        Place::Nowhere => None,
    };
    (0..points.len()).map(place).collect()
}

/// Where a point is.
enum Place {
    At(Position),
    /// An empty point, whose coordinates are no numbers.
    Nowhere,
}

fn position(points: &StructArray, at: usize) -> Option<Place> {
    let number = |name: &str| {
        let numbers = points.column_by_name(name)?.as_primitive_opt::<Float64Type>()?;
        numbers.is_valid(at).then(|| numbers.value(at))
    };
    let (x, y) = (number("x")?, number("y")?);
    if x.is_nan() && y.is_nan() {
        return Some(Place::Nowhere);
    }
    let z = number("z").filter(|z| !z.is_nan());
    let finite = x.is_finite() && y.is_finite() && z.is_none_or(f64::is_finite);
    finite.then_some(Place::At(Position { x, y, z }))
}
