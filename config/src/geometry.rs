//! What the geometry gate looks for, and what it does about it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits of the geometry gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GeometryLimits {
    /// Where all geometries must lie: west, south, east, north in degrees. Without it Norway with its sea.
    pub extent: Option<[f64; 4]>,
    /// Greatest share of rows that may lack a geometry or have an empty one, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_missing_share: f64,
    /// Greatest share of geometries whose areas may be invalid, 0 to 1: rings that cross or touch themselves, holes
    /// outside of their shell, areas of no size.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_invalid_share: f64,
    /// Most positions that one geometry may have.
    #[schemars(range(min = 1))]
    pub max_positions: u64,
    /// What happens where one flaw is found, in place of what happens by default.
    pub rules: Vec<FlawAction>,
    /// Types of objects that are never published. A type is refused if its name holds one of these words.
    pub shielded_objects: BTreeSet<String>,
}

impl Default for GeometryLimits {
    fn default() -> Self {
        let shielded = ["skjermet", "skjermingsverdig", "militær", "forsvarsanlegg"];
        Self {
            extent: None,
            max_missing_share: 0.5,
            max_invalid_share: 0.1,
            max_positions: 1_000_000,
            rules: Vec::new(),
            shielded_objects: shielded.into_iter().map(str::to_owned).collect(),
        }
    }
}

impl GeometryLimits {
    /// Norway with its sea, Svalbard and Jan Mayen: west, south, east, north in degrees.
    pub const NORWAY: [f64; 4] = [-15.0, 55.0, 42.0, 85.0];

    /// Where all geometries must lie: west, south, east, north in degrees.
    pub fn extent(&self) -> [f64; 4] {
        self.extent.unwrap_or(Self::NORWAY)
    }

    /// What happens where a flaw is found. The last entry that fits holds.
    pub fn action(&self, flaw: GeometryFlaw) -> FlawSeverity {
        let own = self.rules.iter().rev().find(|entry| entry.flaw == flaw);
        own.map_or_else(|| flaw.default_action(), |entry| entry.action)
    }
}

/// What may be wrong with a geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GeometryFlaw {
    /// A ring that is open or has fewer than four positions.
    Ring,
    /// Longitude and latitude, or easting and northing, stand in the wrong order.
    SwappedAxes,
    /// A position outside of the extent.
    OutsideExtent,
    /// More positions than allowed.
    TooManyPositions,
    /// Rings that cross or touch themselves, cross each other, or cut the area in two.
    SelfIntersection,
    /// A hole outside of its shell or within another hole.
    HoleOutside,
    /// An area of no size or a line of no length.
    Collapsed,
    /// An area that would take too long to look at.
    TooComplex,
    /// The same position twice in a row.
    RepeatedPosition,
    /// The same key and the same geometry twice.
    Duplicate,
}

impl GeometryFlaw {
    /// What happens unless the dataset says otherwise: what readers stumble over blocks.
    pub fn default_action(self) -> FlawSeverity {
        match self {
            Self::Ring | Self::SwappedAxes | Self::OutsideExtent | Self::TooManyPositions | Self::TooComplex => {
                FlawSeverity::Block
            }
            Self::SelfIntersection | Self::HoleOutside | Self::Collapsed | Self::Duplicate => FlawSeverity::Warn,
            Self::RepeatedPosition => FlawSeverity::Info,
        }
    }
}

/// What happens where a flaw is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlawSeverity {
    /// Nothing is published.
    Block,
    /// Published with a warning.
    Warn,
    /// Published; the report tells it.
    Info,
}

/// What happens where one flaw is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlawAction {
    /// The flaw.
    pub flaw: GeometryFlaw,
    /// What happens.
    pub action: FlawSeverity,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_fits_holds() {
        let entry = |flaw, action| FlawAction { flaw, action };
        let limits = GeometryLimits {
            rules: vec![
                entry(GeometryFlaw::OutsideExtent, FlawSeverity::Info),
                entry(GeometryFlaw::OutsideExtent, FlawSeverity::Warn),
            ],
            ..GeometryLimits::default()
        };
        assert_eq!(limits.action(GeometryFlaw::OutsideExtent), FlawSeverity::Warn);
        assert_eq!(limits.action(GeometryFlaw::SwappedAxes), FlawSeverity::Block);
    }
}
