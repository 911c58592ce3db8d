//! One value of a JSON text.

/// A value as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JsonText<'a> {
    /// Its text, without white space around it.
    pub(super) raw: &'a str,
    /// What it is.
    pub(super) form: Form,
}

impl JsonText<'_> {
    /// True for `null`.
    pub(super) fn is_null(&self) -> bool {
        self.form == Form::Word && self.raw == "null"
    }
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A string whose text stands between its quotes, without control characters.
    Plain,
    /// A string with escapes, or with bytes that begin a control character.
    Odd,
    /// A number, `true`, `false` or `null`.
    Word,
    /// A list or an object.
    Nested,
}
