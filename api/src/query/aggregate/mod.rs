//! Numbers about rows: groups, counts, sums, means, extremes and percentiles, in memory bounded by the number of groups.

mod ask;
mod groups;
mod measure;
mod period;
mod run;
mod typed;

pub(crate) use ask::Aggregate;
pub(crate) use run::aggregate;
