//! What readers of map data share: coordinate systems as files name them, arcs, rings, and shapes that wait on disk.

pub(super) mod arc;
pub(super) mod disk;
pub(super) mod nest;
pub(super) mod place;
pub(super) mod ring;
pub(super) mod system;

/// Most positions of one geometry.
pub(super) const MAX_POSITIONS: usize = 2_000_000;
/// A batch is handed on when so many positions were put together.
pub(super) const BATCH_POSITIONS: usize = 4_000_000;
/// From here down a height means that there is none, in metres.
pub(super) const NO_HEIGHT: f64 = -999.0;
