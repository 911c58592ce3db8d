//! Workbooks, made here part by part.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use tempfile::NamedTempFile;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{MarkKind, column, columns, fails, read, table};
use crate::reader::{Form, Input, look};

pub(super) fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook with the sheets "Forside" (empty) and "Ark 2", whose rows are given.
pub(super) fn xlsx(rows: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let sheet = |rows: &str| format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>");
    package(&[
        ("[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"),
        (
            "_rels/.rels",
            &format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
                 <Relationship Id=\"r1\" Type=\"{relation}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{relation}\"><sheets><sheet name=\"Forside\" sheetId=\"1\" \
                 r:id=\"r1\"/><sheet name=\"Ark 2\" sheetId=\"2\" r:id=\"r2\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
                 <Relationship Id=\"r1\" Type=\"{relation}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
                 <Relationship Id=\"r2\" Type=\"{relation}/worksheet\" Target=\"worksheets/sheet2.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            &format!(
                "<styleSheet xmlns=\"{main}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/>\
                 </cellXfs></styleSheet>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", &sheet("")),
        ("xl/worksheets/sheet2.xml", &sheet(rows)),
    ])
}

pub(super) fn text(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn rows() -> String {
    format!(
        "<row r=\"1\">{}</row><row r=\"3\">{}{}{}{}{}</row>\
         <row r=\"4\"><c r=\"A4\"><v>219</v></c><c r=\"B4\"><v>0.1</v></c><c r=\"C4\" s=\"1\"><v>43831</v></c>\
         <c r=\"D4\" t=\"b\"><v>1</v></c><c r=\"E4\" t=\"e\"><v>#N/A</v></c></row>\
         <row r=\"5\"><c r=\"A5\" s=\"1\"/></row>\
         <row r=\"7\">{}<c r=\"C7\" s=\"2\"><v>43831.5</v></c><c r=\"Z7\"><v>1</v></c></row>",
        text("A1", "Endringer &amp; nye"),
        text("A3", " Postnr "),
        text("B3", "Andel"),
        text("C3", "Dato"),
        text("D3", "Aktiv"),
        text("E3", "Feil"),
        text("A7", "0219"),
    )
}

/// A workbook for tests that break it.
pub(super) fn sample() -> Vec<u8> {
    xlsx(&rows())
}

pub(super) fn excel(sheet: &str, header_row: u32) -> Value {
    json!({ "kind": "excel", "sheet": sheet, "header_row": header_row })
}

#[test]
fn cells_become_text() {
    let declared =
        columns(&["postnr = Postnr", "andel = Andel", "dato = Dato", "aktiv = Aktiv", "feil = Feil", "borte"]);
    let read = read(&sample(), excel("Ark 2", 3), &declared).unwrap();
    assert_eq!(
        table(&read),
        [["219", "0.1", "2020-01-01", "true", "#N/A", "∅"], ["0219", "∅", "2020-01-01T12:00:00", "∅", "∅", "∅"]]
    );
    assert_eq!((read.lines, read.missing), (vec![4, 7], vec!["borte".to_owned()]));
    assert_eq!(read.marks, [(0, 4, MarkKind::Error)]);
}

#[test]
fn sheets_and_headers_must_be_there() {
    let declared = columns(&["a"]);
    let (code, _, reason) = fails(&sample(), excel("Ark 3", 1), &declared);
    assert_eq!(code, "format-sheet");
    assert!(reason.contains("Forside, Ark 2"), "{reason}");
    assert_eq!(fails(&sample(), json!({ "kind": "excel" }), &declared).0, "format-no-header");
    assert_eq!(fails(&sample(), excel("Ark 2", 2), &declared).0, "format-empty");
    assert_eq!(fails(&package(&[("a.txt", "x")]), excel("Ark 2", 2), &declared).0, "format-workbook");
    assert_eq!(fails(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", excel("A", 1), &declared).0, "format-workbook");
    assert_eq!(fails(b"a;b\n1;2\n", excel("A", 1), &declared).0, "format-workbook");
}

#[test]
fn a_cell_in_the_far_corner_takes_no_memory() {
    let rows = format!("<row r=\"1\">{}</row><row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c></row>", text("A1", "a"));
    let read = read(&xlsx(&rows), excel("Ark 2", 1), &columns(&["a"])).unwrap();
    assert_eq!((table(&read), read.lines.clone()), (vec![vec!["1"]], vec![1_048_576]));
    let rows =
        format!("<row r=\"1\">{}</row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>", text("A1", "a"));
    assert_eq!(fails(&xlsx(&rows), excel("Ark 2", 1), &columns(&["a"])).0, "format-too-many-columns");
}

#[test]
fn a_part_that_unpacks_to_too_much_is_refused() {
    let bomb = " ".repeat(65 << 20);
    let (code, _, reason) = fails(&package(&[("xl/media/bilde.png", &bomb)]), excel("A", 1), &columns(&["a"]));
    assert_eq!(code, "format-too-large", "{reason}");
}

pub(super) fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content><office:body><office:spreadsheet>\
         <table:table table:name=\"Tom\"><table:table-row><table:table-cell/></table:table-row></table:table>\
         <table:table table:name=\"Data\">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    package(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)])
}

#[test]
fn an_open_document_sheet_is_streamed() {
    let rows = "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>Kode</text:p></table:table-cell>\
        <table:table-cell office:value-type=\"string\"><text:p>N&amp;M</text:p></table:table-cell>\
        <table:table-cell table:number-columns-repeated=\"2\"/><table:table-cell><text:p>Dato</text:p></table:table-cell>\
        <table:table-cell table:number-columns-repeated=\"16379\"/></table:table-row>\
        <table:table-row table:number-rows-repeated=\"2\"><table:table-cell office:value-type=\"float\" office:value=\"219\">\
        <text:p>219,00</text:p></table:table-cell><table:table-cell office:value-type=\"string\"><office:annotation>\
        <text:p>merknad</text:p></office:annotation><text:p>a<text:s text:c=\"2\"/>b</text:p><text:p>c</text:p>\
        </table:table-cell><table:table-cell table:number-columns-repeated=\"2\"/>\
        <table:table-cell office:value-type=\"date\" office:date-value=\"2020-01-01T00:00:00\"><text:p>1/1</text:p></table:table-cell>\
        </table:table-row><table:table-row><table:table-cell/><table:table-cell office:value-type=\"string\" \
        office:string-value=\"\" calcext:value-type=\"error\"><text:p>#REF!</text:p></table:table-cell></table:table-row>\
        <table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>";
    let declared = columns(&["kode = Kode", "nm = N&M", "dato = Dato"]);
    let read = read(&ods(rows), excel("Data", 1), &declared).unwrap();
    let twice = ["219", "a  b\nc", "2020-01-01"];
    assert_eq!(table(&read), [twice, twice, ["∅", "#REF!", "∅"]]);
    assert_eq!((read.lines, read.marks), (vec![2, 3, 4], vec![(2, 1, MarkKind::Error)]));
    assert_eq!(fails(&ods(rows), excel("Ark", 1), &declared).0, "format-sheet");
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(&ods(rows)).unwrap();
    let input = Input { name: "t.ods", path: file.path(), stopped: &|| false };
    let seen = look(input, None, |_| false).unwrap();
    let Form::Sheet { sheet, others, header_row, header_rows } = &seen.form else { panic!("{seen:?}") };
    assert_eq!(
        (sheet.as_str(), others.as_slice()),
        ("Data", ["Tom".to_owned()].as_slice()),
        "the first sheet is empty"
    );
    assert_eq!((*header_row, *header_rows, seen.nameless, seen.rows), (1, 1, 0, 3));
    assert_eq!(seen.columns.iter().map(|column| column.filled).collect::<Vec<_>>(), [2, 2, 2]);
    let bomb = rows.replace("rows-repeated=\"2\"", "rows-repeated=\"1000000\"");
    assert_eq!(fails(&ods(&bomb), excel("Data", 1), &declared).0, "format-workbook");
}

#[test]
fn a_text_where_a_geometry_should_be_is_an_error() {
    let declared = [column("sted = Postnr", "geometry", "open")];
    assert_eq!(fails(&sample(), excel("Ark 2", 3), &declared).0, "format-geometry");
}
