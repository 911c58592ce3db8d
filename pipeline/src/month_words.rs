//! Days written with words: `1. januar 2024`, `tirsdag 2. jan. 2024`, in bokmål, nynorsk and English.
//!
//! Parsers know English names only, so the words of a text become numbers, and so do their places in the format.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

/// What each month may be called, with its number; weekdays tell nothing that the day does not. Regular
/// expressions.
pub(crate) const WORDS: [(&str, &str); 13] = [
    (r"(?i)\bjan(?:uar|uary)?\b\.?", "1"),
    (r"(?i)\bfeb(?:r|ruar|ruary)?\b\.?", "2"),
    (r"(?i)\bmar(?:s|ch)?\b\.?", "3"),
    (r"(?i)\bapr(?:il)?\b\.?", "4"),
    (r"(?i)\bma[iy]\b\.?", "5"),
    (r"(?i)\bjun[ie]?\b\.?", "6"),
    (r"(?i)\bjul[iy]?\b\.?", "7"),
    (r"(?i)\baug(?:ust)?\b\.?", "8"),
    (r"(?i)\bsep(?:t|tember)?\b\.?", "9"),
    (r"(?i)\bo[kc]t(?:ober)?\b\.?", "10"),
    (r"(?i)\bnov(?:ember)?\b\.?", "11"),
    (r"(?i)\bde[sc](?:ember)?\b\.?", "12"),
    (
        r"(?i)\b(?:man|mån|tirs|tys|ons|tors|fre|lør|laur|søn|sun|mon|tues|wednes|thurs|fri|satur)(?:dag|day)\b\.?|(?i)\b(?:man|mån|tir|tys|ons|tor|fre|lør|lau|søn|sun|mon|tue|wed|thu|fri|sat)\b\.?",
        "",
    ),
];

/// A format with numbers where it has words; `None` where it has none.
pub(crate) fn in_numbers(format: &str) -> Option<String> {
    let mut plain = format.to_owned();
    for (word, number) in [("%B", "%m"), ("%b", "%m"), ("%h", "%m"), ("%A", ""), ("%a", "")] {
        // The dot of an abbreviation goes with it.
        plain = plain.replace(&format!("{word}."), number).replace(word, number);
    }
    (plain != format).then_some(plain)
}

/// A text with numbers for the words that it has.
pub(crate) fn numbered(text: &str) -> String {
    static COMPILED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        WORDS.iter().filter_map(|(pattern, number)| Some((Regex::new(pattern).ok()?, *number))).collect()
    });
    let replace = |text: Cow<'_, str>, (regex, number): &(Regex, &str)| regex.replace_all(&text, *number).into_owned();
    COMPILED.iter().fold(text.to_owned(), |text, word| replace(Cow::Owned(text), word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_numbers() {
        assert_eq!(in_numbers("%A %-d. %B %Y").as_deref(), Some(" %-d. %m %Y"));
        assert_eq!(in_numbers("%d. %b. %Y").as_deref(), Some("%d. %m %Y"));
        assert_eq!(in_numbers("%d.%m.%Y"), None);
        for (text, plain) in [
            ("1. januar 2024", "1. 1 2024"),
            ("17. MAI 2024", "17. 5 2024"),
            ("tirsdag 2. jan. 2024", " 2. 1 2024"),
            ("laurdag 30. desember 2023", " 30. 12 2023"),
            ("1. sept. 2024", "1. 9 2024"),
            ("3 October 2024", "3 10 2024"),
            ("31. okt 2024", "31. 10 2024"),
        ] {
            assert_eq!(numbered(text), plain);
        }
    }
}
