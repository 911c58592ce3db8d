//! Small files that unfold into large ones, and readings that are stopped.

use std::{
    cell::Cell,
    io::{Cursor, Write},
};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    Input, LIMITS, Limits, columns, fails, fault_of, file, format, open, read, read_within, table,
    workbooks::{excel, ods, package, text, xlsx},
};
use crate::{
    Error,
    reader::package::{MOST, Most, inspect},
};

const ROOMY: Limits = Limits { max_cell_bytes: 16 << 20, max_columns: 10_000, batch_rows: 2 };

fn table_row(cells: &str) -> String {
    format!("<table:table-row>{cells}</table:table-row>")
}

fn header() -> String {
    table_row("<table:table-cell><text:p>a</text:p></table:table-cell>")
}

#[test]
fn a_repeated_value_is_held_against_the_limits_before_it_is_repeated() {
    let cell = |repeated: u32, text: &str| {
        let cell = format!(
            "<table:table-cell table:number-columns-repeated=\"{repeated}\"><text:p>{text}</text:p></table:table-cell>"
        );
        ods(&(header() + &table_row(&cell)))
    };
    let declared = columns(&["a"]);
    assert_eq!(table(&read(&cell(50, "x"), excel("Data", 1), &declared).unwrap()), [["x"]]);
    assert_eq!(fails(&cell(51, "x"), excel("Data", 1), &declared).0, "format-too-many-columns");
    assert_eq!(fails(&cell(u32::MAX, "x"), excel("Data", 1), &declared).0, "format-too-many-columns");
    assert_eq!(fails(&cell(1, &"x".repeat(1001)), excel("Data", 1), &declared).0, "format-cell-too-long");
    // 7 MiB in 10 000 columns: 70 GB if it were copied.
    let bomb = cell(10_000, &"x".repeat(7 << 20));
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    let roomy = |bytes: &[u8]| fault_of(read_within(bytes, excel("Data", 1), &declared, ROOMY));
    assert_eq!(roomy(&cell(10_000, &"x".repeat(10_000))).0, "format-too-large");
    assert_eq!(roomy(&bomb).0, "format-too-large");
}

#[test]
fn a_value_in_an_attribute_is_bounded() {
    let cell = |bytes: usize| {
        let value = "x".repeat(bytes);
        ods(&(header() + &table_row(&format!("<table:table-cell office:string-value=\"{value}\"/>"))))
    };
    assert_eq!(fails(&cell(1001), excel("Data", 1), &columns(&["a"])).0, "format-cell-too-long");
    assert_eq!(fails(&cell(9 << 20), excel("Data", 1), &columns(&["a"])).0, "format-cell-too-long");
}

#[test]
fn one_giant_text_is_refused_before_a_library_holds_it() {
    let giant = " ".repeat(9 << 20);
    let declared = columns(&["a"]);
    let rows = format!("<row r=\"1\">{}</row><row r=\"2\">{}</row>", text("A1", "a"), text("A2", &giant));
    assert_eq!(fails(&xlsx(&rows), excel("Ark 2", 1), &declared).0, "format-cell-too-long");
    let runs = format!("<r><t>{}</t></r>", "x".repeat(1 << 20)).repeat(9);
    let shared = format!("<sst><si>{runs}</si></sst>");
    let (code, _, reason) = fails(&package(&[("xl/sharedStrings.xml", &shared)]), excel("A", 1), &declared);
    assert_eq!(code, "format-cell-too-long", "{reason}");
}

#[test]
fn a_workbook_cannot_ask_for_room_for_its_texts() {
    for count in ["9999999999", "99999999999999999999", "-1"] {
        let shared = format!("<sst uniqueCount=\"{count}\"><si><t>x</t></si></sst>");
        let book = package(&[("xl/sharedStrings.xml", &shared)]);
        let (code, _, reason) = fails(&book, excel("A", 1), &columns(&["a"]));
        assert!(code == "format-workbook" && reason.contains("shared texts"), "{reason}");
    }
}

fn inspected(bytes: &[u8], most: Most) -> Result<Vec<String>, (&'static str, String)> {
    let file = file(bytes);
    let names = inspect(Input { name: "fil", path: file.path(), stopped: &|| false }, most);
    names.map_err(|error| (error.code(), error.to_string()))
}

#[test]
fn all_parts_together_have_a_limit_whatever_they_are_called() {
    let noise: Vec<String> = (0..3000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_string()).collect();
    let noise = noise.concat();
    let book = package(&[("xl/media/a.png", &noise), ("xl/b.xml", &noise), ("c", &noise)]);
    let bytes = noise.len() as u64;
    assert_eq!(inspected(&book, MOST).unwrap(), ["xl/media/a.png", "xl/b.xml", "c"]);
    assert!(inspected(&book, Most { total: 3 * bytes, ..MOST }).is_ok());
    let code = |most: Most| inspected(&book, most).unwrap_err().0;
    assert_eq!(code(Most { total: 3 * bytes - 1, ..MOST }), "format-too-large");
    assert_eq!(code(Most { part: bytes - 1, ..MOST }), "format-too-large");
}

#[test]
fn a_package_may_not_unfold_too_far() {
    let book = package(&[("a", &" ".repeat(1 << 20)), ("b", &" ".repeat(1 << 20))]);
    assert!(inspected(&book, MOST).is_ok(), "small files may");
    let (code, reason) = inspected(&book, Most { free: 1 << 19, ..MOST }).unwrap_err();
    assert!(code == "format-too-large" && reason.contains("200 times"), "{reason}");
}

#[test]
fn parts_may_not_share_their_bytes() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a.xml", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"<a>one and the same</a>").unwrap();
    zip.shallow_copy_file("a.xml", "b.xml").unwrap();
    let book = zip.finish().unwrap().into_inner();
    let (code, reason) = inspected(&book, MOST).unwrap_err();
    assert!(code == "format-workbook" && reason.contains("on top of each other"), "{reason}");
}

#[test]
fn reading_a_workbook_stops_when_it_is_told_to() {
    let rows: Vec<String> =
        (2..2000).map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c></row>")).collect();
    let sheet = xlsx(&format!("<row r=\"1\">{}</row>{}", text("A1", "a"), rows.concat()));
    let open_rows = table_row("<table:table-cell><text:p>1</text:p></table:table-cell>").repeat(2000);
    for (bytes, sheet) in [(sheet, "Ark 2"), (ods(&(header() + &open_rows)), "Data")] {
        let file = file(&bytes);
        let asked = Cell::new(0);
        let run = |until: u64| {
            asked.set(0);
            let stopped = || {
                asked.set(asked.get() + 1);
                asked.get() > until
            };
            let input = Input { name: "fil", path: file.path(), stopped: &stopped };
            open(input, &format(excel(sheet, 1)), &columns(&["a"]), LIMITS).map(drop)
        };
        run(u64::MAX).unwrap();
        let whole = asked.get();
        assert!(whole > 1000, "asked {whole} times");
        for until in [0, 1, whole / 2, whole - 1] {
            assert!(matches!(run(until), Err(Error::Stopped(_))), "{until}");
            assert_eq!(asked.get(), until + 1, "nothing is read after the stop");
        }
    }
}
