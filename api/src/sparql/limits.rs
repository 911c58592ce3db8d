//! What can be said against a query before anything parses it: length, nesting, number of operators. Strings,
//! comments and IRIs do not count.

use std::{iter::Peekable, str::Chars};

use config::SparqlLimits;

/// The four query forms (SPARQL 1.1 Query, section 16), by the kind of their answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// SELECT and ASK: solutions or a truth value.
    Solutions,
    /// CONSTRUCT and DESCRIBE: triples.
    Triples,
}

/// Why a query is not handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Too many bytes.
    #[error("The query has {found} bytes, more than {max}.")]
    TooLong {
        /// Bytes of the query.
        found: usize,
        /// Bytes allowed.
        max: u32,
    },
    /// Brackets too deep.
    #[error("The query nests brackets more than {0} deep.")]
    TooDeep(u32),
    /// Too many operators.
    #[error("The query has more than {0} operators.")]
    TooComplex(u32),
    /// Too many triple patterns.
    #[error("The query has more than {0} triple patterns.")]
    TooManyPatterns(u32),
    /// An update.
    #[error("The catalogue is read-only: updates are refused.")]
    Update,
    /// A call to another server.
    #[error("SERVICE is refused: this endpoint asks no other server.")]
    Service,
    /// Neither a query nor an update.
    #[error("There is no SELECT, ASK, CONSTRUCT or DESCRIBE in the query.")]
    NoForm,
}

impl Refusal {
    /// The stable code, a heading in `docs/errors.md`.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "sparql-too-long",
            Self::TooDeep(_) => "sparql-too-deep",
            Self::TooComplex(_) | Self::TooManyPatterns(_) => "sparql-too-complex",
            Self::Update => "sparql-update-refused",
            Self::Service => "sparql-unsupported",
            Self::NoForm => "sparql-syntax",
        }
    }
}

/// Holds a query against the limits; the form of one that passes.
pub(crate) fn check(text: &str, limits: &SparqlLimits) -> Result<Form, Refusal> {
    if text.len() > limits.max_query_bytes as usize {
        return Err(Refusal::TooLong { found: text.len(), max: limits.max_query_bytes });
    }
    let mut tally = Tally { limits, open: Vec::new(), operators: 0, patterns: 0, form: None };
    let mut scanner = Scanner { chars: text.chars().peekable() };
    while let Some(token) = scanner.next_token() {
        tally.add(&token)?;
    }
    tally.form.ok_or(Refusal::NoForm)
}

/// As much of a token as the limits need.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// An opening bracket.
    Open(char),
    /// A closing one.
    Close,
    Operator,
    /// What stands between two triple patterns, or between two arguments.
    Separator(char),
    /// A word that is not a prefixed name, in upper case.
    Word(String),
    /// Everything that does not count.
    Other,
}

struct Tally<'a> {
    limits: &'a SparqlLimits,
    open: Vec<char>,
    operators: u32,
    patterns: u32,
    form: Option<Form>,
}

