//! What a rejected value looks like, without telling it.

/// Longest value that is looked at, in characters.
const LONG: usize = 200;

/// One of `empty`, `letters`, `digits`, `mixed`, `date-like`, `number-like`, `too-long`.
pub(super) fn value_class(value: Option<&str>) -> &'static str {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return "empty" };
    if value.chars().nth(LONG).is_some() {
        return "too-long";
    }
    let all = |test: fn(char) -> bool| value.chars().all(test);
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let signs = value.chars().filter(|c| matches!(c, '.' | '-' | '/' | ':')).count();
    if all(|c| c.is_ascii_digit()) {
        "digits"
    } else if all(|c| c.is_alphabetic() || c.is_whitespace()) {
        "letters"
    } else if digits >= 4 && signs >= 2 && all(|c| c.is_ascii_digit() || ".-/:TZ+ ".contains(c)) {
        "date-like"
    } else if digits > 0 && all(|c| c.is_ascii_digit() || c.is_whitespace() || ".,'-+\u{2212}eE%".contains(c)) {
        "number-like"
    } else {
        "mixed"
    }
}

#[cfg(test)]
mod tests {
    use super::value_class;

    #[test]
    fn classes_tell_no_value() {
        for (value, class) in [
            ("", "empty"),
            ("Leilighet øst", "letters"),
            ("0301", "digits"),
            ("58,2 m²", "mixed"),
            ("31.02.2026", "date-like"),
            ("2026-02-31T10:00:00", "date-like"),
            ("1 234,56", "number-like"),
            ("1e5", "number-like"),
        ] {
            assert_eq!(value_class(Some(value)), class, "{value}");
        }
        assert_eq!(value_class(Some(&"a".repeat(201))), "too-long");
        assert_eq!(value_class(None), "empty");
    }
}
