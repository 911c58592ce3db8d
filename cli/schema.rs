//! `allmenning schema`: the JSON Schema of a configuration file.

use config::cli::{Schema, exit};

use super::Output;

/// Prints the schema.
pub(crate) fn schema(args: &Schema, output: Output) -> u8 {
    output.answer(&format!("{:#}\n", args.of.json()));
    exit::OK
}
