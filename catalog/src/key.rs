//! Every object path. No other file builds one.

use std::{fmt, io::Read, path::Path};

use config::{DatasetId, FileFormat};
use serde::{Deserialize, Serialize};

pub use object_store::path::Path as ObjectPath;

use crate::VersionNumber;

/// A SHA-256 digest in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256(String);

impl TryFrom<String> for Sha256 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let hexadecimal = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if text.len() == 64 && hexadecimal { Ok(Self(text)) } else { Err("not a SHA-256 digest".to_owned()) }
    }
}

impl From<Sha256> for String {
    fn from(digest: Sha256) -> Self {
        digest.0
    }
}

impl Sha256 {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest;
        Self::from_digest(sha2::Sha256::digest(bytes).as_slice())
    }

    /// The digest of a local file, read in chunks, and its size.
    ///
    /// # Errors
    /// The operating system's, if it cannot be read.
    pub fn of_file(path: &Path) -> std::io::Result<(Self, u64)> {
        use sha2::Digest;
        let mut file = std::fs::File::open(path)?;
        let mut hasher = sha2::Sha256::new();
        let mut chunk = vec![0_u8; 1 << 16];
        let mut bytes = 0;
        loop {
            let count = file.read(&mut chunk)?;
            if count == 0 {
                return Ok((Self::from_digest(hasher.finalize().as_slice()), bytes));
            }
            hasher.update(chunk.get(..count).unwrap_or_default());
            bytes += count as u64;
        }
    }

    /// The hexadecimal form of a finished digest.
    pub fn from_digest(digest: &[u8]) -> Self {
        use fmt::Write;
        let mut text = String::with_capacity(64);
        for byte in digest {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The digest as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a run: its start in UTC to the millisecond and a random part; sorts by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// A run that started at an instant, told apart from others of that instant by `salt`.
    pub fn new(started: jiff::Timestamp, salt: u32) -> Self {
        Self(format!("{}-{salt:08x}", started.strftime("%Y%m%dT%H%M%S%3fZ")))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The run whose record has this file name; `None` if it is not one.
    pub fn from_file_name(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(".json")?;
        let plain = stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (plain && !stem.is_empty()).then(|| Self(stem.to_owned()))
    }
}

/// An object of the storage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The manifest of a version; creating it is the commit.
    Manifest(DatasetId, VersionNumber),
    /// The tombstone of a version.
    Withdrawn(DatasetId, VersionNumber),
    /// What is left of a version from which the parts with names of persons were withdrawn.
    Parts(DatasetId, VersionNumber),
    /// A published file, by content.
    File(DatasetId, Sha256, FileFormat),
    /// The row changelog of a version from its parent, by content.
    Changes(DatasetId, Sha256),
    /// Landed source bytes, by content.
    Raw(DatasetId, Sha256),
    /// A run record.
    Run(DatasetId, RunId),
    /// What a source has seen: validators and cursors, numbered.
    Cursor(DatasetId, u64),
    /// What came of each file of a source, and what is known of each part of the current version.
    Memo(DatasetId, RunId),
    /// An erasure under way: what is still to be done. Holds what is erased until that is gone.
    Erasure(DatasetId, RunId),
    /// An erasure that was carried out, without what was erased.
    Erased(DatasetId, RunId),
    /// A record that runs must leave out, by a hash.
    Suppression(DatasetId, RunId),
    /// What was decided on the draft that a run held back.
    Decision(DatasetId, RunId),
    /// What was told last of how a dataset stands.
    Notice(DatasetId, RunId),
    /// Which numbers of a table of statistics were hidden, by what rule, and what they are; named by the table.
    Disclosure(DatasetId, Sha256),
    /// One epoch of a lease.
    Lease(String, u64),
}

impl Key {
    /// The path of the object in the storage.
    pub fn path(&self) -> object_store::path::Path {
        self.to_string().into()
    }

    /// True if the public may read it; such an object is never deleted.
    pub(crate) fn is_public(&self) -> bool {
        match self {
            Self::Manifest(..) | Self::Withdrawn(..) | Self::Parts(..) | Self::File(..) | Self::Changes(..) => true,
            Self::Raw(..)
            | Self::Run(..)
            | Self::Cursor(..)
            | Self::Memo(..)
            | Self::Erasure(..)
            | Self::Erased(..)
            | Self::Suppression(..)
            | Self::Decision(..)
            | Self::Notice(..)
            | Self::Disclosure(..)
            | Self::Lease(..) => false,
        }
    }

    /// True if an object lies in a private folder.
    pub(crate) fn is_private(path: &object_store::path::Path) -> bool {
        path.as_ref().starts_with("private/")
    }

    /// True if the name is a hash of the content.
    pub(crate) fn is_content_addressed(&self) -> bool {
        matches!(self, Self::File(..) | Self::Changes(..) | Self::Raw(..))
    }

    /// The folder that holds every dataset.
    pub fn datasets() -> object_store::path::Path {
        "public/datasets".into()
    }

    /// The folder that holds the manifests of a dataset.
    pub fn versions(dataset: &DatasetId) -> object_store::path::Path {
        format!("public/datasets/{dataset}/versions").into()
    }

    /// The folder that holds the run records of a dataset.
    pub fn runs(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/runs").into()
    }

    /// The folder that holds the cursors of a dataset.
    pub fn cursors(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/cursor").into()
    }

    /// The folder that holds what a run remembers of the one before it.
    pub fn memos(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/memo").into()
    }

    /// The folder that holds the landed source bytes of a dataset.
    pub fn raws(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/raw").into()
    }

    /// The folder that holds the published files of a dataset.
    pub fn files(dataset: &DatasetId) -> object_store::path::Path {
        format!("public/datasets/{dataset}/files").into()
    }

    /// The folder that holds the changelogs of a dataset.
    pub fn changelogs(dataset: &DatasetId) -> object_store::path::Path {
        format!("public/datasets/{dataset}/changes").into()
    }

    /// The folder that holds everything about a dataset that is public.
    pub fn public(dataset: &DatasetId) -> object_store::path::Path {
        format!("public/datasets/{dataset}").into()
    }

    /// The folder that holds everything about a dataset that is not public.
    pub fn private(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}").into()
    }

    /// The folder that holds the erasures of a dataset.
    pub fn erasures(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/erasures").into()
    }

    /// The folder that holds what runs of a dataset must leave out.
    pub fn suppressions(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/suppressions").into()
    }

    /// The folder that holds the decisions on drafts of a dataset that were held back.
    pub fn decisions(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/decisions").into()
    }

    /// The folder that holds what was told of how a dataset stands.
    pub fn notices(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/notices").into()
    }

    /// The folder that holds what was hidden of the statistics of a dataset.
    pub fn disclosures(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/disclosures").into()
    }

    /// The folder that holds the epochs of a lease.
    pub fn leases(name: &str) -> object_store::path::Path {
        format!("private/leases/{}", plain(name)).into()
    }
}

