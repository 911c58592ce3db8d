//! Broken and hostile files: a code and a line, never a panic, never a hang.

use std::{fmt::Write, fs, path::Path};

use proptest::prelude::*;
use serde_json::json;

use super::{HEAD, Read, features, file, read};
use crate::{Error, Result};

fn open(text: &[u8]) -> Result<Read> {
    read(text, &json!({}), &["nr = @nummer"])
}

/// Code and line of the error.
fn error(text: &[u8]) -> (&'static str, Option<u64>) {
    match open(text) {
        Err(Error::Format { code, line, .. }) => (code, line),
        other => panic!("{other:?}"),
    }
}

/// Rows put aside by number, and the codes that tell why.
fn aside(body: &str) -> (Vec<String>, Vec<&'static str>) {
    let read = open(format!("{HEAD}{body}.SLUTT\n").as_bytes()).unwrap();
    let number = |row: &usize| read.rows[*row].1[0].clone().unwrap();
    (read.broken.iter().map(number).collect(), read.notes.iter().map(|(code, _)| *code).collect())
}

const GOOD: &str = ".KURVE 1:\n..NØ\n660000000 50000000\n660000000 50001000\n660001000 50001000\n660000000 50000000\n";

#[test]
fn a_file_that_is_none_has_a_code_and_a_line() {
    let head = |from: &str, to: &str| HEAD.replace(from, to).into_bytes();
    assert_eq!(error(b"").0, "format-empty");
    assert_eq!(error(b"<!DOCTYPE html>").0, "format-html");
    assert_eq!(error(b"a;b;c\n1;2;3\n"), ("format-sosi-head", Some(1)));
    assert_eq!(error(b"! only a comment").0, "format-sosi-head");
    assert_eq!(error(b".KURVE 1:\n").0, "format-sosi-head");
    assert_eq!(error(&head("...ENHET 0.01\n", "")), ("format-sosi-head", Some(1)));
    assert_eq!(error(&head("ENHET 0.01", "ENHET -1")).0, "format-sosi-head");
    assert_eq!(error(&head("ORIGO-NØ 0 0", "ORIGO-NØ 0")).0, "format-sosi-head");
    assert_eq!(error(&head("...KOORDSYS 22\n", "")), ("format-sosi-crs", Some(1)));
    for unknown in ["9", "41", "99", "31", "50", "72", "74"] {
        assert_eq!(error(&head("KOORDSYS 22", &format!("KOORDSYS {unknown}"))).0, "format-sosi-crs", "{unknown}");
    }
    assert_eq!(error(format!("{HEAD}{HEAD}").as_bytes()), ("format-sosi-head", Some(7)));
    let two = format!("{HEAD}..TRANSPAR\n...KOORDSYS 23\n");
    assert_eq!(error(two.as_bytes()).0, "format-sosi-head", "two systems in one head");
    let same = format!("{HEAD}..TRANSPAR\n...KOORDSYS 22\n...VERT-DATUM NN2000\n.SLUTT\n");
    assert!(open(same.as_bytes()).is_ok());
}

#[test]
fn a_wrong_byte_and_a_wrong_level_are_told_by_line() {
    let mut bytes = format!("{HEAD}{GOOD}.PUNKT 2:\n..NAVN ").into_bytes();
    bytes.extend(b"B\xf8\n.SLUTT\n");
    assert_eq!(error(&bytes), ("format-sosi-encoding", Some(14)));
    let deep = format!("{HEAD}.PUNKT 2:\n....NAVN x\n");
    assert_eq!(error(deep.as_bytes()), ("format-sosi-level", Some(8)));
    // A line of a text that begins with a dot looks like a group; its words are told to nobody.
    let text = format!("{HEAD}.PUNKT 2:\n..INFORMASJON \"se\n.Hemmelig sak\n....NAVN x\n");
    let message = open(text.as_bytes()).unwrap_err().to_string();
    assert!(message.contains("unknown type") && !message.to_lowercase().contains("hemmelig"), "{message}");
}

#[test]
fn a_bad_object_is_put_aside_and_the_others_are_not() {
    for (body, codes) in [
        (".FLATE 9:\n..REF :8\n", "format-sosi-reference"),
        (".FLATE 9:\n..REF :x\n", "format-sosi-reference"),
        (".FLATE 9:\n", "format-sosi-ring"),
        (".FLATE 9:\n..REF (:1)\n", "format-sosi-ring"),
        (".FLATE 9:\n..REF :9\n", "format-sosi-circular"),
        (".PUNKT 8:\n..NØ\n660000000 50000000\n.FLATE 9:\n..REF :8\n", "format-sosi-reference"),
        (".KURVE 8:\n..NØ\n660000000 50000000\n660000500 50000000\n.FLATE 9:\n..REF :8\n", "format-sosi-ring"),
        (".KURVE 9:\n..NØ\n660000000 NaN\n660000000 50000000\n", "format-sosi-coordinates"),
        (".KURVE 9:\n..NØ\n660000000 50000000\n660000000\n", "format-sosi-coordinates"),
        (".KURVE 9:\n..NØ\n660000000 50000000\n", "format-sosi-coordinates"),
        (".PUNKT 9:\n..NØ\n99999999999999999999 1\n", "format-sosi-coordinates"),
        (".PUNKT 9:\n..NØ\n1 1\n", "format-sosi-coordinates"),
        (".PUNKT 9:\n..KOORDSYS 23\n..NØ\n660000000 50000000\n", "format-sosi-crs"),
        (".BUE 9:\n..NØ\n660000000 50000000\n660000000 50001000\n", "format-sosi-arc"),
        (".BUE 9:\n..RADIUS 1\n..NØ\n660000000 50000000\n660000000 50001000\n", "format-sosi-arc"),
        (".BUEP 9:\n..NØ\n660000000 50000000\n660000500 50000500\n660000000 50000000\n", "format-sosi-arc"),
        (".SIRKELP 9:\n..NØ\n660000000 50000000\n660000000 50000500\n660000000 50000900\n", "format-sosi-arc"),
    ] {
        let (rows, notes) = aside(&format!("{GOOD}{body}"));
        assert_eq!((rows, notes), (vec!["9".to_owned()], vec![codes]), "{body}");
    }
    let degrees = HEAD.replace("KOORDSYS 22", "KOORDSYS 84").replace("0.01", "0.0000001");
    let arc = ".BUEP 9:\n..NØ\n600000000 100000000\n600000500 100000500\n600000000 100001000\n.SLUTT\n";
    let read = open(format!("{degrees}{arc}").as_bytes()).unwrap();
    assert_eq!((read.broken, read.notes), (vec![0], vec![("format-sosi-arc", 1)]));
    let (rows, notes) = aside(&format!("{GOOD}{GOOD}.FLATE 9:\n..REF :1\n"));
    assert_eq!((rows, notes), (vec!["9".to_owned()], vec!["format-sosi-reference"]), "which curve 1?");
    let (rows, notes) = aside(".KURVE 8:\n..NØ\n1 x\n.FLATE 9:\n..REF :8\n");
    assert_eq!(
        (rows, notes),
        (vec!["8".to_owned(), "9".to_owned()], vec!["format-sosi-coordinates", "format-sosi-reference"])
    );
}

