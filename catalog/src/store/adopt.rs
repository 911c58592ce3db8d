//! Taking over a file that nobody writes to anymore: no second copy where storage and file are on one disk.

use std::{
    fs::{self, File},
    io::{Error, ErrorKind},
    path::Path,
};

/// Gives the file a second name in the storage, which then holds the same bytes whole or not at all, also after the
/// power fails. False where that cannot be: on different disks, on a disk that does not link, or where the name is
/// taken. Copying tells what is wrong, if anything is.
///
/// # Errors
/// The folder of the new name could not be synced.
pub(super) fn link(file: &Path, there: &Path) -> Result<bool, Error> {
    let Some(folder) = there.parent() else { return Ok(false) };
    // The bytes must be on the disk before their name is.
    let linked = make(folder).and_then(|()| File::open(file)?.sync_all()).and_then(|()| fs::hard_link(file, there));
    if linked.is_err() {
        return Ok(false);
    }
    File::open(folder)?.sync_all().map(|()| true)
}

/// Makes a folder and all above it; each new one is in the folder above for good.
fn make(folder: &Path) -> Result<(), Error> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make(above)?;
        match fs::create_dir(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => File::open(above)?.sync_all()?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_a_second_name_once() {
        let folder = tempfile::tempdir().unwrap();
        let (file, there) = (folder.path().join("a"), folder.path().join("b/c/d"));
        fs::write(&file, "bytes").unwrap();
        assert!(link(&file, &there).unwrap());
        assert!(!link(&file, &there).unwrap(), "the name is taken");
        fs::remove_file(&file).unwrap();
        assert_eq!(fs::read(&there).unwrap(), b"bytes");
        assert!(!link(&file, &folder.path().join("e")).unwrap(), "there is nothing to link");
        assert!(!link(&there, &there.join("f")).unwrap(), "a file is in the way");
    }
}
