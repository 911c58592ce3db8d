//! How the runs of every dataset stand, for stewards and for those who wait for data.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use catalog::{Entry, Snapshot, Standing};
use config::Language;
use jiff::Timestamp;

use super::{answer, page::Page};
use crate::{dialect::texts, error::Problem, state::State};

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage<'a> {
    page: Page<'a>,
    rows: Vec<Row<'a>>,
}

/// A dataset.
struct Row<'a> {
    href: String,
    title: &'a str,
    state: &'static str,
    trouble: bool,
    late: bool,
    codes: &'a [String],
    last_run: String,
    last_success: String,
    next_due: String,
    version: String,
}

/// The page; what needs somebody comes first.
pub(crate) fn status(
    state: &State,
    snapshot: &Snapshot,
    request: &HttpRequest,
    language: Language,
) -> Result<HttpResponse, Problem> {
    let page = Page::new(&state.config, language, texts::words(language).status.to_owned(), "status");
    let standings = state.standings();
    let none = Standing::default();
    let standing = |entry: &Entry| standings.get(&entry.dataset.id).unwrap_or(&none);
    let mut rows: Vec<Row<'_>> = snapshot.datasets.values().map(|entry| row(entry, standing(entry), &page)).collect();
    rows.sort_by_key(|row| (!row.trouble, !row.late));
    answer(request, &StatusPage { page, rows })
}

fn row<'a>(entry: &'a Entry, standing: &'a Standing, page: &Page<'_>) -> Row<'a> {
    let at = |time: Option<Timestamp>| time.map_or_else(|| "–".to_owned(), |time| texts::instant(time, page.lang));
    let outcome = standing.last_run.map(|(_, outcome)| outcome);
    Row {
        href: page.link(&format!("d/{}", entry.dataset.id)),
        title: entry.dataset.file.title.get(page.lang),
        state: texts::outcome(outcome, page.lang),
        trouble: standing.is_in_trouble(),
        late: standing.late,
        codes: &standing.codes,
        last_run: at(standing.last_run.map(|(time, _)| time)),
        last_success: at(standing.last_success),
        next_due: at(standing.next_due),
        version: entry.current().map_or_else(|| "–".to_owned(), |current| current.number.to_string()),
    }
}
