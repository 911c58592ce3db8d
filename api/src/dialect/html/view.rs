//! Datasets and versions as the templates show them: every value a text in the page's language.

use std::collections::BTreeMap;

use catalog::{
    Entry, Standing,
    version::{ColumnInfo, Manifest, VersionNumber, Withdrawal, WithdrawalKind},
    vocab::fdk_page,
};
use config::{Access, ColumnName, Dataset, FileFormat, Language};

use super::{gates::GateRow, page::Page, report::ReportView};
use crate::{dialect::texts, lookup};

/// A dataset in the list.
pub(super) struct Item<'a> {
    pub(super) href: String,
    pub(super) title: &'a str,
    pub(super) description: &'a str,
    pub(super) themes: String,
    pub(super) rows: String,
    pub(super) published: Option<String>,
}

/// A dataset on its page.
pub(super) struct DatasetView<'a> {
    pub(super) id: &'a str,
    pub(super) uri: String,
    /// Its page at data.norge.no.
    pub(super) fdk_page: String,
    pub(super) open: bool,
    pub(super) access: &'static str,
    pub(super) licence: &'static str,
    pub(super) licence_url: &'static str,
    pub(super) description: &'a str,
    pub(super) themes: String,
    pub(super) keywords: String,
    pub(super) frequency: &'static str,
    pub(super) issued: Option<String>,
    pub(super) provenance: Option<&'a str>,
    pub(super) contact: &'a str,
    pub(super) contact_email: &'a str,
    pub(super) contact_url: Option<&'a str>,
    pub(super) current: Option<VersionView<'a>>,
    /// Whether its changes can be followed.
    pub(super) follows: bool,
    /// Where it is as JSON-stat, if it is statistics.
    pub(super) jsonstat: Option<String>,
    /// Whether it is a collection of features.
    pub(super) features: bool,
    pub(super) versions: Vec<VersionRow>,
    /// Since when no run has ended well, where one should have.
    pub(super) late: Option<String>,
}

/// A version in the list of versions.
pub(super) struct VersionRow {
    pub(super) number: VersionNumber,
    pub(super) href: Option<String>,
    pub(super) published: String,
    pub(super) rows: String,
    pub(super) added: String,
    pub(super) changed: String,
    pub(super) removed: String,
    pub(super) withdrawn: Option<Tombstone>,
}

/// Why a version is not there any more.
pub(super) struct Tombstone {
    /// Why, when, by whom, and by what right.
    pub(super) text: String,
    /// The version to use instead: number and address.
    pub(super) instead: Option<(VersionNumber, String)>,
    /// What is left of it: how many files, and the address of their list.
    pub(super) left: Option<(String, String)>,
}

/// A version in full.
pub(super) struct VersionView<'a> {
    pub(super) number: VersionNumber,
    pub(super) uri: String,
    pub(super) href: String,
    pub(super) published: String,
    pub(super) rows: String,
    pub(super) files: Vec<FileRow<'a>>,
    /// The files of a dataset in many parts that are shown when asked for.
    pub(super) more_files: Vec<FileRow<'a>>,
    pub(super) gates: Vec<GateRow<'a>>,
    pub(super) left_out: Option<String>,
    pub(super) report: Option<ReportView<'a>>,
    pub(super) sources: Vec<SourceRow<'a>>,
    pub(super) citation: String,
    pub(super) curl: String,
    pub(super) python: String,
}

/// So many files are shown at once.
const FEW_FILES: usize = 12;
/// Of more, so many of each format.
const FIRST_PARTS: usize = 3;

/// A file of a version.
pub(super) struct FileRow<'a> {
    pub(super) href: String,
    pub(super) name: &'a str,
    pub(super) format: &'static str,
    pub(super) size: String,
    pub(super) rows: String,
    pub(super) sha256: &'a str,
}

/// Where data came from.
pub(super) struct SourceRow<'a> {
    pub(super) location: &'a str,
    pub(super) fetched: String,
    pub(super) size: String,
    pub(super) sha256: &'a str,
}

/// A column of the schema table.
pub(super) struct ColumnView {
    pub(super) name: String,
    pub(super) key: bool,
    pub(super) title: String,
    pub(super) kind: &'static str,
    pub(super) unit: String,
    pub(super) description: String,
    pub(super) concept: Option<String>,
    pub(super) codes: Vec<(String, String)>,
}

/// Whether the data may be served.
pub(super) fn is_open(dataset: &Dataset) -> bool {
    dataset.file.access == Access::Public
}

/// Since when no run has ended well.
pub(super) fn late(standing: &Standing, page: &Page<'_>) -> String {
    match standing.last_success {
        Some(time) => format!("{} {}.", page.w.late_since, texts::instant(time, page.lang)),
        None => page.w.late_ever.to_owned(),
    }
}

