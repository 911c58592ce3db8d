//! What a column may tell about persons, by its name and by what stands in it.

use config::Language;
use pipeline::reader::{Guess, Look, Seen};

/// Words in the names of columns of any type that tell about persons; Norwegian and English, without regard to case.
const OF_PERSONS: [&str; 11] =
    ["fødselsn", "fodselsn", "personn", "fnr", "pnr", "ssn", "personid", "telefon", "mobil", "phone", "leietaker"];

/// Such words in the names of columns of texts; of numbers (`antall ansatte`) they count persons.
const TEXTS_OF_PERSONS: [&str; 21] = [
    "fornavn",
    "etternavn",
    "mellomnavn",
    "førenamn",
    "etternamn",
    "kontakt",
    "søker",
    "beboer",
    "eier",
    "eigar",
    "epost",
    "e-post",
    "email",
    "e-mail",
    "saksbehandler",
    "ansvarlig",
    "ansatt",
    "elev",
    "pasient",
    "foresatt",
    "innmeldt av",
];

/// Words in the names of columns of texts in which anybody may write anything.
const FREE_TEXTS: [&str; 8] =
    ["merknad", "kommentar", "notat", "fritekst", "opplysning", "opplysing", "remark", "comment"];

/// Words in the names of columns by which a table tells of single dwellings, and those of where a dwelling is: who lives
/// there is somebody.
const OF_DWELLINGS: [&str; 4] = ["bruksenhet", "brukseining", "leilighet", "bolignr"];
const WHERE_IT_IS: [&str; 8] = ["adresse", "gate", "veg", "husn", "gnr", "bnr", "seksjonsn", "festen"];

/// How far a column may tell about persons, and why it seems so: what is not known to be harmless is not published.
pub(super) fn class(look: &Look, column: &Seen, language: Language) -> Option<(&'static str, &'static str)> {
    // How a dwelling is owned says nothing of who owns it.
    let name = column.name.to_lowercase().replace("eierform", "").replace("eigeform", "");
    if column.persons > 0 {
        return Some((
            "secret",
            language.pick([
                "Fødselsnummer er funnet her; kolonnen leses ikke.",
                "Fødselsnummer er funne her; kolonnen blir ikkje lesen.",
                "National identity numbers stand here; the column is not read.",
            ]),
        ));
    }
    let guess = column.guess(look.decimal);
    let is_text = matches!(guess, Guess::Text | Guess::Code | Guess::Empty);
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let is_name = ["navn", "namn", "name"].contains(&name.trim()) || 2 * column.names > column.filled;
    let has_dwellings = look.columns.iter().any(|column| {
        let name = column.name.to_lowercase();
        OF_DWELLINGS.iter().any(|word| name.contains(word))
    });
    let is_where = has_dwellings && (says(&OF_DWELLINGS) || says(&WHERE_IT_IS));
    if column.mails > 0 || is_where || says(&OF_PERSONS) || (is_text && (is_name || says(&TEXTS_OF_PERSONS))) {
        return Some((
            "personal",
            language.pick([
                "Ser ut til å gjelde personer; publiseres ikke. Endre til \"open\" bare hvis det er feil.",
                "Ser ut til å gjelde personar; blir ikkje publisert. Endre til \"open\" berre om det er feil.",
                "Seems to be about persons; not published. Change to \"open\" only if that is wrong.",
            ]),
        ));
    }
    // Where no header says what a text is, it may be anything.
    let is_free = guess == Guess::Text && (column.is_free_text() || !look.has_header());
    (is_free || (is_text && says(&FREE_TEXTS))).then(|| {
        (
            "free-text",
            language.pick([
                "Fritekst kan inneholde hva som helst; publiseres ikke uten gates.privacy.publish_free_text.",
                "Fritekst kan innehalde kva som helst; blir ikkje publisert utan gates.privacy.publish_free_text.",
                "Free text may hold anything; not published without gates.privacy.publish_free_text.",
            ]),
        )
    })
}
