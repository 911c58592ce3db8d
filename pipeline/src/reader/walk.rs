//! One pass over the text of a JSON object (RFC 8259): finds the values at declared paths and judges all of it.

use super::{
    json_text::{Form, JsonText},
    paths::{Found, Paths},
    scanner::MAX_DEPTH,
};

/// Why a text is no JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It breaks the grammar.
    Grammar,
    /// Its values are nested too deep.
    Depth,
}

type Walked<T> = Result<T, Flaw>;

/// Fills `found` by column and calls `undeclared` with the names that no path has.
pub(super) fn walk<'a>(
    object: &'a str,
    paths: &mut Paths,
    found: &mut [Found<'a>],
    undeclared: &mut dyn FnMut(&str),
) -> Walked<()> {
    let mut walk = Walk { text: object, bytes: object.as_bytes(), at: 0, depth: 0, found, undeclared };
    walk.blanks();
    if walk.peek() != Some(b'{') {
        return Err(Flaw::Grammar);
    }
    walk.object(paths)?;
    walk.blanks();
    if walk.at == walk.bytes.len() { Ok(()) } else { Err(Flaw::Grammar) }
}

/// A walk under way.
struct Walk<'w, 'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Brackets that are open.
    depth: usize,
    found: &'w mut [Found<'a>],
    undeclared: &'w mut dyn FnMut(&str),
}

impl Walk<'_, '_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Goes past a byte that must be there.
    fn expect(&mut self, byte: u8) -> Walked<()> {
        if self.peek() != Some(byte) {
            return Err(Flaw::Grammar);
        }
        self.at += 1;
        Ok(())
    }

    fn enter(&mut self) -> Walked<()> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Flaw::Depth) } else { Ok(()) }
    }

    /// In a list or an object: true at its next member, false behind its end.
    fn more(&mut self, close: u8, first: bool) -> Walked<bool> {
        self.blanks();
        if self.peek() == Some(close) {
            self.at += 1;
            self.depth -= 1;
            return Ok(false);
        }
        if !first {
            self.expect(b',')?;
            self.blanks();
        }
        Ok(true)
    }

    fn object(&mut self, node: &mut Paths) -> Walked<()> {
        self.enter()?;
        let (mut first, mut next) = (true, 0);
        while self.more(b'}', first)? {
            first = false;
            let child = self.name(node, &mut next)?;
            self.value(child.and_then(|at| node.child(at)))?;
        }
        Ok(())
    }

    /// A member's name and the colon after it; the place of the path that the name goes on, if there is one.
    fn name(&mut self, node: &mut Paths, next: &mut usize) -> Walked<Option<usize>> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let child = match node.usual(rest, next) {
            Some((child, length)) => {
                self.at += length;
                child
            }
            None => self.unusual_name(node, next)?,
        };
        self.blanks();
        self.expect(b':')?;
        self.blanks();
        Ok(child)
    }

    fn unusual_name(&mut self, node: &mut Paths, next: &mut usize) -> Walked<Option<usize>> {
        let start = self.at;
        let escaped = self.string()?.escaped;
        let raw = self.text.get(start..self.at).unwrap_or_default();
        let decoded =
            if escaped { Some(serde_json::from_str::<String>(raw).map_err(|_| Flaw::Grammar)?) } else { None };
        let plain = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
        let name = decoded.as_deref().unwrap_or(plain);
        let (child, report) = node.member(name, next);
        if report {
            (self.undeclared)(name);
        }
        Ok(child)
    }

    fn list(&mut self, node: &mut Paths) -> Walked<()> {
        self.enter()?;
        let mut at = 0;
        while self.more(b']', at == 0)? {
            self.value(node.item(at))?;
            at += 1;
        }
        Ok(())
    }

    /// A value, kept where a path ends.
    fn value(&mut self, node: Option<&mut Paths>) -> Walked<()> {
        let Some(node) = node else { return self.pass().map(drop) };
        let start = self.at;
        let form = match self.peek() {
            Some(b'{') if node.goes_on() => self.object(node).map(|()| Form::Nested)?,
            Some(b'[') if node.goes_on() => self.list(node).map(|()| Form::Nested)?,
            _ => self.pass()?,
        };
        let raw = self.text.get(start..self.at).unwrap_or_default();
        node.keep(JsonText { raw, form }, self.found);
        Ok(())
    }

    /// Goes past a value into which no path leads.
    fn pass(&mut self) -> Walked<Form> {
        match self.peek() {
            Some(b'"') => self.string().map(|seen| if seen.escaped || seen.odd { Form::Odd } else { Form::Plain }),
            Some(b'{' | b'[') => self.nested().map(|()| Form::Nested),
            _ => self.word().map(|()| Form::Word),
        }
    }

    /// Goes past a list or an object, without recursion.
    fn nested(&mut self) -> Walked<()> {
        let outside = self.depth;
        // One bit for each open bracket: set for an object.
        let mut objects = 0_u128;
        loop {
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    self.enter()?;
                    objects = objects << 1 | u128::from(open == b'{');
                    self.blanks();
                    if self.peek() != Some(closing(objects)) {
                        self.member(objects)?;
                        continue;
                    }
                }
                Some(b'"') => drop(self.string()?),
                _ => self.word()?,
            }
            if self.close(outside, &mut objects)? {
                return Ok(());
            }
        }
    }

    /// After a value: closes what ends here, and is true behind the outermost bracket, else stands at the next value.
    fn close(&mut self, outside: usize, objects: &mut u128) -> Walked<bool> {
        loop {
            self.blanks();
            if self.peek() == Some(b',') {
                self.at += 1;
                self.blanks();
                self.member(*objects)?;
                return Ok(false);
            }
            self.expect(closing(*objects))?;
            *objects >>= 1;
            self.depth -= 1;
            if self.depth == outside {
                return Ok(true);
            }
        }
    }

    /// The name before a value that stands in an object.
    fn member(&mut self, objects: u128) -> Walked<()> {
        if objects & 1 == 1 {
            let start = self.at;
            if self.string()?.escaped {
                let raw = self.text.get(start..self.at).unwrap_or_default();
                serde_json::from_str::<String>(raw).map_err(|_| Flaw::Grammar)?;
            }
            self.blanks();
            self.expect(b':')?;
            self.blanks();
        }
        Ok(())
    }

    /// Goes past a string.
    fn string(&mut self) -> Walked<Seen> {
        self.expect(b'"')?;
        let mut seen = Seen::default();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let (length, odd) = plain_length(rest);
            seen.odd |= odd;
            self.at += length;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(seen);
                }
                Some(b'\\') => {
                    seen.escaped = true;
                    self.at += 1;
                    self.escape()?;
                }
                _ => return Err(Flaw::Grammar),
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Walked<()> {
        let byte = self.peek();
        self.at += 1;
        match byte {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') => {
                let digits = self.bytes.get(self.at..self.at + 4).ok_or(Flaw::Grammar)?;
                self.at += 4;
                if digits.iter().all(u8::is_ascii_hexdigit) { Ok(()) } else { Err(Flaw::Grammar) }
            }
            _ => Err(Flaw::Grammar),
        }
    }

    /// Goes past a number or one of the three words.
    fn word(&mut self) -> Walked<()> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let known = [b"null".as_slice(), b"true", b"false"].into_iter().find(|word| rest.starts_with(word));
        match known {
            Some(word) => {
                self.at += word.len();
                Ok(())
            }
            None => self.number(),
        }
    }

    fn number(&mut self) -> Walked<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            // No digit may follow: then no member, bracket or end does, and that is a flaw of its own.
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Walked<()> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(Flaw::Grammar) } else { Ok(()) }
    }
}

