//! Which action a rule has in a column on a day. The day comes from outside; rules change with the law.

use config::{Column, ColumnType, PrivacyAction, PrivacyLimits, PrivacyRule};
use jiff::civil::Date;

/// The day from which identity numbers with the new control digits are given out.
pub(super) const NEW_CONTROL_DIGITS: Date = jiff::civil::date(2032, 1, 1);

/// The rules of one column on one day.
#[derive(Debug, Clone)]
pub(super) struct ColumnRules {
    /// By rule, without and with a word near it.
    actions: Vec<(PrivacyRule, [PrivacyAction; 2])>,
}

impl ColumnRules {
    /// The rules of a column; a fixed one stays as it is, since rows are named or sorted by it.
    pub(super) fn of(column: &Column, limits: &PrivacyLimits, as_of: Date, fixed: bool) -> Self {
        // In a text that may be changed, contact data is masked; elsewhere it can be looked at only.
        let contact = match column.kind {
            ColumnType::Text {} if !fixed => PrivacyAction::Redact,
            _ => PrivacyAction::Warn,
        };
        let set = |rule| {
            let fits = limits.rules.iter().filter(|entry| {
                entry.rule == rule
                    && entry.class.is_none_or(|class| class == column.class)
                    && (entry.columns.is_empty() || entry.columns.contains(&column.name))
            });
            // What must never be published is not published, though a setting may have escaped the checks.
            fits.map(|entry| entry.action).rfind(|action| !rule.is_never_published() || *action != PrivacyAction::Warn)
        };
        let actions = PrivacyRule::ALL.into_iter().map(|rule| {
            let default = |context| match default(rule, context, limits.on_identity_number, as_of) {
                PrivacyAction::Warn if is_contact(rule) => contact,
                action => action,
            };
            (rule, set(rule).map_or([default(false), default(true)], |action| [action; 2]))
        });
        Self { actions: actions.collect() }
    }

    /// What happens where a rule finds something.
    pub(super) fn action(&self, rule: PrivacyRule, context: bool) -> PrivacyAction {
        let found = self.actions.iter().find(|(known, _)| *known == rule);
        found.map_or(PrivacyAction::Block, |(_, [bare, near])| if context { *near } else { *bare })
    }
}

/// What reaches a person, or a person's money.
fn is_contact(rule: PrivacyRule) -> bool {
    matches!(rule, PrivacyRule::Phone | PrivacyRule::Email | PrivacyRule::BankAccount | PrivacyRule::DufNumber)
}

fn default(rule: PrivacyRule, context: bool, on_identity_number: PrivacyAction, as_of: Date) -> PrivacyAction {
    let grave = match on_identity_number {
        PrivacyAction::Warn => PrivacyAction::Block,
        action => action,
    };
    match rule {
        PrivacyRule::IdentityNumber | PrivacyRule::HelpNumber => grave,
        PrivacyRule::IdentityNumber2032 if context || as_of >= NEW_CONTROL_DIGITS => grave,
        PrivacyRule::DufNumber if context => grave,
        PrivacyRule::IdentityNumber2032
        | PrivacyRule::DufNumber
        | PrivacyRule::SyntheticNumber
        | PrivacyRule::BankAccount
        | PrivacyRule::Phone
        | PrivacyRule::Email
        | PrivacyRule::SpecialCategory
        | PrivacyRule::Pay => PrivacyAction::Warn,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::{Value, json};

    use super::*;

    fn rules(limits: &Value, as_of: Date) -> ColumnRules {
        let column = json!({ "name": "merknad", "type": "text", "title": { "nb": "m" }, "class": "free-text" });
        let limits: PrivacyLimits = serde_json::from_value(limits.clone()).unwrap();
        ColumnRules::of(&serde_json::from_value(column).unwrap(), &limits, as_of, false)
    }

    #[test]
    fn the_new_control_digits_block_from_2032_on() {
        let (before, after) = (rules(&json!({}), date(2031, 12, 31)), rules(&json!({}), date(2032, 1, 1)));
        let rule = PrivacyRule::IdentityNumber2032;
        assert_eq!(before.action(rule, false), PrivacyAction::Warn);
        assert_eq!(before.action(rule, true), PrivacyAction::Block);
        assert_eq!(after.action(rule, false), PrivacyAction::Block);
        assert_eq!(before.action(PrivacyRule::HelpNumber, false), PrivacyAction::Block);
        assert_eq!(before.action(PrivacyRule::DufNumber, true), PrivacyAction::Block);
        assert_eq!(before.action(PrivacyRule::DufNumber, false), PrivacyAction::Redact);
    }

    #[test]
    fn contact_data_is_masked_in_texts_unless_the_dataset_says_otherwise() {
        let of = |kind: &str, class: &str, limits: Value, fixed| {
            let column = json!({ "name": "merknad", "type": kind, "title": { "nb": "m" }, "class": class });
            let column = serde_json::from_value(column).unwrap();
            let rules = ColumnRules::of(&column, &serde_json::from_value(limits).unwrap(), date(2026, 1, 1), fixed);
            [PrivacyRule::Phone, PrivacyRule::Email, PrivacyRule::BankAccount].map(|rule| rules.action(rule, true))
        };
        for class in ["free-text", "open", "names"] {
            assert_eq!(of("text", class, json!({}), false), [PrivacyAction::Redact; 3], "{class}");
        }
        assert_eq!(of("code", "open", json!({}), false), [PrivacyAction::Warn; 3]);
        assert_eq!(of("text", "open", json!({}), true), [PrivacyAction::Warn; 3], "rows are named by it");
        let warn = json!({ "rules": [{ "rule": "phone", "action": "warn" }] });
        assert_eq!(of("text", "free-text", warn, false)[0], PrivacyAction::Warn);
    }

    #[test]
    fn the_last_entry_that_fits_holds_and_identity_numbers_are_never_only_warned_of() {
        let limits = json!({ "on_identity_number": "withhold-row", "rules": [
            { "rule": "phone", "action": "block" },
            { "rule": "phone", "action": "redact", "class": "free-text" },
            { "rule": "phone", "action": "drop-column", "columns": ["annet"] },
            { "rule": "identity-number", "action": "warn" },
        ] });
        let rules = rules(&limits, date(2026, 1, 1));
        assert_eq!(rules.action(PrivacyRule::Phone, false), PrivacyAction::Redact);
        assert_eq!(rules.action(PrivacyRule::IdentityNumber, false), PrivacyAction::WithholdRow);
        assert_eq!(rules.action(PrivacyRule::HelpNumber, false), PrivacyAction::WithholdRow);
    }
}
