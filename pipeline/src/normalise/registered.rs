//! Codes of public registers: their form, whether they are there, and numbers of municipalities in a later list.

use std::borrow::Cow;

use arrow::array::StringArray;
use config::{CodeReader, Column, Recoding};

use super::Failure;

/// How the codes of one column are read.
#[derive(Debug)]
pub(super) struct Registered {
    reader: CodeReader,
    recoding: Option<Recoding>,
}

impl Registered {
    /// `None` for columns whose codes have no form.
    pub(super) fn of(column: &Column) -> Option<Self> {
        let reader = CodeReader::new(column.form?, column.list());
        Some(Self { reader, recoding: column.recode.as_ref().map(Recoding::new) })
    }

    /// The codes in their one spelling, and the rows with a text that is none.
    pub(super) fn read(&self, texts: &StringArray) -> (StringArray, Vec<Failure>) {
        let mut failures = Vec::new();
        let codes = texts.iter().enumerate().map(|(row, text)| {
            let found = self.one(text?);
            found.map_err(|code| failures.push((row, code))).ok()
        });
        (codes.collect(), failures)
    }

    fn one<'t>(&'t self, text: &'t str) -> Result<Cow<'t, str>, &'static str> {
        let code = self.reader.read(text)?;
        match &self.recoding {
            Some(recoding) => recoding.of(&code).map(Cow::Borrowed),
            None => Ok(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(more: &serde_json::Value, texts: &[&str]) -> (Vec<Option<String>>, Vec<Failure>) {
        let mut column = json!({ "name": "a", "title": { "nb": "A" }, "type": "code", "form": "municipality-number" });
        column.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let column: Column = serde_json::from_value(column).unwrap();
        let texts: StringArray = texts.iter().map(|text| Some(*text)).collect();
        let (codes, failures) = Registered::of(&column).unwrap().read(&texts);
        (codes.iter().map(|code| code.map(str::to_owned)).collect(), failures)
    }

    fn some(codes: &[&str]) -> Vec<Option<String>> {
        codes.iter().map(|code| Some((*code).to_owned()).filter(|code| !code.is_empty())).collect()
    }

    #[test]
    fn numbers_of_every_list_become_those_of_one() {
        let recode = json!({ "recode": { "to": 2024 } });
        let (codes, failures) = read(&recode, &["1902", "5401", "5501", "1507", "301", "0301"]);
        assert_eq!(codes, some(&["5501", "5501", "5501", "", "", "0301"]));
        assert_eq!(failures, [(3, "reject-code-split"), (4, "reject-leading-zero")]);
        let chosen = json!({ "recode": { "to": 2024, "choose": { "1507": "1508" } } });
        assert_eq!(read(&chosen, &["1507"]), (some(&["1508"]), vec![]));
    }

    #[test]
    fn the_list_of_a_year_or_any_list() {
        assert_eq!(read(&json!({}), &["1902"]).1, [(0, "reject-code-expired")]);
        assert_eq!(read(&json!({ "edition": 2019 }), &["1902", "5501"]).1, [(1, "reject-code-expired")]);
        assert_eq!(read(&json!({ "edition": 0 }), &["1902", "5401", "5501", "9999"]).1, [(3, "reject-code-unknown")]);
    }
}
