//! What every page has: language, words, links and who publishes.

use config::{Config, Language};

use crate::dialect::texts::{Words, words};

/// The frame of a page.
pub(super) struct Page<'a> {
    /// The language of the page.
    pub(super) lang: Language,
    /// Its fixed texts.
    pub(super) w: &'static Words,
    /// The name of the catalogue.
    pub(super) site: &'a str,
    /// The heading.
    pub(super) heading: String,
    /// The path of the root, with a slash at the end.
    pub(super) root: &'a str,
    /// The root of every public address.
    pub(super) base: &'a str,
    /// Who publishes.
    pub(super) publisher: &'a str,
    /// The publisher's home page.
    pub(super) publisher_url: Option<&'a str>,
    /// Where to ask.
    pub(super) email: &'a str,
    /// This page in every language: tag and address.
    pub(super) translations: Vec<(&'static str, String)>,
}

impl<'a> Page<'a> {
    /// A page whose address has the language in front: `/nn/d/…`.
    pub(super) fn new(config: &'a Config, lang: Language, heading: String, local: &str) -> Self {
        let root = config.base_url.path();
        let address =
            |tag: &str| if local.is_empty() { format!("{root}{tag}") } else { format!("{root}{tag}/{local}") };
        Self::framed(config, lang, heading, address)
    }

    /// A page whose address has the language behind: `/docs?lang=nn`.
    pub(super) fn plain(config: &'a Config, lang: Language, heading: String, local: &str) -> Self {
        let root = config.base_url.path();
        Self::framed(config, lang, heading, |tag| format!("{root}{local}?lang={tag}"))
    }

    /// A page whose address is given below the root, for each language.
    pub(super) fn asked(config: &'a Config, lang: Language, heading: String, local: &dyn Fn(&str) -> String) -> Self {
        let root = config.base_url.path();
        Self::framed(config, lang, heading, |tag| format!("{root}{}", local(tag)))
    }

    fn framed(config: &'a Config, lang: Language, heading: String, address: impl Fn(&str) -> String) -> Self {
        Self {
            lang,
            w: words(lang),
            site: config.catalog.title.get(lang),
            heading,
            root: config.base_url.path(),
            base: config.base_url.as_str(),
            publisher: config.publisher.name.get(lang),
            publisher_url: config.publisher.homepage.as_ref().map(url::Url::as_str),
            email: &config.publisher.contact.email,
            translations: Language::ALL.map(|other| (other.tag(), address(other.tag()))).into(),
        }
    }

    /// The list of datasets in the page's language.
    pub(super) fn home(&self) -> String {
        format!("{}{}", self.root, self.lang.tag())
    }

    /// A page in the page's language.
    pub(super) fn link(&self, local: &str) -> String {
        format!("{}{}/{local}", self.root, self.lang.tag())
    }

    /// A language in its own words.
    #[expect(clippy::unused_self, reason = "templates call methods of the page")]
    pub(super) fn language_name(&self, tag: &str) -> &'static str {
        match tag {
            "nn" => "Nynorsk",
            "en" => "English",
            _ => "Bokmål",
        }
    }
}
