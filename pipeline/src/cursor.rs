//! Cursors: what a source was last seen as, kept as numbered objects.

use bytes::Bytes;
use catalog::{Created, Key, Store};
use config::DatasetId;
use serde::{Deserialize, Serialize};

use crate::{Error, Result, source::Validators};

/// Cursors that are kept, the older ones for people to look at.
const KEPT: usize = 3;

/// What a source was seen as when a run last ended well.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Number of this cursor; 0 if there is none.
    #[serde(skip)]
    pub(crate) seq: u64,
    /// Hash of the declarations that the bytes were read with.
    pub(crate) config_sha256: String,
    /// Program and version that read them.
    pub(crate) program: String,
    /// What to compare the next fetch with.
    pub(crate) validators: Vec<Validators>,
    /// What a source gathered so far, whether it could be published or not. Its bytes must outlive this cursor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) kept: Vec<Validators>,
}

impl Cursor {
    /// The newest cursor, or an empty one. One that cannot be read counts as none: the source is fetched anew.
    pub(crate) async fn latest(store: &Store, dataset: &DatasetId) -> Result<Self> {
        let names = store.list(&Key::cursors(dataset)).await?;
        let Some(seq) = names.iter().filter_map(|name| sequence(name)).max() else { return Ok(Self::default()) };
        let bytes = store.get(&Key::Cursor(dataset.clone(), seq)).await?;
        let cursor: Self = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Self { seq, ..cursor })
    }

    /// What to fetch against: nothing if the declarations or the program changed, so that everything is read anew.
    pub(crate) fn usable(&self, config_sha256: &str, program: &str) -> &[Validators] {
        if self.config_sha256 == config_sha256 && self.program == program { &self.validators } else { &[] }
    }

    /// Notes what a source gathered, if it gathers, and leaves what was published as it is.
    pub(crate) async fn keep(self, store: &Store, dataset: &DatasetId, gathered: &[Validators]) -> Result<Self> {
        if gathered.iter().all(|validators| validators.memory.is_none()) || self.kept == gathered {
            return Ok(self);
        }
        let next = Self { kept: gathered.to_vec(), ..self.clone() };
        self.advance(store, dataset, &next).await?;
        Ok(Self { seq: self.seq + 1, ..next })
    }

    /// Notes that files were looked at anew and are the same.
    pub(crate) async fn looked(self, store: &Store, dataset: &DatasetId, seen: Vec<Validators>) -> Result<Self> {
        let next = Self { validators: seen, ..self.clone() };
        self.advance(store, dataset, &next).await?;
        Ok(Self { seq: self.seq + 1, ..next })
    }

    /// Writes the cursor after this one and forgets the oldest.
    pub(crate) async fn advance(&self, store: &Store, dataset: &DatasetId, next: &Self) -> Result<()> {
        let body = serde_json::to_vec(next).map_err(|error| Error::Internal(error.to_string()))?;
        let (key, body) = (Key::Cursor(dataset.clone(), self.seq + 1), Bytes::from(body));
        let created = store.create(&key, body.clone()).await?;
        // An answer may get lost and the request be repeated by the client of the storage: then it is ours all the same.
        if created == Created::Before && store.get(&key).await? != body {
            return Err(Error::LeaseLost { dataset: dataset.clone() });
        }
        let names = store.list(&Key::cursors(dataset)).await?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| sequence(name)).collect();
        numbers.sort_unstable();
        let old = numbers.len().saturating_sub(KEPT);
        for seq in numbers.into_iter().take(old) {
            store.delete_private(&Key::Cursor(dataset.clone(), seq)).await?;
        }
        Ok(())
    }
}

/// The number in the name of a numbered object, `00000012.json`.
pub(crate) fn sequence(name: &str) -> Option<u64> {
    name.strip_suffix(".json")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::local_store;

    fn cursor(program: &str) -> Cursor {
        let validators = vec![Validators { location: "a.csv".to_owned(), ..Validators::default() }];
        Cursor { seq: 0, config_sha256: "c".to_owned(), program: program.to_owned(), validators, kept: Vec::new() }
    }

    #[tokio::test]
    async fn cursors_follow_each_other_and_old_ones_go() {
        let (_folder, store) = local_store();
        let dataset: DatasetId = "a".parse().unwrap();
        assert_eq!(Cursor::latest(&store, &dataset).await.unwrap(), Cursor::default());
        for program in ["1", "2", "3", "4", "5"] {
            let last = Cursor::latest(&store, &dataset).await.unwrap();
            last.advance(&store, &dataset, &cursor(program)).await.unwrap();
        }
        let last = Cursor::latest(&store, &dataset).await.unwrap();
        assert_eq!((last.seq, last.program.as_str()), (5, "5"));
        assert_eq!(last.usable("c", "5").len(), 1);
        assert!(last.usable("d", "5").is_empty() && last.usable("c", "6").is_empty());
        let names = store.list(&Key::cursors(&dataset)).await.unwrap();
        assert_eq!(names, ["00000003.json", "00000004.json", "00000005.json"]);
    }

    #[tokio::test]
    async fn a_repeated_request_is_our_own_and_another_cursor_is_not() {
        let (_folder, store) = local_store();
        let dataset: DatasetId = "a".parse().unwrap();
        let none = Cursor::default();
        none.advance(&store, &dataset, &cursor("1")).await.unwrap();
        none.advance(&store, &dataset, &cursor("1")).await.unwrap();
        let other = none.advance(&store, &dataset, &cursor("2")).await.unwrap_err();
        assert_eq!(other.code(), "run-lease-lost");
    }

    #[tokio::test]
    async fn an_unreadable_cursor_counts_as_none_but_its_number_is_taken() {
        let (_folder, store) = local_store();
        let dataset: DatasetId = "a".parse().unwrap();
        store.create(&Key::Cursor(dataset.clone(), 4), Bytes::from_static(b"{")).await.unwrap();
        let last = Cursor::latest(&store, &dataset).await.unwrap();
        assert_eq!((last.seq, last.validators.len()), (4, 0));
    }
}