impl Tally<'_> {
    fn add(&mut self, token: &Token) -> Result<(), Refusal> {
        match token {
            Token::Open(bracket) => {
                // A group inside a group is joined with it.
                self.patterns += u32::from(*bracket == '{' && !self.open.is_empty());
                self.open.push(*bracket);
            }
            Token::Close => drop(self.open.pop()),
            // In round brackets a comma stands between arguments.
            Token::Separator(',') if self.open.last() == Some(&'(') => {}
            Token::Separator(_) => self.patterns += 1,
            Token::Operator => self.operators += 1,
            Token::Word(word) => self.word(word)?,
            Token::Other => {}
        }
        if self.open.len() > self.limits.max_nesting as usize {
            return Err(Refusal::TooDeep(self.limits.max_nesting));
        }
        if self.patterns > self.limits.max_patterns {
            return Err(Refusal::TooManyPatterns(self.limits.max_patterns));
        }
        if self.operators > self.limits.max_operators {
            return Err(Refusal::TooComplex(self.limits.max_operators));
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), Refusal> {
        match word {
            "SERVICE" => return Err(Refusal::Service),
            "UNION" | "OPTIONAL" | "MINUS" | "FILTER" | "EXISTS" | "NOT" | "IN" | "BIND" | "GRAPH" | "VALUES" => {
                self.operators += 1;
            }
            "SELECT" | "ASK" if self.form.is_none() => self.form = Some(Form::Solutions),
            "SELECT" => self.operators += 1,
            "CONSTRUCT" | "DESCRIBE" if self.form.is_none() => self.form = Some(Form::Triples),
            "INSERT" | "DELETE" | "LOAD" | "CLEAR" | "CREATE" | "DROP" | "COPY" | "MOVE" | "ADD" | "WITH"
                if self.form.is_none() =>
            {
                return Err(Refusal::Update);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Cuts a query into tokens. It need not be right on texts that are no SPARQL: those are refused by the parser.
struct Scanner<'a> {
    chars: Peekable<Chars<'a>>,
}

impl Scanner<'_> {
    fn next_token(&mut self) -> Option<Token> {
        let c = self.chars.next()?;
        Some(match c {
            '{' | '(' | '[' => Token::Open(c),
            '}' | ')' | ']' => Token::Close,
            '#' => {
                self.skip_while(|c| c != '\n' && c != '\r');
                Token::Other
            }
            '"' | '\'' => {
                self.string(c);
                Token::Other
            }
            '<' => self.iri_or_less(),
            '?' | '$' => {
                // Without a name after it a question mark is a property path.
                if self.skip_while(is_name) == 0 { Token::Operator } else { Token::Other }
            }
            '@' => {
                self.skip_while(|c| c.is_ascii_alphanumeric() || c == '-');
                Token::Other
            }
            ':' => self.local_name(),
            '.' | ';' | ',' => Token::Separator(c),
            '|' | '/' | '!' | '+' | '-' | '*' | '^' | '=' | '>' | '&' => Token::Operator,
            c if c.is_ascii_digit() => self.dotted(|c| c.is_ascii_alphanumeric() || c == '.'),
            c if is_name(c) => self.word(c),
            _ => Token::Other,
        })
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) -> usize {
        let mut count = 0;
        while self.chars.next_if(|c| wanted(*c)).is_some() {
            count += 1;
        }
        count
    }

    /// A number or name that may hold dots but not end with one: that one ends the triple.
    fn dotted(&mut self, wanted: impl Fn(char) -> bool) -> Token {
        let mut last = ' ';
        while let Some(c) = self.chars.next_if(|c| wanted(*c)) {
            last = c;
        }
        if last == '.' { Token::Separator('.') } else { Token::Other }
    }

    fn word(&mut self, first: char) -> Token {
        let mut word = String::from(first);
        while let Some(c) = self.chars.next_if(|c| is_name(*c)) {
            word.push(c);
        }
        if self.chars.next_if_eq(&':').is_some() { self.local_name() } else { Token::Word(word.to_ascii_uppercase()) }
    }

    /// The part of a prefixed name behind the colon, with `\-` escapes.
    fn local_name(&mut self) -> Token {
        loop {
            let name = self.dotted(|c| is_name(c) || matches!(c, '-' | '.' | ':' | '%'));
            if self.chars.next_if_eq(&'\\').is_none() {
                return name;
            }
            self.chars.next();
        }
    }

    /// An IRI in angle brackets, or the less-than sign.
    fn iri_or_less(&mut self) -> Token {
        let mut ahead = self.chars.clone();
        while let Some(c) = ahead.next() {
            if c == '>' {
                self.chars = ahead;
                return Token::Other;
            }
            if c <= ' ' || matches!(c, '<' | '"' | '{' | '}' | '|' | '^' | '`' | '\\') {
                break;
            }
        }
        Token::Operator
    }

    /// The rest of a string whose first quotation mark was taken.
    fn string(&mut self, quote: char) {
        let mut ahead = self.chars.clone();
        let long = ahead.next() == Some(quote) && ahead.next() == Some(quote);
        if long {
            self.chars = ahead;
        } else if self.chars.next_if_eq(&quote).is_some() {
            return;
        }
        let mut run = 0;
        while let Some(c) = self.chars.next() {
            run = if c == quote { run + 1 } else { 0 };
            if c == '\\' {
                self.chars.next();
            }
            let ends_line = !long && matches!(c, '\n' | '\r');
            if run == (if long { 3 } else { 1 }) || ends_line {
                return;
            }
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<Form, Refusal> {
        check(text, &SparqlLimits::default())
    }

    fn code(text: &str) -> &'static str {
        checked(text).unwrap_err().code()
    }

    #[test]
    fn ordinary_queries_pass() {
        let select = r#"
            PREFIX dct: <http://purl.org/dc/terms/> # select { ((((
            SELECT DISTINCT ?d (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?d dct:title ?t . FILTER(LANG(?t) = "nb" && ?t < 'Å{{{') } }
            GROUP BY ?d ORDER BY DESC(?n) LIMIT 10"#;
        assert_eq!(checked(select), Ok(Form::Solutions));
        assert_eq!(checked("ask { ?s ?p <http://a/b#c> }"), Ok(Form::Solutions));
        assert_eq!(checked("BASE <http://x/> CONSTRUCT WHERE { ?s ?p ?o }"), Ok(Form::Triples));
        assert_eq!(checked("describe <http://x/>"), Ok(Form::Triples));
        let list = format!("SELECT * {{ ?s ?p ?n FILTER(?n IN (1.5{})) }}", ", 1.5".repeat(150));
        assert_eq!(checked(&list), Ok(Form::Solutions));
    }

    #[test]
    fn the_killers_of_the_evaluator_are_refused() {
        let select = |body: &str| format!("SELECT * WHERE {{ {body} }}");
        let deep = |open: &str, close: &str, n: usize| select(&format!("{}{}", open.repeat(n), close.repeat(n)));
        assert_eq!(code(&deep("{", "}", 800)), "sparql-too-deep");
        assert_eq!(code(&select(&format!("FILTER({}1{})", "(".repeat(1000), ")".repeat(1000)))), "sparql-too-deep");
        assert_eq!(code(&deep("OPTIONAL { ?s ?p ?o ", "}", 100)), "sparql-too-deep");
        assert_eq!(code(&select(&format!("FILTER({}true)", "!".repeat(5000)))), "sparql-too-complex");
        assert_eq!(code(&select(&format!("FILTER(1{})", "+1".repeat(2000)))), "sparql-too-complex");
        assert_eq!(code(&select(&format!("{{}}{}", "UNION{}".repeat(1000)))), "sparql-too-complex");
        assert_eq!(code(&select(&format!("?s <a>{} ?o", "/<a>".repeat(1000)))), "sparql-too-complex");
        assert_eq!(code(&select(&format!("FILTER(true{})", "-true".repeat(1000)))), "sparql-too-complex");
        assert_eq!(code(&select(&"?s ?p ?o .".repeat(200))), "sparql-too-complex");
        assert_eq!(code(&select(&"ex:s ex:p ex:o. ".repeat(200))), "sparql-too-complex");
        assert_eq!(code(&select(&"?s ?p 1. ".repeat(200))), "sparql-too-complex");
        assert_eq!(code(&select(&"{?s ?p ?o}".repeat(190))), "sparql-too-complex");
        assert_eq!(code(&select(&format!("?s ?p ?o {}", ", ?o".repeat(200)))), "sparql-too-complex");
        assert_eq!(code(&select(&"x".repeat(10_000))), "sparql-too-long");
    }

    #[test]
    fn nothing_hides_behind_strings_comments_or_iris() {
        let ends_early = format!("SELECT * {{ ?s ?p \"a\\\"\" {} }}", "{".repeat(50));
        assert_eq!(code(&ends_early), "sparql-too-deep");
        let after_comment = format!("# {{\nSELECT * {}", "{".repeat(50));
        assert_eq!(code(&after_comment), "sparql-too-deep");
        let less_is_no_iri = format!("SELECT * {{ FILTER(?a < {}", "(".repeat(50));
        assert_eq!(code(&less_is_no_iri), "sparql-too-deep");
        let long_string = format!("SELECT * {{ ?s ?p '''it's {} fine''' }}", "{".repeat(50));
        assert_eq!(checked(&long_string), Ok(Form::Solutions));
        let empty_string = format!("SELECT * {{ ?s ?p '' {}", "{".repeat(50));
        assert_eq!(code(&empty_string), "sparql-too-deep");
    }

    #[test]
    fn writing_and_calling_out_are_refused() {
        assert_eq!(code("INSERT DATA { <a> <b> <c> }"), "sparql-update-refused");
        assert_eq!(code("PREFIX x: <http://x/> drop all"), "sparql-update-refused");
        assert_eq!(code("SELECT * { service <http://127.0.0.1/> { ?s ?p ?o } }"), "sparql-unsupported");
        assert_eq!(checked("SELECT * { ?insert ex:service ?x }"), Ok(Form::Solutions));
        assert_eq!(code(""), "sparql-syntax");
    }
}
