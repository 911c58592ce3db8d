//! Numbers and truth values.
