//! Counts, ranges and extent of a table, gathered while it is written.
