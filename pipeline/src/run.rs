//! The run: the whole walk of one dataset, stage by stage.

/// A stage of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Bytes are fetched.
    Fetch,
    /// Bytes are landed.
    Land,
    /// Rows are read and typed.
    Normalise,
    /// Files are written.
    Write,
    /// Gates judge.
    Judge,
    /// The version is published.
    Commit,
}

/// Hears how a run goes on.
pub trait Progress: Send + Sync {}

/// Runs datasets.
#[derive(Debug)]
pub struct Runner {}
