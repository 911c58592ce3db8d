//! Texts that stand for no value, and white space.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use config::Column;

/// Characters that are removed around a value: Unicode white space, and characters without width.
pub(super) const BLANKS: &str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\
    \u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202f}\u{205f}\
    \u{2060}\u{3000}\u{feff}";

/// The texts of a column that stand for no value, and those that are no part of a value.
#[derive(Debug)]
pub(super) struct NoValues {
    none: Vec<String>,
    suffix: Vec<String>,
}

impl NoValues {
    /// Those that a column declares, and the empty one.
    pub(super) fn of(column: &Column) -> Self {
        let all = |texts: &[String]| texts.iter().map(|text| trimmed(text).to_owned()).collect();
        Self { none: all(&column.null), suffix: all(&column.suffix) }
    }

    /// The values without surrounding blanks, and null where they stand for none. An array in which nothing is to be
    /// done is given back as it is.
    pub(super) fn clean(&self, array: ArrayRef) -> ArrayRef {
        let Some(texts) = array.as_string_opt::<i32>() else { return array };
        if texts.iter().flatten().all(|text| self.value(text).is_some_and(|value| value.len() == text.len())) {
            return array;
        }
        let mut clean = StringBuilder::with_capacity(texts.len(), texts.value_data().len());
        texts.iter().for_each(|text| clean.append_option(text.and_then(|text| self.value(text))));
        let clean: StringArray = clean.finish();
        Arc::new(clean)
    }

    fn value<'t>(&self, text: &'t str) -> Option<&'t str> {
        let text = trimmed(text);
        let known = self.suffix.iter().find_map(|suffix| text.strip_suffix(suffix.as_str()));
        let text = known.map_or(text, trimmed);
        (!text.is_empty() && !self.none.iter().any(|none| none == text)).then_some(text)
    }
}

fn trimmed(text: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_some_and(|byte| (b'!'..=b'~').contains(byte));
    let bytes = text.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { text } else { text.trim_matches(|c| BLANKS.contains(c)) }
}
