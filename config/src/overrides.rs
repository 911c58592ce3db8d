//! What the command line says over the files.

use std::net::SocketAddr;

use url::Url;

/// What the command line sets over the files' values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// In place of `storage.url`; a folder is absolute already, since it is taken from where it was typed.
    pub storage: Option<String>,
    /// In place of `server.listen`, if not empty.
    pub listen: Vec<SocketAddr>,
    /// In place of `server.base_url`.
    pub base_url: Option<Url>,
}