/// What was seen in a string.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    escaped: bool,
    odd: bool,
}

fn closing(objects: u128) -> u8 {
    if objects & 1 == 1 { b'}' } else { b']' }
}

/// Bytes up to a quote, a backslash or a control character, and whether one of them may begin a control character that
/// JSON lets pass. Looks at eight bytes at once.
fn plain_length(bytes: &[u8]) -> (usize, bool) {
    let (mut length, mut odd) = (0, 0_u64);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        let ends = has(word, b'"') | has(word, b'\\') | below_blank(word);
        let strange = has(word, 0x7f) | has(word, 0xc2);
        if ends != 0 {
            let before = ends.trailing_zeros() / 8;
            // Marks behind the end are none of this string; `has` may only err above the first mark.
            let mask = 1_u64.checked_shl(before * 8).map_or(u64::MAX, |bit| bit - 1);
            return (length + before as usize, (odd | strange & mask) != 0);
        }
        odd |= strange;
        length += 8;
    }
    for byte in rest {
        if matches!(byte, b'"' | b'\\' | 0..0x20) {
            break;
        }
        odd |= u64::from(may_control(*byte));
        length += 1;
    }
    (length, odd != 0)
}

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Marks the bytes of a word that are a given one; bytes above the first mark may be marked by mistake.
fn has(word: u64, byte: u8) -> u64 {
    let zeros = word ^ (ONES * u64::from(byte));
    zeros.wrapping_sub(ONES) & !zeros & HIGHS
}

/// Marks the bytes below a blank; bytes above the first mark may be marked by mistake.
fn below_blank(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x20) & !word & HIGHS
}

