//! The text of the dataset file.

use std::{collections::BTreeSet, fmt::Write};

use config::{ColumnName, Language};
use pipeline::reader::{Form, Guess, Look, Seen, TOTALS, WORDED_DATE};

use super::{Place, ask::Answers, nearest::Nearest, plain};

/// Most digits behind the decimal character that a number of fixed scale gets; more are those of a computer.
const MOST_DIGITS: usize = 6;

/// The name of the column of geometries.
const GEOMETRY: &str = "geometri";

/// What the file is made of.
pub(super) struct Written<'a> {
    pub(super) language: Language,
    pub(super) look: &'a Look,
    pub(super) place: &'a Place,
    pub(super) nearest: Option<&'a Nearest>,
    /// For each column how far it may tell about persons, and why.
    pub(super) suspected: Vec<Option<(&'static str, &'static str)>>,
    pub(super) answers: Answers,
}

impl Written<'_> {
    fn say(&self, texts: [&'static str; 3]) -> &'static str {
        self.language.pick(texts)
    }

    /// The whole file. Writing to a String cannot fail.
    pub(super) fn text(&self) -> String {
        let mut text = self.head();
        text.push_str(&self.source());
        text.push_str(&self.format());
        if let Some(nearest) = self.nearest {
            self.mapping(nearest, &mut text);
        }
        let mut taken = Vec::new();
        if self.nearest.is_none() {
            self.known(&mut taken, &mut text);
        }
        for (at, (column, suspected)) in self.look.columns.iter().zip(&self.suspected).enumerate() {
            if self.nearest.is_none_or(|nearest| nearest.known.iter().all(|(_, known)| *known != at)) {
                self.column(column, *suspected, &mut taken, &mut text);
            }
        }
        text
    }

    /// Columns that the form of the file says.
    fn known(&self, taken: &mut Vec<String>, text: &mut String) {
        let mut column = |name: &str, from: Option<String>, kind: &str, title: &str| {
            let from = from.map_or_else(String::new, |from| format!("from = [{}]\n", quoted(&from)));
            let title = quoted(title);
            let title = format!("title = {{ nb = {title}, nn = {title}, en = {title} }}");
            let _ = writeln!(text, "\n[[columns]]\nname = \"{name}\"\n{from}type = \"{kind}\"\n{title}");
            taken.push(name.to_owned());
        };
        match &self.look.form {
            Form::Features => column(GEOMETRY, None, "geometry", self.say(["Geometri", "Geometri", "Geometry"])),
            Form::JsonStat { dimensions } => {
                for (at, dimension) in dimensions.iter().enumerate() {
                    let plain = plain(dimension, '_');
                    let name = if plain.is_empty() { format!("dimensjon_{}", at + 1) } else { plain };
                    column(&name, Some(dimension.clone()), "code", dimension);
                    column(&format!("{name}_tekst"), Some(format!("{dimension}.label")), "text", dimension);
                }
                column("verdi", Some("value".to_owned()), "number", self.say(["Verdi", "Verdi", "Value"]));
                column("status", Some("status".to_owned()), "code", "Status");
            }
            Form::Separated { .. } | Form::Sheet { .. } | Form::Objects { .. } | Form::Lines => {}
        }
    }

    fn head(&self) -> String {
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
        let [title, description] = [&self.answers.title, &self.answers.description].map(|text| quoted(text));
        let profile = self.nearest.map_or("table", |nearest| nearest.profile.as_str());
        let why = self.nearest.map_or_else(String::new, |nearest| self.why(nearest));
        let key = self.nearest.and_then(|nearest| nearest.key.as_ref()).map_or_else(String::new, |key| self.key(key));
        format!(
            "# {fill}\n{why}profile = \"{profile}\"\n{key}themes = [\"GOVE\"]\nlicence = \"CC_BY_4_0\"\nfrequency = \"UNKNOWN\"\n\
            title = {{ nb = {title}, nn = {title}, en = {title} }}\n\
            description = {{ nb = {description}, nn = {description}, en = {description} }}\n\n# {when}\n\
            # schedule = {{ cron = \"0 6 * * *\" }}\n"
        )
    }

    /// A key of fewer columns than the profile's.
    fn key(&self, key: &[ColumnName]) -> String {
        let why = self.say([
            "Andre kolonner i profilens nøkkel har ikke verdier i alle rader.",
            "Andre kolonnar i nøkkelen til profilen har ikkje verdiar i alle rader.",
            "Other columns of the profile's key do not have values in all rows.",
        ]);
        let names: Vec<String> = key.iter().map(|name| quoted(name.as_str())).collect();
        format!("# {why}\nkey = [{}]\n", names.join(", "))
    }

    /// Why a profile was chosen.
    fn why(&self, nearest: &Nearest) -> String {
        let (of, known) = (
            self.say(["av", "av", "of"]),
            self.say([
                "kolonner er kjent i profilen, som bestemmer typene deres og hva som kan publiseres.",
                "kolonnar er kjende i profilen, som avgjer typane deira og kva som kan publiserast.",
                "columns are known to the profile, which says what type they are and what may be published.",
            ]),
        );
        format!("# {} {of} {} {known}\n", nearest.known.len(), self.look.columns.len())
    }

    fn source(&self) -> String {
        match self.place {
            Place::File(path) => format!("source = {{ kind = \"file\", path = {} }}\n", quoted(path)),
            Place::Address(address) => {
                let private = if address.allow_private_network { ", allow_private_network = true" } else { "" };
                // `$` begins the name of a secret.
                let url = address.url.as_str().replace("${", "%24{");
                format!("source = {{ kind = \"http\", url = {}{private} }}\n", quoted(&url))
            }
        }
    }

    fn format(&self) -> String {
        let look = self.look;
        let decimal = quoted(&look.decimal.to_string());
        let skip = self.skip();
        let skip_rows = skip.as_ref().map_or("", |(setting, _)| setting.as_str());
        let groups = || look.columns.iter().filter_map(|column| column.group);
        let group = groups().find(|group| *group != ' ').or_else(|| groups().next());
        let group = group.map_or_else(String::new, |group| format!(", group = {}", quoted(&group.to_string())));
        let mut text = format!(
            "\n# {}\n",
            self.say([
                "Slik ser filen ut, lest av alle radene.",
                "Slik ser fila ut, lese av alle radene.",
                "How the file is written, by all of its rows.",
            ])
        );
        let _ = match &look.form {
            Form::Separated { encoding, separator, header, comments, .. } => {
                let (encoding, separator) = (quoted(encoding), quoted(&separator.to_string()));
                let header = if *header { "" } else { ", header = false" };
                let comment = if *comments > 0 { ", comment = \"#\"" } else { "" };
                let written = format!(
                    "encoding = {encoding}, separator = {separator}, decimal = {decimal}{group}{header}{comment}"
                );
                writeln!(text, "format = {{ kind = \"csv\", {written}{skip_rows} }}")
            }
            Form::Sheet { sheet, header_row, header_rows, .. } => {
                let rows = if *header_rows > 1 { format!(", header_rows = {header_rows}") } else { String::new() };
                let written = format!("sheet = {}, header_row = {header_row}{rows}", quoted(sheet));
                writeln!(text, "format = {{ kind = \"excel\", {written}, decimal = {decimal}{group}{skip_rows} }}")
            }
            Form::Objects { rows: None } => writeln!(text, "format = {{ kind = \"json\" }}"),
            Form::Objects { rows: Some(rows) } => {
                writeln!(text, "format = {{ kind = \"json\", rows = {} }}", quoted(rows))
            }
            Form::Lines => writeln!(text, "format = {{ kind = \"ndjson\" }}"),
            Form::Features => writeln!(text, "format = {{ kind = \"geojson\" }}"),
            Form::JsonStat { .. } => writeln!(text, "format = {{ kind = \"json-stat\" }}"),
        };
        for (count, what) in self.remarks(skip.map(|(_, told)| told).unwrap_or_default()) {
            let _ = writeln!(text, "# {count} {what}");
        }
        text
    }

    /// Which rows are left out, and what is told of them.
    fn skip(&self) -> Option<(String, Vec<(u64, &'static str)>)> {
        let look = self.look;
        // One that totals do not have either leaves both out.
        let always = || look.columns.iter().skip(1).filter(|column| column.filled == look.of_table());
        let always = always().find(|column| column.in_totals == 0).or_else(|| always().next());
        if let Some(column) = always.filter(|_| look.notes > 0) {
            let what = self.say([
                "rader uten en verdi der, som noter og summer under tabellen, blir utelatt.",
                "rader utan ein verdi der, som notar og summar under tabellen, blir utelatne.",
                "rows without a value there, such as notes and totals below the table, are left out.",
            ]);
            let totals = look.totals - column.in_totals;
            let read = self.say([
                "rader med summer blir lest som andre rader; se innstillingen skip_rows.",
                "rader med summar blir lesne som andre rader; sjå innstillinga skip_rows.",
                "rows of totals are read like others; see the setting skip_rows.",
            ]);
            let told = vec![(look.notes + totals, what), (column.in_totals, read)];
            return Some((skip_rows(&column.name, ""), told));
        }
        let first = look.columns.first().filter(|_| look.totals > 0)?;
        let what = self.say([
            "rader med summer blir utelatt.",
            "rader med summar blir utelatne.",
            "rows of totals are left out.",
        ]);
        Some((skip_rows(&first.name, TOTALS), vec![(look.totals, what)]))
    }

    /// What the steward should know of how the table is written.
    fn remarks(&self, skipped: Vec<(u64, &'static str)>) -> Vec<(u64, String)> {
        let mut remarks: Vec<(u64, String)> =
            skipped.into_iter().map(|(count, what)| (count, what.to_owned())).collect();
        let ragged = self.say([
            "rader har flere eller færre felt enn første linje; se innstillingen ragged.",
            "rader har fleire eller færre felt enn første linja; sjå innstillinga ragged.",
            "rows have more or fewer fields than the first line; see the setting ragged.",
        ]);
        let nameless = self.say([
            "kolonner med verdier har ikke navn i overskriften og blir ikke lest.",
            "kolonnar med verdiar har ikkje namn i overskrifta og blir ikkje lesne.",
            "columns with values have no name in the header and are not read.",
        ]);
        let others = self.say(["andre ark i boken:", "andre ark i boka:", "other sheets in the workbook:"]);
        remarks.push((self.look.nameless, nameless.to_owned()));
        let lists = self.say([
            "felt med lister blir ikke lest:",
            "felt med lister blir ikkje lesne:",
            "members with lists are not read:",
        ]);
        let names: Vec<String> = self.look.lists.iter().map(|name| quoted(name)).collect();
        remarks.push((names.len() as u64, format!("{lists} {}", names.join(", "))));
        let twice = self.say([
            "kolonner heter det samme som en annen; gi dem ulike navn, eller les én tabell om gangen med range.",
            "kolonnar heiter det same som ein annan; gi dei ulike namn, eller les éin tabell om gongen med range.",
            "columns have the name of another one; name them apart, or read one table at a time with range.",
        ]);
        let different: BTreeSet<&str> = self.look.columns.iter().map(|column| column.name.as_str()).collect();
        remarks.push(((self.look.columns.len() - different.len()) as u64, twice.to_owned()));
        match &self.look.form {
            Form::Separated { ragged: count, .. } => remarks.push((*count, ragged.to_owned())),
            Form::Sheet { others: names, .. } => {
                // A name is one line of a comment.
                let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                remarks.push((names.len() as u64, format!("{others} {}", names.join(", "))));
            }
            Form::Objects { .. } | Form::Lines | Form::Features | Form::JsonStat { .. } => {}
        }
        remarks.retain(|(count, _)| *count > 0);
        remarks
    }

    /// The columns that the profile knows under other names than those it reads.
    fn mapping(&self, nearest: &Nearest, text: &mut String) {
        let others = nearest.known.iter().zip(&nearest.as_read).filter(|(_, as_read)| !**as_read);
        let lines: Vec<String> = others
            .filter_map(|((name, at), _)| Some(format!("{name} = [{}]\n", quoted(&self.look.columns.get(*at)?.name))))
            .collect();
        if !lines.is_empty() {
            let _ = write!(text, "\n[mapping]\n{}", lines.concat());
        }
    }

    fn column(
        &self,
        column: &Seen,
        suspected: Option<(&'static str, &'static str)>,
        taken: &mut Vec<String>,
        text: &mut String,
    ) {
        // Of members of features the properties are what others call columns.
        let own = column.name.strip_prefix("properties.").filter(|_| self.look.form == Form::Features);
        let mut name = plain(own.unwrap_or(&column.name), '_');
        if name.parse::<ColumnName>().is_err() {
            name = format!("kolonne_{}", taken.len() + 1);
        }
        if taken.contains(&name) {
            name = format!("{name}_{}", taken.len() + 1);
        }
        let (kind, evidence) = self.kind(column);
        let is_text = matches!(column.guess(self.look.decimal), Guess::Text | Guess::Code | Guess::Empty);
        let title = quoted(if self.look.has_header() { &column.name } else { &name });
        let _ = writeln!(text, "\n# {evidence}");
        let _ = writeln!(text, "[[columns]]\nname = \"{name}\"\nfrom = [{}]\ntype = {kind}", quoted(&column.name));
        let _ = writeln!(text, "title = {{ nb = {title}, nn = {title}, en = {title} }}");
        for (setting, texts) in [("suffix", &column.units), ("null", &column.nothing)] {
            if !is_text && !texts.is_empty() {
                let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                let _ = writeln!(text, "{setting} = [{}]", texts.join(", "));
            }
        }
        if let Some((class, why)) = suspected.filter(|_| !self.answers.open.contains(&column.name)) {
            let _ = writeln!(text, "# {why}\nclass = \"{class}\"");
        }
        taken.push(name);
    }

    /// The type, and what speaks for it.
    fn kind(&self, column: &Seen) -> (String, String) {
        let (kind, what) = match column.guess(self.look.decimal) {
            Guess::Empty => ("\"text\"".to_owned(), ["ingen verdier", "ingen verdiar", "no values"]),
            Guess::Integer => ("\"integer\"".to_owned(), ["heltall", "heiltal", "whole numbers"]),
            Guess::Decimal(scale) if scale <= MOST_DIGITS => {
                (format!("{{ is = \"decimal\", scale = {scale} }}"), ["desimaltall", "desimaltal", "decimal numbers"])
            }
            Guess::Decimal(_) => ("\"number\"".to_owned(), ["desimaltall", "desimaltal", "decimal numbers"]),
            Guess::Date if column.dates_in_words > 0 => {
                let formats = format!("[\"%Y-%m-%d\", \"%d.%m.%Y\", \"{WORDED_DATE}\"]");
                let what = ["datoer med ord", "datoar med ord", "days with words"];
                (format!("{{ is = \"date\", formats = {formats} }}"), what)
            }
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
        (kind, format!("{} {of} {}: {}", column.filled, self.look.of_table(), self.say(what)))
    }
}

fn skip_rows(column: &str, pattern: &str) -> String {
    format!(", skip_rows = {{ column = {}, pattern = {} }}", quoted(column), quoted(pattern))
}

/// A basic string of TOML, which has the escapes of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
