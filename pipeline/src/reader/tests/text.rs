//! Separated text and its encodings.

use encoding_rs::WINDOWS_1252;
use serde_json::json;

use super::{column, columns, fails, read, table};

/// Windows-1252 or ISO-8859-1 bytes.
fn ansi(text: &str) -> Vec<u8> {
    WINDOWS_1252.encode(text).0.into_owned()
}

#[test]
fn the_post_offices_register_has_tabs_and_no_header() {
    let text = "0001\tOSLO\t0301\tOSLO\tP\r\n4480\tKVINESDAL\t4227\tKVINESDAL\tG\r\n6150\tØRSTA\t1520\tØRSTA\tG\r\n";
    let format = json!({ "kind": "csv", "separator": "\t", "header": false, "encoding": "iso-8859-1", "columns": 5 });
    let read = read(&ansi(text), format, &columns(&["postnummer = 1", "sted = 2", "kommune = 3"])).unwrap();
    assert_eq!(table(&read), [["0001", "OSLO", "0301"], ["4480", "KVINESDAL", "4227"], ["6150", "ØRSTA", "1520"]]);
    assert_eq!((read.lines, read.batches), (vec![1, 2, 3], 2));
    assert_eq!(read.undeclared, ["4", "5"]);
}

#[test]
fn a_late_letter_decides_the_encoding() {
    let early: Vec<String> = (0..20_000).map(|number| format!("{number:04};OSLO\n")).collect();
    let text = format!("nr;sted\n{}9999;BØ I VESTERÅLEN\n", early.concat());
    let format = json!({ "kind": "csv" });
    let read = read(&ansi(&text), format, &columns(&["nr", "sted"])).unwrap();
    assert_eq!(table(&read)[20_000], ["9999", "BØ I VESTERÅLEN"]);
}

#[test]
fn characters_are_whole_wherever_reading_stops_and_bad_ones_are_found() {
    let format = json!({ "kind": "csv", "encoding": "utf-8" });
    let word = "aå€😀";
    for shift in 0..10 {
        let text = format!("a\n{}{}\n", "x".repeat(shift), format!("{word}\n").repeat(20_000));
        let read = read(text.as_bytes(), format.clone(), &columns(&["a"])).unwrap();
        let found = table(&read);
        assert_eq!(found.len(), 20_000);
        assert!(found[1..].iter().all(|row| row[0] == word) && found[0][0].ends_with(word));
        // A byte of the third chunk that is read; a lead byte alone, and one that nothing can begin with.
        for bad in [0xe2, 0xff] {
            let at = text.match_indices('\n').map(|(at, _)| at).find(|at| *at > 150_000).unwrap();
            let mut bytes = text.clone().into_bytes();
            bytes.insert(at, bad);
            let line = text[..at].matches('\n').count() + 1;
            let (code, found, reason) = fails(&bytes, format.clone(), &columns(&["a"]));
            assert_eq!((code, found), ("format-encoding", Some(line as u64)));
            assert!(reason.starts_with(&format!("undecodable character at byte {at}:")), "{reason}");
        }
    }
}

#[test]
fn a_section_list_with_quotes_blank_lines_and_dashes() {
    let text = "Nummer;Navn;Merknad;Mengde;Leietaker\r\n\
        24979620001;Prøvegata 56 H 0304;\"Bod i kjeller. \"\"Stor\"\" terrasse – 12 m²\";78,10;Testesen\r\n\r\n\
        24979620002;Øvre Åsly 27;\"to\r\nlinjer\";69,10;\r\n;;;;\r\n24979620003;x;;1 205,5;\r\n";
    let declared = [
        column("nummer = Nummer", "text", "open"),
        column("leietaker = Leietaker", "text", "secret"),
        column("merknad = Merknad", "text", "free-text"),
        column("mengde = Areal | Mengde", "text", "open"),
        column("rom = Antall rom", "text", "open"),
    ];
    let read = read(&ansi(text), json!({ "kind": "csv" }), &declared).unwrap();
    assert_eq!(
        table(&read),
        [
            ["24979620001", "Bod i kjeller. \"Stor\" terrasse – 12 m²", "78,10", "∅"],
            ["24979620002", "to\r\nlinjer", "69,10", "∅"],
            ["24979620003", "∅", "1 205,5", "∅"],
        ]
    );
    assert_eq!(read.lines, [2, 4, 7]);
    let [note] = read.notes.as_slice() else { panic!("{:?}", read.notes) };
    assert_eq!((note.code, note.count, note.message.as_str()), ("shape-blank-rows", 1, "1 blank row was skipped"));
    assert_eq!((read.missing, read.undeclared), (vec!["rom".to_owned()], vec!["Navn".to_owned()]));
}

