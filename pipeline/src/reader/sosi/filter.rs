//! Which objects become rows.

use super::group::Group;

/// The object types that are wanted.
#[derive(Debug)]
pub(super) struct Filter {
    /// As declared, in capitals, and whether one was seen.
    types: Vec<(String, String)>,
}

impl Filter {
    /// Types as declared; none means all.
    pub(super) fn new(objects: &[String]) -> Self {
        Self { types: objects.iter().map(|name| (name.trim().to_owned(), name.trim().to_uppercase())).collect() }
    }

    /// True if a group is wanted.
    pub(super) fn takes(&self, group: &Group) -> bool {
        self.types.is_empty() || self.types.iter().any(|(_, name)| is(group, name))
    }

    /// The types that a group is of.
    pub(super) fn of(&self, group: &Group) -> Vec<&str> {
        self.types.iter().filter(|(_, name)| is(group, name)).map(|(declared, _)| declared.as_str()).collect()
    }

    /// All types as declared.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(|(declared, _)| declared.as_str())
    }
}

/// Whether a group is of a type: by `OBJTYPE`, before SOSI 4 by a theme code.
fn is(group: &Group, name: &str) -> bool {
    if let Some(object) = group.item("OBJTYPE") {
        return object.text().is_some_and(|text| text.to_uppercase() == name);
    }
    let mut themes = group.items.iter().filter(|item| item.level == 2 && item.key.ends_with("TEMA"));
    themes.any(|item| item.at(0) == Some(name))
}
