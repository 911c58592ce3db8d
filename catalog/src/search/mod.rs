//! Search over titles, descriptions, keywords and columns: a small in-memory index, so that lists and search never
//! go through SPARQL.
//!
//! A word of a query finds itself, words that begin with it, other forms of it (stems of bokmål, nynorsk and English),
//! words that mean the same, words that are made with it (`plass` in `lekeplass`) and words that it is made of (`boligpriser`
//! finds what has `bolig` and `priser`); where nothing is found, words that are written almost like it.

mod facets;
mod spelling;
mod synonyms;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use config::{DatasetId, Language, Text};

pub use facets::{Counts, Facet, Filters};

use self::{
    spelling::Spelling,
    words::{Stems, folds, words},
};
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
/// Share of the weight of another form of the query's word.
const STEM: f32 = 0.85;
/// Share of the weight of a word that means the same.
const SYNONYM: f32 = 0.7;
/// Share of the weight of a word that is made with the query's word.
const COMPOUND: f32 = 0.4;
/// Share of the weight of a word that is written almost like the query's.
const TYPO: f32 = 0.3;
/// Letters of a word that stands in a longer one at the least, and of what stands before it.
const PART: usize = 4;
const BEFORE: usize = 3;
/// Words of a query that are looked at.
const MOST_WORDS: usize = 16;
/// Letters of a word that are looked at.
const MOST_LETTERS: usize = 40;

/// The search index of one snapshot.
#[derive(Debug, Default)]
pub struct Search {
    datasets: Vec<Arc<DatasetId>>,
    facets: facets::Index,
    /// Words in lower case and, where it differs, with folded letters → where they stand.
    words: BTreeMap<String, Vec<Posting>>,
    /// Ends of words → the words.
    ends: BTreeMap<String, Vec<String>>,
    /// Stems → words that have it.
    stems: BTreeMap<String, Vec<String>>,
    /// Stems → words that mean the same.
    synonyms: BTreeMap<String, Vec<&'static str>>,
    stemmer: Stems,
    spelling: Spelling,
}

/// A dataset found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The dataset.
    pub dataset: Arc<DatasetId>,
    /// Higher is better.
    pub score: f32,
}

/// What a question finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Best first.
    pub hits: Vec<Hit>,
    /// How many there are of each value of a facet, by the filters on all others.
    pub counts: Counts,
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

/// The score of each dataset; 0 where it was not found.
type Scores = Vec<f32>;