#[test]
fn rows_of_nothing_are_counted_and_empty_lines_are_none() {
    let told = |text: &str, names: &[&str]| {
        let read = read(text.as_bytes(), json!({ "kind": "csv" }), &columns(names)).unwrap();
        (read.rows.len(), read.notes.iter().map(|note| note.message.clone()).collect::<String>())
    };
    let two = ["a", "b"];
    assert_eq!(told("a;b\n1;2\n\n\n", &two), (1, String::new()));
    assert_eq!(told("a;b\n1;2\n;\n ; \n3;\n   \n;\n", &two), (2, "4 blank rows were skipped".to_owned()));
    assert_eq!(told("a\n1\n\"\"\n", &["a"]), (1, "1 blank row was skipped".to_owned()));
}

#[test]
fn a_byte_order_mark_comments_and_skipped_lines() {
    let text = "\u{feff}Uttrekk fra register\nYear;County;Area\n# 2025\n2025;Møre og Romsdal;5895\n\n# 2021\n2021;Akershus;1\n";
    let format = json!({ "kind": "csv", "skip_lines": 1, "comment": "#" });
    let read = read(text.as_bytes(), format, &columns(&["year = Year", "county = County"])).unwrap();
    assert_eq!(table(&read), [["2025", "Møre og Romsdal"], ["2021", "Akershus"]]);
    assert_eq!(read.lines, [4, 7]);
}

#[test]
fn a_trailing_separator_is_accepted_where_declared() {
    let text = "Fylkenummer;Fylkenavn;Partikode;\n01;Østfold;A;\n01;Østfold;SV\n";
    let declared = columns(&["fylke = Fylkenummer", "parti = Partikode"]);
    let format = json!({ "kind": "csv", "trailing_separator": true });
    let read = read(text.as_bytes(), format, &declared).unwrap();
    assert_eq!(table(&read), [["01", "A"], ["01", "SV"]]);
    let (code, line, _) = fails(text.as_bytes(), json!({ "kind": "csv" }), &declared);
    assert_eq!((code, line), ("format-ragged", Some(3)));
    let text = "a;b;\n1;2;3\n";
    let format = json!({ "kind": "csv", "trailing_separator": true });
    assert_eq!(fails(text.as_bytes(), format, &columns(&["a"])).0, "format-ragged");
}

#[test]
fn utf_16_is_told_by_its_mark() {
    for big in [false, true] {
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        let text: Vec<u8> = "\u{feff}a;b\r\nÆ;😀\r\n".encode_utf16().flat_map(bytes).collect();
        let read = read(&text, json!({ "kind": "csv" }), &columns(&["a", "b"])).unwrap();
        assert_eq!(table(&read), [["Æ", "😀"]]);
    }
}

#[test]
fn what_cannot_be_decoded_is_an_error_with_its_place() {
    let declared = columns(&["a"]);
    let utf8 = json!({ "kind": "csv", "encoding": "utf-8" });
    let (code, line, reason) = fails(b"a\nok\nb\xF8\n", utf8, &declared);
    assert_eq!((code, line), ("format-encoding", Some(3)));
    assert!(reason.contains("byte 6"), "{reason}");
    let ansi = json!({ "kind": "csv", "encoding": "windows-1252" });
    let (code, line, reason) = fails(b"a\n\xE5\n\xE5\x81\n", ansi, &declared);
    assert_eq!((code, line), ("format-encoding", Some(3)));
    assert!(reason.contains("byte 5"), "{reason}");
    assert_eq!(fails(b"a\n1\0\n", json!({ "kind": "csv" }), &declared).0, "format-encoding");
    assert_eq!(fails(b"a\n1\n", json!({ "kind": "csv", "encoding": "klingon" }), &declared).0, "format-encoding");
}

