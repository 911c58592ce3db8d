//! What the privacy gate finds and counts in one column.

use std::{collections::BTreeMap, ops::Range};

use arrow::{
    array::{Array, AsArray},
    datatypes::{DataType, Decimal128Type, Float64Type, Int64Type},
};
use config::{Column, ColumnType, Dataset, PrivacyAction, PrivacyClass, PrivacyRule};
use jiff::civil::Date;

use super::{
    chance::Chance,
    numbers::{IdentityNumber, identity, plausible},
    rules::{ColumnRules, NEW_CONTROL_DIGITS},
    scanner::{Found, Scanner, name, rule},
    systems::Systems,
    words::Topic,
};
use crate::{Error, Result};

/// Row numbers that a finding lists at the most.
pub(super) const LISTED_ROWS: usize = 20;

/// A cell in which something was found, and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    /// Row of the batch.
    pub(super) row: usize,
    /// What was found.
    pub(super) what: What,
    /// Its bytes in the text.
    pub(super) place: Range<usize>,
}

/// A kind of finding and the action that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct What {
    /// The rule.
    pub(super) rule: PrivacyRule,
    /// What it is, in words.
    pub(super) kind: &'static str,
    /// What is done; `None` where the column decides as a whole.
    pub(super) action: Option<PrivacyAction>,
}

/// How often something was found, and where first.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Cells.
    pub(super) count: u64,
    /// First rows of the published table.
    pub(super) rows: Vec<u64>,
    last: Option<u64>,
}

impl Tally {
    /// Counts a row once, and lists it if there is room.
    pub(super) fn count(&mut self, row: u64, listed: Option<u64>) {
        if self.last == Some(row) {
            return;
        }
        self.last = Some(row);
        self.count += 1;
        if self.rows.len() < LISTED_ROWS {
            self.rows.extend(listed);
        }
    }
}

/// What was seen in one column. Keeps no value, but for a sample of a column of system numbers.
#[derive(Debug)]
pub(super) struct ColumnScan {
    /// The published name.
    pub(super) name: String,
    /// What was found.
    pub(super) found: BTreeMap<What, Tally>,
    rules: ColumnRules,
    scanner: Scanner,
    chance: Option<Chance>,
    /// For undeclared columns of codes and whole numbers.
    systems: Option<Systems>,
    persons: bool,
    fixed: bool,
    from_2032: bool,
}

impl ColumnScan {
    /// A column that was not looked at yet.
    pub(super) fn new(column: &Column, dataset: &Dataset, as_of: Date) -> Self {
        let limits = &dataset.file.gates.privacy;
        let persons = Topic::Person.is_in(column.name.as_str());
        // A column whose name speaks of persons is no column of system numbers, whatever is declared.
        let system = limits.system_numbers.contains(&column.name) && !persons;
        let numbers = matches!(column.kind, ColumnType::Code { .. } | ColumnType::Integer {}) && !persons && !system;
        let numbers = numbers && column.class.is_open();
        let fixed = dataset.key.contains(&column.name) || dataset.order.iter().any(|order| order.column == column.name);
        let free = matches!(column.class, PrivacyClass::FreeText | PrivacyClass::Names);
        Self {
            name: column.name.as_str().to_owned(),
            found: BTreeMap::new(),
            rules: ColumnRules::of(column, limits, as_of, fixed),
            scanner: Scanner::new(&own_domains(dataset), free),
            chance: system.then(Chance::default),
            systems: numbers.then(Systems::default),
            persons,
            fixed,
            from_2032: as_of >= NEW_CONTROL_DIGITS,
        }
    }

    /// Looks at every cell of a batch.
    pub(super) fn look(&mut self, cells: &dyn Array) -> Result<Vec<Hit>> {
        let mut hits = Vec::new();
        if cells.null_count() == cells.len() {
            return Ok(hits);
        }
        match cells.data_type() {
            DataType::Utf8 => {
                for (row, text) in cells.as_string::<i32>().iter().enumerate() {
                    self.text(row, text.unwrap_or_default(), &mut hits);
                }
            }
            DataType::Int64 => {
                for (row, value) in cells.as_primitive::<Int64Type>().iter().enumerate() {
                    hits.extend(self.number(row, value.and_then(|value| u64::try_from(value).ok())));
                }
            }
            DataType::Float64 => {
                for (row, value) in cells.as_primitive::<Float64Type>().iter().enumerate() {
                    hits.extend(self.number(row, value.and_then(whole)));
                }
            }
            DataType::Decimal128(_, scale) => {
                for (row, value) in cells.as_primitive::<Decimal128Type>().iter().enumerate() {
                    hits.extend(self.number(row, value.and_then(|value| whole_decimal(value, *scale))));
                }
            }
            DataType::Boolean | DataType::Date32 | DataType::Timestamp(..) | DataType::Binary => {}
            other => return Err(Error::Internal(format!("the privacy gate cannot look into {other}"))),
        }
        Ok(hits)
    }

