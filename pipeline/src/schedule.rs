//! Schedules: which datasets are due.

/// A dataset that is due.
#[derive(Debug)]
pub struct Due {}

/// The next times of a schedule.
pub fn next_times() {}