#[test]
fn a_control_is_told_with_its_place_wherever_it_stands() {
    let declared = columns(&["a"]);
    for at in 0..140 {
        for control in ["\0", "\u{85}", "\u{9f}"] {
            let lines = format!("{}\n", "§x".repeat(7)).repeat(1 + at / 8);
            let start = lines.char_indices().map(|(start, _)| start).find(|start| *start >= at).unwrap();
            let (before, after) = lines.split_at(start);
            let text = format!("a\n{before}{control}{after}");
            let found = fails(text.as_bytes(), json!({ "kind": "csv" }), &declared);
            let line = 2 + before.matches('\n').count() as u64;
            assert_eq!((found.0, found.1), ("format-encoding", Some(line)), "{at} {control:?}");
            assert!(found.2.contains(&format!("at byte {}:", 2 + start)), "{at} {control:?}: {}", found.2);
        }
    }
}

#[test]
fn text_that_was_encoded_twice_is_refused() {
    let declared = columns(&["a"]);
    let twice = "a\nVÃ¥ler\nBÃ¸\nTromsÃ¸\n";
    assert_eq!(fails(twice.as_bytes(), json!({ "kind": "csv" }), &declared).0, "format-double-encoded");
    let few = "a\nVÃ¥ler\nBø\n";
    assert_eq!(read(few.as_bytes(), json!({ "kind": "csv" }), &declared).unwrap().rows.len(), 2);
    let ansi = json!({ "kind": "csv", "encoding": "iso-8859-1" });
    let (code, _, reason) = fails("a\nVåler\nBø\nTromsø\n".as_bytes(), ansi, &declared);
    assert_eq!(code, "format-encoding");
    assert!(reason.contains("it is UTF-8"), "{reason}");
}

#[test]
fn ragged_rows_are_errors() {
    let declared = columns(&["a"]);
    let (code, line, reason) = fails(b"a;b\n1;2\n\n3;4;5\n", json!({ "kind": "csv" }), &declared);
    assert_eq!((code, line), ("format-ragged", Some(4)));
    assert_eq!(reason, "3 fields where there should be 2");
    assert_eq!(fails(b"a;b;c\n1;2\n", json!({ "kind": "csv" }), &declared).0, "format-ragged");
}

#[test]
fn an_unclosed_quote_does_not_swallow_rows() {
    let declared = columns(&["a", "b"]);
    let (code, line, _) = fails(b"a;b\n1;2\n3;\"4\n5;6\n7;8\n", json!({ "kind": "csv" }), &declared);
    assert_eq!((code, line), ("format-quote", Some(3)));
    let read = read(b"a;b\n1;\"2\"", json!({ "kind": "csv" }), &declared).unwrap();
    assert_eq!(table(&read), [["1", "2"]]);
}

#[test]
fn limits_hold() {
    let declared = columns(&["a"]);
    let long = format!("a\n{}\n", "x".repeat(1001));
    assert_eq!(fails(long.as_bytes(), json!({ "kind": "csv" }), &declared).0, "format-cell-too-long");
    let unclosed = format!("a;b\n1;\"{}", "x\n".repeat(20_000));
    assert_eq!(fails(unclosed.as_bytes(), json!({ "kind": "csv" }), &declared).0, "format-cell-too-long");
    let wide = "a;".repeat(200);
    assert_eq!(fails(wide.as_bytes(), json!({ "kind": "csv" }), &declared).0, "format-too-many-columns");
}

#[test]
fn headers_are_trimmed_and_unambiguous() {
    let read_names = |text: &str| read(text.as_bytes(), json!({ "kind": "csv" }), &columns(&["a = Antall %"]));
    assert_eq!(table(&read_names(" Antall % \u{a0};b\n1;2\n").unwrap()), [["1"]]);
    let (code, line, _) = fails(b"a;b;a\n1;2;3\n", json!({ "kind": "csv" }), &columns(&["a"]));
    assert_eq!((code, line), ("format-duplicate-header", Some(1)));
    assert_eq!(read(b"a;b;b\n1;2;3\n", json!({ "kind": "csv" }), &columns(&["a"])).unwrap().rows.len(), 1);
}

