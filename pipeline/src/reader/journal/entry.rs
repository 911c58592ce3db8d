//! One journal entry, in the shape that every door is brought to.

use serde_json::{Map, Value};

use super::{
    names::without,
    party::{Party, is_organisation, main_party, of_type},
};

/// An entry of a journal. Texts are as the source has them, names masked; code lists are the profile's business.
#[derive(Debug, Clone, Default)]
pub(in crate::reader) struct Entry {
    /// Organisation number of the authority, where the source tells.
    pub(in crate::reader) authority: Option<String>,
    /// What the source calls the entry.
    pub(in crate::reader) source_id: Option<String>,
    /// The case.
    pub(in crate::reader) case: Case,
    /// Year of the journal.
    pub(in crate::reader) year: Option<String>,
    /// Number within the year.
    pub(in crate::reader) sequence: Option<String>,
    /// Number within the case.
    pub(in crate::reader) number: Option<String>,
    /// Incoming, outgoing …; found by the parties where the source does not tell.
    pub(in crate::reader) kind: Option<String>,
    /// Title for the public.
    pub(in crate::reader) title: Option<String>,
    /// Title with the names of persons, where the source has it.
    pub(in crate::reader) full_title: Option<String>,
    /// When it was entered.
    pub(in crate::reader) date: Option<String>,
    /// The document's own date.
    pub(in crate::reader) document_date: Option<String>,
    /// When it was published.
    pub(in crate::reader) published: Option<String>,
    /// When it was last changed.
    pub(in crate::reader) updated: Option<String>,
    /// From when on the public may see it.
    pub(in crate::reader) embargo: Option<String>,
    /// Unit.
    pub(in crate::reader) unit: Option<String>,
    /// Name of the unit.
    pub(in crate::reader) unit_name: Option<String>,
    /// What others call the entry.
    pub(in crate::reader) external_id: Option<String>,
    /// Access code.
    pub(in crate::reader) access: Option<String>,
    /// Legal basis of withholding.
    pub(in crate::reader) basis: Option<String>,
    /// When it was settled.
    pub(in crate::reader) settled: Option<String>,
    /// How it was settled.
    pub(in crate::reader) settled_how: Option<String>,
    /// Senders and recipients; `None` where the source leaves them out.
    pub(in crate::reader) parties: Option<Vec<Party>>,
    /// Documents; `None` where the source leaves them out.
    pub(in crate::reader) documents: Option<Vec<Document>>,
    /// Names that are marked somewhere in the entry: they go from its titles, marked there or not.
    pub(in crate::reader) names: Vec<String>,
}

/// The case of an entry.
#[derive(Debug, Clone, Default)]
pub(in crate::reader) struct Case {
    /// What the source calls it.
    pub(in crate::reader) id: Option<String>,
    /// Year.
    pub(in crate::reader) year: Option<String>,
    /// Number within the year.
    pub(in crate::reader) sequence: Option<String>,
    /// Title for the public.
    pub(in crate::reader) title: Option<String>,
    /// Title with the names of persons, where the source has it.
    pub(in crate::reader) full_title: Option<String>,
    /// Class of the archive's classification.
    pub(in crate::reader) class: Option<String>,
    /// Title of the class.
    pub(in crate::reader) class_title: Option<String>,
    /// Unit.
    pub(in crate::reader) unit: Option<String>,
    /// Access code.
    pub(in crate::reader) access: Option<String>,
    /// Legal basis of withholding.
    pub(in crate::reader) basis: Option<String>,
}

/// A document of an entry.
#[derive(Debug, Clone, Default)]
pub(in crate::reader) struct Document {
    /// Main document or attachment.
    pub(in crate::reader) role: Option<String>,
    /// Where the file is.
    pub(in crate::reader) url: Option<String>,
}

impl Document {
    fn is_attachment(&self) -> bool {
        self.role.as_deref().is_some_and(|role| matches!(role.to_lowercase().as_str(), "v" | "vedlegg"))
    }
}