/// The columns of a schema table.
pub(super) fn columns(columns: &[ColumnInfo], key: &[ColumnName], language: Language) -> Vec<ColumnView> {
    let view = |column: &ColumnInfo| ColumnView {
        name: column.name.to_string(),
        key: key.contains(&column.name),
        title: column.title.get(language).to_owned(),
        kind: texts::column_type(&column.kind, language),
        // What the numbers of a geometry are counted in is its coordinate system.
        unit: column.unit.clone().or_else(|| column.crs.map(|crs| crs.to_string())).unwrap_or_default(),
        description: column.description.as_ref().map(|text| text.get(language).to_owned()).unwrap_or_default(),
        concept: column.concept.as_ref().map(ToString::to_string),
        codes: column.codes.iter().map(|(code, text)| (code.clone(), text.get(language).to_owned())).collect(),
    };
    columns.iter().map(view).collect()
}

impl<'a> Item<'a> {
    /// A dataset in the list.
    pub(super) fn new(entry: &'a Entry, page: &Page<'_>) -> Self {
        let file = &entry.dataset.file;
        let current = entry.current();
        Self {
            href: page.link(&format!("d/{}", entry.dataset.id)),
            title: file.title.get(page.lang),
            description: file.description.get(page.lang),
            themes: themes(&entry.dataset, page.lang),
            rows: current.map(|manifest| texts::number(manifest.rows, page.lang)).unwrap_or_default(),
            published: current.map(|manifest| texts::instant(manifest.published, page.lang)),
        }
    }
}

impl<'a> DatasetView<'a> {
    /// A dataset on its page.
    pub(super) fn new(entry: &'a Entry, page: &Page<'_>) -> Self {
        let (dataset, lang) = (&entry.dataset, page.lang);
        let file = &dataset.file;
        let (licence, licence_url) = texts::licence(file.licence);
        Self {
            id: dataset.id.as_str(),
            uri: format!("{}d/{}", page.base, dataset.id),
            fdk_page: fdk_page(&format!("{}d/{}", page.base, dataset.id)),
            open: is_open(dataset),
            access: texts::access(file.access, lang),
            licence,
            licence_url,
            description: file.description.get(lang),
            themes: themes(dataset, lang),
            keywords: keywords(dataset, lang),
            frequency: texts::frequency(file.frequency, lang),
            issued: file.issued.map(|date| date.to_string()),
            provenance: file.provenance.as_ref().map(|text| text.get(lang)),
            contact: dataset.contact.name.get(lang),
            contact_email: &dataset.contact.email,
            contact_url: dataset.contact.url.as_ref().map(url::Url::as_str),
            current: entry.current().map(|manifest| VersionView::new(dataset, manifest, page)),
            features: entry.current().is_some_and(|manifest| {
                manifest.columns.iter().any(|column| matches!(column.kind, config::ColumnType::Geometry { .. }))
            }),
            jsonstat: dataset
                .file
                .statistics
                .is_some()
                .then(|| format!("{}d/{}/jsonstat?lang={}", page.root, dataset.id, page.lang.tag())),
            follows: entry.current().is_some_and(|manifest| !manifest.key.is_empty()),
            versions: versions(entry, page),
            late: None,
        }
    }
}

impl<'a> VersionView<'a> {
    /// A version in full.
    pub(super) fn new(dataset: &Dataset, manifest: &'a Manifest, page: &Page<'_>) -> Self {
        let lang = page.lang;
        let local = format!("d/{}/v/{}", manifest.dataset, manifest.number);
        let uri = format!("{}{local}", page.base);
        let file = |format| manifest.files.iter().find(|file| file.format == format).or(manifest.files.first());
        let url = |format| file(format).map(|file| format!("{uri}/{}", file.name)).unwrap_or_default();
        let sources = manifest.sources.iter().map(|source| SourceRow {
            location: &source.location,
            fetched: texts::instant(source.fetched, lang),
            size: texts::size(source.bytes, lang),
            sha256: source.sha256.as_str(),
        });
        let (files, more_files) = files(manifest, page, &local);
        Self {
            number: manifest.number,
            href: format!("{}{local}", page.root),
            published: texts::instant(manifest.published, lang),
            rows: texts::number(manifest.rows, lang),
            files,
            more_files,
            gates: manifest.gates.iter().map(|report| GateRow::new(report, page)).collect(),
            left_out: (manifest.rows_left_out > 0).then(|| texts::number(manifest.rows_left_out, lang)),
            report: ReportView::new(manifest, page),
            sources: sources.collect(),
            citation: citation(dataset, manifest, page, &uri),
            // Parts of a table come together in the rows.
            curl: if manifest.partition.is_some() {
                let rows = format!("{}d/{}/rows.csv?version={}", page.base, manifest.dataset, manifest.number);
                format!("curl -o {}.csv '{rows}'", manifest.dataset)
            } else {
                format!("curl -O {}", url(FileFormat::Csv))
            },
            python: if manifest.partition.is_some() {
                python_of_parts(&uri)
            } else {
                let file = url(FileFormat::Parquet);
                format!("import duckdb\n\nduckdb.sql(\"SELECT * FROM '{file}' LIMIT 10\").show()")
            },
            uri,
        }
    }
}

