//! `allmenning init`: a first dataset file for a file that nobody has declared yet.

use std::{
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use config::{
    ColumnName, DatasetId, Language,
    cli::{Cli, Init, exit},
};
use pipeline::reader::{Guess, Look, Seen};
use serde_json::json;

use super::{Error, Output, Result};

/// Words in the names of columns of any type that tell about persons; Norwegian and English, without regard to case.
const OF_PERSONS: [&str; 11] =
    ["fødselsn", "fodselsn", "personn", "fnr", "pnr", "ssn", "personid", "telefon", "mobil", "phone", "leietaker"];

/// Such words in the names of columns of texts; of numbers (`antall ansatte`) they count persons.
const TEXTS_OF_PERSONS: [&str; 21] = [
    "fornavn",
    "etternavn",
    "mellomnavn",
    "førenamn",
    "etternamn",
    "kontakt",
    "søker",
    "beboer",
    "eier",
    "eigar",
    "epost",
    "e-post",
    "email",
    "e-mail",
    "saksbehandler",
    "ansvarlig",
    "ansatt",
    "elev",
    "pasient",
    "foresatt",
    "innmeldt av",
];

/// Looks at the file, writes the dataset file, and says what comes next.
pub(crate) fn init(cli: &Cli, args: &Init, output: Output) -> Result<u8> {
    let folder = fs::canonicalize(&cli.global.config)?;
    let file = fs::canonicalize(&args.file).or_else(|_| fs::canonicalize(folder.join(&args.file)))?;
    let inside = file.strip_prefix(&folder).map_err(|_| {
        let reason = "the file must lie below the configuration folder, so that the dataset can name it";
        io::Error::new(io::ErrorKind::InvalidInput, reason)
    })?;
    let id = match &args.dataset {
        Some(id) => id.clone(),
        None => id_of(&file)?,
    };
    let look = pipeline::look(&inside.to_string_lossy(), &file)?;
    let said = Said { language: args.language, look: &look };
    let text = said.dataset(&id, inside);
    let path = folder.join(format!("datasets/{id}.toml"));
    fs::create_dir_all(folder.join("datasets"))?;
    let mut written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(|error| io::Error::new(error.kind(), format!("datasets/{id}.toml: {error}")))?;
    written.write_all(text.as_bytes())?;
    output.line(&format!("datasets/{id}.toml: {} rows, {} columns", look.rows, look.columns.len()));
    output.line(&format!("    = hint: allmenning check, then allmenning plan {id}"));
    output.value(&json!({ "dataset": id, "file": format!("datasets/{id}.toml"), "rows": look.rows }));
    Ok(exit::OK)
}

/// The dataset's id after the name of the file.
fn id_of(file: &Path) -> Result<DatasetId> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let id = plain(&stem, '-');
    id.parse().map_err(|_| {
        let reason = format!("'{id}' cannot be the name of a dataset; give one with --dataset");
        Error::Io(io::Error::new(io::ErrorKind::InvalidInput, reason))
    })
}

/// A name of small letters, digits and a joint.
fn plain(text: &str, joint: char) -> String {
    let mut name = String::new();
    for character in text.trim().to_lowercase().chars() {
        match character {
            'æ' | 'ä' => name.push_str("ae"),
            'ø' | 'ö' => name.push('o'),
            'å' => name.push_str("aa"),
            '²' => name.push('2'),
            '³' => name.push('3'),
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if !name.is_empty() && !name.ends_with(joint) => name.push(joint),
            _ => {}
        }
    }
    let name = name.trim_end_matches(joint).to_owned();
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("k{joint}{name}") } else { name }
}

struct Said<'a> {
    language: Language,
    look: &'a Look,
}

