//! Senders and recipients.

use super::names::MASK;

/// Legal forms at the end of names that only organisations have. A sole proprietorship is named after a person: not here.
const FORMS: [&str; 17] =
    ["as", "asa", "sa", "ba", "ans", "da", "ks", "iks", "kf", "fkf", "sf", "hf", "rhf", "nuf", "ltd", "gmbh", "ab"];
/// Ends of words that only names of organisations have.
const ENDS: [&str; 18] = [
    "kommune",
    "kommunen",
    "kommuneadvokaten",
    "direktoratet",
    "departementet",
    "statsforvalteren",
    "politidistrikt",
    "tingrett",
    "universitetet",
    "skole",
    "skolen",
    "barnehage",
    "barnehagen",
    "borettslag",
    "idrettslag",
    "forening",
    "foreningen",
    "sykehus",
];

/// Bytes of the shortest of them.
const SHORTEST_END: usize = 5;

/// Whether a name is clearly that of an organisation.
pub(crate) fn is_organisation(name: &str) -> bool {
    let (mut count, mut last) = (0, "");
    for word in name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if word.len() >= SHORTEST_END && ENDS.iter().any(|end| ends(word, end)) {
            return true;
        }
        (count, last) = (count + 1, word);
    }
    count > 1 && FORMS.iter().any(|form| form.len() == last.len() && ends(last, form))
}

/// Whether a word ends in lower case letters, in either case. The bit tells upper from lower case in ASCII and in `æøå`.
fn ends(word: &str, end: &str) -> bool {
    let Some(from) = word.len().checked_sub(end.len()) else { return false };
    let bytes = word.bytes().skip(from).zip(end.bytes());
    bytes.into_iter().all(|(byte, wanted)| byte == wanted || byte | 0x20 == wanted)
}

/// A sender or recipient.
#[derive(Debug, Clone, Default)]
pub(in crate::reader) struct Party {
    /// Sender, recipient …
    pub(in crate::reader) role: Option<String>,
    /// Name, masked where it is marked.
    pub(in crate::reader) name: Option<String>,
    /// What the name hides, where the source has it too.
    pub(in crate::reader) hidden: Option<String>,
}

impl Party {
    /// What can be said of the party without its name: an organisation, withheld, or unknown (which counts as a
    /// person).
    pub(super) fn kind(&self) -> &'static str {
        let name = self.name.as_deref().unwrap_or_default();
        if name.contains("***") || name == MASK {
            return "skjermet";
        }
        if is_organisation(name) { "virksomhet" } else { "ukjent" }
    }

    fn is_sender(&self) -> bool {
        self.has_role(&["avsender", "ea", "0"])
    }

    fn is_recipient(&self) -> bool {
        self.has_role(&["mottaker", "em", "1"])
    }

    fn has_role(&self, names: &[&str]) -> bool {
        self.role.as_deref().is_some_and(|role| names.contains(&role.trim().to_lowercase().as_str()))
    }
}

/// The type of an entry of which only the parties are known: a sender from outside makes it incoming, a recipient
/// outside outgoing; both or none leave it open.
pub(super) fn of_type(parties: &[Party]) -> &'static str {
    match (parties.iter().any(Party::is_sender), parties.iter().any(Party::is_recipient)) {
        (true, false) => "inngaaende_dokument",
        (false, true) => "utgaaende_dokument",
        _ => "ukjent",
    }
}

/// The party that an entry is about: the sender of an incoming, the recipient of an outgoing document, else the first.
pub(super) fn main_party<'a>(kind: &str, parties: &'a [Party]) -> Option<&'a Party> {
    let kind = kind.to_lowercase();
    let wanted = if kind == "i" || kind.starts_with("inng") {
        parties.iter().find(|party| party.is_sender())
    } else if kind == "u" || kind.starts_with("utg") {
        parties.iter().find(|party| party.is_recipient())
    } else {
        None
    };
    wanted.or(parties.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(role: &str, name: &str) -> Party {
        Party { role: Some(role.to_owned()), name: Some(name.to_owned()), hidden: None }
    }

    #[test]
    fn only_clear_organisations_are_such() {
        for (name, kind) in [
            ("Testvik Bygg AS", "virksomhet"),
            ("Testvik kommune", "virksomhet"),
            ("Nordre Testvik barneskole", "virksomhet"),
            ("Maria da Silva", "ukjent"),
            ("*****", "skjermet"),
            ("***", "skjermet"),
            ("Ola Nordmann", "ukjent"),
            ("Peder Ås", "ukjent"),
            ("Asbjørn", "ukjent"),
            ("", "ukjent"),
        ] {
            assert_eq!(party("EA", name).kind(), kind, "{name}");
        }
    }

    #[test]
    fn the_parties_tell_the_type_if_it_is_clear() {
        assert_eq!(of_type(&[party("Avsender", "a"), party("Intern mottaker", "b")]), "inngaaende_dokument");
        assert_eq!(of_type(&[party("EM", "a"), party("Kopimottaker", "b")]), "utgaaende_dokument");
        assert_eq!(of_type(&[party("Avsender", "a"), party("Mottaker", "b")]), "ukjent");
        assert_eq!(of_type(&[]), "ukjent");
    }

    #[test]
    fn the_main_party_is_the_one_outside() {
        let parties = [party("1", "kommunen"), party("0", "søker")];
        assert_eq!(main_party("I", &parties).unwrap().name.as_deref(), Some("søker"));
        assert_eq!(main_party("utgaaende_dokument", &parties).unwrap().name.as_deref(), Some("kommunen"));
        assert_eq!(main_party("ukjent", &parties).unwrap().name.as_deref(), Some("kommunen"));
        assert!(main_party("I", &[]).is_none());
    }
}
