//! Flaws of single objects: they put a row aside and leave the others alone.

use super::note::Note;
use crate::Error;

/// What is wrong with one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    /// Stable code.
    pub(super) code: &'static str,
    /// What is the matter.
    pub(super) reason: String,
}

impl Flaw {
    /// A flaw.
    pub(super) fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

/// Why there is no geometry.
#[derive(Debug)]
pub(super) enum Bad {
    /// The object has a flaw.
    Flaw(Flaw),
    /// The file cannot be read.
    File(Error),
}

/// A value, or why there is none.
pub(super) type Judged<T> = Result<T, Bad>;

impl From<Flaw> for Bad {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl From<Error> for Bad {
    fn from(error: Error) -> Self {
        Self::File(error)
    }
}

impl From<std::io::Error> for Bad {
    fn from(error: std::io::Error) -> Self {
        Self::File(Error::Io(error))
    }
}

/// Notes with one code each: the first case is told, the others are counted.
#[derive(Debug, Default)]
pub(in super::super) struct Notes(pub(in super::super) Vec<Note>);

impl Notes {
    /// Tells of a case.
    pub(in super::super) fn tell(&mut self, code: &'static str, message: impl FnOnce() -> String) {
        match self.0.iter_mut().find(|note| note.code == code) {
            Some(note) => note.count += 1,
            None => self.0.push(Note::new(code, message(), 1)),
        }
    }
}