/// Whether a byte may begin a control character that JSON lets pass.
fn may_control(byte: u8) -> bool {
    byte == 0x7f || byte == 0xc2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    fn walked(text: &str) -> Walked<()> {
        let mut paths = Paths::default();
        paths.add("a.b".split('.'), 0, Some(0));
        paths.add("c.1".split('.'), 0, Some(1));
        walk(text, &mut paths, &mut [Found::default(); 2], &mut |_| ())
    }

    fn found(text: &str) -> [Option<(&str, Form)>; 2] {
        let mut paths = Paths::default();
        paths.add("a.b".split('.'), 0, Some(0));
        paths.add("c.1".split('.'), 0, Some(1));
        let mut found = [Found::default(); 2];
        walk(text, &mut paths, &mut found, &mut |_| ()).unwrap();
        found.map(|found| found.value().map(|value| (value.raw, value.form)))
    }

    #[test]
    fn values_are_found_where_they_are_declared() {
        let text = r#" {"x": [1, {"b": "}"}], "a": {"y": "\"", "b": "verdi"}, "c": [0, -1.5e3, []]} "#;
        assert_eq!(found(text), [Some((r#""verdi""#, Form::Plain)), Some(("-1.5e3", Form::Word))]);
        let text = r#"{"a": {"b": {"c": [1, 2 ]}}, "c": [null, null]}"#;
        assert_eq!(found(text), [Some((r#"{"c": [1, 2 ]}"#, Form::Nested)), None]);
        let text = "{\"\\u0061\": {\"b\": \"Rådhus § 13\"}, \"c\": [\"\", \"a\\nb\"]}";
        assert_eq!(found(text), [Some(("\"Rådhus § 13\"", Form::Odd)), Some(("\"a\\nb\"", Form::Odd))]);
        assert_eq!(found(r#"{"a": {"b": 1, "b": 2}, "c": "1"}"#), [Some(("1", Form::Word)), None]);
    }

    #[test]
    fn members_in_any_order_are_found_and_told_once() {
        let mut paths = Paths::default();
        paths.watch(&[]);
        for (at, name) in ["a", "b", "c"].into_iter().enumerate() {
            paths.add(std::iter::once(name), 0, Some(at));
        }
        let mut told: Vec<String> = Vec::new();
        for text in
            ["{\"a\":1,\"x\":0,\"c\":3}", "{\"c\":3,\"b\":2,\"y\":0,\"a\":1}", "{\"x\":0,\"y\":0,\"c\":3,\"a\":1}"]
        {
            let mut found = [Found::default(); 3];
            walk(text, &mut paths, &mut found, &mut |name| told.push(name.to_owned())).unwrap();
            let values = found.map(|found| found.value().map_or("", |value| value.raw));
            assert_eq!(values, ["1", if text.contains('b') { "2" } else { "" }, "3"], "{text}");
        }
        assert_eq!(told, ["x", "y"]);
    }

    #[test]
    fn odd_bytes_count_only_within_the_string() {
        let texts = ["abc\u{7f}defghijk", "abcdefghijk\u{7f}", "a\u{80}", "12345678\u{85}9"];
        for text in texts {
            let json = format!("{{\"a\": {{\"b\": \"{text}\"}}, \"c\": 1}}");
            assert_eq!(found(&json)[0].unwrap().1, Form::Odd, "{text:?}");
        }
        assert_eq!(found("{\"a\": {\"b\": \"abc\"},\"x\":\"\u{7f}\"}")[0].unwrap().1, Form::Plain);
    }

    #[test]
    fn depth_has_a_limit_in_every_place() {
        for name in ["x", "a"] {
            let nested = |depth: usize| format!("{{\"{name}\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(walked(&nested(MAX_DEPTH - 1)), Ok(()));
            assert_eq!(walked(&nested(MAX_DEPTH)), Err(Flaw::Depth));
        }
    }

    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"", "\\", " ", "\n", "null", "true", "false", "0", "-", "1", ".", "e",
                "+", "\"a\"", "\"b\":", "\"a\":{\"b\":", "\"c\":[1,", "\\u00e5", "\\ud800", "\\x", "\u{1}", "\u{7f}",
                "ø", "§",
            ])
            .prop_map(str::to_owned),
            1 => "[a-zæ\" ]{0,12}",
        ]
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            "\\PC{0,20}".prop_map(Into::into),
            "[\\x00-\\x7fåø]{0,20}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            let name = prop_oneof!["[abcx]", "\\PC{0,9}"];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::hash_map(name, inner, 0..5).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// What serde_json takes for an object is walked, and nothing else is.
        #[test]
        fn judges_as_serde_json_does(pieces in prop::collection::vec(piece(), 0..24)) {
            for text in [pieces.concat(), format!("{{\"a\":{}}}", pieces.concat())] {
                let theirs = serde_json::from_str::<IgnoredAny>(&text).is_ok() && text.trim().starts_with('{');
                prop_assert_eq!(walked(&text).is_ok(), theirs, "{}", text);
            }
        }

        #[test]
        fn a_changed_byte_is_judged_as_by_serde_json(value in json(), at in any::<prop::sample::Index>(), byte in 0_u8..128) {
            let text = serde_json::json!({ "a": value, "c": [1, value] }).to_string();
            prop_assert_eq!(walked(&text), Ok(()));
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(text) = String::from_utf8(bytes) {
                let theirs = serde_json::from_str::<IgnoredAny>(&text).is_ok() && text.trim().starts_with('{');
                prop_assert_eq!(walked(&text).is_ok(), theirs, "{}", text);
            }
        }
    }
}