/// The files of a version: those that are shown at once, and the other parts of a dataset in many.
fn files<'a>(manifest: &'a Manifest, page: &Page<'_>, local: &str) -> (Vec<FileRow<'a>>, Vec<FileRow<'a>>) {
    let row = |file: &'a catalog::version::PublishedFile| FileRow {
        href: format!("{}{local}/{}", page.root, file.name),
        name: &file.name,
        format: match file.format {
            FileFormat::Parquet => "Parquet",
            FileFormat::Csv => "CSV",
            FileFormat::Ndjson => "NDJSON",
            FileFormat::Geojson => "GeoJSON",
            FileFormat::Flatgeobuf => "FlatGeobuf",
            FileFormat::Geopackage => "GeoPackage",
            FileFormat::Pmtiles => "PMTiles",
        },
        size: texts::size(file.bytes, page.lang),
        rows: texts::number(file.rows, page.lang),
        sha256: file.sha256.as_str(),
    };
    let mut shown: BTreeMap<FileFormat, usize> = BTreeMap::new();
    let (first, more): (Vec<_>, Vec<_>) = manifest.files.iter().partition(|file| {
        let count = shown.entry(file.format).or_default();
        *count += 1;
        *count <= FIRST_PARTS || manifest.files.len() <= FEW_FILES
    });
    (first.into_iter().map(row).collect(), more.into_iter().map(row).collect())
}

/// How `DuckDB` reads all parts of a version as one table.
fn python_of_parts(uri: &str) -> String {
    format!(
        "import duckdb\nfrom urllib.request import urlopen\n\nfiles = urlopen(\"{uri}/urls.txt\").read().decode().split()\n\
         duckdb.read_parquet([file for file in files if file.endswith(\".parquet\")]).limit(10).show()"
    )
}

fn citation(dataset: &Dataset, manifest: &Manifest, page: &Page<'_>, uri: &str) -> String {
    let year = manifest.published.to_zoned(jiff::tz::TimeZone::UTC).year();
    let title = dataset.file.title.get(page.lang);
    format!("{} ({year}). {title}. {} {}. {uri}", page.publisher, page.w.version, manifest.number)
}

/// Versions on a dataset's page; `/d/{dataset}/versions` has them all.
const VERSIONS_SHOWN: usize = 50;

fn versions(entry: &Entry, page: &Page<'_>) -> Vec<VersionRow> {
    let lang = page.lang;
    let shown = entry.versions.values().map(|manifest| {
        let count = |of: fn(&catalog::version::ChangeSummary) -> u64| {
            manifest.changes.as_ref().map_or_else(|| "–".to_owned(), |changes| texts::number(of(changes), lang))
        };
        VersionRow {
            number: manifest.number,
            href: Some(page.link(&format!("d/{}/v/{}", entry.dataset.id, manifest.number))),
            published: texts::instant(manifest.published, lang),
            rows: texts::number(manifest.rows, lang),
            added: count(|changes| changes.added),
            changed: count(|changes| changes.changed),
            removed: count(|changes| changes.removed),
            withdrawn: None,
        }
    });
    let withdrawn = entry.withdrawn.iter().map(|(number, withdrawal)| VersionRow {
        number: *number,
        href: None,
        published: String::new(),
        rows: String::new(),
        added: String::new(),
        changed: String::new(),
        removed: String::new(),
        withdrawn: Some(tombstone(entry, (*number, withdrawal), page)),
    });
    let mut rows: Vec<VersionRow> = shown.chain(withdrawn).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.number));
    rows.truncate(VERSIONS_SHOWN);
    rows
}

fn tombstone(entry: &Entry, (number, withdrawal): (VersionNumber, &Withdrawal), page: &Page<'_>) -> Tombstone {
    let word = match withdrawal.kind {
        WithdrawalKind::Withdrawn => page.w.withdrawn,
        WithdrawalKind::Erased => page.w.erased,
        WithdrawalKind::Retention => page.w.retention,
        WithdrawalKind::Names => page.w.names_withdrawn,
    };
    let mut text = format!("{word} {}", texts::instant(withdrawal.time, page.lang));
    if matches!(withdrawal.kind, WithdrawalKind::Withdrawn | WithdrawalKind::Erased) {
        let basis = withdrawal.legal_basis.as_ref().map_or_else(String::new, |basis| format!(" ({basis})"));
        text = format!("{text}, {}: {}{basis}", withdrawal.by, withdrawal.reason);
    }
    let address = |number| (number, page.link(&format!("d/{}/v/{number}", entry.dataset.id)));
    let count = withdrawal.left.len();
    let left = (count > 0).then(|| {
        let text = format!("{} {}", texts::number(count as u64, page.lang), page.w.files_left);
        (text, format!("{}d/{}/v/{number}/urls.txt", page.root, entry.dataset.id))
    });
    Tombstone { text, left, instead: lookup::instead(entry, withdrawal).map(address) }
}

fn themes(dataset: &Dataset, language: Language) -> String {
    let names: Vec<&str> = dataset.file.themes.iter().map(|theme| texts::theme(*theme, language)).collect();
    names.join(", ")
}

/// The keywords of a language, or the bokmål ones where it has none.
fn keywords(dataset: &Dataset, language: Language) -> String {
    let own = dataset.file.keywords.get(language);
    if own.is_empty() { dataset.file.keywords.get(Language::Nb).join(", ") } else { own.join(", ") }
}
