//! What the command line says over the files.

use std::net::SocketAddr;

use url::Url;

/// What the command line sets over the files' values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// In place of `storage.url`; a relative path is taken from the configuration folder.
    pub storage: Option<String>,
    /// In place of `server.listen`, if not empty.
    pub listen: Vec<SocketAddr>,
    /// In place of `server.base_url`.
    pub base_url: Option<Url>,
}
