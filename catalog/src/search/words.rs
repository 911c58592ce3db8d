//! Words of texts and queries: lower case, folded letters and stems.

use config::Language;
use rust_stemmers::{Algorithm, Stemmer};

/// The words of a text, in lower case.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// How a word is written where the keyboard lacks a letter: `bå` as `ba` or `baa`, `kjøp` as `kjop` or `kjoep`.
pub(super) fn folds(word: &str) -> [String; 2] {
    let one = |c: char| match c {
        'å' | 'ä' | 'á' | 'à' | 'â' => "a",
        'ø' | 'ö' | 'ó' | 'ò' | 'ô' => "o",
        'æ' => "ae",
        'é' | 'è' | 'ê' | 'ë' => "e",
        'ü' => "u",
        'š' => "s",
        'č' => "c",
        'ŋ' => "n",
        'đ' => "d",
        'ž' => "z",
        'ŧ' => "t",
        _ => "",
    };
    let two = |c: char| match c {
        'å' => "aa",
        'ø' => "oe",
        other => one(other),
    };
    [fold(word, one), fold(word, two)]
}

fn fold(word: &str, letter: impl Fn(char) -> &'static str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.chars() {
        match letter(c) {
            "" => folded.push(c),
            other => folded.push_str(other),
        }
    }
    folded
}

/// Stems of bokmål, nynorsk and English.
pub(super) struct Stems {
    norwegian: Stemmer,
    english: Stemmer,
}

impl std::fmt::Debug for Stems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stems").finish_non_exhaustive()
    }
}

impl Default for Stems {
    fn default() -> Self {
        Self { norwegian: Stemmer::create(Algorithm::Norwegian), english: Stemmer::create(Algorithm::English) }
    }
}

impl Stems {
    /// The stems that a word may have in a language; in all of them where none is known. Both endings of Norwegian nouns
    /// are cut, those of nynorsk (`-a`, `-i`) by a second look, since the algorithm was written for bokmål.
    pub(super) fn of(&self, word: &str, language: Option<Language>) -> Vec<String> {
        let mut stems = Vec::with_capacity(3);
        if language != Some(Language::En) {
            stems.push(self.norwegian.stem(word).into_owned());
            let nynorsk = word.strip_suffix(['a', 'i']).filter(|stem| stem.chars().count() >= 4);
            stems.extend(nynorsk.map(str::to_owned));
        }
        if language.is_none_or(|language| language == Language::En) {
            stems.push(self.english.stem(word).into_owned());
        }
        stems.sort_unstable();
        stems.dedup();
        stems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_share_a_stem() {
        let stems = Stems::default();
        let shared = |one: &str, other: &str, language| {
            let other = stems.of(other, language);
            stems.of(one, language).iter().any(|stem| other.contains(stem))
        };
        for (one, other) in [
            ("bolig", "boligene"),
            ("kommunal", "kommunale"),
            ("lekeplass", "lekeplasser"),
            ("bustad", "bustadane"),
            ("skule", "skulane"),
            ("bygning", "bygninga"),
        ] {
            assert!(shared(one, other, Some(Language::Nb)), "{one} {other}");
        }
        assert!(shared("dwelling", "dwellings", Some(Language::En)));
        assert!(!shared("bolig", "bolle", None));
    }
}
