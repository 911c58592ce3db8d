//! What the privacy gate saw in one part of a table, kept so that a run that does not read the part can count it.

use config::{PrivacyAction, PrivacyRule};
use serde::{Deserialize, Serialize};

use super::{
    column_scan::{LISTED_ROWS, Tally, What},
    privacy::PrivacyScan,
    scanner::kind,
};

/// Counts and row numbers of one part, from 0. Holds no value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartFacts {
    published: u64,
    withheld: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    found: Vec<Sighting>,
}

/// What one rule found in one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Sighting {
    column: String,
    rule: PrivacyRule,
    kind: String,
    action: Option<PrivacyAction>,
    cells: u64,
    rows: Vec<u64>,
}

impl PrivacyScan {
    /// What was seen in rows since the last time; from now on rows are counted from 0 again.
    pub(crate) fn take_part(&mut self) -> PartFacts {
        let mut facts = PartFacts { published: self.published, withheld: self.withheld, found: Vec::new() };
        (self.published, self.withheld) = (0, 0);
        for column in &mut self.columns {
            let found = std::mem::take(&mut column.found);
            facts.found.extend(found.into_iter().map(|(what, tally)| Sighting {
                column: column.name.clone(),
                rule: what.rule,
                kind: what.kind.to_owned(),
                action: what.action,
                cells: tally.count,
                rows: tally.rows,
            }));
        }
        facts
    }

    /// Counts the rows of a part, which follow those counted so far. False if something in them is not known to this
    /// scan: it must then see the rows themselves.
    #[must_use]
    pub(crate) fn add_part(&mut self, facts: &PartFacts) -> bool {
        for seen in &facts.found {
            let column = self.columns.iter_mut().find(|column| column.name == seen.column);
            let (Some(column), Some(kind)) = (column, kind(&seen.kind)) else { return false };
            let what = What { rule: seen.rule, kind, action: seen.action };
            let tally: &mut Tally = column.found.entry(what).or_default();
            tally.count += seen.cells;
            let room = LISTED_ROWS.saturating_sub(tally.rows.len());
            tally.rows.extend(seen.rows.iter().take(room).map(|row| self.published + row));
        }
        self.published += facts.published;
        self.withheld += facts.withheld;
        true
    }

    /// Whether something was found in a column that can only be judged by all its values.
    pub(crate) fn judges_columns(&self) -> bool {
        self.columns.iter().flat_map(|column| column.found.keys()).any(|what| what.action.is_none())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::{
        array::{ArrayRef, StringArray},
        record_batch::RecordBatch,
    };
    use jiff::civil::Date;
    use serde_json::json;

    use super::*;
    use crate::gate::testing::dataset_of;

    fn texts(rows: usize) -> Vec<String> {
        let number = |row| match row % 9 {
            0 => "fnr 31123970082".to_owned(),
            1 => "D-nr 71123970076, ring 412 34 567".to_owned(),
            2 => "31923970014 eller 31523970015".to_owned(),
            3 => "kari@eksempel.example fra fagforening".to_owned(),
            4 => "konto 8601.11.17947, lønn".to_owned(),
            5 => "NPID 31323970079".to_owned(),
            6 => "DUF 200816832910".to_owned(),
            _ => format!("sak {row}"),
        };
        (0..rows).map(number).collect()
    }

    fn batch(texts: &[String]) -> RecordBatch {
        let cells: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        RecordBatch::try_from_iter([("tekst", Arc::clone(&cells)), ("annet", cells)]).unwrap()
    }

    type Found = Vec<(String, What, u64, Vec<u64>)>;

    fn found(scan: &PrivacyScan) -> (u64, u64, Found) {
        let all = scan.columns.iter().flat_map(|column| {
            column.found.iter().map(|(what, tally)| (column.name.clone(), *what, tally.count, tally.rows.clone()))
        });
        (scan.published, scan.withheld, all.collect())
    }

    #[test]
    fn what_is_found_in_parts_is_what_is_found_in_all() {
        let column = |name: &str| json!({ "name": name, "title": { "nb": "x" }, "type": { "is": "text" }, "class": "free-text" });
        let gates =
            json!({ "privacy": { "publish_free_text": ["tekst", "annet"], "on_identity_number": "withhold-row" } });
        let dataset = dataset_of(&json!([column("tekst"), column("annet")]), &json!({ "kind": "csv" }), &gates);
        let new = || PrivacyScan::new(&dataset, Date::constant(2026, 11, 26));
        let texts = texts(200);
        let mut whole = new();
        whole.pass(batch(&texts)).unwrap();
        let (published, withheld, kinds) = found(&whole);
        assert!(published > 50 && withheld > 50 && kinds.len() > 10, "{kinds:?}");
        for cut in [0, 1, 17, 100, 199, 200] {
            let (mut scan, mut sum) = (new(), new());
            for part in [&texts[..cut], &texts[cut..]] {
                scan.pass(batch(part)).unwrap();
                let facts = serde_json::to_string(&scan.take_part()).unwrap();
                assert!(sum.add_part(&serde_json::from_str(&facts).unwrap()));
            }
            assert_eq!(found(&sum), found(&whole), "{cut}");
        }
        let unknown = json!({ "published": 1, "withheld": 0, "found": [
            { "column": "tekst", "rule": "phone", "kind": "no such kind", "action": null, "cells": 1, "rows": [] },
        ] });
        assert!(!new().add_part(&serde_json::from_value(unknown).unwrap()));
    }
}
