//! One journal entry, in the shape that every door is brought to.

use serde_json::{Map, Value};

use super::party::{Party, main_party, of_type};

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
    /// When it was entered.
    pub(in crate::reader) date: Option<String>,
    /// The document's own date.
    pub(in crate::reader) document_date: Option<String>,
    /// When it was published.
    pub(in crate::reader) published: Option<String>,
    /// When it was last changed.
    pub(in crate::reader) updated: Option<String>,
    /// Unit.
    pub(in crate::reader) unit: Option<String>,
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
    pub(super) fn object(&self, authority: &str) -> Map<String, Value> {
        let parties = self.parties.as_deref().unwrap_or_default();
        let kind = self.kind.clone().unwrap_or_else(|| of_type(parties).to_owned());
        let mut out = Members::default();
        out.text("journalpostId", self.id(authority).as_deref());
        out.text("kildeId", self.source_id.as_deref());
        out.text("orgnr", Some(authority));
        out.text("administrativEnhet", self.unit.as_deref().or(self.case.unit.as_deref()));
        out.text("journalaar", self.year.as_deref());
        out.text("journalsekvensnummer", self.sequence.as_deref());
        out.text("journalpostnummer", self.number.as_deref());
        out.text("offentligTittel", self.title.as_deref());
        out.text("journaldato", self.date.as_deref());
        out.text("dokumentetsDato", self.document_date.as_deref());
        out.text("publisertDato", self.published.as_deref());
        out.text("oppdatertDato", self.updated.as_deref());
        out.group("saksmappe", |case| {
            case.text("id", self.case.id.as_deref());
            case.text("saksaar", self.case.year.as_deref());
            case.text("sakssekvensnummer", self.case.sequence.as_deref());
            case.text("offentligTittel", self.case.title.as_deref());
        });
        out.group("skjerming", |shield| {
            shield.text("tilgangsrestriksjon", self.access.as_deref().or(self.case.access.as_deref()));
            shield.text("skjermingshjemmel", self.basis.as_deref().or(self.case.basis.as_deref()));
        });
        out.group("avskrivning", |settled| {
            settled.text("dato", self.settled.as_deref());
            settled.text("maate", self.settled_how.as_deref());
        });
        let main = main_party(&kind, parties);
        out.group("hovedpart", |party| {
            party.text("rolle", main.and_then(|main| main.role.as_deref()));
            party.text("type", main.map(Party::kind));
            party.text("navn", main.and_then(|main| main.name.as_deref()));
        });
        out.text("journalposttype", Some(&kind));
        out.count("antallParter", self.parties.as_ref().map(Vec::len));
        self.count_documents(&mut out);
        out.0
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

    pub(super) fn group(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        fill(&mut inner);
        self.0.insert(name.to_owned(), Value::Object(inner.0));
    }
}
