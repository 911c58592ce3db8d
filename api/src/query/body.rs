//! Batches as the body of an answer, in each of its forms.

use arrow::{datatypes::SchemaRef, ipc::writer::StreamWriter, record_batch::RecordBatch};
use bytes::Bytes;
use catalog::{encode::Encoder, version::ColumnInfo};
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
    /// A workbook.
    Xlsx,
    /// CSV for spreadsheets set to Norwegian.
    NorwegianCsv,
}

impl Form {
    /// Every form, the default first.
    pub(crate) const ALL: [Self; 8] = [
        Self::Json,
        Self::Text(FileFormat::Ndjson),
        Self::Text(FileFormat::Csv),
        Self::Parquet,
        Self::Arrow,
        Self::Xlsx,
        Self::NorwegianCsv,
        Self::Text(FileFormat::Geojson),
    ];

    /// Those that need no geometry.
    pub(crate) const PLAIN: [Self; 7] = [
        Self::Json,
        Self::Text(FileFormat::Ndjson),
        Self::Text(FileFormat::Csv),
        Self::Parquet,
        Self::Arrow,
        Self::Xlsx,
        Self::NorwegianCsv,
    ];

    /// True if it is made whole, as a file, before its first byte is sent.
    pub(crate) fn is_file(self) -> bool {
        matches!(self, Self::Parquet | Self::Xlsx)
    }

    /// True if browsers should keep it as a file.
    pub(crate) fn is_download(self) -> bool {
        self.is_packed() || matches!(self, Self::Text(FileFormat::Csv) | Self::NorwegianCsv)
    }

    /// True if it is no text.
    pub(crate) fn is_packed(self) -> bool {
        matches!(self, Self::Parquet | Self::Xlsx | Self::Arrow)
    }

    /// File name extension, without the dot.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text(format) => format.extension(),
            Self::Arrow => "arrow",
            Self::Parquet => FileFormat::Parquet.extension(),
            Self::Xlsx => "xlsx",
            Self::NorwegianCsv => "excel.csv",
        }
    }

    /// IANA media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Text(format) => format.media_type(),
            Self::Arrow => "application/vnd.apache.arrow.stream",
            Self::Parquet => FileFormat::Parquet.media_type(),
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::NorwegianCsv => FileFormat::Csv.media_type(),
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
            Form::NorwegianCsv => Ok(Self::Text(Encoder::norwegian_csv(columns))),
            Form::Json | Form::Parquet | Form::Xlsx => Self::text(FileFormat::Ndjson, columns),
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

fn broken(error: &arrow::error::ArrowError) -> catalog::Error {
    catalog::Error::Table { name: "answer".to_owned(), reason: error.to_string() }
}
