//! `$filter` (OData 4.01 URL conventions, section 5.1.1): read into the conditions of this server's own rows.
//!
//! Comparisons of OData are true or false, never unknown: a missing value is not equal to 5, so `ne 5` holds for it, and so
//! does `not (x gt 5)`. Conditions on rows are those of SQL, so every negation is brought down to the comparisons, and there
//! lets missing values through.

use crate::error::Problem;

/// Bytes of a filter at the most.
const LONGEST: usize = 8192;
/// Brackets in brackets at the most.
const DEEPEST: usize = 50;

/// The words and signs of a filter.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    /// A text, without its quotation marks.
    Text(String),
    Open,
    Close,
    Comma,
}

/// What a column is compared with.
#[derive(Debug, Clone, PartialEq)]
enum Literal {
    Null,
    Truth(bool),
    /// A number, day, instant or text, as it stands in a condition.
    Value(String),
}

struct Reader<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<(usize, Token)>>,
    columns: &'a dyn Fn(&str) -> bool,
    depth: usize,
}

/// The filter as one condition of the rows' own grammar. `columns` tells which names are columns.
///
/// # Errors
/// `api-odata`, with the place in the filter.
pub(super) fn condition(text: &str, columns: &dyn Fn(&str) -> bool) -> Result<String, Problem> {
    if text.len() > LONGEST {
        return Err(wrong(LONGEST, "the filter is too long"));
    }
    let mut reader = Reader { tokens: tokens(text)?.into_iter().peekable(), columns, depth: 0 };
    let condition = reader.any(false)?;
    match reader.tokens.next() {
        None => Ok(condition),
        Some((at, _)) => Err(wrong(at, "something follows the end")),
    }
}

fn wrong(at: usize, what: &str) -> Problem {
    Problem::bad_request("api-odata", format!("$filter cannot be read at character {}: {what}.", at + 1))
        .hint("Write conditions such as: antall gt 5 and startswith(navn,'Bø') and not (kode in ('a','b')).")
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Problem> {
    let mut all = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let token = match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '\'' => {
                let mut value = String::new();
                loop {
                    match chars.next() {
                        None => return Err(wrong(at, "the text is not closed")),
                        // Two of them stand for one.
                        Some((_, '\'')) if chars.next_if(|(_, next)| *next == '\'').is_some() => value.push('\''),
                        Some((_, '\'')) => break,
                        Some((_, c)) => value.push(c),
                    }
                }
                Token::Text(value)
            }
            c => {
                let mut word = c.to_string();
                while let Some((_, c)) =
                    chars.next_if(|(_, c)| !c.is_whitespace() && !matches!(c, '(' | ')' | ',' | '\''))
                {
                    word.push(c);
                }
                Token::Word(word)
            }
        };
        all.push((at, token));
    }
    Ok(all)
}

