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
    /// Those that could be read.
    pub(crate) sound: BTreeMap<ProfileId, Part<ProfileId, Profile>>,
    /// Those with errors.
    pub(crate) broken: BTreeSet<ProfileId>,
}

impl Profiles {
    /// The profile of a dataset; a name that does not exist is reported.
    pub(crate) fn find(
        &self,
        document: &Document,
        name: &str,
        problems: &mut Problems,
    ) -> Option<&Part<ProfileId, Profile>> {
        let id: ProfileId = name.parse().ok()?;
        let found = self.sound.get(&id);
        if found.is_none() && !self.broken.contains(&id) {
            let hint = suggest(name, self.sound.keys().map(ProfileId::as_str));
            let message = format!("there is no profile `{name}`");
            problems.push(document.problem_at(problem::PROFILE, &["profile"], message).maybe_hint(hint));
        }
        found
    }
}