/// A name in which only letters, digits, `-` and `_` are left, so that it is one path segment on every backend.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' }).collect()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest(dataset, number) => write!(f, "public/datasets/{dataset}/versions/{number:08}.json"),
            Self::Withdrawn(dataset, number) => {
                write!(f, "public/datasets/{dataset}/versions/{number:08}.withdrawn.json")
            }
            Self::Parts(dataset, number) => write!(f, "public/datasets/{dataset}/versions/{number:08}.parts.json"),
            Self::File(dataset, sha256, format) => {
                write!(f, "public/datasets/{dataset}/files/{sha256}.{}", format.extension())
            }
            Self::Changes(dataset, sha256) => write!(f, "public/datasets/{dataset}/changes/{sha256}.parquet"),
            Self::Raw(dataset, sha256) => write!(f, "private/datasets/{dataset}/raw/{sha256}"),
            Self::Run(dataset, run) => write!(f, "private/datasets/{dataset}/runs/{}.json", run.as_str()),
            Self::Cursor(dataset, seq) => write!(f, "private/datasets/{dataset}/cursor/{seq:08}.json"),
            Self::Memo(dataset, run) => write!(f, "private/datasets/{dataset}/memo/{}.json", run.as_str()),
            Self::Erasure(dataset, id) => write!(f, "private/datasets/{dataset}/erasures/{}.json", id.as_str()),
            Self::Erased(dataset, id) => write!(f, "private/datasets/{dataset}/erasures/{}.done.json", id.as_str()),
            Self::Suppression(dataset, id) => {
                write!(f, "private/datasets/{dataset}/suppressions/{}.json", id.as_str())
            }
            Self::Decision(dataset, run) => write!(f, "private/datasets/{dataset}/decisions/{}.json", run.as_str()),
            Self::Notice(dataset, id) => write!(f, "private/datasets/{dataset}/notices/{}.json", id.as_str()),
            Self::Disclosure(dataset, table) => write!(f, "private/datasets/{dataset}/disclosures/{table}.json"),
            Self::Lease(name, epoch) => write!(f, "private/leases/{}/{epoch:012}.json", plain(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_keys_as_written() {
        let dataset: DatasetId = "kommunale-boliger".parse().unwrap();
        let started: jiff::Timestamp = "2026-03-29T01:00:00.123Z".parse().unwrap();
        let hash = Sha256::of(b"x");
        let keys = [
            Key::Manifest(dataset.clone(), VersionNumber(7)),
            Key::Withdrawn(dataset.clone(), VersionNumber(123_456_789)),
            Key::Parts(dataset.clone(), VersionNumber(7)),
            Key::File(dataset.clone(), hash.clone(), FileFormat::Parquet),
            Key::Changes(dataset.clone(), hash.clone()),
            Key::Raw(dataset.clone(), hash),
            Key::Run(dataset.clone(), RunId::new(started, 7)),
            Key::Cursor(dataset.clone(), 3),
            Key::Memo(dataset.clone(), RunId::new(started, 7)),
            Key::Decision(dataset.clone(), RunId::new(started, 7)),
            Key::Notice(dataset.clone(), RunId::new(started, 7)),
            Key::Disclosure(dataset.clone(), Sha256::of(b"y")),
            Key::Lease("../a b%ø".to_owned(), 1),
        ];
        for key in keys {
            let text = key.to_string();
            assert_eq!(key.path().as_ref(), text);
            assert_eq!(object_store::path::Path::parse(&text).unwrap(), key.path(), "{text}");
        }
        assert!(Key::Lease("../x".to_owned(), 1).to_string().starts_with(Key::leases("../x").as_ref()));
        assert_eq!(
            Key::Manifest(dataset, VersionNumber(7)).to_string(),
            "public/datasets/kommunale-boliger/versions/00000007.json"
        );
    }

    #[test]
    fn run_names_sort_by_time_and_come_back_from_their_file() {
        let early = RunId::new("2026-01-02T03:04:05.006Z".parse().unwrap(), 255);
        let late = RunId::new("2026-01-02T03:04:05.007Z".parse().unwrap(), 0);
        assert_eq!(early.as_str(), "20260102T030405006Z-000000ff");
        assert!(early < late);
        assert_eq!(RunId::from_file_name("20260102T030405006Z-000000ff.json"), Some(early));
        assert_eq!(RunId::from_file_name("../x.json"), None);
    }

    #[test]
    fn only_digests_are_read_as_digests() {
        let digest = Sha256::of(b"abc");
        assert_eq!(digest.as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Sha256>(&json).unwrap(), digest);
        assert!(serde_json::from_str::<Sha256>("\"../../etc/passwd\"").is_err());
        assert!(serde_json::from_str::<Sha256>(&json.to_uppercase()).is_err());
    }
}
