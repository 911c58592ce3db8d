//! allmenning.
fn main() {}
