//! Texts that stand for no value, and white space.

use config::Column;
use polars::prelude::{Expr, NULL, col, lit, when};

/// Characters that are removed around a value: Unicode white space, and characters without width.
pub(super) const BLANKS: &str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\
    \u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202f}\u{205f}\
    \u{2060}\u{3000}\u{feff}";

/// The value without surrounding blanks.
pub(super) fn trimmed(name: &str) -> Expr {
    col(name).str().strip_chars(lit(BLANKS))
}

/// A trimmed value, or null where it stands for none.
pub(super) fn without_null_texts(column: &Column) -> Expr {
    let name = column.name.as_str();
    let own = column.null.iter().map(|text| text.trim_matches(|c| BLANKS.contains(c)));
    let none = std::iter::once("").chain(own.filter(|text| !text.is_empty()));
    let is_none = none.map(|text| col(name).eq(lit(text))).reduce(Expr::or);
    match is_none {
        Some(is_none) => when(is_none).then(lit(NULL)).otherwise(col(name)).alias(name),
        None => col(name),
    }
}
