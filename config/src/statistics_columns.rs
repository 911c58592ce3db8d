//! The columns that statistics are published with.

use std::collections::BTreeMap;

use crate::{
    Column, ColumnName, ColumnType, PrivacyClass, Statistics, StatisticsDimension, StatisticsShare, Text,
    statistics::status_column,
};

impl Statistics {
    /// The published columns, made from those that are read.
    pub fn columns(&self, read: &[Column]) -> Vec<Column> {
        let find = |name: &ColumnName| read.iter().find(|column| column.name == *name);
        let mut columns: Vec<Column> =
            self.dimensions.iter().flat_map(|dimension| told_apart(dimension, read)).collect();
        columns.extend(numbered(&self.count, ColumnType::Integer {}, text("Antall", "Tal", "Count"), None));
        for sum in &self.sums {
            let base = find(&sum.column);
            let kind = base.map_or(ColumnType::Integer {}, |column| column.kind.clone());
            columns.extend(numbered(&sum.name, kind, sum.title.clone(), base.and_then(|column| column.unit.clone())));
        }
        let share = |share: &StatisticsShare| Column {
            unit: Some("%".to_owned()),
            ..made(&share.name, ColumnType::Decimal { scale: 2 }, share.title.clone())
        };
        columns.extend(self.shares.iter().map(share));
        columns
    }
}

/// The code that stands for everything, as in SDMX.
const TOTAL: &str = "_T";

/// The codes of a dimension, and the level of each where there are several.
fn told_apart(dimension: &StatisticsDimension, read: &[Column]) -> Vec<Column> {
    let find = |name: &ColumnName| read.iter().find(|column| column.name == *name);
    let title = |name: &ColumnName| find(name).map_or_else(|| plain(name.as_str()), |column| column.title.clone());
    let total = || (TOTAL.to_owned(), text("I alt", "I alt", "Total"));
    let base = find(&dimension.column);
    // Wider codes are not in the list of the narrowest ones.
    let listed = base.filter(|column| dimension.wider.is_empty() && !column.codes.is_empty());
    let codes = listed.map(|column| column.codes.clone().into_iter().chain([total()]).collect());
    let mut columns = vec![Column {
        description: base.and_then(|column| column.description.clone()),
        concept: base.and_then(|column| column.concept.clone()),
        required: true,
        codes: codes.unwrap_or_default(),
        ..made(&dimension.column, ColumnType::Code { width: None }, title(&dimension.column))
    }];
    if let Some(name) = dimension.level_column() {
        let codes = dimension.levels().map(|level| (level.to_string(), title(level))).chain([total()]).collect();
        let title = after(&title(&dimension.column), [": nivå", ": nivå", ": level"]);
        columns.push(Column { required: true, codes, ..made(&name, ColumnType::Code { width: None }, title) });
    }
    columns
}

/// A number with the column that tells why it is not there.
fn numbered(name: &ColumnName, kind: ColumnType, title: Text, unit: Option<String>) -> [Column; 2] {
    let status = after(&title, [": status", ": status", ": status"]);
    let hidden = text("Kan ikke publiseres", "Kan ikkje publiserast", "Cannot be published");
    let none = text("Null", "Null", "Nil");
    let codes = [(":".to_owned(), hidden), ("-".to_owned(), none)].into();
    let kept = made(name, kind, title);
    [Column { unit, ..kept }, Column { codes, ..made(&status_column(name), ColumnType::Code { width: None }, status) }]
}

fn made(name: &ColumnName, kind: ColumnType, title: Text) -> Column {
    Column {
        name: name.clone(),
        from: Vec::new(),
        kind,
        title,
        description: None,
        class: PrivacyClass::Open,
        names: None,
        required: false,
        null: Vec::new(),
        suffix: Vec::new(),
        nested: false,
        point: None,
        wkt: None,
        unit: None,
        codes: BTreeMap::new(),
        form: None,
        edition: crate::column::newest(),
        recode: None,
        aliases: BTreeMap::new(),
        contract: crate::Contract::default(),
        optional: false,
        concept: None,
    }
}

fn text(nb: &str, nn: &str, en: &str) -> Text {
    Text { nb: nb.to_owned(), nn: Some(nn.to_owned()), en: Some(en.to_owned()) }
}

fn plain(name: &str) -> Text {
    Text { nb: name.to_owned(), nn: None, en: None }
}

fn after(title: &Text, [nb, nn, en]: [&str; 3]) -> Text {
    Text {
        nb: format!("{}{nb}", title.nb),
        nn: title.nn.as_ref().map(|title| format!("{title}{nn}")),
        en: title.en.as_ref().map(|title| format!("{title}{en}")),
    }
}