#[test]
fn references_in_circles_and_too_deep_ones_end() {
    let (rows, notes) = aside(".FLATE 1:\n..REF :2\n.FLATE 2:\n..REF :3\n.FLATE 3:\n..REF :-1\n");
    assert_eq!((rows.len(), notes), (3, vec!["format-sosi-circular"]));
    let file = file(format!("{HEAD}.FLATE 1:\n..REF :2\n.FLATE 2:\n..REF :1\n.SLUTT\n").as_bytes());
    let (_, notes) = features(file.path()).unwrap();
    assert_eq!(notes[0].message, "FLATE 1 on line 7: the references lead back to group 1");
    // Each level doubles the work of the one below.
    let mut body = GOOD.to_owned();
    for level in 2..14 {
        write!(body, ".OBJEKT {level}:\n..REF {}\n", format!(":{} ", level - 1).repeat(30)).unwrap();
    }
    let (rows, notes) = aside(&body);
    assert!(rows.len() > 5 && notes.contains(&"format-sosi-circular"), "{} {notes:?}", rows.len());
}

#[test]
fn a_geometry_without_end_is_refused() {
    let mut text = format!("{HEAD}.KURVE 1:\n..NØ\n");
    text.push_str(&"660000000 50000000\n".repeat(2_000_001));
    assert_eq!(error(text.as_bytes()), ("format-sosi-limit", Some(2_000_009)));
    let long = format!("{HEAD}.PUNKT 1:\n..NAVN {}\n", "x".repeat(2 << 20));
    assert_eq!(error(long.as_bytes()), ("format-sosi-limit", Some(8)));
}

#[test]
fn arcs_do_not_fill_the_disk() {
    let arc = ".BUEP 1:\n..NØ\n660000000 -100000000\n760000000 0\n660000000 100000000\n";
    let text = format!("{HEAD}{}", arc.repeat(60));
    let format = json!({ "arc_tolerance": 0.001 });
    match read(text.as_bytes(), &format, &[]) {
        Err(Error::Format { code, line, .. }) => assert_eq!((code, line > Some(10)), ("format-sosi-limit", true)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn cut_off_anywhere_a_file_is_told_of() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/sosi");
    for name in ["flate_oy.sos", "non-linear.sos", "SSR-Sydalsfjellet.sos", "admenheter_clipper_utf8bom.sos"] {
        let whole = fs::read(folder.join(name)).unwrap();
        let groups = (1..whole.len()).filter(|at| whole[*at] == b'.' && matches!(whole[at - 1], b'\n'));
        let cuts = groups.chain((1..whole.len()).step_by(97));
        for cut in cuts {
            match open(&whole[..cut]) {
                Ok(read) => assert!(read.notes.iter().any(|(code, _)| *code == "format-sosi-end"), "{name} {cut}"),
                Err(error) => assert!(error.code().starts_with("format-"), "{name} {cut}: {error:?}"),
            }
        }
    }
}

/// Pieces of files in any order.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(".FLATE 1:\n".to_owned()),
        Just(".KURVE 2:\n".to_owned()),
        Just(".BUEP 3:".to_owned()),
        Just(".OBJEKT 4:".to_owned()),
        Just(".SLUTT".to_owned()),
        "\n\\.\\.(REF|NØ|NØH|RADIUS|ENHET|HØYDE|OBJTYPE|KOORDSYS) ?",
        "\n\\.\\.\\.KP 1",
        "[-:(). 0-9]{0,12}",
        "\n-?[0-9]{1,9} -?[0-9]{1,9}",
        "[ .!&\"'*@a-zæøåA-Z0-9\n\r]{0,10}",
        Just("\n660000000 50000000".to_owned()),
        Just("\n660001000 50000000".to_owned()),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 1..400), headed in any::<bool>()) {
        let bytes = if headed { [HEAD.as_bytes(), &bytes].concat() } else { bytes };
        if let Err(error) = open(&bytes) {
            prop_assert!(error.code().starts_with("format-"), "{error:?}");
        }
    }

    #[test]
    fn any_pieces_are_read_or_refused(body in soup()) {
        if let Err(error) = open(format!("{HEAD}{body}").as_bytes()) {
            prop_assert!(error.code().starts_with("format-"), "{error:?}");
        }
    }
}
