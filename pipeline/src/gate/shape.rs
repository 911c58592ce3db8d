//! Columns, keys and rejected rows.
