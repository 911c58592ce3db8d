//! Dimensions of a table in JSON-stat, and their categories.

use std::collections::HashMap;

use serde::Deserialize;

/// A dimension as it stands in the document.
#[derive(Debug, Deserialize)]
pub(super) struct Declared {
    category: Category,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Category {
    index: Option<Index>,
    label: HashMap<String, String>,
}

/// The codes, in their order or with their places; a dimension of one category may leave it out.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Index {
    List(Vec<String>),
    Places(HashMap<String, usize>),
}

/// A dimension whose categories stand in their order.
#[derive(Debug)]
pub(super) struct Dimension {
    pub(super) name: String,
    /// Code and text.
    pub(super) categories: Vec<(String, String)>,
    /// Cells from one category to the next.
    pub(super) stride: u64,
}

impl Dimension {
    /// The categories of a dimension of a declared size; `None` if there are more, fewer or two in one place.
    pub(super) fn new(name: &str, declared: Declared, size: usize) -> Option<Self> {
        let Category { index, mut label } = declared.category;
        let codes: Vec<String> = match index {
            Some(Index::List(codes)) => codes,
            Some(Index::Places(places)) => {
                let mut codes: Vec<(usize, String)> = places.into_iter().map(|(code, place)| (place, code)).collect();
                codes.sort_unstable();
                if codes.iter().enumerate().any(|(at, (place, _))| at != *place) {
                    return None;
                }
                codes.into_iter().map(|(_, code)| code).collect()
            }
            // The labels of several have no order.
            None if size > 1 => return None,
            None => label.keys().cloned().collect(),
        };
        if codes.len() != size {
            return None;
        }
        let text = |code: String| {
            let text = label.remove(&code).unwrap_or_else(|| code.clone());
            (code, text)
        };
        Some(Self { name: name.to_owned(), categories: codes.into_iter().map(text).collect(), stride: 1 })
    }

    /// The category of a cell, by the cell's position.
    pub(super) fn at(&self, position: u64) -> Option<&(String, String)> {
        let categories = self.categories.len() as u64;
        let place = (position / self.stride.max(1)).checked_rem(categories)?;
        self.categories.get(usize::try_from(place).ok()?)
    }
}
