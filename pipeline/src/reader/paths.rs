//! Dotted paths into JSON objects, as a tree that is walked along an object.

use super::json_text::JsonText;

/// What was found for one column.
#[derive(Clone, Copy, Default)]
pub(super) struct Found<'a> {
    /// Place of the path among the column's alternatives, and the value; `None` where there is none.
    value: Option<(usize, JsonText<'a>)>,
    /// A path of the column was there, though perhaps with null.
    pub(super) there: bool,
}

impl<'a> Found<'a> {
    /// The value of the first path that has one.
    pub(super) fn value(self) -> Option<JsonText<'a>> {
        self.value.map(|(_, value)| value)
    }
}

/// The declared paths as a tree.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// In the order of [`rank`], so that a name is found without hashing it.
    children: Vec<(String, Paths)>,
    /// Columns whose path ends here, with its place among the column's alternatives.
    columns: Vec<(usize, usize)>,
    /// Members without a declared path are reported here.
    watched: bool,
    /// Members that were met here, about in their order.
    met: Vec<Met>,
}

/// A member that was met.
#[derive(Debug)]
struct Met {
    name: String,
    /// The name as JSON writes it, with its quotes.
    quoted: String,
    /// Its place among the children.
    child: Option<usize>,
}

/// Names that are kept at one path of the members met there.
const MOST_MET: usize = 256;
/// Members that an object may leave out of the order in which they were met.
const LEFT_OUT: usize = 4;

impl Paths {
    /// Adds a path of a column; `column` is `None` for paths that are known but not read.
    pub(super) fn add<'p>(&mut self, mut path: impl Iterator<Item = &'p str>, rank: usize, column: Option<usize>) {
        if let Some(node) = path.try_fold(self, Self::enter) {
            node.columns.extend(column.map(|column| (column, rank)));
        }
    }

    /// Reports undeclared members of the object at a path.
    pub(super) fn watch(&mut self, path: &[&str]) {
        if let Some(node) = path.iter().copied().try_fold(self, Self::enter) {
            node.watched = true;
        }
    }

    /// The child of a name, which is made where there is none.
    fn enter<'p>(&'p mut self, name: &str) -> Option<&'p mut Self> {
        let found = self.children.binary_search_by(|(known, _)| rank(known).cmp(&rank(name)));
        let at = found.unwrap_or_else(|at| {
            self.children.insert(at, (name.to_owned(), Self::default()));
            at
        });
        self.children.get_mut(at).map(|(_, child)| child)
    }

    /// Whether the walk goes into an object or a list that stands here.
    pub(super) fn goes_on(&self) -> bool {
        self.watched || !self.children.is_empty()
    }

    /// The place among the children of the member whose name a text begins with, and the length of the name as it is
    /// written. `next` is where in their usual order the member is looked for: sources write objects alike, so one
    /// comparison does as a rule.
    pub(super) fn usual(&self, text: &[u8], next: &mut usize) -> Option<(Option<usize>, usize)> {
        let mut usual = self.met.iter().enumerate().skip(*next).take(LEFT_OUT);
        let (at, met) = usual.find(|(_, met)| text.starts_with(met.quoted.as_bytes()))?;
        *next = at + 1;
        Some((met.child, met.quoted.len()))
    }

    /// The place of an object's member among the children, and whether it is to be reported.
    pub(super) fn member(&mut self, name: &str, next: &mut usize) -> (Option<usize>, bool) {
        let child = self.children.binary_search_by(|(known, _)| rank(known).cmp(&rank(name))).ok();
        if self.met.len() < MOST_MET && self.met.iter().all(|met| met.name != name) {
            let at = (*next).min(self.met.len());
            let quoted = serde_json::Value::from(name).to_string();
            self.met.insert(at, Met { name: name.to_owned(), quoted, child });
            *next = at + 1;
        }
        (child, self.watched && child.is_none())
    }

    /// A child by its place.
    pub(super) fn child(&mut self, at: usize) -> Option<&mut Self> {
        self.children.get_mut(at).map(|(_, child)| child)
    }

    /// The item of a list.
    pub(super) fn item(&mut self, at: usize) -> Option<&mut Self> {
        self.children.iter_mut().find(|(segment, _)| segment.parse() == Ok(at)).map(|(_, child)| child)
    }

    /// Keeps a value that stands here for the columns whose path this is.
    pub(super) fn keep<'a>(&self, value: JsonText<'a>, found: &mut [Found<'a>]) {
        for (column, rank) in &self.columns {
            let Some(found) = found.get_mut(*column) else { continue };
            found.there = true;
            if !value.is_null() && found.value.is_none_or(|(best, _)| *rank < best) {
                found.value = Some((*rank, value));
            }
        }
    }
}

/// What names are sorted by: most are told apart by their lengths.
fn rank(name: &str) -> (usize, &str) {
    (name.len(), name)
}
