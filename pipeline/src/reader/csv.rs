//! Separated text.
