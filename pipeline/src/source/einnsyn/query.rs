//! Addresses of the API: what can be searched for, and how.

use std::collections::BTreeSet;

use config::EinnsynObject;
use url::Url;

/// Ids that one request may name.
pub(super) const IDS_AT_ONCE: usize = 100;

/// What the search knows; the other entities come with these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Root {
    Journalpost,
    Saksmappe,
    Moetemappe,
    Moetesak,
}

impl Root {
    /// What to search for to get some entities.
    pub(super) fn of(entities: &BTreeSet<EinnsynObject>) -> BTreeSet<Self> {
        let root = |entity: &EinnsynObject| match entity {
            EinnsynObject::Journalpost => Self::Journalpost,
            EinnsynObject::Saksmappe => Self::Saksmappe,
            EinnsynObject::Moetemappe | EinnsynObject::Moetedokument => Self::Moetemappe,
            EinnsynObject::Moetesak | EinnsynObject::Vedtak => Self::Moetesak,
        };
        entities.iter().map(root).collect()
    }

    /// The name of the API.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Journalpost => "Journalpost",
            Self::Saksmappe => "Saksmappe",
            Self::Moetemappe => "Moetemappe",
            Self::Moetesak => "Moetesak",
        }
    }

    /// The entity that its own rows are.
    pub(super) fn entity(self) -> EinnsynObject {
        match self {
            Self::Journalpost => EinnsynObject::Journalpost,
            Self::Saksmappe => EinnsynObject::Saksmappe,
            Self::Moetemappe => EinnsynObject::Moetemappe,
            Self::Moetesak => EinnsynObject::Moetesak,
        }
    }

    /// What its ids begin with.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Journalpost => "jp_",
            Self::Saksmappe => "sm_",
            Self::Moetemappe => "mm_",
            Self::Moetesak => "ms_",
        }
    }

    /// References that are answered as objects.
    fn expand(self) -> &'static str {
        match self {
            Self::Journalpost => {
                "administrativEnhetObjekt,dokumentbeskrivelse.dokumentobjekt,journalenhet,korrespondansepart,saksmappe,\
                 skjerming"
            }
            Self::Saksmappe => "administrativEnhetObjekt,journalenhet",
            Self::Moetemappe => "journalenhet,moetedokument.dokumentbeskrivelse.dokumentobjekt,utvalgObjekt",
            Self::Moetesak => {
                "dokumentbeskrivelse.dokumentobjekt,innstilling,journalenhet,moetemappe,utvalgObjekt,vedtak.vedtakstekst,\
                 vedtak.votering.moetedeltaker,vedtak.votering.representerer"
            }
        }
    }

    /// The parameter that sets the first day.
    fn first_day(self) -> &'static str {
        if self == Self::Journalpost { "journaldatoFrom" } else { "standardDatoFrom" }
    }
}

/// Makes addresses.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    base: Url,
    limit: String,
    since: Option<String>,
}

impl Addresses {
    pub(super) fn new(base: &Url, limit: u8, since_year: Option<u16>) -> Self {
        let mut base = base.clone();
        base.set_query(None);
        base.set_fragment(None);
        let since = since_year.map(|year| format!("{year:04}-01-01"));
        Self { base, limit: limit.to_string(), since }
    }

    /// An address below the base.
    pub(super) fn at(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url.query_pairs_mut().extend_pairs(query);
        url
    }

    /// What changed since an instant, or everything.
    pub(super) fn changed(&self, unit: &str, root: Root, since: Option<&str>) -> Url {
        let mut more = vec![("sortBy", "oppdatertDato"), ("sortOrder", "asc"), ("expand", root.expand())];
        more.extend(since.map(|since| ("oppdatertDatoFrom", since)));
        self.search(unit, root, self.since.as_deref(), &more)
    }

    /// Everything from a day on by id, references not expanded.
    pub(super) fn ids(&self, unit: &str, root: Root, from: Option<&str>) -> Url {
        let from = from.max(self.since.as_deref());
        self.search(unit, root, from, &[("sortBy", "id"), ("sortOrder", "asc")])
    }

    /// Some rows by their ids.
    pub(super) fn named(&self, unit: &str, root: Root, ids: &[String]) -> Url {
        let mut more = vec![("sortBy", "id"), ("sortOrder", "asc"), ("expand", root.expand())];
        more.extend(ids.iter().map(|id| ("ids", id.as_str())));
        self.search(unit, root, self.since.as_deref(), &more)
    }

    fn search(&self, unit: &str, root: Root, from: Option<&str>, more: &[(&str, &str)]) -> Url {
        let mut query = vec![("administrativEnhet", unit), ("entity", root.name()), ("limit", &self.limit)];
        query.extend(from.map(|from| (root.first_day(), from)));
        query.extend_from_slice(more);
        self.at("/search", &query)
    }

    /// How many rows there are up to a day.
    pub(super) fn count(&self, unit: &str, root: Root, until: &str) -> Url {
        let mut query = vec![("administrativEnhet", unit), ("entity", root.name())];
        query.extend(self.since.as_deref().map(|from| (root.first_day(), from)));
        query.extend([("aggregateFrom", "1900-01-01"), ("aggregateTo", until)]);
        self.at("/statistics", &query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_the_path_of_their_base() {
        let base = "https://bruker.example/api/v3/?x#y".parse().unwrap();
        let addresses = Addresses::new(&base, 50, Some(2020));
        assert_eq!(
            addresses.ids("enh_1", Root::Saksmappe, Some("2026-01-01")).as_str(),
            "https://bruker.example/api/v3/search?administrativEnhet=enh_1&entity=Saksmappe&limit=50\
             &standardDatoFrom=2026-01-01&sortBy=id&sortOrder=asc"
        );
        let changed = addresses.changed("enh_1", Root::Journalpost, Some("2026-01-01T00:00:00Z"));
        let query: Vec<(String, String)> = changed.query_pairs().into_owned().collect();
        assert!(query.contains(&("journaldatoFrom".to_owned(), "2020-01-01".to_owned())), "{changed}");
        assert!(query.contains(&("oppdatertDatoFrom".to_owned(), "2026-01-01T00:00:00Z".to_owned())), "{changed}");
    }

    #[test]
    fn decisions_come_with_their_cases() {
        let roots = |entities: &[EinnsynObject]| Root::of(&entities.iter().copied().collect());
        assert_eq!(roots(&[EinnsynObject::Vedtak, EinnsynObject::Moetesak]), BTreeSet::from([Root::Moetesak]));
        assert_eq!(roots(&[EinnsynObject::Moetedokument]), BTreeSet::from([Root::Moetemappe]));
    }
}
