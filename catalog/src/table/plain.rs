//! Batches of any schema of ours as a Parquet file: answers that are no table of a version.

use std::path::Path;

use arrow::{datatypes::SchemaRef, record_batch::RecordBatch};

use super::{
    broken,
    write::{close, properties, writer},
};
use crate::Result;

/// Writes batches of one schema as a Parquet file.
pub fn write_batches(path: &Path, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<()> {
    let properties = properties(schema, &[], std::iter::empty()).map_err(|error| broken(path.display(), error))?;
    let mut writer = writer(path, schema, properties)?;
    for batch in batches {
        writer.write(batch).map_err(|error| broken(path.display(), error))?;
    }
    close(writer, &path.display().to_string())
}
