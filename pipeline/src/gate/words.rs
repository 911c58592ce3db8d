//! Words that tell what a number is, and words of special categories and of pay.

use config::PrivacyRule;

/// Characters around a number in which a word may tell what it is.
const AROUND: usize = 40;

/// What a word may tell of a number near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// A person's number.
    Person,
    /// A DUF number.
    Duf,
    /// A bank account.
    Account,
    /// A telephone number.
    Phone,
}

impl Topic {
    /// Beginnings of words, in lower case.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Person => &[
                "fnr",
                "f.nr",
                "pnr",
                "p.nr",
                "dnr",
                "d-nr",
                "d-nummer",
                "dnummer",
                "fødsels",
                "fodsels",
                "født",
                "fodt",
                "fødd",
                "personn",
                "personident",
                "identitetsn",
                "hjelpenummer",
                "hjelpenr",
                "fh-nummer",
                "npid",
                "ssn",
                "national id",
            ],
            Self::Duf => &["duf", "udi"],
            Self::Account => &["kontonr", "kontonummer", "konto ", "konto:", "konto.", "bankkonto", "iban", "kto"],
            Self::Phone => {
                &["tlf", "tel ", "tel.", "tel:", "telefon", "mobil", "mob ", "mob.", "mob:", "phone", "ring "]
            }
        }
    }

    /// Whether a text, such as a column's name, speaks of it.
    pub(super) fn is_in(self, text: &str) -> bool {
        // The end of a text counts as a blank.
        let text = format!("{} ", text.to_lowercase());
        self.words().iter().any(|word| text.match_indices(word).any(|(at, _)| begins_word(&text, at)))
    }

    /// Whether a word near a place tells that a number of this kind stands there.
    pub(super) fn is_near(self, text: &str, start: usize, end: usize) -> bool {
        let before = text.get(..start).unwrap_or_default();
        let after = text.get(end..).unwrap_or_default();
        // One character more tells whether the first word is whole.
        let from = before.char_indices().rev().take(AROUND + 1).last().map_or(start, |(at, _)| at);
        let to = after.char_indices().nth(AROUND).map_or(after.len(), |(at, _)| at);
        let before = before.get(from..).unwrap_or_default();
        let cut = from > 0 && before.chars().next().is_some_and(char::is_alphabetic);
        let before = if cut { before.trim_start_matches(char::is_alphabetic) } else { before };
        self.is_in(before) || self.is_in(after.get(..to).unwrap_or_default())
    }
}

fn begins_word(text: &str, at: usize) -> bool {
    !text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(char::is_alphabetic)
}

/// Beginnings of words in lower case, with the rule that they belong to.
const STEMS: [(&str, PrivacyRule); 56] = {
    use PrivacyRule::{Pay, SpecialCategory as Special};
    [
        ("abort", Special),
        ("alkoholmisbruk", Special),
        ("barnevern", Special),
        ("bruttoløn", Pay),
        ("demens", Special),
        ("diagnos", Special),
        ("domfelt", Special),
        ("fagforeningsm", Special),
        ("fagorganisert", Special),
        ("funksjonsnedset", Special),
        ("fysioterapi", Special),
        ("grunnlønn", Pay),
        ("helseattest", Special),
        ("helseopplysning", Special),
        ("helsetilstand", Special),
        ("hiv-", Special),
        ("homofil", Special),
        ("journalnotat", Special),
        ("kreftsyk", Special),
        ("kreftsjuk", Special),
        ("legeattest", Special),
        ("legeerklæring", Special),
        ("lesbisk", Special),
        ("lønnskrav", Pay),
        ("lønnsplassering", Pay),
        ("lønnsslipp", Pay),
        ("lønnstrinn", Pay),
        ("lønstrinn", Pay),
        ("medisinering", Special),
        ("månadsløn", Pay),
        ("månedslønn", Pay),
        ("omsorgsovertak", Special),
        ("omsorgsovertaking", Special),
        ("politianmeld", Special),
        ("psykiatri", Special),
        ("psykisk", Special),
        ("psykolog", Special),
        ("religiøs", Special),
        ("rusbehandling", Special),
        ("rusmisbruk", Special),
        ("seksuell", Special),
        ("sjukemeld", Special),
        ("sjukmeld", Special),
        ("straffbar", Special),
        ("straffedømt", Special),
        ("straffesak", Special),
        ("sykdom", Special),
        ("sykefravær", Special),
        ("sykemeld", Special),
        ("sykmeld", Special),
        ("timelønn", Pay),
        ("tvangsinnlegg", Special),
        ("uføretrygd", Special),
        ("ungdomskriminal", Special),
        ("varetekt", Special),
        ("årsløn", Pay),
    ]
};

