//! What happens around every handler: time limit, log, metrics, HEAD and OPTIONS, problems, headers, compression.

mod compress;
mod headers;
mod metrics;
mod observe;

pub(crate) use compress::mark;
pub(crate) use metrics::Metrics;
pub(crate) use observe::{Asked, Ids, observe};
