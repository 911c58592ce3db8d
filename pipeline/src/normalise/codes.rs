//! Codes: padding and code lists.