impl Entry {
    /// The entry as an object in the shape of eInnsyn's API, version 3, plus what is counted.
    ///
    /// `names`: with the texts that hold names of persons too, in members of their own.
    pub(super) fn object(&self, authority: &str, names: bool) -> Map<String, Value> {
        let parties = self.parties.as_deref().unwrap_or_default();
        let kind = self.kind.clone().unwrap_or_else(|| of_type(parties).to_owned());
        let mut out = Members::default();
        out.text("journalpostId", self.id(authority).as_deref());
        out.text("kildeId", self.source_id.as_deref());
        out.text("eksternId", self.external_id.as_deref());
        out.text("orgnr", Some(authority));
        out.text("administrativEnhet", self.unit.as_deref().or(self.case.unit.as_deref()));
        out.text("administrativEnhetNavn", self.unit_name.as_deref());
        out.text("journalaar", self.year.as_deref());
        out.text("journalsekvensnummer", self.sequence.as_deref());
        out.text("journalpostnummer", self.number.as_deref());
        out.text("offentligTittel", self.public(self.title.as_deref()).as_deref());
        out.text("journaldato", day(self.date.as_deref()));
        out.text("dokumentetsDato", day(self.document_date.as_deref()));
        out.text("publisertDato", self.published.as_deref());
        out.text("oppdatertDato", self.updated.as_deref());
        out.text("accessibleAfter", self.embargo.as_deref());
        // A member of its own: where `saksmappe` is an id, nothing but an id may stand there.
        out.text("saksmappe", self.case.id.as_deref());
        out.group("sak", |case| {
            case.text("saksaar", self.case.year.as_deref());
            case.text("sakssekvensnummer", self.case.sequence.as_deref());
            case.text("offentligTittel", self.public(self.case.title.as_deref()).as_deref());
            case.text("klasse", self.case.class.as_deref());
            case.text("klasseTittel", self.public(self.case.class_title.as_deref()).as_deref());
        });
        out.group("skjerming", |shield| {
            shield.text("tilgangsrestriksjon", self.access.as_deref().or(self.case.access.as_deref()));
            shield.text("skjermingshjemmel", self.basis.as_deref().or(self.case.basis.as_deref()));
        });
        out.group("avskrivning", |settled| {
            settled.text("dato", day(self.settled.as_deref()));
            settled.text("maate", self.settled_how.as_deref());
        });
        let main = main_party(&kind, parties);
        out.group("hovedpart", |party| {
            party.text("rolle", main.and_then(|main| main.role.as_deref()));
            party.text("type", main.map(Party::kind));
            party.text("navn", main.and_then(|main| main.name.as_deref()));
        });
        out.list("parterNavn", self.known_names());
        if names {
            self.with_names(main, &mut out);
        }
        out.text("journalposttype", Some(&kind));
        out.count("antallParter", self.parties.as_ref().map(Vec::len));
        self.count_documents(&mut out);
        out.0
    }

    /// The titles and the main party's name as the source has them, names of persons included; where it has no other form,
    /// the public one.
    fn with_names(&self, main: Option<&Party>, out: &mut Members) {
        let full =
            |full: &Option<String>, title: &Option<String>| full.clone().or_else(|| self.public(title.as_deref()));
        out.group("medNavn", |group| {
            group.text("offentligTittel", full(&self.full_title, &self.title).as_deref());
            group.text("sakstittel", full(&self.case.full_title, &self.case.title).as_deref());
            group.text("hovedpart", main.and_then(|main| main.hidden.as_deref().or(main.name.as_deref())));
        });
    }

