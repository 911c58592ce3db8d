//! The types of groups.

/// What a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The head.
    Head,
    /// The end.
    End,
    /// Declares attributes or structures; no object.
    Declaration,
    /// One point, or the first point of a symbol or text, which is its place.
    Point,
    /// Many points.
    Swarm,
    /// A line along its points.
    Line,
    /// A curve that is not computed: its points stand for it.
    Approximated,
    /// An arc between two points with a radius.
    ArcByRadius,
    /// An arc through three points.
    ArcByPoints,
    /// A circle around a point.
    CircleByRadius,
    /// A circle through three points.
    CircleByPoints,
    /// An area within curves.
    Area,
    /// A sequence of curves.
    Path,
    /// An object of other objects.
    Complex,
    /// A picture, or a type that is not known.
    Other,
}

impl Kind {
    /// The type by its name in capitals.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "HODE" => Self::Head,
            "SLUTT" => Self::End,
            "DEF" | "OBJDEF" | "MLINJE" | "STRUKTUR" => Self::Declaration,
            "PUNKT" | "SYMBOL" | "TEKST" => Self::Point,
            "SVERM" => Self::Swarm,
            "KURVE" | "LINJE" => Self::Line,
            "KLOTOIDE" | "BEZIER" => Self::Approximated,
            "BUE" => Self::ArcByRadius,
            "BUEP" => Self::ArcByPoints,
            "SIRKEL" => Self::CircleByRadius,
            "SIRKELP" => Self::CircleByPoints,
            "FLATE" => Self::Area,
            "TRASE" => Self::Path,
            "OBJEKT" => Self::Complex,
            _ => Self::Other,
        }
    }
}
