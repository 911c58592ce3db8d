//! What the privacy gate looks for, and what happens where it finds something.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ColumnName, PrivacyClass, Text};

/// Limits of the privacy gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PrivacyLimits {
    /// Free-text columns (class `free-text`) that may be published nevertheless.
    pub publish_free_text: Vec<ColumnName>,
    /// Columns of the class `sensitive` that may be published nevertheless.
    pub publish_sensitive: Vec<ColumnName>,
    /// Rows that must share each combination of the values of all columns of the class `quasi-identifier`; fewer block.
    #[schemars(range(min = 2))]
    pub k_anonymity: u32,
    /// Different values of each published `sensitive` column that every such group of rows must have; fewer block.
    #[schemars(range(min = 2, max = 100))]
    pub l_diversity: u32,
    /// What happens to a row in which an identity number was found. `warn` is not allowed.
    pub on_identity_number: PrivacyAction,
    /// What happens where one rule finds something, for all columns, a class or some columns; the last entry that fits
    /// holds.
    pub rules: Vec<RuleAction>,
    /// Columns of long system numbers (case, road or cadastral ids): judged as a whole, because some of such numbers
    /// have the control digits of an identity number by chance.
    pub system_numbers: Vec<ColumnName>,
    /// Most rows that may be withheld; more of them block.
    pub withhold: WithholdLimits,
    /// Domains whose e-mail addresses are no person's own. Default: the domain of the contact's address.
    pub own_domains: Vec<String>,
    /// How long names of natural persons stay in columns of the class `names`.
    pub names: NamesPolicy,
    /// The decision by which `names` was set, with date and archive reference; published with the gate report.
    pub names_decision: Option<Text>,
    /// The columns with the day of the journal and of publication; the earlier one counts, and a missing one counts as
    /// long ago.
    pub names_dates: Vec<ColumnName>,
    /// Columns of the class `personal` with names (one, or a JSON list of texts) that must not stand in other texts of
    /// the same row.
    pub known_names: Vec<ColumnName>,
    /// A column with the day or time before which a row must not be published.
    pub embargo: Option<ColumnName>,
}

impl Default for PrivacyLimits {
    fn default() -> Self {
        Self {
            publish_free_text: Vec::new(),
            publish_sensitive: Vec::new(),
            k_anonymity: 5,
            l_diversity: 3,
            on_identity_number: PrivacyAction::default(),
            rules: Vec::new(),
            system_numbers: Vec::new(),
            withhold: WithholdLimits::default(),
            own_domains: Vec::new(),
            names: NamesPolicy::default(),
            names_decision: None,
            names_dates: Vec::new(),
            known_names: Vec::new(),
            embargo: None,
        }
    }
}

/// What happens where the privacy gate finds something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PrivacyAction {
    /// Nothing is published until a person has looked.
    #[default]
    Block,
    /// The row is withheld and counted, the others are published.
    WithholdRow,
    /// The place in the text is replaced by `***`; in a column that is no text or part of the key the row is withheld.
    Redact,
    /// The column is left out of this version.
    DropColumn,
    /// It is published, with a warning to somebody who looks at it.
    Warn,
}

impl PrivacyAction {
    /// The word in settings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::WithholdRow => "withhold-row",
            Self::Redact => "redact",
            Self::DropColumn => "drop-column",
            Self::Warn => "warn",
        }
    }
}

/// What the privacy gate looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PrivacyRule {
    /// National identity number, D-number, H-number or NPID with the control digits of 1964.
    IdentityNumber,
    /// The same with the control digits that are given out from 2032 on.
    #[serde(rename = "identity-number-2032")]
    IdentityNumber2032,
    /// A number of a synthetic series: test data.
    SyntheticNumber,
    /// FH-number, the common help number of the health services.
    HelpNumber,
    /// DUF number of the immigration authorities.
    DufNumber,
    /// Bank account, written as one or with a word that says so.
    BankAccount,
    /// Telephone number, written as one or with a word that says so.
    Phone,
    /// E-mail address of a domain that is not the publisher's own.
    Email,
    /// A word of health, child welfare, religion, union, sexual life or crime (GDPR articles 9 and 10).
    SpecialCategory,
    /// A word of somebody's pay.
    Pay,
}

impl PrivacyRule {
    /// Every rule.
    pub const ALL: [Self; 10] = [
        Self::IdentityNumber,
        Self::IdentityNumber2032,
        Self::SyntheticNumber,
        Self::HelpNumber,
        Self::DufNumber,
        Self::BankAccount,
        Self::Phone,
        Self::Email,
        Self::SpecialCategory,
        Self::Pay,
    ];

    /// The word in settings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::IdentityNumber => "identity-number",
            Self::IdentityNumber2032 => "identity-number-2032",
            Self::SyntheticNumber => "synthetic-number",
            Self::HelpNumber => "help-number",
            Self::DufNumber => "duf-number",
            Self::BankAccount => "bank-account",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::SpecialCategory => "special-category",
            Self::Pay => "pay",
        }
    }

    /// True if what it finds must not be published, whatever a dataset says.
    pub fn is_never_published(self) -> bool {
        matches!(self, Self::IdentityNumber | Self::IdentityNumber2032)
    }
}

/// What happens where one rule finds something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleAction {
    /// The rule.
    pub rule: PrivacyRule,
    /// What happens.
    pub action: PrivacyAction,
    /// Only in columns of this class.
    #[serde(default)]
    pub class: Option<PrivacyClass>,
    /// Only in these columns.
    #[serde(default)]
    pub columns: BTreeSet<ColumnName>,
}

/// Most rows that may be withheld: the greater of both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WithholdLimits {
    /// Greatest share of the rows, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_share: f64,
    /// Rows that may be withheld in any case.
    pub max_rows: u64,
}

impl Default for WithholdLimits {
    fn default() -> Self {
        Self { max_share: 0.001, max_rows: 10 }
    }
}

/// How long names of natural persons are published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NamesPolicy {
    /// Never.
    #[default]
    Off,
    /// For one year from the earlier of the days in `names_dates` (offentlegforskrifta § 6), in the newest version.
    OneYear,
}

impl NamesPolicy {
    /// The word in settings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::OneYear => "one-year",
        }
    }
}
