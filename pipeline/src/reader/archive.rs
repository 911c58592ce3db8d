//! Zip archives: the wanted members, unpacked to temporary files within limits.

mod listing;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::PathBuf,
};

use config::{Archive, Format};
use tempfile::TempDir;
use zip::ZipArchive;

use self::listing::{Entry, Listing, shown};
use super::{Input, fault::fault, foreign, shapefile::SIBLINGS};
use crate::{Error, Result};

/// Bytes unpacked at a time.
const CHUNK: usize = 256 << 10;
/// Times that a member may be larger unpacked, once it is larger than [`FREE`].
const MAX_RATIO: u64 = 200;
/// Bytes below which the ratio does not matter.
const FREE: u64 = 16 << 20;
/// With these bytes members begin that are archives themselves.
const NESTED: [&[u8]; 5] = [b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh"];

/// The files to read of one source file; temporary ones are deleted with this value.
#[derive(Debug)]
pub(crate) struct Unpacked {
    /// The files, in the order of their names.
    pub(crate) members: Vec<Member>,
    _folder: Option<TempDir>,
}

/// One file to read.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name in the archive; `None` for a source file that is read as it is.
    pub(crate) name: Option<String>,
    /// Where it is.
    pub(crate) path: PathBuf,
}

/// Unpacks what is wanted of a source file that is an archive; any other is given as it is.
pub(crate) fn unpack(input: Input<'_>, archive: Option<&Archive>, format: &Format) -> Result<Unpacked> {
    let shapefile = matches!(format, Format::Shapefile(_));
    let usual = shapefile.then(|| Archive::of("*.shp"));
    let Some(archive) = archive.or(usual.as_ref()) else {
        refuse_undeclared(input, format)?;
        let members = vec![Member { name: None, path: input.path.to_owned() }];
        return Ok(Unpacked { members, _folder: None });
    };
    let mut packed = Packed::open(input, archive)?;
    let chosen = packed.listing.choose(&archive.member, usize::try_from(archive.max_members).unwrap_or(usize::MAX))?;
    let folder = tempfile::tempdir()?;
    let mut members = Vec::with_capacity(chosen.len());
    for (number, entry) in chosen.into_iter().enumerate() {
        let path = folder.path().join(format!("{number}.{}", if shapefile { "shp" } else { "data" }));
        let start = packed.unpack(&entry, &path)?;
        let nested = !matches!(format, Format::Excel(_)) && NESTED.iter().any(|magic| start.starts_with(magic));
        if nested {
            let reason = format!("the member '{}' is an archive itself", shown(&entry.name));
            return Err(fault(input.name, "format-archive-unsafe", None, reason));
        }
        for extension in SIBLINGS.iter().filter(|_| shapefile) {
            if let Some(sibling) = packed.listing.sibling(&entry, extension) {
                packed.unpack(&sibling, &path.with_extension(extension))?;
            }
        }
        members.push(Member { name: Some(shown(&entry.name)), path });
    }
    Ok(Unpacked { members, _folder: Some(folder) })
}

/// An archive of which nobody said which member to read.
fn refuse_undeclared(input: Input<'_>, format: &Format) -> Result<()> {
    let mut start = Vec::new();
    File::open(input.path)?.take(4).read_to_end(&mut start)?;
    if matches!(format, Format::Excel(_)) || start != b"PK\x03\x04" {
        return Ok(());
    }
    let listing = Packed::open(input, &Archive::of("*"))?.listing;
    let reason = format!("this is a zip archive; it holds {}", listing.names());
    Err(fault(input.name, "format-archive-member", None, reason))
}

/// An opened archive.
struct Packed<'a> {
    input: Input<'a>,
    archive: ZipArchive<BufReader<File>>,
    listing: Listing,
    max_bytes: u64,
    /// Bytes unpacked so far.
    total: u64,
}

impl<'a> Packed<'a> {
    fn open(input: Input<'a>, limits: &Archive) -> Result<Self> {
        let broken = |reason: String| fault(input.name, "format-archive", None, reason);
        let mut source = BufReader::new(File::open(input.path)?);
        listing::refuse_many(input.name, &mut source)?;
        source.seek(SeekFrom::Start(0))?;
        let mut archive = ZipArchive::new(source).map_err(|error| {
            let alone = foreign::is_shape(input.path).unwrap_or_default();
            broken(if alone {
                "a .shp alone lacks its table: put .shp, .shx, .dbf, .prj and .cpg into one zip archive".to_owned()
            } else {
                format!("this is no zip archive ({error})")
            })
        })?;
        if archive.has_overlapping_files().map_err(|error| broken(error.to_string()))? {
            return Err(fault(input.name, "format-archive-unsafe", None, "members of it lie on top of each other"));
        }
        let mut entries = Vec::with_capacity(archive.len());
        for at in 0..archive.len() {
            let entry = archive.by_index_raw(at).map_err(|error| broken(error.to_string()))?;
            let raw = || String::from_utf8_lossy(entry.name_raw()).into_owned();
            let name = entry.name().map_or_else(|_| raw(), std::borrow::Cow::into_owned).replace('\\', "/");
            let link = entry.is_symlink();
            entries.push(Entry {
                at,
                name,
                folder: entry.is_dir(),
                encrypted: entry.encrypted(),
                link,
                packed: entry.compressed_size(),
            });
        }
        let listing = Listing::new(input.name, entries)?;
        Ok(Self { input, archive, listing, max_bytes: limits.max_bytes, total: 0 })
    }

    /// Unpacks a member to a new file and gives its first bytes.
    fn unpack(&mut self, entry: &Entry, path: &std::path::Path) -> Result<Vec<u8>> {
        let name = shown(&entry.name);
        let wrong = |code, reason: String| fault(self.input.name, code, None, reason);
        if entry.encrypted {
            return Err(wrong("format-archive-encrypted", format!("the member '{name}' is encrypted")));
        }
        let broken = |error: &dyn std::fmt::Display| {
            wrong("format-archive", format!("the member '{name}' cannot be unpacked: {error}"))
        };
        let mut member = self.archive.by_index(entry.at).map_err(|error| broken(&error))?;
        let mut out = BufWriter::new(File::create_new(path)?);
        let (mut chunk, mut start, mut bytes) = (vec![0; CHUNK], Vec::new(), 0_u64);
        loop {
            self.input.check()?;
            let count = member.read(&mut chunk).map_err(|error| broken(&error))?;
            let read = chunk.get(..count).unwrap_or_default();
            if count == 0 {
                break;
            }
            if start.is_empty() {
                start = read.iter().copied().take(8).collect();
            }
            bytes += count as u64;
            self.total += count as u64;
            if self.total > self.max_bytes || (bytes > FREE && bytes / MAX_RATIO > entry.packed) {
                let much = if self.total > self.max_bytes {
                    format!("more than {} bytes", self.max_bytes)
                } else {
                    format!("more than {MAX_RATIO} times its size")
                };
                return Err(wrong("format-archive-limit", format!("the member '{name}' unpacks to {much}")));
            }
            out.write_all(read)?;
        }
        out.into_inner().map_err(std::io::IntoInnerError::into_error).map_err(Error::Io)?;
        Ok(start)
    }
}
