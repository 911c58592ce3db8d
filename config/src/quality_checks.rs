//! What a schema cannot say of checks: columns that are there, rules that suit them, expressions that can be read.

use std::collections::BTreeMap;

use crate::{
    Bound, Check, CodeForm, Column, ColumnName, ColumnType, Dataset, EDITIONS, Expression, PrivacyClass, Profile,
    Recode, Recoding,
    column_checks::known,
    document::Document,
    expression::kind_of,
    problem::{self, Problems},
};

/// Bytes that a compiled pattern may take.
const PATTERN_BYTES: usize = 1 << 20;

/// Checks the checks of a profile by its own columns.
pub(crate) fn profile(document: &Document, profile: &Profile, problems: &mut Problems) {
    for (at, check) in profile.checks.iter().enumerate() {
        One { document, at: &at.to_string(), columns: &profile.columns, problems }.check(check);
    }
}

/// Checks the forms of codes.
pub(crate) fn forms(document: &Document, columns: &[Column], problems: &mut Problems) {
    for (at, column) in columns.iter().enumerate() {
        let at = at.to_string();
        let mut report = |key: &str, message: &str, hint: &str| {
            let problem = document.problem_at(problem::VALUE, &["columns", &at, key], message.to_owned());
            problems.push(problem.hint(hint));
        };
        if column.form.is_some() && !matches!(column.kind, ColumnType::Code { .. }) {
            report("form", "only codes have a form", "type = \"code\"");
        }
        if column.edition != 0 && !EDITIONS.contains(&column.edition) {
            report("edition", "there is no such list of municipalities", "2019, 2020, 2024, or 0 for any");
        }
        let Some(recode) = &column.recode else { continue };
        if column.form != Some(CodeForm::MunicipalityNumber) {
            report("recode", "only numbers of municipalities are recoded", "form = \"municipality-number\"");
        }
        if ![2020, 2024].contains(&recode.to) {
            report("recode", "numbers are turned into those of 2020 or 2024", "to = 2024");
        }
        let plain = Recoding::new(&Recode { to: recode.to, choose: BTreeMap::new() });
        for (from, to) in &recode.choose {
            let split = plain.split(from);
            if !split.contains(&to.as_str()) {
                let into = if split.is_empty() { "nothing: it was not split".to_owned() } else { split.join(", ") };
                report("recode", &format!("{from} was not split into {to}"), &format!("it became {into}"));
            }
        }
    }
}

/// Checks the checks of a dataset.
pub(crate) fn dataset(document: &Document, joined: &Dataset, problems: &mut Problems) {
    for (at, check) in joined.file.checks.iter().enumerate() {
        let place = at.to_string();
        One { document, at: &place, columns: &joined.read().columns, problems }.check(check);
    }
}

struct One<'a> {
    document: &'a Document,
    at: &'a str,
    columns: &'a [Column],
    problems: &'a mut Problems,
}

