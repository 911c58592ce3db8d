//! What the scanner finds, held against the vectors and against forms in which people write.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::Value;

use super::{
    IdentityNumber, find_identity_numbers,
    scanner::{Found, Scanner},
};

fn vectors() -> Value {
    let text = include_str!("../../../tests/fixtures/privacy/identifier-vectors.json");
    serde_json::from_str::<Value>(text).unwrap()["nationalId"].take()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

#[test]
fn every_valid_number_is_found_with_its_kind() {
    let vectors = vectors();
    assert_eq!(list(&vectors["valid"]).len(), 38);
    for case in list(&vectors["valid"]) {
        let kind = match case["kind"].as_str().unwrap() {
            "FNR" => IdentityNumber::Fnr,
            "DNR" => IdentityNumber::Dnr,
            "NPID" => IdentityNumber::Npid,
            "HNR_OR_NAV_SYNTH" => IdentityNumber::HnrOrNavSynthetic,
            "NPID_SYNTH" => IdentityNumber::NpidSynthetic,
            "TENOR_SYNTH" => IdentityNumber::TenorSynthetic,
            "FH" => IdentityNumber::Fh,
            other => panic!("{other}"),
        };
        assert_eq!(find_identity_numbers(case["value"].as_str().unwrap()), [(0..11, kind)], "{case}");
    }
}

#[test]
fn no_invalid_number_is_found() {
    let vectors = vectors();
    assert_eq!(list(&vectors["invalid"]).len(), 10);
    for case in list(&vectors["invalid"]) {
        assert_eq!(find_identity_numbers(case["value"].as_str().unwrap()), [], "{case}");
    }
}

#[test]
fn texts_hit_as_the_vectors_say() {
    let vectors = vectors();
    assert_eq!(list(&vectors["text"]).len(), 18);
    for case in list(&vectors["text"]) {
        let hit = !find_identity_numbers(case["text"].as_str().unwrap()).is_empty();
        assert_eq!(hit, case["hit"].as_bool().unwrap(), "{case}");
    }
}

#[test]
fn ranges_are_bytes_of_the_text() {
    let text = "født: 311239\u{200b}70082, og 12 34 31 12 39 70082.";
    let found = find_identity_numbers(text);
    let parts: Vec<&str> = found.iter().map(|(range, _)| &text[range.clone()]).collect();
    assert_eq!(parts, ["311239\u{200b}70082", "31 12 39 70082"]);
}

#[test]
fn time_grows_with_the_text() {
    let mut hostile = vec!["31123970082".repeat(95_000), "3112 ".repeat(200_000), "31-12-39-7".repeat(100_000)];
    hostile.push("a1b2c3d4-".repeat(110_000));
    hostile.push("311239\u{200b}".repeat(110_000));
    for text in hostile {
        let start = Instant::now();
        find_identity_numbers(&text);
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived_and_ranges_are_right(text in "[0-9 ./\\-a-fø\u{200b}\u{ff11}]{0,60}") {
        for (range, _) in find_identity_numbers(&text) {
            prop_assert!(text.get(range).is_some());
        }
    }

    #[test]
    fn nothing_is_left_of_a_masked_text(
        parts in prop::collection::vec((0..5_usize, "[ .,/*a-]{1,3}"), 0..8),
    ) {
        let digits = ["31123970082", "311239", "70082", "71123970076", "12"];
        let text: String = parts.iter().flat_map(|(at, sign)| [digits[*at], sign.as_str()]).collect();
        let mut places: Vec<_> = find_identity_numbers(&text).into_iter().map(|(place, _)| place).collect();
        let masked = super::redact::masked_until_none(&text, &mut places);
        prop_assert_eq!(find_identity_numbers(&masked), [], "{} {}", text, masked);
    }

    #[test]
    fn a_number_is_found_in_any_words(before in "[g-zæøå ,:]{0,20}", after in "[g-zæøå ,:]{0,20}") {
        let text = format!("{before}31923970048{after}");
        prop_assert_eq!(find_identity_numbers(&text).len(), 1);
    }
}

/// The rules that fire in a text, with what they found.
fn fired(text: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let own = ["testvik.kommune.no".to_owned()];
    Scanner::new(&own, true).scan(text, |Found { rule, place, .. }| {
        found.push((rule.name(), text[place].to_owned()));
    });
    found
}

/// Ways in which one number is written.
const FORMS: &[&str] = &[
    "31.12.2039 70082",
    "2039-12-31 70082",
    "31/12/2039-70082",
    "31122039 70082",
    "20391231-70082",
    "3112203970082",
    "31.12.2039 700 82",
    "311239 - 70082",
    "31.12.39 - 70082",
    "311239  70082",
    "311239\n70082",
    "311239\r\n70082",
    "311239\t70082",
    "311239_70082",
    "311239:70082",
    "311239,70082",
    "311239, 70082",
    "311239*70082",
    "311239+70082",
    "(311239)70082",
    "(311239) 70082",
    "311239 (70082)",
    "311 239 70 082",
    "311239 70 082",
    "31 1239 70082",
    "3 1 1 2 3 9 7 0 0 8 2",
    "31 123 970 082",
    "31.123.970.082",
    "31.12.3970082",
    "3112.39.70082",
    "31-12-39-70082",
    "31 12 39 700 82",
    "31.12.39.70082",
    "311239\u{2011}70082",
    "311239\u{ad}70082",
    "311239\u{2003}70082",
    "³¹¹²³⁹ ⁷⁰⁰⁸²",
    "٣١١٢٣٩٧٠٠٨٢",
    "𝟛𝟙𝟙𝟚𝟛𝟡𝟟𝟘𝟘𝟠𝟚",
    "3\u{fe0f}\u{20e3}1\u{fe0f}\u{20e3}123970082",
    "fnr31123970082x",
    "311239/70082",
    "311239\u{34f}70082",
    "311239\u{61c}70082",
    "311239\u{180b}70082",
    "311239\u{3164}70082",
    "311239\u{e0020}70082",
    "311239\u{e0100}70082",
    "311239\u{fff9}70082",
    "3\u{332}1\u{332}1\u{332}2\u{332}3\u{332}9\u{332}70082",
    "311239\u{0}70082",
    "311\u{1}239\u{1f}70\u{7f}082",
    "311239%2070082",
    "311239%C2%A070082",
    "311239%e2%80%8b70082",
    "311239&nbsp;70082",
    "311239&#160;70082",
    "311239&#xA0;70082",
    "311239</b> <i>70082",
    "311239<br>70082",
    "311239<td class=\"x1\">70082",
    "311239\"70082",
    "311239&70082",
    "311239\u{22c5}70082",
    "311239\u{2022}70082",
    "311239\u{2713}70082",
    "31. desember 2039 70082",
    "31.des.39 70082",
    "31 DESEMBER 2039, 70082",
];

#[test]
fn every_way_of_writing_is_found() {
    for &form in FORMS {
        for text in [form.to_owned(), format!("Gjelder {form}, se vedlegg"), format!("12 34 {form}")] {
            let parts: Vec<&str> = find_identity_numbers(&text).into_iter().map(|(range, _)| &text[range]).collect();
            let digits = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
            assert_eq!(parts.len(), 1, "{text:?}: {parts:?}");
            assert!(digits(parts[0]) + 4 >= digits(form), "{text:?}: {parts:?}");
        }
    }
}

#[test]
fn a_word_for_a_persons_number_widens_the_gap() {
    for text in ["fnr: 311239, pnr: 70082", "Født 311239 og personnummer er 70082", "311239 (pers.nr.) 70082, fnr"] {
        assert_eq!(fired(text).len(), 1, "{text}");
    }
    for text in ["saksnr 311239, side 70082", "fnr. mangler, se 311239 i den vedlagte oversikten over 70082"] {
        assert_eq!(fired(text), [], "{text}");
    }
    // The ninth of a month in words is written with one digit.
    let ninth = (0..100_000).map(|n| format!("091239{n:05}")).find(|text| !find_identity_numbers(text).is_empty());
    let number = ninth.unwrap();
    let text = format!("født 9. desember 2039 {}", &number[6..]);
    assert_eq!(find_identity_numbers(&text).len(), 1, "{text}");
}

#[test]
fn a_lost_zero_is_found_where_the_number_stands_alone_or_a_word_says_so() {
    assert_eq!(fired(" 2013299997 "), [("identity-number", "2013299997".to_owned())]);
    assert_eq!(fired("fnr. 20132 99997"), [("identity-number", "20132 99997".to_owned())]);
    assert_eq!(fired("sak 2013299997"), []);
    assert_eq!(fired("fnr. 311239.70082"), [("identity-number", "311239.70082".to_owned())]);
}

#[test]
fn what_only_looks_like_a_number_of_a_person_is_not_found() {
    for text in [
        "POINT(311239.70082 6700299.97)",
        "13da68dd-6c0c-591f-a183-31123970082a",
        "D1A11529277DADC9BF7EACEBC12072480617B4E29C2F82BFB5C9D701A4E8C11B",
        "0000000000000031123970082abc",
        "QmFzZTY0IGlzIG5vdCBhIG51bWJlciBvZiBhbnlib2R5311239/70082Zm9yIGl0IGlzIGJ5dGVz",
        "311239 side 70082",
        "2024/1234567",
        "saksnr 2026000012345",
        "gnr 26 bnr 233",
    ] {
        assert_eq!(fired(text), [], "{text}");
    }
}

#[test]
fn other_numbers_need_a_form_or_a_word() {
    let one = |rule, text: &str| vec![(rule, text.to_owned())];
    for (text, expected) in [
        ("9999.00.12306", one("bank-account", "9999.00.12306")),
        ("kontonr 99990012306", one("bank-account", "99990012306")),
        ("ref 99990012306", vec![]),
        ("9999.00.12307", vec![]),
        ("DUF 203912345601", one("duf-number", "203912345601")),
        ("2039 123456 01", one("duf-number", "2039 123456 01")),
        ("203912345602", vec![]),
        ("tlf. 75 00 75 09", one("phone", "75 00 75 09")),
        ("75 00 75 09", one("phone", "75 00 75 09")),
        ("750 07 509", one("phone", "750 07 509")),
        ("mobil 91234567", one("phone", "91234567")),
        ("+47 91234567", one("phone", "91234567")),
        ("+4791234567", one("phone", "4791234567")),
        ("91234567", vec![]),
        ("20 24 12 31 10", vec![]),
        ("31 12 20 24 - 5", one("phone", "31 12 20 24")),
        ("post@testvik.kommune.no", vec![]),
        ("ola@example.com", one("email", "ola@example.com")),
        ("hjelpenummer 90000000220", one("help-number", "90000000220")),
        ("310529915", vec![]),
        ("sykmelding", one("special-category", "sykmeld")),
    ] {
        assert_eq!(fired(text), expected, "{text}");
    }
}

/// Random digits: how often chance gives a hit, against the shares measured in the research behind the rules.
#[test]
fn chance_hits_are_as_rare_as_calculated() {
    let mut state = 42_u64;
    let mut old = 0;
    let n = 200_000_u32;
    for _ in 0..n {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = format!("{:011}", (state >> 20) % 100_000_000_000);
        old += u32::from(fired(&number).iter().any(|(rule, _)| *rule == "identity-number"));
    }
    let share = f64::from(old) / f64::from(n);
    assert!((0.0010..0.0040).contains(&share), "{share}");
}
