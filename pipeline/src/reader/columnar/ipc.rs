//! Record batches of Arrow, as a stream or a file (<https://arrow.apache.org/docs/format/Columnar.html>).
//!
//! Messages are framed here, so that no length that a file merely claims is ever allocated; a file is a stream between
//! a mark and a footer.

use std::{
    fs::File,
    io::{BufReader, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use arrow::{
    array::RecordBatch,
    buffer::Buffer,
    ipc::{Message, MessageHeader, reader::StreamDecoder, root_as_message},
};
use config::Column;

use super::{
    super::{
        Limits, RawBatch, Reader,
        fault::fault,
        geo::{Fields, Take},
        rows::{Cell, Rows},
    },
    text::Texts,
};
use crate::Result;

/// What a file begins with, padded to eight bytes.
const MAGIC: &[u8; 8] = b"ARROW1\0\0";
/// What a message begins with.
const CONTINUATION: [u8; 4] = [0xFF; 4];
/// Most bytes of what describes a message.
const MAX_HEAD: u64 = 16 << 20;
/// Most bytes of a batch, packed and unpacked.
const MAX_BODY: u64 = 512 << 20;

/// Reads batches, row by row.
pub(in super::super) struct ArrowReader {
    messages: Messages,
    fields: Fields,
    rows: Rows,
    row: u64,
    /// The batch under way and its next row.
    current: Option<(RecordBatch, usize)>,
}

impl ArrowReader {
    pub(in super::super) fn open(file: &str, path: &Path, columns: &[Column], limits: Limits) -> Result<Self> {
        let mut messages = Messages::open(file, path)?;
        // The schema stands before the first batch, which may be missing.
        let first = messages.batch()?;
        let Some(schema) = messages.decoder.schema() else { return Err(messages.wrong("it has no schema")) };
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        if names.len() > limits.max_columns {
            let reason = format!("{} columns, more than {}", names.len(), limits.max_columns);
            return Err(fault(file, "format-too-many-columns", None, reason));
        }
        let fields = Fields::locate(file, &names, &[], columns)?;
        let rows = Rows::new(file, columns, limits);
        Ok(Self { messages, fields, rows, row: 0, current: first.map(|batch| (batch, 0)) })
    }

    /// Takes rows of a batch until there are enough, and gives the next one.
    fn rows_of(&mut self, batch: &RecordBatch, from: usize) -> Result<usize> {
        let schema = batch.schema();
        let mut texts = Vec::with_capacity(self.fields.takes.len());
        for (take, nested) in self.fields.takes.iter().zip(&self.fields.nested) {
            let column = match take {
                Take::Field(at) => schema.fields().get(*at).zip(batch.columns().get(*at)),
                Take::Geometry(_) | Take::Nothing => None,
            };
            let made = column.map(|(field, array)| Texts::of(array.as_ref(), field, *nested, false)).transpose();
            texts.push(made.map_err(|error| self.messages.wrong(&error.to_string()))?);
        }
        for at in from..batch.num_rows() {
            if self.rows.is_full() {
                return Ok(at);
            }
            self.row += 1;
            let cells: Vec<Cell<'_>> =
                texts.iter_mut().map(|text| text.as_mut().map_or(Cell::Null, |text| text.cell(at))).collect();
            self.rows.push(self.row, &cells)?;
        }
        Ok(batch.num_rows())
    }
}

impl Reader for ArrowReader {
    fn missing(&self) -> &[String] {
        &self.fields.missing
    }

    fn undeclared(&self) -> &[String] {
        &self.fields.undeclared
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        while !self.rows.is_full() {
            let (batch, from) = match self.current.take() {
                Some(current) => current,
                None => match self.messages.batch()? {
                    None => break,
                    Some(batch) => (batch, 0),
                },
            };
            let next = self.rows_of(&batch, from)?;
            if next < batch.num_rows() {
                self.current = Some((batch, next));
            }
        }
        self.rows.take()
    }
}

/// The messages of a stream.
struct Messages {
    file: String,
    input: BufReader<File>,
    decoder: StreamDecoder,
    /// The first bytes after the mark of a file.
    begun: Option<[u8; 8]>,
    ended: bool,
}

impl Messages {
    fn open(file: &str, path: &Path) -> Result<Self> {
        let mut input = BufReader::new(File::open(path)?);
        let mut begun = [0; 8];
        input.read_exact(&mut begun).map_err(|_| cut(file))?;
        if &begun == MAGIC {
            // Writers align the first message to up to 64 bytes.
            for _ in 0..8 {
                input.read_exact(&mut begun).map_err(|_| cut(file))?;
                if begun != [0; 8] {
                    break;
                }
            }
        }
        Ok(Self { file: file.to_owned(), input, decoder: StreamDecoder::new(), begun: Some(begun), ended: false })
    }

    /// The next batch; `None` at the end.
    fn batch(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(message) = self.message()? {
            let mut bytes = Buffer::from_vec(message);
            // Arrow asserts what a broken file may well violate, such as offsets that do not fill whole numbers.
            let decoded = catch_unwind(AssertUnwindSafe(|| self.decoder.decode(&mut bytes)));
            let decoded = decoded.map_err(|_| self.wrong("a batch is broken"))?;
            if let Some(batch) = decoded.map_err(|error| self.wrong(&error.to_string()))? {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    /// The bytes of the next message, framing included; `None` at the mark of the end.
    fn message(&mut self) -> Result<Option<Vec<u8>>> {
        if self.ended {
            return Ok(None);
        }
        let prefix = match self.begun.take() {
            Some(begun) => begun,
            None => match self.read(8)?.try_into() {
                Ok(prefix) => prefix,
                Err(_) => return Err(cut(&self.file)),
            },
        };
        let (mark, length) = prefix.split_at(4);
        if mark != CONTINUATION {
            return Err(self.wrong("no message of a stream begins here; the old form of Arrow 0.14 is not read"));
        }
        let length = u64::from(u32::from_le_bytes(*length.first_chunk().ok_or_else(|| cut(&self.file))?));
        if length == 0 {
            self.ended = true;
            return Ok(None);
        }
        if length > MAX_HEAD {
            return Err(self.wrong("a message describes itself in more than 16 MiB"));
        }
        let mut bytes = prefix.to_vec();
        let head = self.read(length)?;
        let body_length = {
            let message = root_as_message(&head).map_err(|error| self.wrong(&error.to_string()))?;
            u64::try_from(message.bodyLength()).unwrap_or(u64::MAX)
        };
        if body_length > MAX_BODY {
            return Err(fault(&self.file, "format-too-large", None, "a batch has more than 512 MiB"));
        }
        let body = self.read(body_length)?;
        let message = root_as_message(&head).map_err(|error| self.wrong(&error.to_string()))?;
        let unpacked = unpacked(&message, &body).ok_or_else(|| self.wrong("a buffer lies beyond its batch"))?;
        if unpacked > MAX_BODY {
            return Err(fault(&self.file, "format-too-large", None, "an unpacked batch has more than 512 MiB"));
        }
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&body);
        Ok(Some(bytes))
    }

    /// So many bytes, which grow only as they come.
    fn read(&mut self, count: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.input.by_ref().take(count).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == count { Ok(bytes) } else { Err(cut(&self.file)) }
    }

    fn wrong(&self, reason: &str) -> crate::Error {
        fault(&self.file, "format-arrow", None, reason)
    }
}

fn cut(file: &str) -> crate::Error {
    fault(file, "format-arrow", None, "the stream breaks off before the mark of its end")
}

/// The bytes that the packed buffers of a batch say they unpack to, each of which begins with that number; `None` where a
/// buffer lies beyond the body, at which the decoder would panic.
fn unpacked(message: &Message<'_>, body: &[u8]) -> Option<u64> {
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data()),
        _ => None,
    };
    let mut sum = 0_u64;
    for buffer in batch.and_then(|batch| batch.buffers()).into_iter().flatten() {
        let (start, length) = (usize::try_from(buffer.offset()).ok()?, usize::try_from(buffer.length()).ok()?);
        let bytes = body.get(start..start.checked_add(length)?)?;
        if length == 0 || batch.is_none_or(|batch| batch.compression().is_none()) {
            continue;
        }
        // -1 says that the buffer is not packed after all.
        let says = i64::from_le_bytes(*bytes.first_chunk()?);
        sum = sum.saturating_add(u64::try_from(says).unwrap_or(0));
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use std::{io::Write, sync::Arc};

    use arrow::{
        array::{ArrayRef, AsArray, DictionaryArray, Int64Array, StringArray},
        datatypes::Int32Type,
        ipc::{
            CompressionType,
            writer::{FileWriter, IpcWriteOptions, StreamWriter},
        },
    };

    use super::*;

    fn batch() -> RecordBatch {
        let codes: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
        let columns: [(&str, ArrayRef); 3] = [
            ("id", Arc::new(Int64Array::from(vec![Some(1), None, Some(-3)]))),
            ("name", Arc::new(StringArray::from(vec!["Å", "", "C"]))),
            ("code", Arc::new(codes)),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn columns() -> Vec<Column> {
        let column = |name| serde_json::json!({ "name": name, "type": { "is": "text" }, "title": { "nb": name } });
        ["id", "name", "code"].map(|name| serde_json::from_value(column(name)).unwrap()).into()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Vec<String>>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let limits = Limits { max_cell_bytes: 100, max_columns: 10, batch_rows: 2 };
        let mut reader = ArrowReader::open("t.arrows", file.path(), &columns(), limits)?;
        let mut rows = Vec::new();
        while let Some(batch) = reader.next_batch()? {
            let columns = batch.rows.columns().iter().map(AsArray::as_string::<i32>);
            let columns: Vec<Vec<_>> = columns.map(|array| array.iter().collect()).collect();
            let text = |column: &Vec<Option<&str>>, at: usize| column[at].unwrap_or("-").to_owned();
            rows.extend((0..batch.rows.num_rows()).map(|at| columns.iter().map(|column| text(column, at)).collect()));
        }
        Ok(rows)
    }

    fn stream(compression: Option<CompressionType>) -> Vec<u8> {
        let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
        let mut bytes = Vec::new();
        let mut writer = StreamWriter::try_new_with_options(&mut bytes, &batch().schema(), options).unwrap();
        writer.write(&batch()).unwrap();
        writer.write(&batch()).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn streams_and_files_are_read_packed_or_not() {
        let expected = [["1", "Å", "a"], ["-", "-", "b"], ["-3", "C", "a"]];
        for compression in [None, Some(CompressionType::ZSTD), Some(CompressionType::LZ4_FRAME)] {
            let rows = read(&stream(compression)).unwrap();
            assert_eq!(rows.len(), 6);
            assert_eq!(rows[..3], expected);
        }
        let mut bytes = Vec::new();
        let mut writer = FileWriter::try_new(&mut bytes, &batch().schema()).unwrap();
        writer.write(&batch()).unwrap();
        writer.finish().unwrap();
        drop(writer);
        assert_eq!(read(&bytes).unwrap(), expected);
    }

    #[test]
    fn whatever_breaks_off_or_lies_is_refused() {
        for bytes in [stream(None), stream(Some(CompressionType::ZSTD))] {
            for end in 0..bytes.len() {
                let error = read(&bytes[..end]).unwrap_err();
                assert_eq!(error.code(), "format-arrow", "{end} of {}: {error}", bytes.len());
            }
            // Whatever a byte becomes, reading ends.
            for at in 0..bytes.len() {
                let mut broken = bytes.clone();
                broken[at] = broken[at].wrapping_add(0x7F);
                drop(read(&broken));
            }
        }
    }
}
