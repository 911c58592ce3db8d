//! Texts as the public may read them: marked names masked, letters composed, white space on one line.

/// What stands in the place of a name.
pub(in crate::reader) const MASK: &str = "*****";

/// Elements that mark a natural person's name: by the standard, by its misprint, and by Noark 4.
const MARKS: [&str; 3] = ["personnavn", "personavn", "pnavn"];

/// Whether an element marks a person's name.
pub(in crate::reader) fn is_mark(name: &str) -> bool {
    MARKS.iter().any(|mark| name.eq_ignore_ascii_case(mark))
}

/// A text without what is marked in it as a person's name, by tags that may themselves be escaped.
///
/// Marks that do not pair are read so that too much is masked rather than too little.
pub(in crate::reader) fn masked(text: &str) -> String {
    split(text, &mut Vec::new())
}

/// The names that are marked in a text.
pub(in crate::reader) fn marked(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    split(text, &mut names);
    names
}

/// A text with the names that are marked in it, without the marks. Never for everybody.
pub(in crate::reader) fn revealed(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        let (this, after) = from.split_at(tag(from).map_or(1, |(_, length)| length));
        out.push_str(before);
        if tag(from).is_none() {
            out.push_str(this);
        }
        rest = after;
    }
    out.push_str(rest);
    one_mask(&tidy(&out))
}

/// A text without names that are marked elsewhere in the same record. A single word is no name here: it may be another.
pub(super) fn without(text: &str, names: &[String]) -> String {
    let full = names.iter().filter(|name| name.contains(' ') && name.len() > 4);
    full.fold(text.to_owned(), |text, name| text.replace(name.as_str(), MASK))
}

/// Takes the marked names out of a text.
fn split(text: &str, names: &mut Vec<String>) -> String {
    let mut name = String::new();
    let text = if text.contains("&lt;") { text.replace("&lt;", "<").replace("&gt;", ">") } else { text.to_owned() };
    let (mut out, mut depth) = (String::with_capacity(text.len()), 0_usize);
    let mut rest = text.as_str();
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        let (closing, length) = match tag(from) {
            Some((closing, length)) => (Some(closing), length),
            None => (None, 1),
        };
        let (this, after) = from.split_at(length);
        let inside = depth > 0;
        if inside {
            name.push_str(before);
        } else {
            out.push_str(before);
        }
        match closing {
            None if depth == 0 => out.push_str(this),
            None => name.push_str(this),
            Some(false) => {
                if depth == 0 {
                    out.push_str(MASK);
                }
                depth += 1;
            }
            Some(true) if depth == 0 => return MASK.to_owned(),
            Some(true) => depth -= 1,
        }
        if inside && depth == 0 {
            names.push(tidy(&std::mem::take(&mut name)));
        }
        rest = after;
    }
    if depth == 0 {
        out.push_str(rest);
    }
    one_mask(&tidy(&out))
}

/// The sources' own masks, three stars or more, as one.
fn one_mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("***") {
        let (before, stars) = rest.split_at(at);
        out.push_str(before);
        out.push_str(MASK);
        rest = stars.trim_start_matches('*');
    }
    out.push_str(rest);
    out
}

/// A mark at the beginning of a text: whether it closes, and its length.
fn tag(text: &str) -> Option<(bool, usize)> {
    let inner = text.strip_prefix('<')?;
    let end = inner.find(['<', '>']).unwrap_or(inner.len());
    let name = inner.get(..end)?.trim();
    let (closing, name) = name.strip_prefix('/').map_or((false, name), |name| (true, name.trim_start()));
    let name = name.split([' ', '\t', '\r', '\n', '/']).next().unwrap_or_default();
    let closed = usize::from(inner.get(end..).is_some_and(|rest| rest.starts_with('>')));
    is_mark(name).then_some((closing, 1 + end + closed))
}

/// A text on one line, its letters composed (NFC for the letters of European languages).
pub(in crate::reader) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for character in text.chars() {
        if matches!(character, ' ' | '\t' | '\r' | '\n') {
            blank = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut blank) {
            out.push(' ');
        }
        let composed = out.chars().next_back().and_then(|last| composed(last, character));
        match composed {
            Some(letter) => {
                out.pop();
                out.push(letter);
            }
            None => out.push(character),
        }
    }
    out
}

