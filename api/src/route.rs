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

    /// The path's parameters; with their values where the pattern lists them.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, Option<Vec<&'static str>>)> {
        let inside = self.path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
        let parameter = |text: &'static str| match text.split_once(':') {
            Some((name, values)) if values.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'|') => {
                (name, Some(values.split('|').collect()))
            }
            Some((name, _)) => (name, None),
            None => (text, None),
        };
        inside.map(parameter).collect()
    }

    /// The value of `Allow`.
    pub(crate) fn allow(&self) -> &'static str {
        if self.post { "GET, HEAD, POST, OPTIONS" } else { "GET, HEAD, OPTIONS" }
    }
}
