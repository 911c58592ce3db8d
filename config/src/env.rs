//! The environment, handed in: the only place from which secrets come.

use std::collections::BTreeMap;

/// Where the values of `${NAME}` are looked up.
#[derive(Clone)]
pub enum Env {
    /// The variables of the running process.
    Process,
    /// Given values, for tests and embedders.
    Map(BTreeMap<String, String>),
}

impl Env {
    /// The variables of the running process.
    pub fn process() -> Self {
        Self::Process
    }

    /// No variables at all.
    pub fn empty() -> Self {
        Self::Map(BTreeMap::new())
    }

    /// The value of a variable; `None` where it is unset or not UTF-8.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn get(&self, name: &str) -> Option<String> {
        match self {
            Self::Process => std::env::var(name).ok(),
            Self::Map(map) => map.get(name).cloned(),
        }
    }
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Process => f.write_str("Env::Process"),
            Self::Map(map) => f.debug_tuple("Env::Map").field(&map.keys().collect::<Vec<_>>()).finish(),
        }
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_names_only() {
        let env: Env = [("NOEKKEL", "hemmelig")].into_iter().collect();
        assert_eq!(format!("{env:?}"), r#"Env::Map(["NOEKKEL"])"#);
        assert_eq!(env.get("NOEKKEL").as_deref(), Some("hemmelig"));
        assert_eq!(env.get("ANNET"), None);
    }
}
