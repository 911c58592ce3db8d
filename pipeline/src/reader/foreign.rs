//! Formats that are met but not read: what they are, so that people learn what to export instead.

use std::{fs::File, io::Read, path::Path};

/// The number with which a `.shp` begins.
const SHAPE: [u8; 4] = [0, 0, 0x27, 0x0a];

/// What a file is by its first bytes, if it is of a format that is not read.
pub(super) fn kind_of_bytes(start: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(start);
    let is_sql = text.contains("PostgreSQL database dump")
        || text.contains("AddGeometryColumn(")
        || (text.contains("CREATE TABLE") && text.trim_start().starts_with(['-', 'S', 'C', 'D', 'B']));
    if start.starts_with(b"PGDMP") || is_sql {
        Some("a PostGIS dump")
    } else if start.starts_with(b"AC10") && start.get(4..6).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
    {
        Some("a DWG drawing")
    } else if matches!(start.get(4..16), Some(b"Standard Jet" | b"Standard ACE")) {
        Some("a personal geodatabase")
    } else {
        None
    }
}

/// What a member of an archive is by its name, if it is of a format that is not read.
pub(super) fn kind_of_name(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "gdbtable" | "gdbtablx" | "gdb" => Some("a file geodatabase"),
        "sql" | "dump" | "backup" => Some("a PostGIS dump"),
        "dwg" => Some("a DWG drawing"),
        "mdb" => Some("a personal geodatabase"),
        _ => None,
    }
}

/// Whether a file is the main file of a Shapefile.
pub(super) fn is_shape(path: &Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut start)?;
    Ok(start == SHAPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_is_known_by_its_first_bytes() {
        let dump = b"SET standard_conforming_strings = ON;\nCREATE TABLE \"public\".\"fylker\"();\n";
        let mut access = vec![0, 1, 0, 0];
        access.extend(b"Standard Jet DB\0");
        for (bytes, kind) in [
            (dump.as_slice(), Some("a PostGIS dump")),
            (b"PGDMP\x01\x0e", Some("a PostGIS dump")),
            (b"--\n-- PostgreSQL database dump\n--", Some("a PostGIS dump")),
            (b"AC1032\0\0", Some("a DWG drawing")),
            (&access, Some("a personal geodatabase")),
            (b"navn;nr\nCREATE TABLE;1\n", None),
            (b"ACTA;1", None),
            (b"", None),
        ] {
            assert_eq!(kind_of_bytes(bytes), kind, "{}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(kind_of_name("0301.GDB/a00000001.gdbtable"), Some("a file geodatabase"));
        assert_eq!(kind_of_name("a.sos"), None);
    }
}
