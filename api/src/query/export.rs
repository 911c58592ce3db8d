//! Rows as a file that is made whole before its first byte is sent: Parquet and workbooks.

use std::{fs::File, path::Path};

use arrow::record_batch::RecordBatch;
use catalog::{encode::Xlsx, table::TableWriter, version::ColumnInfo};
use futures::{TryStreamExt, stream::BoxStream};

use super::Form;
use crate::error::Problem;

/// Batches on their way into a file.
type Batches = BoxStream<'static, catalog::Result<RecordBatch>>;

/// Writes a file of `most` bytes at the most; it is deleted when the handle is closed. Keeps its thread busy.
///
/// # Errors
/// `api-export-too-large`, or what reading and writing fail with.
pub(crate) async fn export(form: Form, columns: Vec<ColumnInfo>, batches: Batches, most: u64) -> Result<File, Problem> {
    let folder = tempfile::tempdir().map_err(Problem::internal)?;
    let path = folder.path().join("rows");
    if form == Form::Xlsx {
        workbook(&columns, batches, &path, most).await?;
    } else {
        parquet(&columns, batches, &path, most).await?;
    }
    File::open(&path).map_err(Problem::internal)
}

async fn parquet(columns: &[ColumnInfo], mut batches: Batches, path: &Path, most: u64) -> Result<(), Problem> {
    let mut writer = TableWriter::create(path, columns, &[], &[])?;
    while let Some(batch) = batches.try_next().await? {
        writer.write(&batch)?;
        if std::fs::metadata(path).map_err(Problem::internal)?.len() > most {
            return Err(too_large(most));
        }
    }
    writer.finish()?;
    Ok(())
}

/// What is counted is the text before it is packed, which stands in a temporary file until the end.
async fn workbook(columns: &[ColumnInfo], mut batches: Batches, path: &Path, most: u64) -> Result<(), Problem> {
    let told = |error| match error {
        catalog::Error::Workbook(why) => {
            Problem::bad_request("api-export-too-large", format!("A workbook cannot hold these rows: {why}."))
                .hint("Ask for .excel.csv, .csv or .parquet, or for fewer rows or columns.")
        }
        error => Problem::from(error),
    };
    let mut book = Xlsx::new(columns).map_err(told)?;
    while let Some(batch) = batches.try_next().await? {
        book.write(&batch).map_err(told)?;
        if book.written() > most {
            return Err(too_large(most));
        }
    }
    book.finish(path).map_err(told)
}

fn too_large(most: u64) -> Problem {
    Problem::bad_request("api-export-too-large", format!("The file would be over {most} bytes."))
        .hint("Take the published file, or ask for .arrow, .ndjson or .csv, which are streamed.")
}
