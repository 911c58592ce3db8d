//! One element with all that is in it.

/// An element of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::reader) struct Element {
    /// Its name without a prefix.
    pub(in crate::reader) name: String,
    /// The line on which it begins.
    pub(in crate::reader) line: u64,
    /// A text in it is too long and not there.
    pub(in crate::reader) cut: bool,
    /// Texts and elements in order.
    pub(super) content: Vec<Node>,
}

/// A part of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Text.
    Text(String),
    /// An element.
    Element(Element),
}

impl Element {
    /// An empty element.
    pub(super) fn new(name: String, line: u64) -> Self {
        Self { name, line, cut: false, content: Vec::new() }
    }

    /// Adds text to what is there, unless it would get longer than `most` bytes; gives the bytes that were added.
    pub(super) fn push_text(&mut self, text: &str, most: usize) -> usize {
        let before = if let Some(Node::Text(last)) = self.content.last() { last.len() } else { 0 };
        if self.cut || before + text.len() > most {
            self.cut = true;
            return 0;
        }
        if let Some(Node::Text(last)) = self.content.last_mut() {
            last.push_str(text);
        } else {
            self.content.push(Node::Text(text.to_owned()));
        }
        text.len()
    }

    /// Adds an element.
    pub(super) fn push(&mut self, element: Self) {
        self.cut |= element.cut;
        self.content.push(Node::Element(element));
    }

    /// The elements directly in this one.
    pub(in crate::reader) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.content.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Those of a name.
    pub(in crate::reader) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.elements().filter(move |element| element.name == name)
    }

    /// The first of a name.
    pub(in crate::reader) fn first(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name == name)
    }

    /// All text in the element. An element for which `is_mark` is true is written as a tag around its text, so that
    /// a mark looks the same whether it was an element or escaped text.
    pub(in crate::reader) fn flat(&self, is_mark: &dyn Fn(&str) -> bool) -> String {
        let mut out = String::new();
        self.append(&mut out, is_mark);
        out
    }

    // The depth is bounded by the reader that built the element.
    fn append(&self, out: &mut String, is_mark: &dyn Fn(&str) -> bool) {
        for node in &self.content {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) if is_mark(&element.name) => {
                    out.extend(["<", &element.name, ">"]);
                    element.append(out, is_mark);
                    out.extend(["</", &element.name, ">"]);
                }
                Node::Element(element) => element.append(out, is_mark),
            }
        }
    }
}
