//! Everything in a text that may point to a person, in one pass.

use std::ops::Range;

use config::PrivacyRule;

use super::{
    contact::{emails, is_own, is_phone},
    forms::{DIGITS, Window, Written},
    masks::{hides, is_only_uuid},
    numbers::{Control, IdentityNumber, identity, is_account, is_duf, plausible},
    runs::{Runs, may_be_digit},
    words::{Topic, sensitive_words},
};

/// Fewest digits of a number that is looked for.
const FEWEST: usize = 8;

/// Something that was found in a text. Carries no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The rule.
    pub(super) rule: PrivacyRule,
    /// What it is, in words.
    pub(super) kind: &'static str,
    /// Its bytes in the text.
    pub(super) place: Range<usize>,
    /// Whether a word near it tells that it is what it seems.
    pub(super) context: bool,
}

/// Looks through texts; keeps its buffers between them.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    window: Window,
    own_domains: Vec<String>,
    words: bool,
}

impl Scanner {
    /// A scanner that lets addresses of some domains pass, and that looks for words of special categories or not.
    pub(super) fn new(own_domains: &[String], words: bool) -> Self {
        Self { window: Window::default(), own_domains: own_domains.to_vec(), words }
    }

    /// Calls `each` for everything that is found.
    pub(super) fn scan(&mut self, text: &str, mut each: impl FnMut(Found)) {
        let (digits, at) = signs(text.as_bytes());
        if digits >= FEWEST && !is_only_uuid(text) {
            self.window.clear();
            for run in Runs::of(text) {
                self.window.push(run, |written| number(text, &written, &mut each));
            }
        }
        if at {
            emails(text, |start, end, domain| {
                if !is_own(domain, &self.own_domains) {
                    let (rule, kind) = (PrivacyRule::Email, "mail address");
                    each(Found { rule, kind, place: start..end, context: false });
                }
            });
        }
        if self.words {
            sensitive_words(text, |rule, start, end| {
                let kind = if rule == PrivacyRule::Pay { "word of pay" } else { "word of a special category" };
                each(Found { rule, kind, place: start..end, context: false });
            });
        }
    }

    /// Calls `each` with every eleven digits that have the date or first digit of an identity number.
    pub(super) fn dated(&mut self, text: &str, mut each: impl FnMut([u8; DIGITS])) {
        if signs(text.as_bytes()).0 < FEWEST {
            return;
        }
        self.window.clear();
        for run in Runs::of(text) {
            let mut number = |written: Written| {
                let all = readings(text, &written).into_iter().flatten();
                all.filter(|digits| plausible(digits).is_some()).for_each(&mut each);
            };
            self.window.push(run, &mut number);
        }
    }
}

/// What a byte counts for: one for what may begin a digit, [`MAIL`] for what may begin the sign of an e-mail address.
const SIGNS: [u64; 256] = {
    let mut signs = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, clippy::indexing_slicing, reason = "below 256")]
        {
            let mail = byte as u8 == b'@' || byte as u8 == 0xef;
            signs[byte] = may_be_digit(byte as u8) as u64 + if mail { MAIL } else { 0 };
        }
        byte += 1;
    }
    signs
};
/// More than a text has digits.
const MAIL: u64 = 1 << 40;

/// How many bytes may begin a digit, and whether a sign of an e-mail address may be there.
fn signs(bytes: &[u8]) -> (usize, bool) {
    #[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
    let count: u64 = bytes.iter().map(|byte| SIGNS[usize::from(*byte)]).sum();
    (usize::try_from(count % MAIL).unwrap_or(usize::MAX), count >= MAIL)
}

fn number(text: &str, written: &Written, each: &mut impl FnMut(Found)) {
    let place = written.start..written.end;
    let near = |topic: Topic| topic.is_near(text, written.start, written.end);
    let mut found = |rule, kind, context| each(Found { rule, kind, place: place.clone(), context });
    if let Some((kind, control)) = identities(text, written) {
        let person = near(Topic::Person);
        let account = kind == IdentityNumber::Fh && written.is_account_form() && is_account(written.digits());
        if !account || person {
            return found(rule(kind, control), name(kind, control), person);
        }
    }
    if written.len == DIGITS && !written.worded() && is_account(written.digits()) {
        let account = near(Topic::Account);
        if (account || written.is_account_form()) && !hides(text, written.start, written.end) {
            found(PrivacyRule::BankAccount, "bank account", account);
        }
    } else if written.is_duf_form() && is_duf(written.digits()) && !hides(text, written.start, written.end) {
        found(PrivacyRule::DufNumber, "DUF number", near(Topic::Duf));
    } else if is_phone(text, written) && !hides(text, written.start, written.end) {
        found(PrivacyRule::Phone, "telephone number", near(Topic::Phone));
    }
}

