//! Change against the previous version.