#[test]
fn nothing_is_an_error_and_a_header_alone_is_no_rows() {
    for text in [&b""[..], b"\n\n", b"\xEF\xBB\xBF", b"\r\n"] {
        assert_eq!(fails(text, json!({ "kind": "csv" }), &columns(&["a"])).0, "format-empty");
    }
    assert!(read(b"a;b\n", json!({ "kind": "csv" }), &columns(&["a"])).unwrap().rows.is_empty());
}

#[test]
fn old_line_ends_are_counted() {
    let read = read(b"a;b\r1;2\r\r3;4\r", json!({ "kind": "csv" }), &columns(&["a"])).unwrap();
    assert_eq!((table(&read), read.lines.clone()), (vec![vec!["1"], vec!["3"]], vec![2, 4]));
}

#[test]
fn without_a_header_a_column_more_or_less_is_an_error() {
    let declared = columns(&["postnummer = 1", "sted = 2"]);
    let code = |text: &str, format: serde_json::Value| fails(text.as_bytes(), format, &declared).0;
    let bare = json!({ "kind": "csv", "header": false });
    assert_eq!(table(&read(b"0001;OSLO\n", bare.clone(), &declared).unwrap()), [["0001", "OSLO"]]);
    // A new column before the others: its values would have been published as postal codes.
    assert_eq!(code("17;0001;OSLO\n", bare.clone()), "format-column-count");
    assert_eq!(read(b"0001\n", bare, &declared).unwrap().missing, ["sted"]);
    let three = json!({ "kind": "csv", "header": false, "columns": 3 });
    assert_eq!(table(&read(b"0001;OSLO;x\n", three.clone(), &declared).unwrap()), [["0001", "OSLO"]]);
    assert_eq!(code("17;0001;OSLO;x\n", three.clone()), "format-column-count");
    assert_eq!(code("0001;OSLO\n", three), "format-column-count");
    let header = json!({ "kind": "csv", "columns": 2, "trailing_separator": true });
    assert!(read(b"a;b;\n1;2;\n", header.clone(), &columns(&["a"])).is_ok());
    assert_eq!(fails(b"a;b;c\n1;2;3\n", header, &columns(&["a"])).0, "format-column-count");
}

#[test]
fn a_record_is_bounded_though_its_values_are_short() {
    let limits = super::Limits { max_cell_bytes: 1 << 20, max_columns: 2000, batch_rows: 2 };
    let value = "x".repeat(1 << 20);
    let row = |values: usize| vec![value.as_str(); values].join(";");
    let header: String = (0..70).map(|at| at.to_string()).collect::<Vec<_>>().join(";");
    let text = format!("{header}\n\n{}\n", row(70));
    let read = super::read_within(text.as_bytes(), json!({ "kind": "csv" }), &columns(&["a = 1"]), limits);
    let (code, line, reason) = super::fault_of(read);
    assert_eq!((code, line), ("format-too-large", Some(3)), "{reason}");
}

#[test]
fn one_letter_in_utf_8_contradicts_a_single_byte_encoding() {
    let declared = columns(&["a"]);
    for letter in ["ø", "é", "§", "–", "š", "ŋ", "đ", "€", "😀"] {
        for label in ["windows-1252", "iso-8859-1", "iso-8859-15", "macintosh"] {
            let text = format!("a\nOslo\nx{letter}x\n");
            let format = json!({ "kind": "csv", "encoding": label });
            let (code, line, reason) = fails(text.as_bytes(), format, &declared);
            assert_eq!((code, line), ("format-encoding", Some(3)), "{letter} {label}");
            assert!(reason.contains("byte 8"), "{reason}");
        }
    }
    // Nothing speaks for UTF-8: only ASCII, or bytes that are not UTF-8.
    let ansi_format = json!({ "kind": "csv", "encoding": "windows-1252" });
    assert_eq!(table(&read(b"a\nOslo\n", ansi_format.clone(), &declared).unwrap()), [["Oslo"]]);
    let mixed = [&ansi("a\nBø\n")[..], "x – y\n".as_bytes()].concat();
    assert_eq!(read(&mixed, ansi_format, &declared).unwrap().rows.len(), 2);
}
