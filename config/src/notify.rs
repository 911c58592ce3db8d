//! Notices: whom to tell when a dataset needs somebody, and how.

use std::{collections::BTreeSet, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Env, Language, Secret, secret};

/// Whom to tell when a dataset needs somebody. The process that follows the schedules tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    /// The language of e-mails and of titles.
    pub language: Language,
    /// What is told.
    #[schemars(length(min = 1))]
    pub events: BTreeSet<NoticeKind>,
    /// Hours after which trouble that goes on is told again; 0 tells it once.
    pub repeat_hours: u32,
    /// Minutes for which an e-mail waits for more to tell.
    pub digest_minutes: u32,
    /// E-mail.
    pub mail: Option<Mail>,
    /// Addresses to which events are posted, as `CloudEvents` in JSON.
    pub webhooks: Vec<Webhook>,
}

impl Default for Notify {
    fn default() -> Self {
        Self {
            language: Language::Nb,
            events: NoticeKind::all(),
            repeat_hours: 24,
            digest_minutes: 5,
            mail: None,
            webhooks: Vec::new(),
        }
    }
}

/// What is told of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// A run failed, a gate blocked it, or the declaration has errors.
    Failure,
    /// A draft is held back until it is approved.
    Held,
    /// No run ended well for as many scheduled times as `pipeline.late_after_missed` says.
    Lateness,
    /// What was told before is over.
    Recovery,
}

impl NoticeKind {
    /// All of them.
    pub fn all() -> BTreeSet<Self> {
        BTreeSet::from([Self::Failure, Self::Held, Self::Lateness, Self::Recovery])
    }

    /// The word in settings and event types.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Held => "held",
            Self::Lateness => "lateness",
            Self::Recovery => "recovery",
        }
    }
}

/// A mail server, and to whom it delivers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The name of the server that takes mail (SMTP submission).
    #[schemars(length(min = 1))]
    pub server: String,
    /// Its port. Default: 587, with `tls` 465, without encryption 25.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub encryption: Encryption,
    /// The name with which to sign in. Default: not at all.
    #[serde(default)]
    pub user: Option<String>,
    /// The password, `${NAME}`.
    #[serde(default)]
    pub password: Option<String>,
    /// The address that the mails come from.
    #[schemars(regex(pattern = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"))]
    pub from: String,
    /// The addresses that they go to: mailboxes of a unit or role, not of a person.
    #[schemars(length(min = 1), inner(regex(pattern = r"^[^@\s]+@[^@\s]+\.[^@\s]+$")))]
    pub to: Vec<String>,
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// It begins in the open and must turn to TLS before anything is said.
    #[default]
    Starttls,
    /// TLS from the start.
    Tls,
    /// None: for a server on the same machine or network. Signing in is refused.
    None,
}

/// An address to which events are posted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The address.
    pub url: url::Url,
    /// The key with which events are signed (HMAC-SHA256, as Standard Webhooks say), `${NAME}`.
    pub secret: String,
    /// Allow the address to lie in a private or loopback network; link-local addresses are never allowed.
    #[serde(default)]
    pub allow_private_network: bool,
}

/// The password may stand in the file.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("server", &self.server).field("to", &self.to).finish_non_exhaustive()
    }
}

/// The key may stand in the file.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("url", &secret::shown(&self.url).as_str()).finish_non_exhaustive()
    }
}

/// The notices with their secrets filled in.
#[derive(Debug, Clone, Default)]
pub struct Notices {
    /// What the file says.
    pub file: Notify,
    /// The password of the mail server.
    pub password: Option<Secret<String>>,
    /// The key of each webhook.
    pub keys: Vec<Secret<String>>,
}

impl Notices {
    /// Fills in the secrets; what is not set was reported before and is left empty.
    pub(crate) fn filled(file: Notify, env: &Env) -> Self {
        let value = |text: &str| secret::fill(text, env).unwrap_or_else(|| Secret::new(String::new()));
        let password = file.mail.as_ref().and_then(|mail| mail.password.as_deref()).map(value);
        let keys = file.webhooks.iter().map(|webhook| value(&webhook.secret)).collect();
        Self { file, password, keys }
    }

    /// Whether anybody is told anything.
    pub fn is_on(&self) -> bool {
        self.file.mail.is_some() || !self.file.webhooks.is_empty()
    }
}
