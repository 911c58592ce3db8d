//! Telephone numbers and e-mail addresses.

use super::{forms::Written, words::Topic};

/// Whether a number is somebody's telephone: written in groups, or with a word or a country code before it.
pub(super) fn is_phone(text: &str, written: &Written) -> bool {
    let before = text.get(..written.start).unwrap_or_default();
    let after = text.get(written.end..).unwrap_or_default();
    if written.len == 10 {
        return written.is_bare() && written.digits().starts_with(&[4, 7]) && before.ends_with('+');
    }
    if written.len != 8 || !matches!(written.digits().first(), Some(2..=9)) {
        return false;
    }
    let country = ["+47 ", "+47", "0047 ", "0047"].iter().any(|code| before.ends_with(code));
    let alone = !joins(before.chars().rev()) && !joins(after.chars());
    let near = || Topic::Phone.is_near(text, written.start, written.end);
    country || alone && (written.is_phone_form() || (written.is_spaced() && near()))
}

/// Whether more digits follow after a blank or a sign: then it is a list or a longer number.
fn joins(mut next: impl Iterator<Item = char>) -> bool {
    matches!(next.next(), Some(' ' | '-' | '.' | '/' | '\u{a0}')) && next.next().is_some_and(|c| c.is_ascii_digit())
}

/// Calls `each` for every e-mail address: first byte, byte after it, domain.
pub(super) fn emails(text: &str, mut each: impl FnMut(usize, usize, &str)) {
    for (at, sign) in text.match_indices(['@', '\u{ff20}']) {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + sign.len()..).unwrap_or_default());
        let local = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'');
        let name: usize = before.chars().rev().take_while(local).map(char::len_utf8).sum();
        let host = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '-');
        let length: usize = after.chars().take_while(host).map(char::len_utf8).sum();
        let domain = after.get(..length).unwrap_or_default().trim_end_matches(['.', '-']);
        let top = domain.rsplit_once('.').map(|(_, top)| top);
        if name > 0 && top.is_some_and(|top| top.chars().count() >= 2 && top.chars().all(char::is_alphabetic)) {
            each(at - name, at + sign.len() + domain.len(), domain);
        }
    }
}

/// Whether a domain is one of some domains or below one.
pub(super) fn is_own(domain: &str, own: &[String]) -> bool {
    let domain = domain.to_lowercase();
    own.iter().any(|own| {
        let own = own.to_lowercase();
        domain == own || domain.strip_suffix(&own).is_some_and(|rest| rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_their_domains() {
        let mut found = Vec::new();
        let text = "a@b, <kåre.o@Post.Testvik.kommune.no>. x ＠ y, ola@example.com!";
        emails(text, |start, end, domain| found.push((&text[start..end], domain.to_owned())));
        assert_eq!(
            found,
            [
                ("kåre.o@Post.Testvik.kommune.no", "Post.Testvik.kommune.no".to_owned()),
                ("ola@example.com", "example.com".to_owned())
            ]
        );
        let own = ["testvik.kommune.no".to_owned()];
        assert!(is_own("Post.Testvik.kommune.no", &own) && !is_own("eviltestvik.kommune.no", &own));
    }
}
