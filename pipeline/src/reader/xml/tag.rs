//! The tag with which an element begins.

use quick_xml::{XmlVersion, events::BytesStart};

/// Most attributes of an element.
const MAX_ATTRIBUTES: usize = 64;

/// Prefix and attributes of an element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tag {
    /// The prefix of its name; empty where there is none.
    pub(in crate::reader) prefix: String,
    /// Names as written, and values.
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute by its name without a prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Attributes by their names without a prefix; declarations of name spaces are none.
    pub(in crate::reader) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        let plain = self.attributes.iter().filter(|(name, _)| binding(name).is_none());
        plain.map(|(name, value)| (name.rsplit(':').next().unwrap_or_default(), value.as_str()))
    }

    /// Prefixes (empty for the default) and the name spaces that they are declared for.
    pub(in crate::reader) fn bindings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().filter_map(|(name, value)| Some((binding(name)?, value.as_str())))
    }
}

/// The prefix that an attribute declares.
fn binding(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("xmlns")?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(':') }
}

/// The name of an element without its prefix; its attributes counted, held against the grammar, and kept where there
/// is a tag for them.
pub(super) fn opened(
    start: &BytesStart<'_>,
    mut tag: Option<&mut Tag>,
) -> std::result::Result<String, (&'static str, String)> {
    if let Some(tag) = tag.as_deref_mut() {
        tag.prefix.clear();
        tag.prefix.push_str(start.name().prefix().map_or("", |prefix| prefix.into_inner()));
        tag.attributes.clear();
    }
    for (at, attribute) in start.attributes().enumerate() {
        if at >= MAX_ATTRIBUTES {
            return Err(("format-xml-limit", format!("more than {MAX_ATTRIBUTES} attributes")));
        }
        let attribute = attribute.map_err(|error| ("format-xml", error.to_string()))?;
        if let Some(tag) = tag.as_deref_mut() {
            let unknown = |_| ("format-xml-entity", "an entity that is not expanded in an attribute".to_owned());
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(unknown)?;
            tag.attributes.push((attribute.key.into_inner().to_owned(), value.into_owned()));
        }
    }
    let name = start.local_name().into_inner().to_owned();
    if name.is_empty() { Err(("format-xml", "an element without a name".to_owned())) } else { Ok(name) }
}