/// Calls `each` for every word of pay or of a special category: rule, first byte, byte after the known beginning.
pub(super) fn sensitive_words(text: &str, mut each: impl FnMut(PrivacyRule, usize, usize)) {
    let bytes = text.as_bytes();
    let mut inside = false;
    for (at, byte) in bytes.iter().enumerate() {
        let letter = match byte {
            // The rest of a character.
            0x80..=0xbf => continue,
            0xc3..=0xcf => true,
            byte => byte.is_ascii_alphabetic(),
        };
        if letter && !inside {
            let rest = bytes.get(at..).unwrap_or_default();
            if let Some((rule, length)) = stem(rest) {
                each(rule, at, at + length);
            }
        }
        inside = letter;
    }
}

/// For each first byte the part of the table that begins with it.
const PARTS: [(usize, usize); 256] = {
    let mut parts = [(0, 0); 256];
    let mut at = 0;
    let mut rest: &[(&str, PrivacyRule)] = &STEMS;
    while let [(stem, _), others @ ..] = rest {
        if let [first, ..] = stem.as_bytes() {
            // An index of a byte into 256 places cannot fail.
            #[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
            let part = &mut parts[*first as usize];
            if part.1 == 0 {
                part.0 = at;
            }
            part.1 = at + 1;
        }
        at += 1;
        rest = others;
    }
    parts
};

/// The known beginning of a text, and its length.
fn stem(text: &[u8]) -> Option<(PrivacyRule, usize)> {
    let first = lower(*text.first()?);
    let (from, to) = *PARTS.get(usize::from(first))?;
    let stems = STEMS.get(from..to)?.iter();
    stems.filter(|(stem, _)| begins(text, stem.as_bytes())).map(|(stem, rule)| (*rule, stem.len())).next()
}

/// Whether a text begins with a word in lower case. The bit tells upper from lower case in ASCII and in `æøå`.
fn begins(text: &[u8], word: &[u8]) -> bool {
    text.len() >= word.len() && text.iter().zip(word).all(|(byte, wanted)| byte == wanted || byte | 0x20 == *wanted)
}

fn lower(byte: u8) -> u8 {
    byte.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_near_a_number_count() {
        let near = |text: &str| {
            let at = text.find('9').unwrap();
            Topic::Person.is_near(text, at, at + 1)
        };
        assert!(near("Felles hjelpenummer: 9"));
        assert!(near("9 (fødselsnummer)"));
        assert!(near("FNR9"));
        assert!(!near("gårdnr 9"), "the end of another word");
        assert!(!near(&format!("fnr {} 9", "ø".repeat(41))));
        assert!(!near(&format!("9 {} fnr", "ø".repeat(40))));
        assert!(Topic::Person.is_in("eier_fnr") && !Topic::Person.is_in("gardnr"));
    }

    #[test]
    fn sensitive_words_are_found_at_their_beginning() {
        let mut found = Vec::new();
        sensitive_words("SYKMELDING, Årslønn og kontorrekvisita (psykolog)", |rule, start, end| {
            found.push((rule, start, end));
        });
        let (special, pay) = (PrivacyRule::SpecialCategory, PrivacyRule::Pay);
        assert_eq!(found, [(special, 0, 7), (pay, 12, 20), (special, 42, 50)]);
        let firsts: Vec<u8> = STEMS.iter().map(|(stem, _)| stem.as_bytes()[0]).collect();
        assert!(firsts.is_sorted(), "words with the same first letter stand together");
    }
}
