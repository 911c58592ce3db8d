//! What elements inherit from those around them: coordinate system and number of dimensions.

use super::{super::shape::system::System, cursor::Cursor};

/// Most names of systems in one file.
const MAX_NAMES: usize = 1000;

/// What holds for the positions in an element.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// Place of the system's name among those that were read.
    system: Option<usize>,
    /// Numbers of a position, where it is said.
    pub(super) dimension: Option<usize>,
}

impl Scope {
    /// The scope of positions that show by themselves how many numbers they have.
    pub(super) fn without_dimension(self) -> Self {
        Self { dimension: None, ..self }
    }
}

/// The names of systems that were read.
#[derive(Debug, Default)]
pub(super) struct Systems {
    known: Vec<(String, Option<System>)>,
    /// What holds where the file names none.
    fallback: Option<usize>,
}

impl Systems {
    /// None yet; `fallback` is what holds where the file names none.
    pub(super) fn new(fallback: Option<&str>) -> Self {
        let mut systems = Self::default();
        systems.fallback = fallback.map(|name| systems.place(name));
        systems
    }

    /// The scope in the element that has just begun.
    pub(super) fn enter(&mut self, around: Scope, cursor: &Cursor) -> Scope {
        let Some(tag) = cursor.tag() else { return around };
        let system = tag.attribute("srsName").map(|name| self.place(name));
        // What is no number is told of where positions are read.
        let dimension = tag.attribute("srsDimension").map(|number| number.trim().parse().unwrap_or(0));
        Scope { system: system.or(around.system), dimension: dimension.or(around.dimension) }
    }

    /// The system of a scope, or what is wrong.
    pub(super) fn of(&self, scope: Scope) -> Result<System, String> {
        let Some(at) = scope.system.or(self.fallback) else {
            return Err("the geometry has no srsName, nor has anything around it".to_owned());
        };
        match self.known.get(at) {
            Some((_, Some(system))) => Ok(*system),
            Some((name, None)) => {
                let name: String = name.chars().take(80).collect();
                Err(format!("the coordinate system '{name}' is unknown, or cannot be transformed"))
            }
            None => Err("the coordinate system is unknown".to_owned()),
        }
    }

    fn place(&mut self, name: &str) -> usize {
        if let Some(at) = self.known.iter().position(|(known, _)| known == name) {
            return at;
        }
        // A file with a new name for every geometry must not fill the memory: from here on they are unknown.
        if self.known.len() < MAX_NAMES {
            self.known.push((name.to_owned(), System::named(name)));
            return self.known.len() - 1;
        }
        MAX_NAMES
    }
}