    fn text(&mut self, row: usize, text: &str, hits: &mut Vec<Hit>) {
        let Self { scanner, rules, persons, fixed, chance, systems, .. } = self;
        let form = systems.as_mut().and_then(|systems| systems.count(text));
        if let (Some(systems), Some(form)) = (systems.as_mut(), &form) {
            scanner.dated(text, |digits| systems.take(form, &digits));
        }
        scanner.scan(text, |found| {
            let Found { rule, kind, place, context } = found;
            let context = context || *persons;
            let action = decide(rules, rule, context, chance.is_some());
            let action = action.map(|action| if *fixed { as_fixed(action) } else { action });
            // Other actions leave out or mask the one cell, whether chance or not.
            let action = match (systems.as_mut(), &form, action) {
                (Some(systems), Some(form), Some(PrivacyAction::Block)) if is_identity(rule) && !context => {
                    systems.hit(form);
                    None
                }
                _ => action,
            };
            hits.push(Hit { row, what: What { rule, kind, action }, place });
        });
        if let Some(chance) = &mut self.chance {
            self.scanner.dated(text, |digits| chance.take(&digits));
        }
    }

    /// A number of eleven digits, or of ten where a leading zero was lost.
    fn number(&mut self, row: usize, value: Option<u64>) -> Option<Hit> {
        let value = value.filter(|value| (1_000_000_000..100_000_000_000).contains(value))?;
        let mut digits = [0; 11];
        let mut rest = value;
        for digit in digits.iter_mut().rev() {
            *digit = u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        let form = self.systems.as_mut().and_then(|systems| systems.count(&value.to_string()));
        // No other kind than a national number begins with a zero.
        let lost_zero = value < 10_000_000_000;
        plausible(&digits).filter(|kind| !lost_zero || *kind == IdentityNumber::Fnr)?;
        if let Some(chance) = &mut self.chance {
            chance.take(&digits);
        }
        if let (Some(systems), Some(form)) = (&mut self.systems, &form) {
            systems.take(form, &digits);
        }
        let (kind, control) = identity(&digits)?;
        let rule = rule(kind, control);
        let action = decide(&self.rules, rule, self.persons, self.chance.is_some()).map(no_redaction);
        let action = action.map(|action| if self.fixed { as_fixed(action) } else { action });
        let action = match (self.systems.as_mut(), form, action) {
            (Some(systems), Some(form), Some(PrivacyAction::Block)) if !self.persons => {
                systems.hit(&form);
                None
            }
            _ => action,
        };
        Some(Hit { row, what: What { rule, kind: name(kind, control), action }, place: 0..0 })
    }

    /// True for a column of system numbers, declared or of codes and whole numbers, in which no more look like identity numbers than chance gives.
    pub(super) fn is_chance(&self) -> bool {
        let systems = self.systems.as_ref().is_some_and(|systems| systems.explain(self.from_2032));
        self.chance.as_ref().map_or(systems, |chance| chance.explains(self.from_2032))
    }
}

/// What happens with a find; `None` where the column decides as a whole.
fn decide(rules: &ColumnRules, rule: PrivacyRule, context: bool, system: bool) -> Option<PrivacyAction> {
    (!(system && is_identity(rule) && !context)).then(|| rules.action(rule, context))
}

fn is_identity(rule: PrivacyRule) -> bool {
    matches!(rule, PrivacyRule::IdentityNumber | PrivacyRule::IdentityNumber2032 | PrivacyRule::HelpNumber)
}

/// A column of the key or the order must stay what and where it is.
fn as_fixed(action: PrivacyAction) -> PrivacyAction {
    if action == PrivacyAction::DropColumn { PrivacyAction::Block } else { no_redaction(action) }
}

/// A number cannot be masked in part.
fn no_redaction(action: PrivacyAction) -> PrivacyAction {
    if action == PrivacyAction::Redact { PrivacyAction::WithholdRow } else { action }
}

/// The domains whose addresses are no person's own: those set, else the contact's.
fn own_domains(dataset: &Dataset) -> Vec<String> {
    let set = &dataset.file.gates.privacy.own_domains;
    let contact = dataset.contact.email.rsplit_once('@').map(|(_, domain)| domain.to_owned());
    if set.is_empty() { contact.into_iter().collect() } else { set.clone() }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and below 10^11 by the test before")]
fn whole(value: f64) -> Option<u64> {
    ((1e9..1e11).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}

fn whole_decimal(value: i128, scale: i8) -> Option<u64> {
    let unit = 10_i128.checked_pow(u32::try_from(scale).ok()?)?;
    (value % unit == 0).then(|| u64::try_from(value / unit).ok()).flatten()
}
