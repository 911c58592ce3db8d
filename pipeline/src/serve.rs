//! The scheduler loop.

/// Follows the schedules until told to stop.
pub async fn serve() {}
