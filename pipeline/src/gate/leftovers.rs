//! Names that are masked in one column and still stand in another text of the same row.

use std::ops::Range;

use memchr::memchr2_iter;

/// Fewest letters of a name that is looked for.
const FEWEST: usize = 3;

/// A name as words in lower case; `None` if it is too short to be told from other words.
pub(super) fn words_of(name: &str) -> Option<Vec<String>> {
    let words: Vec<String> = words(name).map(|(_, word)| word.to_lowercase()).collect();
    let letters: usize = words.iter().map(|word| word.chars().count()).sum();
    (letters >= FEWEST).then_some(words)
}

/// Every place where one of some names stands, its words in order or the last one first ("Ås, Peder").
pub(super) fn places(text: &str, names: &[Vec<String>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Most texts have no word of any name: they are not taken apart.
    let ascii = text.is_ascii();
    let mut likely = names.iter().filter(|name| !ascii || may_stand(text, name)).peekable();
    if likely.peek().is_none() {
        return found;
    }
    let text_words: Vec<(Range<usize>, &str)> = words(text).collect();
    for name in likely {
        for part in text_words.windows(name.len().max(1)) {
            let turned = name.iter().cycle().skip(name.len().saturating_sub(1));
            let there = stand(part, name.iter()) || stand(part, turned);
            if let (true, Some((first, _)), Some((last, _))) = (there, part.first(), part.last()) {
                found.push(first.start..last.end);
            }
        }
    }
    found
}

/// Whether an ASCII text holds the letters of a name's longest word, in any case.
fn may_stand(text: &str, name: &[String]) -> bool {
    let Some(word) = name.iter().max_by_key(|word| word.len()) else { return true };
    let Some(first) = word.bytes().next() else { return true };
    let (text, length) = (text.as_bytes(), word.len());
    memchr2_iter(first, first.to_ascii_uppercase(), text)
        .any(|at| text.get(at..at + length).is_some_and(|there| there.eq_ignore_ascii_case(word.as_bytes())))
}

/// Whether words of a text are those of a name, which are in lower case.
fn stand<'n>(part: &[(Range<usize>, &str)], mut name: impl Iterator<Item = &'n String>) -> bool {
    part.iter().all(|(_, word)| name.next().is_some_and(|wanted| is_word(word, wanted)))
}

/// Whether a word is another one, which is in lower case. Most words are told apart by their first letter.
fn is_word(word: &str, lower: &str) -> bool {
    if word.is_ascii() {
        return word.eq_ignore_ascii_case(lower);
    }
    let mut letters = lower.chars();
    let first = word.chars().next().into_iter().flat_map(char::to_lowercase).all(|c| letters.next() == Some(c));
    first && word.to_lowercase() == lower
}

/// The words of a text: letters and digits in a row, hyphens between them included.
fn words(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let inside = |c: char| c.is_alphanumeric() || c == '-' || c == '\u{2010}';
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.find(inside)?;
        let rest = text.get(start..)?;
        let end = start + rest.find(|c| !inside(c)).unwrap_or(rest.len());
        at = end;
        Some((start..end, text.get(start..end)?))
    })
}

/// What stands in a full text where its public form has a mask (three or more `*`); `None` if they do not fit.
pub(super) fn behind_masks<'t>(full: &'t str, public: &str) -> Option<Vec<&'t str>> {
    let mut parts = Vec::new();
    let mut rest = public;
    while let Some(at) = rest.find("***") {
        parts.push(rest.get(..at)?);
        rest = rest.get(at..)?.trim_start_matches('*');
    }
    parts.push(rest);
    let (first, others) = parts.split_first()?;
    let (last, middle) = others.split_last()?;
    let mut inner = full.strip_prefix(first)?.strip_suffix(last)?;
    let mut hidden = Vec::new();
    for part in middle {
        let at = inner.find(part)?;
        hidden.push(inner.get(..at)?);
        inner = inner.get(at + part.len()..)?;
    }
    hidden.push(inner);
    Some(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
        let mut places = places(text, &[words_of(name).unwrap()]);
        places.sort_by_key(|place| place.start);
        places.into_iter().map(|place| &text[place]).collect()
    }

    #[test]
    fn names_are_found_whole_in_any_case_and_turned() {
        let text = "Klage fra KARI  Nordmann (Nordmann, Kari), Kari Nordmannsen og Nordmann AS";
        assert_eq!(found(text, "Kari Nordmann"), ["KARI  Nordmann", "Nordmann, Kari"]);
        assert_eq!(found("Ås, Peder og Peder Ås", "Peder Ås"), ["Ås, Peder", "Peder Ås"]);
        assert_eq!(found("ingen", "Peder Ås"), Vec::<&str>::new());
        assert_eq!(words_of("Å"), None);
    }

    #[test]
    fn a_name_in_ascii_is_found_in_every_text() {
        for text in ["sak OLA-NILS hansen", "Hansen, Ola-Nils", "På vegne av ola-nils Hansen"] {
            assert_eq!(found(text, "Ola-Nils Hansen").len(), 1, "{text}");
        }
        for text in ["Ola Hansen", "ola-nils hansens", "æ Ola-Nils"] {
            assert_eq!(found(text, "Ola-Nils Hansen").len(), 0, "{text}");
        }
        assert_eq!(found("Peder As", "Peder Ås"), Vec::<&str>::new());
    }

    #[test]
    fn what_the_public_form_hides() {
        assert_eq!(behind_masks("Kari Nordmann", "***"), Some(vec!["Kari Nordmann"]));
        assert_eq!(
            behind_masks("Tilsyn - Peder Ås (3) mot Ola", "Tilsyn - ***** (3) mot ***"),
            Some(vec!["Peder Ås", "Ola"])
        );
        assert_eq!(behind_masks("Noe annet", "Tilsyn - ***"), None);
        assert_eq!(behind_masks("Likt", "Likt"), None);
    }
}
