//! What server and worker say to each other: frames of a length (eight bytes, big-endian) and that many bytes.

use std::io::{self, Read, Write};

use catalog::graph::{QueryAnswer, QueryError, ResultFormat};
use serde::{Deserialize, Serialize};

/// The first frame: what the worker may use. The second frame is the catalogue as N-Quads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    /// Address space beside the stack, in bytes.
    pub(super) memory_bytes: u64,
    /// CPU seconds in the whole life of the worker.
    pub(super) cpu_seconds: u64,
    /// Longest answer, in bytes.
    pub(super) answer_bytes: u64,
}

/// A query; one frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    /// The query.
    pub(super) text: String,
    /// Place of the form in [`ResultFormat::ALL`].
    format: usize,
}

impl Request {
    /// A query whose answer is wanted in a form.
    pub(super) fn new(text: &str, format: ResultFormat) -> Self {
        let format = ResultFormat::ALL.iter().position(|known| *known == format).unwrap_or_default();
        Self { text: text.to_owned(), format }
    }

    /// The form of the answer.
    pub(super) fn format(&self) -> ResultFormat {
        ResultFormat::ALL.get(self.format).copied().unwrap_or(ResultFormat::Json)
    }
}

/// How an answer begins. After `Answer` a second frame holds the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reply {
    /// The catalogue is loaded.
    Ready,
    /// The query was answered.
    Answer {
        /// Media type of the body.
        media_type: String,
    },
    /// The query was not answered.
    Failed {
        /// The stable code.
        code: String,
        /// What happened, for the client.
        detail: String,
    },
}

impl Reply {
    /// The reply to a query and, where it was answered, the body.
    pub(super) fn of(result: Result<QueryAnswer, QueryError>) -> (Self, Option<Vec<u8>>) {
        match result {
            Ok(answer) => (Self::Answer { media_type: answer.media_type.to_owned() }, Some(answer.body)),
            Err(error) => (Self::Failed { code: error.code().to_owned(), detail: error.to_string() }, None),
        }
    }
}

/// The head of a frame of some bytes.
pub(super) fn head(bytes: &[u8]) -> [u8; 8] {
    (bytes.len() as u64).to_be_bytes()
}

/// Writes a frame.
pub(super) fn write(writer: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    writer.write_all(&head(bytes))?;
    writer.write_all(bytes)?;
    writer.flush()
}

/// Reads a frame; `None` at the end of the stream.
pub(super) fn read(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; 8];
    match reader.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u64::from_be_bytes(head);
    let mut bytes = Vec::new();
    // Grows with what really comes, whatever the head says.
    let found = reader.take(length).read_to_end(&mut bytes)?;
    if found as u64 == length { Ok(Some(bytes)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_one_by_one() {
        let mut bytes = Vec::new();
        write(&mut bytes, b"first").unwrap();
        write(&mut bytes, b"").unwrap();
        let mut reader = bytes.as_slice();
        assert_eq!(read(&mut reader).unwrap().unwrap(), b"first");
        assert_eq!(read(&mut reader).unwrap().unwrap(), b"");
        assert_eq!(read(&mut reader).unwrap(), None);
    }

    #[test]
    fn a_lying_head_is_an_error_and_costs_no_memory() {
        let mut bytes = u64::MAX.to_be_bytes().to_vec();
        bytes.extend_from_slice(b"short");
        assert!(read(&mut bytes.as_slice()).is_err());
    }

    #[test]
    fn every_form_survives() {
        for format in ResultFormat::ALL {
            let json = serde_json::to_vec(&Request::new("ASK {}", format)).unwrap();
            assert_eq!(serde_json::from_slice::<Request>(&json).unwrap().format(), format);
        }
    }
}
