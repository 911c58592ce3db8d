//! Taking over a file that nobody writes to anymore: no second copy where storage and file are on one disk.

use std::{
    fs::{self, File},
    io::{Error, ErrorKind},
    path::Path,
};

/// Gives the file a second name in the storage, which then holds the same bytes whole or not at all, also after the
/// power fails. False where the two are on different disks or the disk cannot link, or something else has that name.
///
/// # Errors
/// What the disk says to anything else.
pub(super) fn link(file: &Path, there: &Path) -> Result<bool, Error> {
    let Some(folder) = there.parent() else { return Ok(false) };
    make(folder)?;
    // The bytes must be on the disk before their name is.
    File::open(file)?.sync_all()?;
    match fs::hard_link(file, there) {
        Ok(()) => File::open(folder)?.sync_all().map(|()| true),
        Err(error) if may_copy(error.kind()) => Ok(false),
        Err(error) => Err(error),
    }
}

fn may_copy(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AlreadyExists
            | ErrorKind::CrossesDevices
            | ErrorKind::Unsupported
            | ErrorKind::PermissionDenied
            | ErrorKind::TooManyLinks
    )
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
        assert_eq!(link(&file, &folder.path().join("e")).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
