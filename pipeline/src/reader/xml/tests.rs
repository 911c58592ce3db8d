//! Tests of the XML layer on well-formed, broken and hostile documents.

use std::io::Write;

use proptest::prelude::*;
use tempfile::NamedTempFile;

use super::*;

const LIMITS: Limits = Limits { max_cell_bytes: 1000, max_columns: 50, batch_rows: 2 };

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// The events as one line, `<a>text</>`; the note's code after it.
fn read_in(bytes: &[u8], chunk: usize) -> Result<String> {
    let file = file(bytes);
    let mut xml = Xml::chunked("fil", file.path(), LIMITS, chunk)?;
    let mut out = String::new();
    loop {
        match xml.next()? {
            Event::Start(name) => out.extend(["<", &name, ">"]),
            Event::Text(text) => out.push_str(&text),
            Event::End => out.push_str("</>"),
            Event::Eof => break,
        }
    }
    if let Some(note) = xml.note() {
        out.extend([" ", note.code]);
    }
    Ok(out)
}

fn read(bytes: &[u8]) -> String {
    read_in(bytes, CHUNK).unwrap()
}

/// Code, line and reason of the error.
fn fails(bytes: &[u8]) -> (&'static str, u64, String) {
    match read_in(bytes, CHUNK) {
        Err(Error::Format { code, line, reason, hint, .. }) => {
            assert!(hint.len() > 20 && !hint.contains("format section"), "{code} has a hint");
            (code, line.unwrap_or(0), reason)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn documents_become_events() {
    let text = b"<?xml version='1.0'?>\n<!DOCTYPE A SYSTEM \"http://127.0.0.1:1/a.dtd\" [<!ENTITY x 'y'>]>\n\
        <!-- <b> --><p:A.B x=\"1\" y='&lt;'>a &amp; b&#248;&#xF8;<![CDATA[<c>&amp;]]><?pi x?><d/></p:A.B>\n";
    assert_eq!(read(text), "\n\n<A.B>a & bøø<c>&amp;<d></></>\n");
}

#[test]
fn encodings_are_found_by_the_bytes() {
    let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>bl\xE5b\xE6r \x96 \xD8</a>";
    assert_eq!(read(latin), "<a>blåbær – Ø</>");
    assert_eq!(read("<a>blåbær</a>".as_bytes()), "<a>blåbær</>");
    assert_eq!(read("\u{feff}<?xml version='1.0' encoding='utf-8'?><a>å</a>".as_bytes()), "<a>å</>");
    let lie = "<?xml version='1.0' encoding='ISO-8859-1'?><a>blåbær</a>";
    assert_eq!(read(lie.as_bytes()), "<a>blåbær</> format-encoding");
    let wide: Vec<u8> = "\u{feff}<a>øl</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&wide), "<a>øl</>");
    let lie = "<?xml version='1.0' encoding='utf-16'?><a>øl</a>";
    assert_eq!(read(lie.as_bytes()), "<a>øl</> format-encoding");
}

#[test]
fn a_second_layer_of_utf8_is_taken_off() {
    let once = "<?xml version='1.0' encoding='ISO-8859-1'?><a>Blåbær på Ås, Ærfugl – Øl</a>";
    let plain = "<a>Blåbær på Ås, Ærfugl – Øl</> format-double-encoded";
    let by_latin_1: String = once.bytes().map(char::from).collect();
    assert_eq!(read(by_latin_1.as_bytes()), plain);
    let (by_windows, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(once.as_bytes());
    assert_eq!(read(by_windows.as_bytes()), plain);
    let mixed = "<a>Blåbær Ã¸ Ã¦ Ã¥</a>";
    assert_eq!(fails(mixed.as_bytes()).0, "format-double-encoded");
    assert_eq!(read("<a>São Paulo, Ã.</a>".as_bytes()), "<a>São Paulo, Ã.</>");
}

#[test]
fn every_error_names_its_place() {
    for (text, code, line, reason) in [
        ("<a>\n  <b>x</c>\n</a>", "format-xml", 2, "column 7"),
        ("<a>\n <b>\n tekst", "format-xml", 3, "breaks off inside the element that begins on line 2"),
        ("<a>\n <b", "format-xml", 2, "column 2"),
        ("", "format-xml", 1, "there is no element"),
        ("tekst", "format-xml", 1, "outside the root"),
        ("<a/>\n<b/>", "format-xml", 2, "second root"),
        ("<a/>\ntekst", "format-xml", 1, "outside the root"),
        ("<a x='1' x='2'/>", "format-xml", 1, "column 1"),
        ("<a>\nø &nbsp; b</a>", "format-xml-entity", 2, "column 3: the entity 'nbsp' is not expanded"),
        ("<a>Ola & Kari Nordmann;</a>", "format-xml-entity", 1, "column 8: an entity that is not expanded"),
        ("<a>&#0;</a>", "format-xml-entity", 1, "no character"),
        ("<a>&#x110000;</a>", "format-xml-entity", 1, "no character"),
        ("<a>a & b</a>", "format-xml", 1, "column"),
        ("<a>\nb\u{0}</a>", "format-encoding", 2, "column 2: the control character U+0000"),
        ("<a>\u{85}</a>", "format-encoding", 1, "U+0085"),
        ("<?xml version='1.0' encoding='norsk'?><a/>", "format-encoding", 1, "'norsk'"),
        ("<a><!DOCTYPE b></a>", "format-xml", 1, "document type inside"),
    ] {
        let (found, at, why) = fails(text.as_bytes());
        assert_eq!((found, at), (code, line), "{text}: {why}");
        assert!(why.contains(reason), "{text}: {why}");
    }
    let (code, line, reason) = fails(b"<?xml version='1.0' encoding='utf-8'?>\n<a>bl\xE5</a>");
    assert_eq!((code, line, reason.as_str()), ("format-encoding", 2, "column 6: this is not utf-8"));
}

#[test]
fn bombs_are_refused() {
    let levels: Vec<String> = (1..10).map(|level| format!("<!ENTITY a{level} '{}'>", "&a;".repeat(10))).collect();
    let laughs = format!("<!DOCTYPE l [<!ENTITY a 'ha'>{}]><l>&a9;</l>", levels.concat());
    assert_eq!(fails(laughs.as_bytes()).0, "format-xml-entity");
    let deep = "<a>".repeat(1_000_000);
    assert_eq!(fails(deep.as_bytes()).0, "format-xml-limit");
    let endless = format!("<a>{}", "x".repeat(1 << 20));
    assert_eq!(fails(endless.as_bytes()).0, "format-xml-limit");
    let comment = format!("<a><!--{}--></a>", "x".repeat(1 << 20));
    assert_eq!(fails(comment.as_bytes()).0, "format-xml-limit");
    let attribute = format!("<a b='{}'/>", "x".repeat(1 << 20));
    assert_eq!(fails(attribute.as_bytes()).0, "format-xml-limit");
    let attributes: Vec<String> = (0..100).map(|n| format!(" a{n}='1'")).collect();
    assert_eq!(fails(format!("<a{}/>", attributes.concat()).as_bytes()).0, "format-xml-limit");
    let references = format!("<a>{}</a>", "&amp;".repeat(MAX_REFERENCES + 1));
    assert_eq!(fails(references.as_bytes()).0, "format-xml-limit");
    let doctype = format!("<!DOCTYPE a [{}]><a/>", "<!ENTITY a 'b'>".repeat(4400));
    assert_eq!(fails(doctype.as_bytes()).0, "format-xml-limit");
}

fn element(bytes: &[u8]) -> Result<Element> {
    let file = file(bytes);
    let mut xml = Xml::open("fil", file.path(), LIMITS)?;
    match xml.next()? {
        Event::Start(name) => xml.element(name),
        other => panic!("{other:?}"),
    }
}

#[test]
fn elements_are_bounded() {
    let whole = element(b"<a>x<b>y</b>z<c><b>w</b></c></a>").unwrap();
    assert_eq!(whole.first("b").unwrap().flat(&|_| false), "y");
    assert_eq!(whole.flat(&|name| name == "b"), "x<b>y</b>z<b>w</b>");
    assert_eq!(whole.all("c").count(), 1);
    let long = format!("<a>{}</a>", "xxxxx&amp;".repeat(200));
    let cut = element(format!("<r><c>y</c>{long}</r>").as_bytes()).unwrap();
    assert!(cut.cut && cut.first("a").unwrap().cut && !cut.first("c").unwrap().cut);
    let length = cut.first("a").unwrap().flat(&|_| false).len();
    assert!(length <= LIMITS.max_cell_bytes, "{length}");
    let many = format!("<a>{}</a>", "<b/>".repeat(MAX_RECORD_ELEMENTS + 1));
    assert!(matches!(element(many.as_bytes()), Err(Error::Format { code: "format-xml-limit", .. })));
}

proptest! {
    #[test]
    fn the_chunk_size_never_matters(
        words in prop::collection::vec("[a-zæøåÅ–€&<]{0,12}", 1..20),
        chunk in 1_usize..12,
        form in 0..3,
    ) {
        let words: Vec<String> =
            words.iter().map(|word| word.replace('&', "&amp;").replace('<', "&lt;")).collect();
        let inner = format!("<b>{}</b>", words.join("</b>\n<b>"));
        let text = format!("<?xml version='1.0' encoding='windows-1252'?>\n<a>{inner}</a>");
        let bytes = match form {
            0 => text.into_bytes(),
            1 => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
            _ => encoding_rs::WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned().into_bytes(),
        };
        let whole = read_in(&bytes, CHUNK).map_err(|error| error.to_string());
        prop_assert_eq!(whole, read_in(&bytes, chunk).map_err(|error| error.to_string()));
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(prop::sample::select(
        b"<>/!?-[]&;#x'\"= \nab\xC3\xB8\xE5\xFF\0CDATA".to_vec()), 0..200)) {
        let _ = read_in(&bytes, 7);
        let _ = element(&[b"<a>".as_slice(), &bytes].concat());
    }
}