impl One<'_> {
    fn report(&mut self, key: &str, message: String, hint: &str) {
        let path = if key.is_empty() { vec!["checks", self.at] } else { vec!["checks", self.at, key] };
        self.problems.push(self.document.problem_at(problem::VALUE, &path, message).hint(hint));
    }

    fn check(&mut self, check: &Check) {
        for name in check.named() {
            let key = if check.column.as_ref() == Some(name) { "column" } else { "columns" };
            self.column(key, name);
        }
        if !check.has_column_rule() && !check.unique && check.expression.is_none() {
            self.report(
                "",
                "the check has no rule".to_owned(),
                "add one, such as minimum, pattern, enum or expression",
            );
        }
        if !check.columns.is_empty() && (!check.unique || check.column.is_some()) {
            self.report("columns", "`columns` are unique together".to_owned(), "write `column` for other rules");
        }
        if check.unique && check.column.is_none() && check.columns.is_empty() {
            self.report("unique", "it is not said of which column".to_owned(), "add `column` or `columns`");
        }
        if check.has_column_rule() && check.column.is_none() {
            self.report("", "it is not said which column the rules are about".to_owned(), "add `column`");
        }
        if !(0.0..=1.0).contains(&check.tolerated_share) {
            self.report("tolerated_share", "a share lies between 0 and 1".to_owned(), "0.01 is one in a hundred");
        }
        if let Some(expression) = &check.expression {
            self.expression("expression", expression);
        }
        let column = check.column.as_ref().and_then(|name| self.columns.iter().find(|column| column.name == *name));
        if let Some(column) = column {
            self.rules(check, column);
        }
    }

    fn column(&mut self, key: &str, name: &ColumnName) {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        known(self.document, &["checks", self.at, key], name, &names, self.problems);
        let column = self.columns.iter().find(|column| column.name == *name);
        if column.is_some_and(|column| column.class == PrivacyClass::Secret) {
            let message = format!("column `{name}` is of class `secret` and is not read");
            self.report(key, message, "choose the class `personal`, or drop the check");
        }
    }

    fn expression(&mut self, key: &str, expression: &Expression) {
        let read: Vec<Column> =
            self.columns.iter().filter(|column| column.class != PrivacyClass::Secret).cloned().collect();
        if let Err(fault) = expression.bind(&read) {
            self.report(key, format!("`{}` cannot be read: {fault}", expression.0), &fault.hint);
        }
    }

    fn rules(&mut self, check: &Check, column: &Column) {
        let name = &column.name;
        let is_text = matches!(column.kind, ColumnType::Text {} | ColumnType::Code { .. });
        let is_number =
            matches!(column.kind, ColumnType::Integer {} | ColumnType::Number {} | ColumnType::Decimal { .. });
        let is_time = matches!(column.kind, ColumnType::Date { .. } | ColumnType::Datetime { .. });
        for (key, given, fits, what) in [
            ("min_length", check.min_length.is_some(), is_text, "texts and codes"),
            ("max_length", check.max_length.is_some(), is_text, "texts and codes"),
            ("pattern", check.pattern.is_some(), is_text, "texts and codes"),
            ("enum", !check.values.is_empty(), is_text, "texts and codes"),
            ("max_age_days", check.max_age_days.is_some(), is_time, "days and times"),
            ("min_sum", check.min_sum.is_some(), is_number, "numbers"),
            ("max_sum", check.max_sum.is_some(), is_number, "numbers"),
            ("unique", check.unique, kind_of(&column.kind).is_some(), "all but geometries"),
            ("references", check.references.is_some(), kind_of(&column.kind).is_some(), "all but geometries"),
        ] {
            if given && !fits {
                let hint = "choose a rule that suits the type, or another column";
                self.report(key, format!("the rule is for {what}, which `{name}` is not"), hint);
            }
        }
        for (key, bound, sign) in [("minimum", &check.minimum, ">="), ("maximum", &check.maximum, "<=")] {
            if let Some(bound) = bound {
                self.expression(key, &bounded(name, sign, bound));
            }
        }
        for (key, bound) in [("min_sum", &check.min_sum), ("max_sum", &check.max_sum)] {
            if matches!(bound, Some(Bound::Text(_))) {
                self.report(key, "a sum is a number".to_owned(), "write it without quotation marks");
            }
        }
        if let Some(Err(error)) = check.pattern.as_deref().map(whole_pattern) {
            self.report("pattern", format!("the pattern cannot be read: {error}"), "see docs.rs/regex for the syntax");
        }
    }
}

/// A bound of a column as a condition.
pub fn bounded(column: &ColumnName, sign: &str, bound: &Bound) -> Expression {
    Expression(format!("{column} {sign} {}", bound.literal()))
}

/// A pattern that matches the whole text.
///
/// # Errors
/// What is wrong with it.
pub fn whole_pattern(pattern: &str) -> Result<regex::Regex, regex::Error> {
    // By itself first: `a)|(b` would become something else between the brackets.
    regex::RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build()?;
    regex::RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(PATTERN_BYTES).build()
}
