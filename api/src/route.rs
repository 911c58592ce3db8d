//! One row of the route table.

use actix_web::Resource;

/// One address of the server.
pub(crate) struct Route {
    /// The pattern as actix-web matches it.
    pub(crate) path: &'static str,
    /// The group it is shown in.
    pub(crate) tag: &'static str,
    /// What it answers, in one line.
    pub(crate) summary: &'static str,
    /// Media types it can answer with.
    pub(crate) produces: &'static [&'static str],
    /// Query parameters: name and meaning.
    pub(crate) query: &'static [(&'static str, &'static str)],
    /// Whether a POST is understood beside GET and HEAD.
    pub(crate) post: bool,
    /// Adds the handler; `None` where the dialect's own `configure` does it.
    pub(crate) attach: Option<fn(Resource) -> Resource>,
}

impl Route {
    /// The pattern without regular expressions, as `OpenAPI` writes it.
    pub(crate) fn template(&self) -> String {
        let mut out = String::new();
        let mut skip = false;
        for c in self.path.chars() {
            skip = (skip || c == ':') && c != '}';
            if !skip {
                out.push(c);
            }
        }
        out
    }

    /// The value of `Allow`.
    pub(crate) fn allow(&self) -> &'static str {
        if self.post { "GET, HEAD, POST, OPTIONS" } else { "GET, HEAD, OPTIONS" }
    }
}
