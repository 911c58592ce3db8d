//! How a version is cited, in the forms that reference managers read: BibTeX, RIS, CSL-JSON (Citation Style Language 1.0.2)
//! and Citation File Format 1.2.

use actix_web::{HttpResponse, http::header, web};
use catalog::{Entry, version::Manifest};
use config::Language;
use serde_json::{Value, json};

use super::{pinned, texts};
use crate::{error::Problem, lookup, state::State};

/// What a citation is made of.
pub(super) struct Cited<'a> {
    pub(super) publisher: &'a str,
    pub(super) title: &'a str,
    pub(super) url: String,
    /// The day of publication in Norway, as year, month and day.
    pub(super) day: [i16; 3],
    dataset: &'a str,
    number: String,
    licence: (&'static str, &'static str),
    licence_code: String,
    summary: &'a str,
}

impl<'a> Cited<'a> {
    /// A version.
    pub(super) fn new(state: &'a State, entry: &'a Entry, manifest: &'a Manifest) -> Self {
        let file = &entry.dataset.file;
        let local = manifest.published.in_tz("Europe/Oslo");
        let day =
            local.map_or_else(|_| manifest.published.to_zoned(jiff::tz::TimeZone::UTC).date(), |time| time.date());
        Self {
            publisher: state.config.publisher.name.get(Language::Nb),
            title: file.title.get(Language::Nb),
            url: pinned::address(state, manifest),
            day: [day.year(), day.month().into(), day.day().into()],
            dataset: manifest.dataset.as_str(),
            number: manifest.number.to_string(),
            licence: texts::licence(file.licence),
            licence_code: file.licence.code(),
            summary: file.description.get(Language::Nb),
        }
    }

    /// As an entry of BibTeX.
    pub(super) fn bibtex(&self) -> String {
        let [year, month, _] = self.day;
        // Braces keep capitals; those in a text, and backslashes, would be commands.
        let text = |text: &str| text.replace(['{', '}', '\\'], "").split_whitespace().collect::<Vec<_>>().join(" ");
        format!(
            "@dataset{{{}-v{},\n  author = {{{{{}}}}},\n  title = {{{{{}}}}},\n  year = {{{year}}},\n  month = {{{month}}},\n  \
             version = {{{}}},\n  publisher = {{{{{}}}}},\n  url = {{{}}}\n}}\n",
            self.dataset,
            self.number,
            text(self.publisher),
            text(self.title),
            self.number,
            text(self.publisher),
            self.url
        )
    }

    fn ris(&self) -> String {
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let [year, month, day] = self.day;
        format!(
            "TY  - DATA\r\nAU  - {publisher}\r\nTI  - {}\r\nPY  - {year}\r\nDA  - {year}/{month:02}/{day:02}\r\nPB  - {publisher}\r\n\
             ET  - {}\r\nUR  - {}\r\nER  - \r\n",
            line(self.title),
            self.number,
            self.url,
            publisher = line(self.publisher)
        )
    }

    fn csl(&self) -> Value {
        json!([{
            "id": format!("{}-v{}", self.dataset, self.number),
            "type": "dataset",
            "author": [{ "literal": self.publisher }],
            "title": self.title,
            "issued": { "date-parts": [self.day] },
            "version": self.number,
            "publisher": self.publisher,
            "URL": self.url,
        }])
    }

    /// YAML, of which JSON strings are a part.
    fn cff(&self) -> String {
        let text = |text: &str| Value::String(text.to_owned()).to_string();
        let [year, month, day] = self.day;
        let licence = match self.licence_code.as_str() {
            "CC_BY_4_0" => "license: CC-BY-4.0\n".to_owned(),
            "CC0" => "license: CC0-1.0\n".to_owned(),
            "NLOD_2_0" => "license: NLOD-2.0\n".to_owned(),
            _ => format!("license-url: {}\n", text(self.licence.1)),
        };
        format!(
            "cff-version: 1.2.0\nmessage: {}\ntype: dataset\ntitle: {}\nabstract: {}\nauthors:\n  - name: {}\nversion: {}\n\
             date-released: {year:04}-{month:02}-{day:02}\nurl: {}\n{licence}",
            text("Please cite this version of the data."),
            text(self.title),
            text(self.summary),
            text(self.publisher),
            text(&self.number),
            text(&self.url)
        )
    }
}

/// A citation by its extension.
pub(crate) async fn citation(
    state: web::Data<State>,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, number, extension) = path.into_inner();
    let snapshot = state.snapshot();
    let entry = lookup::entry(&snapshot, &dataset)?;
    let manifest = lookup::version(entry, &number)?;
    let cited = Cited::new(&state, entry, manifest);
    let (kind, body) = match extension.as_str() {
        "bib" => ("application/x-bibtex; charset=utf-8", cited.bibtex()),
        "ris" => ("application/x-research-info-systems; charset=utf-8", cited.ris()),
        "json" => ("application/vnd.citationstyles.csl+json", cited.csl().to_string()),
        _ => ("application/yaml; charset=utf-8", cited.cff()),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, pinned::SHORT))
        .insert_header((header::LINK, format!("<{}>; rel=\"cite-as\"", cited.url)))
        .content_type(kind)
        .body(body))
}