impl Reader<'_> {
    /// Conditions with `or` between them.
    fn any(&mut self, negated: bool) -> Result<String, Problem> {
        self.joined(negated, "or", Self::every)
    }

    /// Conditions with `and` between them.
    fn every(&mut self, negated: bool) -> Result<String, Problem> {
        self.joined(negated, "and", Self::one)
    }

    fn joined(
        &mut self,
        negated: bool,
        word: &str,
        part: fn(&mut Self, bool) -> Result<String, Problem>,
    ) -> Result<String, Problem> {
        let mut parts = vec![part(self, negated)?];
        while self.tokens.next_if(|(_, token)| matches!(token, Token::Word(other) if other == word)).is_some() {
            parts.push(part(self, negated)?);
        }
        // Negated, `and` and `or` change places.
        let join = if (word == "and") == negated { "or" } else { "and" };
        match parts.pop() {
            Some(one) if parts.is_empty() => Ok(one),
            last => Ok(format!("{join}({})", parts.into_iter().chain(last).collect::<Vec<_>>().join(","))),
        }
    }

    fn one(&mut self, negated: bool) -> Result<String, Problem> {
        match self.tokens.next() {
            Some((at, Token::Open)) => {
                let inner = self.deeper(at, negated)?;
                self.expect(&Token::Close, "a closing bracket is missing")?;
                Ok(inner)
            }
            Some((at, Token::Word(word))) if word == "not" => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(wrong(at, "too many brackets"));
                }
                let inner = self.one(!negated)?;
                self.depth -= 1;
                Ok(inner)
            }
            Some((at, Token::Word(name))) if self.tokens.peek().is_some_and(|(_, next)| *next == Token::Open) => {
                self.function(at, &name, negated)
            }
            Some((at, Token::Word(name))) => self.comparison(at, &name, negated),
            Some((at, _)) => Err(wrong(at, "a column is missing")),
            None => Err(wrong(0, "a condition is missing")),
        }
    }

    fn deeper(&mut self, at: usize, negated: bool) -> Result<String, Problem> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(wrong(at, "too many brackets"));
        }
        let inner = self.any(negated)?;
        self.depth -= 1;
        Ok(inner)
    }

    fn expect(&mut self, wanted: &Token, what: &str) -> Result<(), Problem> {
        match self.tokens.next() {
            Some((_, token)) if token == *wanted => Ok(()),
            Some((at, _)) => Err(wrong(at, what)),
            None => Err(wrong(LONGEST, what)),
        }
    }

    fn column(&self, at: usize, name: &str) -> Result<(), Problem> {
        if (self.columns)(name) { Ok(()) } else { Err(wrong(at, "there is no such column")) }
    }

    /// `contains(navn,'x')`, perhaps followed by `eq true`.
    fn function(&mut self, at: usize, name: &str, negated: bool) -> Result<String, Problem> {
        self.expect(&Token::Open, "a bracket is missing")?;
        let Some((place, Token::Word(column))) = self.tokens.next() else {
            return Err(wrong(at, "a column is missing"));
        };
        self.column(place, &column)?;
        self.expect(&Token::Comma, "a comma is missing")?;
        let Some((place, Token::Text(part))) = self.tokens.next() else { return Err(wrong(at, "a text is missing")) };
        self.expect(&Token::Close, "a closing bracket is missing")?;
        if part.contains('*') {
            return Err(wrong(place, "a star cannot be looked for"));
        }
        let pattern = match name {
            "contains" => format!("*{part}*"),
            "startswith" => format!("{part}*"),
            "endswith" => format!("*{part}"),
            _ => return Err(wrong(at, "there are contains, startswith and endswith")),
        };
        let mut negated = negated;
        if self.tokens.next_if(|(_, token)| *token == Token::Word("eq".to_owned())).is_some() {
            match self.literal()? {
                (_, Literal::Truth(truth)) => negated ^= !truth,
                (place, _) => return Err(wrong(place, "true or false is missing")),
            }
        }
        let pattern = quoted(&pattern);
        Ok(if negated {
            format!("or({column}.not.like.{pattern},{column}.is.null)")
        } else {
            format!("{column}.like.{pattern}")
        })
    }

    fn comparison(&mut self, at: usize, name: &str, negated: bool) -> Result<String, Problem> {
        self.column(at, name)?;
        let operator = self.tokens.next_if(|(_, token)| {
            matches!(token, Token::Word(word) if ["eq", "ne", "gt", "ge", "lt", "le", "in"].contains(&word.as_str()))
        });
        let Some((place, Token::Word(operator))) = operator else {
            // A truth value alone.
            return Ok(truth(name, !negated));
        };
        if operator == "in" {
            return self.list(name, negated);
        }
        let (place_of_value, literal) = self.literal().map_err(|_| wrong(place, "a value is missing"))?;
        let equal = (operator == "eq") != negated;
        match (operator.as_str(), literal) {
            ("eq" | "ne", Literal::Null) => {
                Ok(if equal { format!("{name}.is.null") } else { format!("{name}.is.notnull") })
            }
            ("eq", Literal::Truth(value)) => Ok(if negated { other_than(name, value) } else { is(name, value) }),
            ("ne", Literal::Truth(value)) => Ok(if negated { is(name, value) } else { other_than(name, value) }),
            (_, Literal::Null | Literal::Truth(_)) => {
                Err(wrong(place_of_value, "a value that can be compared is missing"))
            }
            (operator, Literal::Value(value)) => {
                let (own, opposite) = match operator {
                    "eq" => ("eq", "neq"),
                    "ne" => ("neq", "eq"),
                    "gt" => ("gt", "lte"),
                    "ge" => ("gte", "lt"),
                    "lt" => ("lt", "gte"),
                    _ => ("lte", "gt"),
                };
                let used = if negated { opposite } else { own };
                // A missing value is other than any, and neither greater nor less.
                let missing = if matches!(operator, "eq" | "ne") { used == "neq" } else { negated };
                let plain = format!("{name}.{used}.{value}");
                Ok(if missing { format!("or({plain},{name}.is.null)") } else { plain })
            }
        }
    }

    fn list(&mut self, name: &str, negated: bool) -> Result<String, Problem> {
        self.expect(&Token::Open, "a bracket is missing")?;
        let mut values = Vec::new();
        loop {
            match self.literal()? {
                (_, Literal::Value(value)) => values.push(value),
                (at, _) => return Err(wrong(at, "a value is missing")),
            }
            match self.tokens.next() {
                Some((_, Token::Comma)) => {}
                Some((_, Token::Close)) => break,
                Some((at, _)) => return Err(wrong(at, "a comma or a closing bracket is missing")),
                None => return Err(wrong(LONGEST, "a closing bracket is missing")),
            }
        }
        let values = values.join(",");
        Ok(if negated {
            format!("or({name}.not.in.({values}),{name}.is.null)")
        } else {
            format!("{name}.in.({values})")
        })
    }

    fn literal(&mut self) -> Result<(usize, Literal), Problem> {
        match self.tokens.next() {
            Some((at, Token::Text(text))) => Ok((at, Literal::Value(quoted(&text)))),
            Some((at, Token::Word(word))) => Ok((
                at,
                match word.as_str() {
                    "null" => Literal::Null,
                    "true" => Literal::Truth(true),
                    "false" => Literal::Truth(false),
                    value if value.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+')) => {
                        Literal::Value(quoted(value))
                    }
                    _ => return Err(wrong(at, "texts stand between apostrophes")),
                },
            )),
            Some((at, _)) => Err(wrong(at, "a value is missing")),
            None => Err(wrong(LONGEST, "a value is missing")),
        }
    }
}