impl Said<'_> {
    fn say(&self, [nb, nn, en]: [&'static str; 3]) -> &'static str {
        match self.language {
            Language::Nb => nb,
            Language::Nn => nn,
            Language::En => en,
        }
    }

    /// The whole file. Writing to a String cannot fail.
    fn dataset(&self, id: &DatasetId, file: &Path) -> String {
        let look = self.look;
        let mut text = self.head(id);
        let _ = writeln!(text, "source = {{ kind = \"file\", path = {} }}", quoted(&file.to_string_lossy()));
        let _ = writeln!(
            text,
            "\n# {}",
            self.say([
                "Slik ser filen ut: tegnsett, skilletegn og desimaltegn er lest av hele filen.",
                "Slik ser fila ut: teiknsett, skiljeteikn og desimalteikn er lese av heile fila.",
                "How the file is written: encoding, separator and decimal character, by all of its rows.",
            ])
        );
        let header = if look.header { "" } else { ", header = false" };
        let _ = writeln!(
            text,
            "format = {{ kind = \"csv\", encoding = {}, separator = {}, decimal = {}{header} }}",
            quoted(&look.encoding),
            quoted(&look.separator.to_string()),
            quoted(&look.decimal.to_string())
        );
        if look.ragged > 0 {
            let _ = writeln!(
                text,
                "# {} {}",
                look.ragged,
                self.say([
                    "rader har flere eller færre felt enn første linje; se innstillingen ragged.",
                    "rader har fleire eller færre felt enn første linja; sjå innstillinga ragged.",
                    "rows have more or fewer fields than the first line; see the setting ragged.",
                ])
            );
        }
        let mut taken = Vec::new();
        for column in &look.columns {
            self.column(column, &mut taken, &mut text);
        }
        text
    }

    fn head(&self, id: &DatasetId) -> String {
        let title = quoted(id.as_str());
        let fill = self.say([
            "Fyll ut: tittel og beskrivelse for leserne, tema, lisens og hvor ofte dataene endres.",
            "Fyll ut: tittel og omtale for lesarane, tema, lisens og kor ofte dataa blir endra.",
            "Fill in: title and description for readers, themes, licence, and how often the data change.",
        ]);
        let when = self.say([
            "Når datasettet skal leses på nytt; ta bort # for å slå det på.",
            "Når datasettet skal lesast på nytt; ta bort # for å slå det på.",
            "When the dataset is read anew; take away the # to turn it on.",
        ]);
        format!(
            "# {fill}\nprofile = \"table\"\nthemes = [\"GOVE\"]\nlicence = \"CC_BY_4_0\"\nfrequency = \"UNKNOWN\"\n\
            title = {{ nb = {title}, nn = {title}, en = {title} }}\n\
            description = {{ nb = {title}, nn = {title}, en = {title} }}\n\n# {when}\n\
            # schedule = {{ cron = \"0 6 * * *\" }}\n"
        )
    }

    fn column(&self, column: &Seen, taken: &mut Vec<String>, text: &mut String) {
        let mut name = plain(&column.name, '_');
        if name.parse::<ColumnName>().is_err() {
            name = format!("kolonne_{}", taken.len() + 1);
        }
        if taken.contains(&name) {
            name = format!("{name}_{}", taken.len() + 1);
        }
        let (kind, evidence) = self.kind(column);
        let class = self.class(column);
        let title = quoted(if self.look.header { &column.name } else { &name });
        let _ = writeln!(text, "\n# {evidence}");
        let _ = writeln!(text, "[[columns]]\nname = \"{name}\"\nfrom = [{}]\ntype = {kind}", quoted(&column.name));
        let _ = writeln!(text, "title = {{ nb = {title}, nn = {title}, en = {title} }}");
        if let Some((class, why)) = class {
            let _ = writeln!(text, "# {why}\nclass = \"{class}\"");
        }
        taken.push(name);
    }

    /// The type, and what speaks for it.
    fn kind(&self, column: &Seen) -> (String, String) {
        let (kind, what) = match column.guess(self.look.decimal) {
            Guess::Empty => ("\"text\"".to_owned(), ["ingen verdier", "ingen verdiar", "no values"]),
            Guess::Integer => ("\"integer\"".to_owned(), ["heltall", "heiltal", "whole numbers"]),
            Guess::Decimal(scale) if scale <= 18 => {
                (format!("{{ is = \"decimal\", scale = {scale} }}"), ["desimaltall", "desimaltal", "decimal numbers"])
            }
            Guess::Decimal(_) => ("\"number\"".to_owned(), ["desimaltall", "desimaltal", "decimal numbers"]),
            Guess::Date => ("\"date\"".to_owned(), ["datoer", "datoar", "days"]),
            Guess::Boolean => ("\"boolean\"".to_owned(), ["ja eller nei", "ja eller nei", "yes or no"]),
            Guess::Code if column.zeros > 0 => (
                "\"code\"".to_owned(),
                ["siffer med nuller foran", "siffer med nullar framfor", "digits with zeros in front"],
            ),
            Guess::Code => ("\"code\"".to_owned(), ["få ulike verdier", "få ulike verdiar", "few different values"]),
            Guess::Text => ("\"text\"".to_owned(), ["tekst", "tekst", "text"]),
        };
        let of = self.say(["av", "av", "of"]);
        (kind, format!("{} {of} {}: {}", column.filled, self.look.rows, self.say(what)))
    }

    /// How far a column may tell about persons, and why it seems so: what is not known to be harmless is not published.
    fn class(&self, column: &Seen) -> Option<(&'static str, &'static str)> {
        let name = column.name.to_lowercase();
        if column.persons > 0 {
            return Some((
                "secret",
                self.say([
                    "Fødselsnummer er funnet her; kolonnen leses ikke.",
                    "Fødselsnummer er funne her; kolonnen blir ikkje lesen.",
                    "National identity numbers stand here; the column is not read.",
                ]),
            ));
        }
        let guess = column.guess(self.look.decimal);
        let is_text = matches!(guess, Guess::Text | Guess::Code | Guess::Empty);
        let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let is_name = ["navn", "namn", "name"].contains(&name.trim()) || 2 * column.names > column.filled;
        if column.mails > 0 || says(&OF_PERSONS) || (is_text && (is_name || says(&TEXTS_OF_PERSONS))) {
            return Some((
                "personal",
                self.say([
                    "Ser ut til å gjelde personer; publiseres ikke. Endre til \"open\" bare hvis det er feil.",
                    "Ser ut til å gjelde personar; blir ikkje publisert. Endre til \"open\" berre om det er feil.",
                    "Seems to be about persons; not published. Change to \"open\" only if that is wrong.",
                ]),
            ));
        }
        // Where no header says what a text is, it may be anything.
        (guess == Guess::Text && (column.is_free_text() || !self.look.header)).then(|| {
            (
                "free-text",
                self.say([
                    "Fritekst kan inneholde hva som helst; publiseres ikke uten gates.privacy.publish_free_text.",
                    "Fritekst kan innehalde kva som helst; blir ikkje publisert utan gates.privacy.publish_free_text.",
                    "Free text may hold anything; not published without gates.privacy.publish_free_text.",
                ]),
            )
        })
    }
}

/// A basic string of TOML, which has the escapes of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
