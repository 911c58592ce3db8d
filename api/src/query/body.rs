//! Batches as the body of an answer, in each of its forms.

use arrow::{datatypes::SchemaRef, ipc::writer::StreamWriter, record_batch::RecordBatch};
use bytes::Bytes;
use catalog::{encode::Encoder, table::TableWriter, version::ColumnInfo};
use config::FileFormat;
use futures::{Stream, StreamExt, TryStreamExt, stream, stream::BoxStream};

use crate::error::Problem;

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One JSON document with a page of rows.
    Json,
    /// Rows in a text format.
    Text(FileFormat),
    /// An Arrow IPC stream.
    Arrow,
    /// A Parquet file.
    Parquet,
}

impl Form {
    /// Every form, the default first.
    pub(crate) const ALL: [Self; 6] = [
        Self::Json,
        Self::Text(FileFormat::Ndjson),
        Self::Text(FileFormat::Csv),
        Self::Parquet,
        Self::Arrow,
        Self::Text(FileFormat::Geojson),
    ];

    /// Those that need no geometry.
    pub(crate) const PLAIN: [Self; 5] =
        [Self::Json, Self::Text(FileFormat::Ndjson), Self::Text(FileFormat::Csv), Self::Parquet, Self::Arrow];

    /// File name extension, without the dot.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text(format) => format.extension(),
            Self::Arrow => "arrow",
            Self::Parquet => FileFormat::Parquet.extension(),
        }
    }

    /// IANA media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Text(format) => format.media_type(),
            Self::Arrow => "application/vnd.apache.arrow.stream",
            Self::Parquet => FileFormat::Parquet.media_type(),
        }
    }
}

/// Writes batches as text or as an Arrow stream.
pub(crate) enum Body {
    /// A text format.
    Text(Encoder),
    /// An Arrow IPC stream.
    Arrow(Box<StreamWriter<Vec<u8>>>),
}

impl Body {
    /// A writer of a form for columns and their schema; JSON is written as one object a line.
    pub(crate) fn new(form: Form, schema: &SchemaRef, columns: &[ColumnInfo]) -> Result<Self, Problem> {
        match form {
            Form::Arrow => Self::arrow(schema),
            Form::Text(format) => Self::text(format, columns),
            Form::Json | Form::Parquet => Self::text(FileFormat::Ndjson, columns),
        }
    }

    fn arrow(schema: &SchemaRef) -> Result<Self, Problem> {
        let writer = StreamWriter::try_new(Vec::new(), schema).map_err(Problem::internal)?;
        Ok(Self::Arrow(Box::new(writer)))
    }

    fn text(format: FileFormat, columns: &[ColumnInfo]) -> Result<Self, Problem> {
        Encoder::new(format, columns).map(Self::Text).ok_or_else(|| {
            Problem::bad_request("api-format", format!("These columns cannot be written as {}.", format.extension()))
                .hint("GeoJSON needs the column of geometries; select it, or take another format.")
        })
    }

    /// A whole body.
    pub(crate) fn whole(mut self, batches: &[RecordBatch]) -> Result<Vec<u8>, Problem> {
        let mut out = self.begin();
        for batch in batches {
            out.extend(self.write(batch)?);
        }
        out.extend(self.end()?);
        Ok(out)
    }

    /// A body as a stream of chunks, one for each batch.
    pub(crate) fn stream(
        mut self,
        batches: BoxStream<'static, catalog::Result<RecordBatch>>,
    ) -> impl Stream<Item = catalog::Result<Bytes>> + 'static {
        let begin = Bytes::from(self.begin());
        let rest = stream::unfold(Some((self, batches)), |state| async move {
            let (mut body, mut batches) = state?;
            match batches.next().await {
                Some(batch) => {
                    let chunk = batch.and_then(|batch| body.write(&batch)).map(Bytes::from);
                    // After an error nothing follows, so that the client sees the answer break off.
                    let next = chunk.is_ok().then_some((body, batches));
                    Some((chunk, next))
                }
                None => Some((body.end().map(Bytes::from), None)),
            }
        });
        stream::iter([Ok(begin)]).chain(rest).try_filter(|chunk| std::future::ready(!chunk.is_empty()))
    }

    fn begin(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Text(encoder) => encoder.begin(&mut out),
            Self::Arrow(writer) => out = std::mem::take(writer.get_mut()),
        }
        out
    }

    fn write(&mut self, batch: &RecordBatch) -> catalog::Result<Vec<u8>> {
        let mut out = Vec::new();
        match self {
            Self::Text(encoder) => encoder.write(batch, &mut out)?,
            Self::Arrow(writer) => {
                writer.write(batch).map_err(|error| broken(&error))?;
                out = std::mem::take(writer.get_mut());
            }
        }
        Ok(out)
    }

    fn end(&mut self) -> catalog::Result<Vec<u8>> {
        let mut out = Vec::new();
        match self {
            Self::Text(encoder) => encoder.end(&mut out),
            Self::Arrow(writer) => {
                writer.finish().map_err(|error| broken(&error))?;
                out = std::mem::take(writer.get_mut());
            }
        }
        Ok(out)
    }
}

/// Writes a Parquet file of `most` bytes at the most; it is deleted when the handle is closed. Keeps its thread busy.
///
/// # Errors
/// `api-export-too-large`, or what reading and writing fail with.
pub(crate) async fn parquet(
    columns: Vec<ColumnInfo>,
    mut batches: BoxStream<'static, catalog::Result<RecordBatch>>,
    most: u64,
) -> Result<std::fs::File, Problem> {
    let folder = tempfile::tempdir().map_err(Problem::internal)?;
    let path = folder.path().join("rows.parquet");
    let mut writer = TableWriter::create(&path, &columns, &[], &[])?;
    while let Some(batch) = batches.try_next().await? {
        writer.write(&batch)?;
        if std::fs::metadata(&path).map_err(Problem::internal)?.len() > most {
            return Err(Problem::bad_request("api-export-too-large", format!("The file would be over {most} bytes."))
                .hint("Take the published file, or ask for .arrow, .ndjson or .csv, which are streamed."));
        }
    }
    writer.finish()?;
    std::fs::File::open(&path).map_err(Problem::internal)
}

fn broken(error: &arrow::error::ArrowError) -> catalog::Error {
    catalog::Error::Table { name: "answer".to_owned(), reason: error.to_string() }
}