/// The identity number that is written, if it is one and no part of a hash.
fn identities(text: &str, written: &Written) -> Option<(IdentityNumber, Control)> {
    let found = readings(text, written).iter().flatten().find_map(identity)?;
    (!hides(text, written.start, written.end)).then_some(found)
}

/// The eleven digits that a number may be read as.
fn readings(text: &str, written: &Written) -> [Option<[u8; DIGITS]>; 3] {
    let near = || Topic::Person.is_near(text, written.start, written.end);
    let own = match written.len {
        // Ten digits have lost their leading zero where they stand alone or a word says so; elsewhere they are
        // anything. No other kind than a national number begins with a zero.
        10 => {
            let alone = || text.trim().len() == written.end - written.start;
            let digits = written.eleven().filter(|digits| plausible(digits) == Some(IdentityNumber::Fnr));
            digits.filter(|_| alone() || near())
        }
        _ => written.eleven().or_else(|| written.decimal().filter(|_| near())),
    };
    let [day_first, year_first] = written.with_year();
    [own, day_first, year_first]
}

/// The rule that a kind of identity number falls under.
pub(super) fn rule(kind: IdentityNumber, control: Control) -> PrivacyRule {
    match (kind, control) {
        (IdentityNumber::Fh, _) => PrivacyRule::HelpNumber,
        (IdentityNumber::TenorSynthetic | IdentityNumber::NpidSynthetic, _) => PrivacyRule::SyntheticNumber,
        (_, Control::Old) => PrivacyRule::IdentityNumber,
        (_, Control::From2032) => PrivacyRule::IdentityNumber2032,
    }
}

/// A kind of identity number in words.
pub(super) fn name(kind: IdentityNumber, control: Control) -> &'static str {
    match (control, kind) {
        (Control::Old, kind) => kind.name(),
        (Control::From2032, IdentityNumber::Fnr) => "national identity number with the control digits of 2032",
        (Control::From2032, IdentityNumber::Dnr) => "D-number with the control digits of 2032",
        (Control::From2032, IdentityNumber::Npid) => "NPID with the control digits of 2032",
        (Control::From2032, IdentityNumber::HnrOrNavSynthetic) => {
            "H-number or synthetic number (month + 40) with the control digits of 2032"
        }
        (Control::From2032, IdentityNumber::TenorSynthetic) => {
            "synthetic number (month + 80) with the control digits of 2032"
        }
        (Control::From2032, IdentityNumber::NpidSynthetic) => "synthetic NPID with the control digits of 2032",
        (Control::From2032, IdentityNumber::Fh) => "FH-number",
    }
}

/// Everything that is found beside identity numbers, in words.
const OTHER_KINDS: [&str; 6] =
    ["mail address", "word of pay", "word of a special category", "bank account", "DUF number", "telephone number"];

/// What [`Found::kind`] says, from the same words that were written down; `None` if nothing is called so.
pub(super) fn kind(words: &str) -> Option<&'static str> {
    let identities = IdentityNumber::ALL.into_iter();
    let identities = identities.flat_map(|kind| [name(kind, Control::Old), name(kind, Control::From2032)]);
    OTHER_KINDS.into_iter().chain(identities).find(|kind| *kind == words)
}

/// Every identity number in a text: byte ranges and kinds, in the order of their ends.
///
/// Digits may be glued to letters and split by blanks and signs as people do; digits before or after, UUIDs and long
/// hexadecimal runs are no identity numbers. Takes time in proportion to the text.
pub fn find_identity_numbers(text: &str) -> Vec<(Range<usize>, IdentityNumber)> {
    let mut found = Vec::new();
    each_identity(text, |place, kind, _| found.push((place, kind)));
    found
}

/// The places of numbers of persons by the control digits of 1964, without test data and help numbers.
pub(super) fn surely_persons(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    each_identity(text, |place, kind, control| {
        found.extend((rule(kind, control) == PrivacyRule::IdentityNumber).then_some(place));
    });
    found
}

fn each_identity(text: &str, mut each: impl FnMut(Range<usize>, IdentityNumber, Control)) {
    let mut window = Window::default();
    for run in Runs::of(text) {
        window.push(run, |written| {
            if let Some((kind, control)) = identities(text, &written) {
                each(written.start..written.end, kind, control);
            }
        });
    }
}