impl Search {
    /// Indexes the datasets.
    pub fn build<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut search = Self::default();
        for entry in entries {
            search.add(entry);
        }
        let all: Vec<String> = search.words.keys().cloned().collect();
        for word in &all {
            search.add_forms(word);
        }
        search.spelling = Spelling::of(all);
        for (word, others) in synonyms::all() {
            for stem in search.stemmer.of(word, None) {
                search.synonyms.entry(stem).or_default().extend(others.iter().filter(|other| **other != word));
            }
        }
        search
    }

    /// Datasets that match every word of the query, best first; all of them for an empty query.
    pub fn find(&self, query: &str, language: Language) -> Vec<Hit> {
        self.ask(query, &Filters::default(), language).hits
    }

    /// Datasets that match every word of the query and the filters, best first, and what there is to filter by.
    pub fn ask(&self, query: &str, filters: &Filters, language: Language) -> Found {
        let scores = self.matching(query, language);
        let score = |at: usize| scores.as_ref().and_then(|scores| scores.get(at).copied()).unwrap_or(0.0);
        let matching = (0..self.datasets.len()).filter(|at| scores.is_none() || score(*at) > 0.0);
        let (mut places, counts) = self.facets.ask(filters, matching);
        // Datasets are in the order of their names, which stays among those with the same score.
        places.sort_by(|one, other| score(*other).total_cmp(&score(*one)));
        let hit = |at: usize| Some(Hit { dataset: Arc::clone(self.datasets.get(at)?), score: score(at) });
        Found { hits: places.into_iter().filter_map(hit).collect(), counts }
    }

    /// The score of each dataset; `None` for a query without words.
    fn matching(&self, query: &str, language: Language) -> Option<Scores> {
        let cut = |word: String| word.chars().take(MOST_LETTERS).collect::<String>();
        let mut found: Option<Scores> = None;
        for word in words(query).take(MOST_WORDS).map(cut) {
            let scores = self.scores(&word, language);
            found = Some(match found {
                None => scores,
                Some(before) => both(&before, &scores),
            });
        }
        found
    }

    fn add(&mut self, entry: &Entry) {
        let dataset = &entry.dataset;
        let file = &dataset.file;
        self.datasets.push(Arc::new(dataset.id.clone()));
        self.facets.add(entry);
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
                self.post(folded, Posting { dataset, weight: weight * FOLDED, language });
            }
            self.post(word, Posting { dataset, weight, language });
        }
    }

    /// Keeps the best place of a word in a dataset and language.
    fn post(&mut self, word: String, posting: Posting) {
        let postings = self.words.entry(word).or_default();
        let same = |other: &&mut Posting| other.dataset == posting.dataset && other.language == posting.language;
        match postings.iter_mut().rev().take(Language::ALL.len() + 1).find(same) {
            Some(other) => other.weight = other.weight.max(posting.weight),
            None => postings.push(posting),
        }
    }

    /// The stems and the ends of a word.
    fn add_forms(&mut self, word: &str) {
        for stem in self.stemmer.of(word, None) {
            self.stems.entry(stem).or_default().push(word.to_owned());
        }
        let letters = word.chars().count();
        let ends = word.char_indices().skip(BEFORE).take(letters.saturating_sub(BEFORE + PART - 1));
        for end in ends.filter_map(|(at, _)| word.get(at..)) {
            self.ends.entry(end.to_owned()).or_default().push(word.to_owned());
        }
    }

    /// The best place of a word in each dataset, in any of the ways in which it may be meant.
    fn scores(&self, word: &str, language: Language) -> Scores {
        let mut scores = vec![0.0; self.datasets.len()];
        self.by_word(word, 1.0, language, &mut scores);
        let stems = self.stemmer.of(word, None);
        for synonym in stems.iter().filter_map(|stem| self.synonyms.get(stem)).flatten() {
            self.by_word(synonym, SYNONYM, language, &mut scores);
        }
        if word.chars().count() >= PART {
            for (_, whole) in self.ends.range(word.to_owned()..).take_while(|(end, _)| end.starts_with(word)) {
                for whole in whole {
                    self.by_exact(whole, COMPOUND, language, &mut scores);
                }
            }
        }
        if scores.iter().all(|score| *score == 0.0) {
            self.by_parts(word, language, &mut scores);
        }
        if scores.iter().all(|score| *score == 0.0) {
            for like in self.spelling.like(word) {
                self.by_word(like, TYPO, language, &mut scores);
            }
        }
        scores
    }

    /// Words of the index that are forms of a word.
    fn forms<'a>(&'a self, word: &str) -> impl Iterator<Item = &'a str> + 'a {
        let stems = self.stemmer.of(word, None);
        stems.into_iter().filter_map(|stem| self.stems.get(&stem)).flatten().map(String::as_str)
    }

    /// A word, words that begin with it, and other forms of it.
    fn by_word(&self, word: &str, share: f32, language: Language, scores: &mut Scores) {
        for (found, _) in self.words.range(word.to_owned()..).take_while(|(found, _)| found.starts_with(word)) {
            let whole = if found == word { 1.0 } else { PREFIX };
            self.by_exact(found, share * whole, language, scores);
        }
        for form in self.forms(word) {
            self.by_exact(form, share * STEM, language, scores);
        }
    }

    fn by_exact(&self, word: &str, share: f32, language: Language, scores: &mut Scores) {
        for posting in self.words.get(word).into_iter().flatten() {
            let own = posting.language.is_none_or(|of| of == language);
            let score = posting.weight * share * if own { 1.0 } else { OTHER_LANGUAGE };
            if let Some(best) = scores.get_mut(posting.dataset) {
                *best = best.max(score);
            }
        }
    }

    /// Two words that a word is made of, perhaps with an `s` or `e` between them; both must be found.
    fn by_parts(&self, word: &str, language: Language, scores: &mut Scores) {
        for (at, _) in word.char_indices().skip(BEFORE) {
            let (Some(first), Some(second)) = (word.get(..at), word.get(at..)) else { continue };
            if second.chars().count() < BEFORE {
                break;
            }
            for first in [Some(first), first.strip_suffix(['s', 'e'])].into_iter().flatten() {
                let mut parts = [first, second].map(|part| {
                    let mut of = vec![0.0; scores.len()];
                    self.by_form(part, COMPOUND, language, &mut of);
                    of
                });
                let [one, other] = &mut parts;
                for (best, score) in scores.iter_mut().zip(both(one, other)) {
                    *best = best.max(score);
                }
            }
        }
    }

    /// A word and other forms of it.
    fn by_form(&self, word: &str, share: f32, language: Language, scores: &mut Scores) {
        self.by_exact(word, share, language, scores);
        for form in self.forms(word) {
            self.by_exact(form, share * STEM, language, scores);
        }
    }
}

