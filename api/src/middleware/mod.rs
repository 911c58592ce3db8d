//! What happens around every handler: time limit, log, metrics, HEAD and OPTIONS, problems, headers, compression.

mod compress;
mod headers;
mod observe;

pub(crate) use compress::mark;
pub(crate) use observe::observe;
