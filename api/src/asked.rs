//! What was asked: the method on the wire and the request's id.

use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::Method;

/// What was asked before the request was handed on: HEAD is routed as GET.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The method on the wire.
    pub(crate) method: Method,
    /// The request's id, a UUID of version 8 (RFC 9562 section 5.8).
    pub(crate) id: String,
}

/// Numbers requests within a process; together with its start and id that is unique.
#[derive(Debug, Default)]
pub(crate) struct Ids(AtomicU64);

impl Ids {
    /// The next request id.
    pub(crate) fn next(&self, started: jiff::Timestamp) -> String {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        let text = format!("{} {} {count}", started.as_nanosecond(), std::process::id());
        let hash = catalog::Sha256::of(text.as_bytes());
        let part = |from: usize, to: usize| hash.as_str().get(from..to).unwrap_or_default();
        format!("{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
    }
}
