//! Pages that are made of lists and tables: what other dialects show to readers.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use config::Language;

use super::{Page, answer};
use crate::{error::Problem, state::State};

/// A page.
pub(crate) struct Document {
    /// Its heading.
    pub(crate) heading: String,
    /// What it is about, in a sentence; may be empty.
    pub(crate) lead: String,
    /// What it shows.
    pub(crate) sections: Vec<Section>,
}

/// A part of a page.
pub(crate) struct Section {
    title: String,
    body: Body,
}

/// What a part of a page shows.
pub(crate) enum Body {
    /// Terms, each with what is said of it.
    Terms(Vec<(String, Vec<Item>)>),
    /// A list.
    List(Vec<Item>),
    /// A table.
    Table {
        /// The headings of its columns.
        head: Vec<String>,
        /// Its rows; the first cell of each is its heading.
        rows: Vec<Vec<Item>>,
    },
}

/// A text, perhaps with a link.
pub(crate) struct Item {
    text: String,
    href: Option<String>,
}

impl Item {
    /// A plain text.
    pub(crate) fn text(text: String) -> Self {
        Self { text, href: None }
    }

    /// A text with a link.
    pub(crate) fn link(text: String, href: String) -> Self {
        Self { text, href: Some(href) }
    }
}

impl Section {
    /// A part with its title.
    pub(crate) fn new(title: &str, body: Body) -> Self {
        Self { title: title.to_owned(), body }
    }
}

#[derive(Template)]
#[template(path = "document.html")]
struct DocumentPage<'a> {
    page: Page<'a>,
    lead: String,
    sections: Vec<Section>,
}

/// A page in a language; `address` gives its local address in another one.
pub(crate) fn document(
    state: &State,
    request: &HttpRequest,
    (language, address): (Language, &dyn Fn(&str) -> String),
    document: Document,
) -> Result<HttpResponse, Problem> {
    let page = Page::asked(&state.config, language, document.heading, address);
    answer(request, &DocumentPage { page, lead: document.lead, sections: document.sections })
}
