//! Geometries as they stand in the file: arcs are drawn, references are not followed yet.

use catalog::{crs::Crs, table::wkb::Position};

/// What a geometry of several members is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Points.
    Points,
    /// Curves.
    Curves,
    /// Surfaces.
    Surfaces,
    /// The patches of one surface: a single one is a polygon.
    Patches,
    /// Anything.
    Any,
}

/// A geometry that may still refer to others. Positions are east, north.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// A point.
    Point(Position),
    /// A curve.
    Line(Vec<Position>),
    /// Curves that follow each other.
    Chain(Vec<Shape>),
    /// A curve in the other direction.
    Turned(Box<Shape>),
    /// Rings, the outer one first.
    Area(Vec<Shape>),
    /// Members.
    Many(Kind, Vec<Shape>),
    /// The geometry with an id.
    Link(String),
}

impl Shape {
    /// True if there is any reference in it.
    pub(super) fn has_links(&self) -> bool {
        match self {
            Self::Point(_) | Self::Line(_) => false,
            Self::Link(_) => true,
            Self::Turned(inner) => inner.has_links(),
            Self::Chain(members) | Self::Area(members) | Self::Many(_, members) => members.iter().any(Self::has_links),
        }
    }
}

/// A geometry of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Made {
    /// The geometry.
    pub(super) shape: Shape,
    /// Its coordinate system; `None` if all its positions are in what it refers to.
    pub(super) crs: Option<Crs>,
}
