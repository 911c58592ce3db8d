//! `allmenning schema`: the JSON Schema of a configuration file.

use config::SchemaFile;

use super::{Exit, Output};

/// Prints the schema.
pub(crate) fn schema(file: SchemaFile, output: &Output) -> Exit {
    let schema = match file {
        SchemaFile::Instance => config::schema::instance(),
        SchemaFile::Dataset => config::schema::dataset(),
        SchemaFile::Profile => config::schema::profile(),
    };
    output.answer(&format!("{schema:#}\n"));
    Exit::Done
}