fn is(name: &str, value: bool) -> String {
    format!("{name}.is.{value}")
}

fn other_than(name: &str, value: bool) -> String {
    format!("or({name}.is.{},{name}.is.null)", !value)
}

fn truth(name: &str, wanted: bool) -> String {
    if wanted { is(name, true) } else { other_than(name, true) }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Problem> {
        condition(text, &|name| ["a", "b", "navn", "aktiv"].contains(&name))
    }

    #[test]
    fn filters_become_conditions() {
        for (filter, expected) in [
            ("a eq 5", "a.eq.\"5\""),
            ("a ne 5", "or(a.neq.\"5\",a.is.null)"),
            ("not (a ne 5)", "a.eq.\"5\""),
            ("not (a gt 5)", "or(a.lte.\"5\",a.is.null)"),
            (
                "a gt 5 and b lt 2026-01-01 or navn eq 'O''Hara, \"x\"'",
                "or(and(a.gt.\"5\",b.lt.\"2026-01-01\"),navn.eq.\"O'Hara, \\\"x\\\"\")",
            ),
            ("not (a gt 5 and b eq null)", "or(or(a.lte.\"5\",a.is.null),b.is.notnull)"),
            ("navn in ('x','y,z')", "navn.in.(\"x\",\"y,z\")"),
            ("not (navn in ('x'))", "or(navn.not.in.(\"x\"),navn.is.null)"),
            (
                "startswith(navn,'Bø') and not contains(navn,'x')",
                "and(navn.like.\"Bø*\",or(navn.not.like.\"*x*\",navn.is.null))",
            ),
            ("endswith(navn,'d') eq false", "or(navn.not.like.\"*d\",navn.is.null)"),
            ("aktiv", "aktiv.is.true"),
            ("not aktiv", "or(aktiv.is.false,aktiv.is.null)"),
            ("aktiv eq false", "aktiv.is.false"),
            ("aktiv ne true", "or(aktiv.is.false,aktiv.is.null)"),
        ] {
            assert_eq!(read(filter).unwrap(), expected, "{filter}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_by_its_place() {
        for bad in [
            "",
            "a",
            "x eq 5",
            "a eq",
            "a eq five",
            "a eq 5 b",
            "(a eq 5",
            "a eq 'x",
            "contains(navn)",
            "contains(navn,'*')",
            "lower(navn) eq 'x'",
            "a in (1",
            "a gt null",
            "not",
            "a eq 5 and",
            "navn in (null)",
        ] {
            // A column alone is a truth value; whether it is one is judged later.
            let said = read(bad);
            assert!(bad == "a" || said.as_ref().is_err_and(|problem| problem.code() == "api-odata"), "{bad}: {said:?}");
        }
        assert!(read(&"(".repeat(100)).is_err() && read(&"not ".repeat(100)).is_err());
        assert!(read(&format!("a eq {}", "1".repeat(10_000))).is_err());
    }
}
