//! What only a person knows, asked on a terminal.

use std::{
    collections::BTreeSet,
    io::{self, BufRead, Read, Write},
};

use config::Language;
use pipeline::reader::Seen;

/// What was answered.
pub(super) struct Answers {
    /// What readers call the dataset.
    pub(super) title: String,
    /// What it holds.
    pub(super) description: String,
    /// Names of columns that seemed to tell about persons and do not.
    pub(super) open: BTreeSet<String>,
}

impl Answers {
    /// What is written where nobody was asked.
    pub(super) fn none(id: &str) -> Self {
        Self { title: id.to_owned(), description: id.to_owned(), open: BTreeSet::new() }
    }
}

/// Asks for title and description, and for every column that seems to tell about persons whether it does. An empty answer,
/// and the end of the input, leave everything as it is; columns with national identity numbers are not asked about.
pub(super) fn ask<'a>(
    mut input: impl BufRead,
    output: &mut impl Write,
    (id, language): (&str, Language),
    suspected: impl Iterator<Item = (&'a Seen, (&'static str, &'static str))>,
) -> io::Result<Answers> {
    let mut answer = |question: String| -> io::Result<String> {
        write!(output, "{question} ")?;
        output.flush()?;
        let mut line = String::new();
        // What somebody types is a line; more is none.
        (&mut input).take(10_000).read_line(&mut line)?;
        Ok(line.trim().to_owned())
    };
    let title = answer(format!("{} [{id}]:", language.pick(["Tittel", "Tittel", "Title"])))?;
    let title = if title.is_empty() { id.to_owned() } else { title };
    let description = language.pick(["Hva inneholder dataene?", "Kva inneheld dataa?", "What do the data hold?"]);
    let description = answer(format!("{description} [{title}]"))?;
    let description = if description.is_empty() { title.clone() } else { description };
    let mut open = BTreeSet::new();
    for (column, (class, why)) in suspected.filter(|(_, (class, _))| *class != "secret") {
        let [may, yes] = [
            language.pick([
                "Kan den publiseres likevel?",
                "Kan han publiserast likevel?",
                "May it be published all the same?",
            ]),
            language.pick(["[j/N]", "[j/N]", "[y/N]"]),
        ];
        let answered = answer(format!("{} ({class}): {why}\n  {may} {yes}", column.name))?.to_lowercase();
        if ["j", "ja", "y", "yes"].contains(&answered.as_str()) {
            open.insert(column.name.clone());
        }
    }
    Ok(Answers { title, description, open })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(typed: &str) -> (Answers, String) {
        let columns = ["leietaker", "merknad", "fnr"].map(|name| Seen::named(name.to_owned()));
        let classes = [("personal", "Kanskje."), ("free-text", "Kanskje."), ("secret", "Ja.")];
        let mut shown = Vec::new();
        let suspected = columns.iter().zip(classes);
        let answers = ask(typed.as_bytes(), &mut shown, ("boliger", Language::Nb), suspected).unwrap();
        (answers, String::from_utf8(shown).unwrap())
    }

    #[test]
    fn what_is_answered_is_taken_and_silence_opens_nothing() {
        let (answers, shown) = asked("Boliger i Testvik\n\nnei\nJA\n");
        assert_eq!((answers.title.as_str(), answers.description.as_str()), ("Boliger i Testvik", "Boliger i Testvik"));
        assert_eq!(answers.open, BTreeSet::from(["merknad".to_owned()]));
        assert!(shown.contains("leietaker (personal)") && !shown.contains("fnr"), "{shown}");
        let (silent, _) = asked("");
        assert!(silent.title == "boliger" && silent.open.is_empty());
    }
}
