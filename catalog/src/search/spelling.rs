//! Words that are written almost like one: with a letter more, less or another, or two letters changed about.
//!
//! Each word is kept under all that it becomes with one letter less, so that words with a slip in common meet without a
//! look at every word (symmetric deletion).

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Letters from which on a slip is forgiven.
const LEAST: usize = 4;
/// Words at the most that are tried for one.
const MOST: usize = 8;

/// The words of an index.
#[derive(Debug, Default)]
pub(super) struct Spelling {
    words: Vec<String>,
    /// Hashes of words with one letter less, and the place of the word; sorted.
    cut: Vec<(u64, u32)>,
}

impl Spelling {
    pub(super) fn of(words: Vec<String>) -> Self {
        let places = (0_u32..).zip(&words);
        let mut cut: Vec<(u64, u32)> =
            places.flat_map(|(at, word)| cuts(word).into_iter().map(move |hash| (hash, at))).collect();
        cut.sort_unstable();
        Self { words, cut }
    }

    /// Words like this one.
    pub(super) fn like(&self, word: &str) -> impl Iterator<Item = &str> {
        let letters = word.chars().count();
        let mut places = BTreeSet::new();
        if letters >= LEAST {
            for hash in cuts(word) {
                let first = self.cut.partition_point(|(other, _)| *other < hash);
                let same = self.cut.get(first..).into_iter().flatten().take_while(|(other, _)| *other == hash);
                places.extend(same.map(|(_, at)| *at));
            }
        }
        let near = places.into_iter().filter_map(|at| {
            let other = self.words.get(at as usize)?;
            (strsim::damerau_levenshtein(word, other) <= 1).then_some(other.as_str())
        });
        near.take(MOST)
    }
}

/// Hashes of a word and of what it becomes with one letter less.
fn cuts(word: &str) -> Vec<u64> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < LEAST - 1 {
        return Vec::new();
    }
    let hash = |without: Option<usize>| {
        let mut hasher = DefaultHasher::new();
        for (at, letter) in letters.iter().enumerate() {
            if Some(at) != without {
                letter.hash(&mut hasher);
            }
        }
        hasher.finish()
    };
    std::iter::once(hash(None)).chain((0..letters.len()).map(|at| hash(Some(at)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_forgiven() {
        let words = ["bolig", "boliger", "badeplasser", "vann"].map(str::to_owned);
        let spelling = Spelling::of(words.to_vec());
        let like = |word: &str| spelling.like(word).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(like("bolg"), ["bolig"]);
        assert_eq!(like("boilg"), ["bolig"]);
        assert_eq!(like("badeplaser"), ["badeplasser"]);
        assert!(like("badeplisserx").is_empty(), "two slips");
        assert!(like("van").is_empty() && like("bxlxg").is_empty());
    }
}
