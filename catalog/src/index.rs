//! Search over titles, descriptions, keywords and columns: a small in-memory index, so that lists and search never
//! go through SPARQL.

use std::collections::BTreeMap;

use config::{DatasetId, Language, Text};

use crate::Entry;

/// Weight of a word in a title.
const TITLE: f32 = 8.0;
/// Weight of a word in a keyword.
const KEYWORD: f32 = 4.0;
/// Weight of a word in a column's name or title.
const COLUMN: f32 = 2.0;
/// Weight of a word in a description.
const DESCRIPTION: f32 = 1.0;
/// Share of the weight of a word in a language other than the reader's.
const OTHER_LANGUAGE: f32 = 0.5;
/// Share of the weight of a word of which the query's word is only the beginning.
const PREFIX: f32 = 0.6;
/// Share of the weight of a word that is the query's word only with its letters folded (`a` for `å`).
const FOLDED: f32 = 0.8;

/// The search index of one snapshot.
#[derive(Debug, Default)]
pub struct Search {
    datasets: Vec<DatasetId>,
    /// Words in lower case and, where it differs, with folded letters → where they stand.
    words: BTreeMap<String, Vec<Posting>>,
}

/// A dataset found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The dataset.
    pub dataset: DatasetId,
    /// Higher is better.
    pub score: f32,
}

/// One place where a word stands.
#[derive(Debug, Clone, Copy)]
struct Posting {
    /// Place in `Search::datasets`.
    dataset: usize,
    weight: f32,
    /// `None`: in every language.
    language: Option<Language>,
}

impl Search {
    /// Indexes the datasets.
    pub fn build<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut search = Self::default();
        for entry in entries {
            search.add(entry);
        }
        search
    }

    /// Datasets that match every word of the query (prefixes count), best first; all of them for an empty query.
    pub fn find(&self, query: &str, language: Language) -> Vec<Hit> {
        let mut words = words(query).peekable();
        if words.peek().is_none() {
            return self.datasets.iter().map(|dataset| Hit { dataset: dataset.clone(), score: 0.0 }).collect();
        }
        let mut found: Option<BTreeMap<usize, f32>> = None;
        for word in words {
            let scores = self.scores(&word, language);
            found = Some(match found {
                None => scores,
                Some(before) => both(&before, &scores),
            });
        }
        let hit = |(at, score): (usize, f32)| Some(Hit { dataset: self.datasets.get(at)?.clone(), score });
        let mut hits: Vec<Hit> = found.unwrap_or_default().into_iter().filter_map(hit).collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.dataset.cmp(&b.dataset)));
        hits
    }

    fn add(&mut self, entry: &Entry) {
        let dataset = &entry.dataset;
        let file = &dataset.file;
        self.datasets.push(dataset.id.clone());
        self.add_words(dataset.id.as_str(), TITLE, None);
        self.add_text(&file.title, TITLE);
        self.add_text(&file.description, DESCRIPTION);
        for language in Language::ALL {
            for keyword in file.keywords.get(language) {
                self.add_words(keyword, KEYWORD, Some(language));
            }
        }
        for column in dataset.published_columns() {
            self.add_words(&column.name.as_str().replace('_', " "), COLUMN, None);
            self.add_text(&column.title, COLUMN);
            if let Some(description) = &column.description {
                self.add_text(description, DESCRIPTION);
            }
        }
    }

    fn add_text(&mut self, text: &Text, weight: f32) {
        for (language, text) in text.iter() {
            self.add_words(text, weight, Some(language));
        }
    }

    fn add_words(&mut self, text: &str, weight: f32, language: Option<Language>) {
        let Some(dataset) = self.datasets.len().checked_sub(1) else { return };
        for word in words(text) {
            for folded in folds(&word).into_iter().filter(|folded| *folded != word) {
                self.words.entry(folded).or_default().push(Posting { dataset, weight: weight * FOLDED, language });
            }
            self.words.entry(word).or_default().push(Posting { dataset, weight, language });
        }
    }

    /// The best place of a word, or of words that begin with it, in each dataset.
    fn scores(&self, word: &str, language: Language) -> BTreeMap<usize, f32> {
        let mut scores = BTreeMap::new();
        for (found, postings) in self.words.range(word.to_owned()..).take_while(|(found, _)| found.starts_with(word)) {
            let whole = if found == word { 1.0 } else { PREFIX };
            for posting in postings {
                let own = posting.language.is_none_or(|of| of == language);
                let score = posting.weight * whole * if own { 1.0 } else { OTHER_LANGUAGE };
                let best: &mut f32 = scores.entry(posting.dataset).or_insert(0.0);
                *best = best.max(score);
            }
        }
        scores
    }
}

fn both(before: &BTreeMap<usize, f32>, scores: &BTreeMap<usize, f32>) -> BTreeMap<usize, f32> {
    before.iter().filter_map(|(at, score)| Some((*at, score + scores.get(at)?))).collect()
}

/// The words of a text, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// How a word is written where the keyboard lacks a letter: `bå` as `ba` or `baa`, `kjøp` as `kjop` or `kjoep`.
fn folds(word: &str) -> [String; 2] {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn search() -> Search {
        let entries = [
            testing::entry("kommunale-boliger", "Kommunale boliger", "Boliger som kommunen eier i Ås."),
            testing::entry("badeplasser", "Badeplasser", "Badeplasser med målt vannkvalitet; ikke boliger."),
            testing::entry("kjop", "Kjøp av varer", "Fakturaer"),
        ];
        Search::build(entries.iter())
    }

    fn found(query: &str) -> Vec<String> {
        search().find(query, Language::Nb).into_iter().map(|hit| hit.dataset.to_string()).collect()
    }

    #[test]
    fn titles_come_before_descriptions() {
        assert_eq!(found("boliger"), ["kommunale-boliger", "badeplasser"]);
    }

    #[test]
    fn every_word_must_match_and_beginnings_count() {
        assert_eq!(found("kommun bolig"), ["kommunale-boliger"]);
        assert_eq!(found("bolig vann"), ["badeplasser"]);
        assert!(found("bolig romskip").is_empty());
        assert!(found("oliger").is_empty());
    }

    #[test]
    fn letters_may_be_missing_on_the_keyboard() {
        for query in ["KJØP", "kjop", "kjoep", "Fakturaer"] {
            assert_eq!(found(query), ["kjop"], "{query}");
        }
        assert_eq!(found("malt"), ["badeplasser"]);
        assert_eq!(found("maalt"), ["badeplasser"]);
    }

    #[test]
    fn an_empty_query_finds_everything() {
        assert_eq!(found(" ,;").len(), 3);
    }

    #[test]
    fn the_readers_language_counts_more() {
        let mut english = testing::dataset("a", "Hus", "Noe");
        english.file.title.en = Some("Houses".to_owned());
        let mut norwegian = testing::dataset("b", "Houses", "Noe");
        norwegian.file.title.en = Some("Homes".to_owned());
        let entries = [testing::entry_of(english), testing::entry_of(norwegian)];
        let search = Search::build(entries.iter());
        assert_eq!(search.find("houses", Language::En)[0].dataset.as_str(), "a");
        assert_eq!(search.find("houses", Language::Nb)[0].dataset.as_str(), "b");
    }
}
