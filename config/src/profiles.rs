//! The profiles that there are, and the search for one of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Profile, ProfileId,
    document::Document,
    files::Part,
    problem::{self, Problems, suggest},
};

/// The profiles that there are.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    /// Those that could be read, some of them with guesses.
    pub(crate) read: BTreeMap<ProfileId, Part<ProfileId, Profile>>,
    /// Those with errors, read or not.
    pub(crate) broken: BTreeSet<String>,
}

impl Profiles {
    /// The profile of a dataset; a name that does not exist is reported.
    pub(crate) fn find(
        &self,
        document: &Document,
        name: &str,
        problems: &mut Problems,
    ) -> Option<&Part<ProfileId, Profile>> {
        let id: Option<ProfileId> = name.parse().ok();
        let found = id.as_ref().and_then(|id| self.read.get(id));
        if found.is_none() && !self.broken.contains(name) {
            let hint = suggest(name, self.read.keys().map(ProfileId::as_str));
            let message = format!("there is no profile `{name}`");
            problems.push(document.problem_at(problem::PROFILE, &["profile"], message).maybe_hint(hint));
        }
        found
    }
}
