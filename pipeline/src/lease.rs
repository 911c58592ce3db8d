//! Leases: one run per dataset across machines, with numbered objects and no conditional update.

/// The right to run one dataset, until dropped or not renewed.
#[derive(Debug)]
pub struct Lease {}