/// Combining marks, the letters that they can stand on, and what these become.
const COMPOSED: [(char, &str, &str); 12] = [
    ('\u{300}', "AEIOUNaeioun", "ÀÈÌÒÙǸàèìòùǹ"),
    ('\u{301}', "AEIOUYCLNRSZaeiouyclnrszæÆøØåÅ", "ÁÉÍÓÚÝĆĹŃŔŚŹáéíóúýćĺńŕśźǽǼǿǾǻǺ"),
    ('\u{302}', "AEIOUCGHJSWYaeioucghjswy", "ÂÊÎÔÛĈĜĤĴŜŴŶâêîôûĉĝĥĵŝŵŷ"),
    ('\u{303}', "AIOUNaioun", "ÃĨÕŨÑãĩõũñ"),
    ('\u{304}', "AEIOUaeiouæÆ", "ĀĒĪŌŪāēīōūǣǢ"),
    ('\u{306}', "AEGIOUaegiou", "ĂĔĞĬŎŬăĕğĭŏŭ"),
    ('\u{307}', "CEGIZcegz", "ĊĖĠİŻċėġż"),
    ('\u{308}', "AEIOUYaeiouy", "ÄËÏÖÜŸäëïöüÿ"),
    ('\u{30a}', "AUau", "ÅŮåů"),
    ('\u{30b}', "OUou", "ŐŰőű"),
    ('\u{30c}', "CDENRSTZGKAIOUHjcdenrstzgkaiouh", "ČĎĚŇŘŠŤŽǦǨǍǏǑǓȞǰčďěňřšťžǧǩǎǐǒǔȟ"),
    ('\u{327}', "CGKLNRSTcgklnrst", "ÇĢĶĻŅŖŞŢçģķļņŗşţ"),
];

/// A letter and the mark after it as one character.
fn composed(letter: char, mark: char) -> Option<char> {
    if !('\u{300}'..='\u{36f}').contains(&mark) {
        return None;
    }
    let (_, letters, together) = COMPOSED.iter().find(|(combining, ..)| *combining == mark)?;
    let place = letters.chars().position(|known| known == letter)?;
    together.chars().nth(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_names_go_however_they_are_marked() {
        for (text, expected) in [
            ("Søknad fra <personnavn>Ola Nordmann</personnavn> m.fl.", "Søknad fra ***** m.fl."),
            ("<pnavn>Ola</pnavn> og <personavn>Kari</personavn>", "***** og *****"),
            ("<PERSONNAVN type='x'>Ola</PersonNavn>", "*****"),
            ("&lt;pnavn&gt;Ola&lt;/pnavn&gt;", "*****"),
            ("Til <pnavn>Ola <pnavn>A.</pnavn> Nordmann</pnavn>!", "Til *****!"),
            ("Brev <pnavn>Ola Nordmann", "Brev *****"),
            ("Brev <pnavn Ola Nordmann", "Brev *****"),
            ("Ola Nordmann</pnavn> søker", "*****"),
            ("<pnavn>Ola </pnavn> Nordmann</pnavn>", "*****"),
            ("a < b <i>kursiv</i>", "a < b <i>kursiv</i>"),
            ("Uten\n   navn", "Uten navn"),
            ("Brev *** og ******", "Brev ***** og *****"),
            ("a ** b", "a ** b"),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }

    #[test]
    fn names_marked_once_are_known_elsewhere() {
        let names = marked(
            "<pnavn>Ola  Nordmann</pnavn> og &lt;personnavn&gt;Kari <b/>Prøve&lt;/personnavn&gt; <pnavn>Ås</pnavn>",
        );
        assert_eq!(names, ["Ola Nordmann", "Kari <b/>Prøve", "Ås"]);
        assert_eq!(without("Søknad fra Ola Nordmann, Ås", &names), "Søknad fra *****, Ås");
    }

    #[test]
    fn marks_go_and_names_stay_where_both_are_asked_for() {
        assert_eq!(revealed("Fra &lt;pnavn&gt;Ola  N.&lt;/pnavn&gt; om a < b, ****"), "Fra Ola N. om a < b, *****");
    }

    #[test]
    fn letters_are_composed() {
        assert_eq!(tidy("A\u{30a}sheim e\u{301}n S\u{30c}"), "Åsheim én Š");
        assert_eq!(tidy("x\u{30a}"), "x\u{30a}", "there is no such letter");
        for (_, letters, together) in COMPOSED {
            assert_eq!(letters.chars().count(), together.chars().count(), "{letters}");
        }
    }
}