fn both(before: &[f32], scores: &[f32]) -> Scores {
    let sum = |(one, other): (&f32, &f32)| if *one > 0.0 && *other > 0.0 { one + other } else { 0.0 };
    before.iter().zip(scores).map(sum).collect()
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
    fn other_forms_and_other_words_for_the_same_are_found() {
        for query in ["bolig", "boligene", "kommunal bolig", "bustad", "bustader", "bustadane"] {
            assert!(found(query).contains(&"kommunale-boliger".to_owned()), "{query}");
        }
        assert_eq!(found("kommunal bustad"), ["kommunale-boliger"]);
    }

    #[test]
    fn words_are_found_in_words_and_by_their_parts() {
        assert_eq!(found("plass"), ["badeplasser"]);
        assert_eq!(found("kvalitet"), ["badeplasser"]);
        assert_eq!(found("kommuneboliger"), ["kommunale-boliger"], "of 'kommunen' and 'boliger'");
        assert_eq!(found("varekjøp"), ["kjop"]);
        assert!(found("romskip").is_empty() && found("boligskip").is_empty());
    }

    #[test]
    fn almost_the_right_letters_are_enough() {
        for query in ["badeplaser", "badepalsser", "fakutraer", "bolgier"] {
            assert_eq!(found(query).len().min(1), 1, "{query}");
        }
        assert!(found("xyz").is_empty());
    }

    #[test]
    fn long_queries_end() {
        assert!(found(&"bolig romskip ".repeat(1000)).is_empty());
        assert!(found(&"å".repeat(10_000)).is_empty());
    }

    #[test]
    fn facets_count_what_the_others_leave() {
        let mut yearly = testing::dataset("a", "Boliger", "x");
        yearly.file.frequency = config::Frequency::Annual;
        yearly.file.themes = [config::Theme::Soci, config::Theme::Regi].into();
        let mut daily = testing::dataset("b", "Boliger", "x");
        daily.file.frequency = config::Frequency::Daily;
        daily.file.themes = [config::Theme::Soci].into();
        let entries = [testing::entry_of(yearly), testing::entry_of(daily)];
        let search = Search::build(entries.iter());
        let mut filters = Filters::default();
        filters.add(Facet::Frequency, "ANNUAL");
        let found = search.ask("bolig", &filters, Language::Nb);
        assert_eq!(found.hits.len(), 1);
        let counts = |facet: Facet| found.counts.of(facet).collect::<Vec<_>>();
        assert_eq!(counts(Facet::Frequency), [("ANNUAL", 1), ("DAILY", 1)]);
        assert_eq!(counts(Facet::Theme), [("REGI", 1), ("SOCI", 1)]);
        filters.add(Facet::Theme, "GOVE");
        assert!(search.ask("", &filters, Language::Nb).hits.is_empty());
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
