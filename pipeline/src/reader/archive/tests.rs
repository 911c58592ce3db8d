//! Archives, honest and hostile.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::super::geo::testing::{Got, column, fails, read, sample};
use crate::Result;

fn pack(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        out.start_file(*name, SimpleFileOptions::default()).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn csv(zip: &[u8], member: Option<&str>) -> Result<Got> {
    read(zip, json!({ "kind": "csv" }), member, &[column("a", Value::Null)])
}

#[test]
fn the_wanted_member_is_read() {
    let zip = pack(&[
        ("data/B.csv", b"a\n2\n"),
        ("data/A.csv", b"a\n1\n"),
        ("les.txt", b"x"),
        ("__MACOSX/data/._A.csv", b"\0"),
    ]);
    assert_eq!(csv(&zip, Some("a.CSV")).unwrap().row(0), ["1"]);
    assert_eq!(csv(&zip, Some("data/B.csv")).unwrap().row(0), ["2"]);
    let both = csv(&zip, Some("*.csv")).unwrap();
    assert_eq!((both.row(0), both.row(1)), (vec!["1"], vec!["2"]), "in the order of their names");
}

#[test]
fn members_that_are_not_there_or_too_many_are_told() {
    let zip = pack(&[("A.csv", b"a\n1\n"), ("B.sos", b"x")]);
    let (code, _, reason) = fails(csv(&zip, Some("*.gml")));
    assert_eq!(code, "format-archive-member");
    assert!(reason.contains("'A.csv', 'B.sos'"), "{reason}");
    let (code, _, reason) = fails(csv(&zip, None));
    assert_eq!(code, "format-archive-member");
    assert!(reason.contains("A.csv"), "{reason}");
    let names: Vec<String> = (0..11).map(|at| format!("{at:02}.csv")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"a\n".as_slice())).collect();
    let (code, _, reason) = fails(csv(&pack(&many), Some("*.csv")));
    assert_eq!(code, "format-archive-member");
    assert!(reason.contains("11 members"), "{reason}");
    assert_eq!(fails(csv(b"a\n1\n", Some("*.csv"))).0, "format-archive");
    assert_eq!(fails(csv(&zip[..zip.len() - 30], Some("*.csv"))).0, "format-archive");
    assert_eq!(fails(csv(&zip, Some("[.csv"))).0, "format-archive-member");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in ["../a.csv", "/etc/a.csv", "b/../../a.csv", "C:/a.csv", "..\\a.csv"] {
        let (code, _, reason) = fails(csv(&pack(&[("a.csv", b"a\n1\n"), (name, b"x")]), Some("a.csv")));
        assert_eq!(code, "format-archive-unsafe", "{name}");
        assert!(reason.contains(&name.replace('\\', "/")), "{reason}");
    }
}

#[test]
fn archives_within_archives_are_refused() {
    let inner = pack(&[("a.csv", b"a\n1\n")]);
    let (code, _, reason) = fails(csv(&pack(&[("inner.csv", &inner)]), Some("*.csv")));
    assert_eq!(code, "format-archive-unsafe");
    assert!(reason.contains("inner.csv"), "{reason}");
    assert_eq!(fails(csv(&pack(&[("a.csv", b"\x1f\x8b\x08\0\0\0\0\0")]), Some("a.csv"))).0, "format-archive-unsafe");
}

#[test]
fn encrypted_members_are_refused() {
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    out.start_file("a.csv", SimpleFileOptions::default()).unwrap();
    out.write_all(b"a\n1\n").unwrap();
    let mut zip = out.finish().unwrap().into_inner();
    // The bit that says so, in the member's own head and in the directory.
    zip[6] |= 1;
    let directory = zip.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    zip[directory + 8] |= 1;
    let (code, _, reason) = fails(csv(&zip, Some("a.csv")));
    assert_eq!(code, "format-archive-encrypted");
    assert!(reason.contains("a.csv"), "{reason}");
}

#[test]
fn bombs_are_refused() {
    let zeros = vec![b'0'; 20 << 20];
    let (code, _, reason) = fails(csv(&pack(&[("a.csv", &zeros)]), Some("a.csv")));
    assert_eq!(code, "format-archive-limit");
    assert!(reason.contains("200 times"), "{reason}");
    // So many members are said to be there that no list of them is made.
    let mut zip = pack(&[("a.csv", b"a\n1\n")]);
    let end = zip.len() - 22;
    let mut large = b"PK\x06\x06".to_vec();
    large.extend(44_u64.to_le_bytes());
    large.extend([0; 12]);
    large.extend(200_000_u64.to_le_bytes());
    large.extend(200_000_u64.to_le_bytes());
    large.extend([0; 16]);
    let mut locator = b"PK\x06\x07\0\0\0\0".to_vec();
    locator.extend(u64::try_from(end).unwrap().to_le_bytes());
    locator.extend(1_u32.to_le_bytes());
    zip.splice(end..end, large.into_iter().chain(locator));
    assert_eq!(fails(csv(&zip, Some("a.csv"))).0, "format-archive-limit");
}

#[test]
fn a_damaged_member_is_told() {
    let text: Vec<u8> =
        (0..2000).flat_map(|number: u32| format!("{}\n", number.wrapping_mul(2_654_435_761)).into_bytes()).collect();
    let mut zip = pack(&[("a.csv", &[b"a\n", text.as_slice()].concat())]);
    zip[2000] ^= 0xff;
    let (code, _, reason) = fails(csv(&zip, Some("a.csv")));
    assert_eq!(code, "format-archive");
    assert!(reason.contains("a.csv"), "{reason}");
}

#[test]
fn what_nobody_reads_is_named() {
    let (code, _, reason) = fails(csv(&sample("postgis.zip"), Some("*.sql")));
    assert_eq!(code, "format-unsupported");
    assert!(reason.contains("PostGIS"), "{reason}");
    let (code, _, reason) = fails(read(&sample("filegdb.zip"), json!({ "kind": "shapefile" }), None, &[]));
    assert_eq!(code, "format-unsupported");
    assert!(reason.contains("geodatabase"), "{reason}");
    assert_eq!(fails(csv(b"AC1032\0\0\0\0", None)).0, "format-unsupported");
    let shp = [&[0, 0, 0x27, 0x0a], [0; 96].as_slice()].concat();
    let (code, _, reason) = fails(read(&shp, json!({ "kind": "shapefile" }), None, &[]));
    assert_eq!(code, "format-archive");
    assert!(reason.contains(".dbf"), "{reason}");
}