    /// Names of parties that may be persons, and those that are marked: for checks only. Single words are left out, for
    /// they may be other words.
    fn known_names(&self) -> Vec<&str> {
        let parties = self.parties.as_deref().unwrap_or_default();
        let of_parties = parties.iter().flat_map(|party| party.name.iter().chain(&party.hidden));
        let all = of_parties.chain(&self.names).map(String::as_str);
        let mut names: Vec<&str> = Vec::new();
        for name in all.filter(|name| name.contains(' ') && !name.contains("***") && !is_organisation(name)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn public(&self, title: Option<&str>) -> Option<String> {
        title.map(|title| without(title, &self.names))
    }

    fn count_documents(&self, out: &mut Members) {
        let documents = self.documents.as_deref();
        out.count("antallDokumenter", documents.map(<[_]>::len));
        let attachments = documents.map(|all| all.iter().filter(|document| document.is_attachment()).count());
        out.count("antallVedlegg", attachments);
        let main = documents.and_then(|all| all.iter().find(|document| !document.is_attachment()));
        out.group("hoveddokument", |document| document.text("url", main.and_then(|main| main.url.as_deref())));
    }

    /// The entry's own id: authority, journal year and number in the year. It is what the journal itself calls the
    /// entry, so it is the same through every door and outlives the archive system.
    fn id(&self, authority: &str) -> Option<String> {
        let number = |text: &Option<String>| text.as_deref().and_then(|text| text.trim().parse::<u64>().ok());
        Some(format!("{authority}-{}-{}", number(&self.year)?, number(&self.sequence)?))
    }
}

/// The day of a date that has a time or an offset after it.
pub(super) fn day(text: Option<&str>) -> Option<&str> {
    let text = text?;
    let is_day = |head: &str| {
        head.bytes()
            .enumerate()
            .all(|(at, byte)| (byte == b'-') == matches!(at, 4 | 7) && (byte == b'-' || byte.is_ascii_digit()))
    };
    let head = text.get(..10).filter(|head| is_day(head));
    let rest = text.get(10..).unwrap_or_default();
    if rest.starts_with(['T', 'Z', '+', '-', ' ']) { head.or(Some(text)) } else { Some(text) }
}

/// Members of an object under construction; those without a value are left out.
#[derive(Default)]
pub(super) struct Members(pub(super) Map<String, Value>);

impl Members {
    pub(super) fn text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.0.insert(name.to_owned(), Value::from(text));
        }
    }

    pub(super) fn count(&mut self, name: &str, count: Option<usize>) {
        if let Some(count) = count {
            self.0.insert(name.to_owned(), Value::from(count));
        }
    }

    /// A list of texts, as JSON text: a list would be taken apart.
    pub(super) fn list(&mut self, name: &str, texts: Vec<&str>) {
        if !texts.is_empty() {
            self.0.insert(name.to_owned(), Value::from(Value::from(texts).to_string()));
        }
    }

    pub(super) fn group(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        fill(&mut inner);
        self.0.insert(name.to_owned(), Value::Object(inner.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_lose_what_follows_them() {
        for (text, expected) in [
            ("2025-08-18", "2025-08-18"),
            ("2025-08-18T00:00:00+02:00", "2025-08-18"),
            ("2025-08-18+02:00", "2025-08-18"),
            ("2025-08-18Z", "2025-08-18"),
            ("20250818", "20250818"),
            ("2025-08-181", "2025-08-181"),
            ("18.08.2025 10:00", "18.08.2025 10:00"),
            ("ææææææææ", "ææææææææ"),
        ] {
            assert_eq!(day(Some(text)), Some(expected), "{text}");
        }
    }

    #[test]
    fn ids_are_made_of_the_journals_own_numbers() {
        let entry = |year: &str, sequence: &str| Entry {
            year: Some(year.to_owned()),
            sequence: Some(sequence.to_owned()),
            ..Entry::default()
        };
        assert_eq!(entry("2025", " 0017").id("310529915").as_deref(), Some("310529915-2025-17"));
        assert_eq!(entry("2025", "17a").id("310529915"), None);
        assert!(!entry("2025", "").object("310529915", false).contains_key("journalpostId"));
    }
}
