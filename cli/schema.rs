//! `allmenning schema`: the JSON Schema of a configuration file.

use config::cli::{Schema, exit};

use super::Output;

/// Prints the schema.
pub(crate) fn schema(args: &Schema) -> u8 {
    Output::answer(&format!("{:#}\n", args.of.json()));
    exit::OK
}
