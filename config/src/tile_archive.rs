//! Archives of vector tiles (`PMTiles`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the archive of a version's tiles is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TileArchive {
    /// The deepest zoom; the data decides whether fewer are enough. Each zoom has up to four times the tiles of the one
    /// before. Default: 14.
    #[schemars(range(max = 22))]
    pub max_zoom: u8,
}

impl TileArchive {
    /// The deepest zoom that can be asked for.
    pub const DEEPEST: u8 = 22;
}

impl Default for TileArchive {
    fn default() -> Self {
        Self { max_zoom: 14 }
    }
}
