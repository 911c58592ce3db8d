//! Numbers and truth values: a strict grammar decides before anything is converted, so that neither `inf`, `1e5`, an
//! overflow nor a silent rounding gets through.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use polars::prelude::{DataType, Expr, NULL, col, lit, when};

/// Most digits of an integer.
const INTEGER_DIGITS: u8 = 18;
/// Most digits before the decimal point of a floating point number: more would be rounded silently.
const NUMBER_DIGITS: u8 = 15;
/// Most digits of a decimal (`Decimal128(38, scale)`).
const DECIMAL_DIGITS: usize = 38;
/// Default texts for true.
const YES: [&str; 6] = ["true", "ja", "yes", "1", "j", "x"];
/// Default texts for false.
const NO: [&str; 5] = ["false", "nei", "no", "0", "n"];
/// Blanks that may group digits: blank, no-break space, narrow no-break space, thin space.
const GROUP_BLANKS: &str = " \u{a0}\u{202f}\u{2009}";

/// How a source writes its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumberForm {
    /// Decimal character.
    pub(super) decimal: char,
    /// Character that groups digits; where there is one, blanks and `'` may too.
    pub(super) group: Option<char>,
}

impl NumberForm {
    /// The whole grammar as a regular expression: sign, digits (plain, or in groups of three), decimals.
    fn grammar(self) -> String {
        let decimal = regex::escape(&self.decimal.to_string());
        format!("^[+\u{2212}-]?(?:[0-9]+{})(?:{decimal}[0-9]+)?$", self.groups())
    }

    /// Alternatives for grouped digits: one character throughout, or blanks throughout.
    fn groups(self) -> String {
        let Some(group) = self.group else { return String::new() };
        let mut classes = vec![format!("[{GROUP_BLANKS}]"), "['\u{2019}]".to_owned()];
        if !GROUP_BLANKS.contains(group) && group != '\'' {
            classes.push(regex::escape(&group.to_string()));
        }
        let groups = classes.iter().map(|class| format!("(?:{class}[0-9]{{3}})+"));
        format!("|[0-9]{{1,3}}(?:{})", groups.collect::<Vec<_>>().join("|"))
    }

    /// The characters to remove as a regular expression, if any.
    fn removed(self) -> Option<String> {
        let group = regex::escape(&self.group?.to_string());
        Some(format!("(?:[{GROUP_BLANKS}'\u{2019}]|{group})"))
    }

    /// A column's value as `-?digits(.digits)?`; null where it is no number.
    pub(super) fn canonical(self, name: &str) -> Expr {
        let mut plain = col(name).str().replace(lit("\u{2212}"), lit("-"), true);
        plain = plain.str().strip_prefix(lit("+"));
        if let Some(removed) = self.removed() {
            plain = plain.str().replace_all(lit(removed), lit(""), false);
        }
        if self.decimal != '.' {
            plain = plain.str().replace(lit(self.decimal.to_string()), lit("."), true);
        }
        when(col(name).str().contains(lit(self.grammar()), true)).then(plain).otherwise(lit(NULL))
    }
}

/// Canonical text → integer of at most 18 digits, else null.
pub(super) fn integer(canonical: &str) -> Expr {
    guarded(canonical, &format!("^-?[0-9]{{1,{INTEGER_DIGITS}}}$"), DataType::Int64)
}

/// A column in which every value is written as [`integer`] wants it anyhow; `None` where the expressions must judge.
pub(super) fn plain_integers(texts: &StringArray) -> Option<ArrayRef> {
    let plain = texts.iter().map(|text| text.map_or(Some(None), |text| plain_integer(text).map(Some)));
    Some(Arc::new(plain.collect::<Option<Int64Array>>()?))
}

fn plain_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let fits = (1..=usize::from(INTEGER_DIGITS)).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// Canonical text → floating point number, else null.
pub(super) fn number(canonical: &str) -> Expr {
    guarded(canonical, &format!(r"^-?0*[0-9]{{1,{NUMBER_DIGITS}}}(?:\.[0-9]+)?$"), DataType::Float64)
}

fn guarded(canonical: &str, grammar: &str, target: DataType) -> Expr {
    let fits = col(canonical).str().contains(lit(grammar), true);
    when(fits).then(col(canonical)).otherwise(lit(NULL)).cast(target)
}

/// Text → truth value by two lists, case ignored; null where it is in neither.
pub(super) fn boolean(name: &str, yes: &[String], no: &[String]) -> Expr {
    let lower = col(name).str().to_lowercase();
    let any = |texts: Vec<String>| {
        let tests = texts.into_iter().map(|text| lower.clone().eq(lit(text)));
        tests.reduce(Expr::or).unwrap_or_else(|| lit(false))
    };
    let yes = any(list(yes, &YES));
    let no = any(list(no, &NO));
    when(yes).then(lit(true)).when(no).then(lit(false)).otherwise(lit(NULL)).cast(DataType::Boolean)
}

fn list(own: &[String], default: &[&str]) -> Vec<String> {
    if own.is_empty() {
        default.iter().map(|text| (*text).to_owned()).collect()
    } else {
        own.iter().map(|text| text.to_lowercase()).collect()
    }
}

/// Canonical text → unscaled value; `None` where it has more decimals than the scale, or more digits than fit.
pub(super) fn decimal(canonical: &str, scale: u8) -> Option<i128> {
    let (negative, digits) = canonical.strip_prefix('-').map_or((false, canonical), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let missing = usize::from(scale).checked_sub(fraction.len())?;
    let whole = whole.trim_start_matches('0');
    if whole.len() + usize::from(scale) > DECIMAL_DIGITS {
        return None;
    }
    let mut value: i128 = 0;
    for digit in whole.chars().chain(fraction.chars()).chain(std::iter::repeat_n('0', missing)) {
        value = value.checked_mul(10)?.checked_add(i128::from(digit.to_digit(10)?))?;
    }
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal("58.2", 2), Some(5820));
        assert_eq!(decimal("-0.05", 2), Some(-5));
        assert_eq!(decimal("0.1", 1), Some(1));
        assert_eq!(decimal("7", 0), Some(7));
        assert_eq!(decimal("58.205", 2), None);
        assert_eq!(decimal(&"9".repeat(36), 2), Some(10_i128.pow(38) - 100));
        assert_eq!(decimal(&"9".repeat(37), 2), None);
        assert_eq!(decimal(&format!("{}1", "0".repeat(60)), 0), Some(1));
    }

    #[test]
    fn the_grammar_takes_groups_of_three_only() {
        let form = NumberForm { decimal: ',', group: Some('.') };
        let grammar = regex::Regex::new(&form.grammar()).unwrap();
        for good in
            ["0", "1234", "1 234,56", "1\u{a0}234\u{202f}567", "1.234.567,8", "1'234", "\u{2212}5", "+5", "-5,0"]
        {
            assert!(grammar.is_match(good), "{good}");
        }
        for bad in
            ["", "1 23", "1.234 567", "1e5", "inf", "NaN", "5,", ",5", "1,2,3", "0x10", "٣", "58,2 m²", "--5", "1 2345"]
        {
            assert!(!grammar.is_match(bad), "{bad}");
        }
        let plain = regex::Regex::new(&NumberForm { decimal: '.', group: None }.grammar()).unwrap();
        assert!(plain.is_match("1234.5"));
        assert!(!plain.is_match("1 234") && !plain.is_match("1,5"));
    }
}
