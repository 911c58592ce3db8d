//! Whether a file is as it was, by what the file system says of it.

use std::{fs::Metadata, time::SystemTime};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A file that changed so shortly before it was read may change once more without getting another time: file systems
/// round times, some to two seconds.
const SETTLED: SignedDuration = SignedDuration::from_secs(2);
/// After so long the bytes are compared whatever the file system says.
const TRUSTED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What the file system said of a file when its bytes were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    bytes: u64,
    modified: Timestamp,
    /// When anything about the file changed last, its name, its time of change or its bytes: no program can set it. Only
    /// where the system knows it.
    changed: Option<Timestamp>,
    /// When the reading began.
    pub(super) read: Timestamp,
}

impl Stamp {
    /// The stamp of a file that was the same before and after its bytes were read; `None` where it changed so shortly
    /// before that its times prove nothing.
    pub(super) fn of(before: &Metadata, after: &Metadata, read: Timestamp) -> Option<Self> {
        let settled = read.checked_sub(SETTLED).ok()?;
        let (stamp, later) = (Self::at(before, read)?, Self::at(after, read)?);
        let newest = stamp.changed.into_iter().chain([stamp.modified]).max()?;
        (stamp == later && newest < settled).then_some(stamp)
    }

    /// Whether a file is still the one that was read, and that is not long ago.
    pub(super) fn holds(&self, now_is: &Metadata, now: Timestamp) -> bool {
        let age = now.duration_since(self.read);
        Self::at(now_is, self.read) == Some(*self) && age >= SignedDuration::ZERO && age < TRUSTED
    }

    fn at(metadata: &Metadata, read: Timestamp) -> Option<Self> {
        let modified = metadata.modified().ok().and_then(instant)?;
        Some(Self { bytes: metadata.len(), modified, changed: changed(metadata), read })
    }
}

fn instant(time: SystemTime) -> Option<Timestamp> {
    Timestamp::try_from(time).ok()
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> Option<Timestamp> {
    use std::os::unix::fs::MetadataExt;
    Timestamp::new(metadata.ctime(), i32::try_from(metadata.ctime_nsec()).ok()?).ok()
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> Option<Timestamp> {
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::try_from(SystemTime::now()).unwrap() + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_stamp_holds_until_the_file_changes_or_the_week_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "1").unwrap();
        let metadata = || fs::metadata(&path).unwrap();
        assert_eq!(Stamp::of(&metadata(), &metadata(), after(0)), None, "it changed just now");
        let stamp = Stamp::of(&metadata(), &metadata(), after(10)).unwrap();
        assert!(stamp.holds(&metadata(), after(20)));
        assert!(!stamp.holds(&metadata(), after(8 * 24 * 3600)) && !stamp.holds(&metadata(), after(-100)));
        // The same size and time of change, put back by hand.
        let modified = metadata().modified().unwrap();
        fs::write(&path, "2").unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert_eq!(metadata().modified().unwrap(), modified);
        assert_eq!(stamp.holds(&metadata(), after(20)), !cfg!(unix));
        fs::write(&path, "22").unwrap();
        assert!(!stamp.holds(&metadata(), after(20)));
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_has_no_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "1").unwrap();
        let before = fs::metadata(&path).unwrap();
        fs::write(&path, "12").unwrap();
        assert_eq!(Stamp::of(&before, &fs::metadata(&path).unwrap(), after(10)), None);
    }
}
