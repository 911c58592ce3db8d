//! What a schema cannot say of statistics: which columns may be named where, and what does not go together.

use std::collections::BTreeSet;

use crate::{
    Column, ColumnName, ColumnType, Dataset, PrivacyClass, SecondaryRule, Statistics,
    column_checks::known,
    document::Document,
    problem::{self, Problems, suggest},
};

/// Checks the statistics of a dataset, if it has some.
pub(crate) fn dataset(document: &Document, joined: &Dataset, problems: &mut Problems) {
    let Some(statistics) = &joined.file.statistics else { return };
    let mut check = Check { document, columns: &joined.read().columns, problems };
    check.column(&["unit"], &statistics.unit);
    check.dimensions(statistics);
    check.tables(statistics);
    check.sums(statistics);
    check.shares(statistics);
    check.secondary(statistics);
    check.names(joined);
    check.alone(joined);
}

struct Check<'a> {
    document: &'a Document,
    columns: &'a [Column],
    problems: &'a mut Problems,
}

impl Check<'_> {
    fn report(&mut self, code: &'static str, path: &[&str], message: String, hint: &str) {
        let path: Vec<&str> = std::iter::once("statistics").chain(path.iter().copied()).collect();
        self.problems.push(self.document.problem_at(code, &path, message).hint(hint));
    }

    /// A column that is there and is read.
    fn column(&mut self, path: &[&str], name: &ColumnName) -> Option<Column> {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let whole: Vec<&str> = std::iter::once("statistics").chain(path.iter().copied()).collect();
        known(self.document, &whole, name, &names, self.problems);
        let column = self.columns.iter().find(|column| column.name == *name)?.clone();
        if column.class == PrivacyClass::Secret {
            let message = format!("column `{name}` is of class `secret` and is not read");
            self.report(
                problem::COLUMN,
                path,
                message,
                "choose the class `personal`: statistics publish no value of a row",
            );
        }
        Some(column)
    }

    fn dimensions(&mut self, statistics: &Statistics) {
        let mut seen = BTreeSet::new();
        for (at, dimension) in statistics.dimensions.iter().enumerate() {
            for (place, name) in dimension.levels().enumerate() {
                let (at, wider) = (at.to_string(), place.saturating_sub(1).to_string());
                let narrow = ["dimensions", &at, "column"];
                let path: &[&str] = if place == 0 { &narrow } else { &["dimensions", &at, "wider", &wider] };
                if !seen.insert(name.clone()) {
                    self.report(
                        problem::COLUMN,
                        path,
                        format!("column `{name}` stands twice"),
                        "each level is one column",
                    );
                }
                if let Some(column) = self.column(path, name) {
                    self.level(path, &column);
                }
            }
        }
    }

    fn level(&mut self, path: &[&str], column: &Column) {
        let name = &column.name;
        if !matches!(column.kind, ColumnType::Code { .. } | ColumnType::Text {}) {
            let message = format!("column `{name}` is neither a code nor a text");
            self.report(problem::COLUMN, path, message, "type = \"code\"");
        }
        if !column.class.is_open() {
            let message = format!(
                "the values of column `{name}` are published, but it is not of class `open` or `quasi-identifier`"
            );
            self.report(
                problem::COLUMN,
                path,
                message,
                "tell numbers apart by areas and kinds, never by what points to persons",
            );
        }
        if !column.required {
            let message = format!("column `{name}` must have a value in every row");
            self.report(problem::COLUMN, path, message, "required = true: rows without one are put aside and counted");
        }
    }

    fn tables(&mut self, statistics: &Statistics) {
        let levels: Vec<&str> = statistics.dimensions.iter().flat_map(|d| d.levels().map(ColumnName::as_str)).collect();
        for (at, table) in statistics.tables.iter().enumerate() {
            let number = at.to_string();
            for (place, name) in table.iter().enumerate().filter(|(_, name)| !levels.contains(&name.as_str())) {
                let hint = suggest(name.as_str(), levels.iter().copied()).unwrap_or_default();
                let message = format!("`{name}` is no level of a dimension");
                self.report(problem::COLUMN, &["tables", &number, &place.to_string()], message, &hint);
            }
            let twice = |d: &&crate::StatisticsDimension| d.levels().filter(|level| table.contains(level)).count() > 1;
            if let Some(dimension) = statistics.dimensions.iter().find(twice) {
                let message = format!("the table has two levels of the dimension `{}`", dimension.column);
                self.report(
                    problem::COLUMN,
                    &["tables", &number],
                    message,
                    "name the narrowest; the wider ones come with it",
                );
            }
        }
    }

    fn sums(&mut self, statistics: &Statistics) {
        for (at, sum) in statistics.sums.iter().enumerate() {
            let at = at.to_string();
            let path = ["sums", &at, "column"];
            let column = self.column(&path, &sum.column);
            if column.is_some_and(|c| !matches!(c.kind, ColumnType::Integer {} | ColumnType::Decimal { .. })) {
                let message = format!("column `{}` is no exact number", sum.column);
                self.report(problem::COLUMN, &path, message, "type = \"integer\", or { is = \"decimal\", scale = 2 }");
            }
            if let Some(contributor) = &sum.contributor {
                self.column(&["sums", &at, "contributor"], contributor);
            } else if !sum.exempt.is_empty() {
                let message = "nobody can be exempt where no column names contributors".to_owned();
                self.report(problem::VALUE, &["sums", &at, "exempt"], message, "set `contributor`");
            }
        }
    }

    fn secondary(&mut self, statistics: &Statistics) {
        if statistics.secondary == SecondaryRule::None && statistics.reason.is_none() {
            let message = "without protection against subtraction a reason must be given".to_owned();
            self.report(
                problem::MISSING_KEY,
                &["secondary"],
                message,
                "reason = { nb = \"…\" }, or secondary = \"gauss\"",
            );
        }
        if statistics.secondary.base().is_some() && !statistics.sums.is_empty() {
            let message = "sums cannot be rounded as counts are".to_owned();
            self.report(
                problem::VALUE,
                &["secondary"],
                message,
                "secondary = \"gauss\", or a dataset of its own for the sums",
            );
        }
    }

    fn shares(&mut self, statistics: &Statistics) {
        let dimensions: Vec<&str> = statistics.dimensions.iter().map(|dimension| dimension.column.as_str()).collect();
        for (at, share) in statistics.shares.iter().enumerate() {
            let (at, name) = (at.to_string(), share.of.as_str());
            if !dimensions.contains(&name) {
                let message = format!("`{name}` is no dimension");
                let hint = suggest(name, dimensions.iter().copied());
                let hint = hint.unwrap_or_else(|| format!("name one of {}", dimensions.join(", ")));
                self.report(problem::COLUMN, &["shares", &at, "of"], message, &hint);
            }
        }
    }

    fn names(&mut self, joined: &Dataset) {
        let mut seen = BTreeSet::new();
        for column in joined.columns.iter().filter(|column| !seen.insert(&column.name)) {
            let message = format!("two published columns would be called `{}`", column.name);
            self.report(problem::COLUMN, &[], message, "change `count`, or the `name` of a sum or share");
        }
    }

    /// Settings that are for rows.
    fn alone(&mut self, joined: &Dataset) {
        let file = &joined.file;
        let keys = [
            ("key", file.key.is_some()),
            ("partition", file.partition.is_some()),
            ("gates.shape.keep_latest", file.gates.shape.keep_latest.is_some()),
        ];
        for (key, _) in keys.iter().filter(|(_, set)| *set) {
            let path: Vec<&str> = key.split('.').collect();
            let problem = self.document.problem_at(problem::VALUE, &path, format!("`{key}` is not for statistics"));
            self.problems.push(problem.hint("remove it: the key of a number is what it is told apart by"));
        }
    }
}
