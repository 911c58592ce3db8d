//! What validation finds (SHACL Core, section 3.6).

use oxigraph::model::Term;
use serde::Serialize;

use super::shapes::{Bound, Constraint};

/// How serious a result is (SHACL Core, section 2.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum ShapeSeverity {
    /// `sh:Info`.
    Info,
    /// `sh:Warning`.
    Warning,
    /// `sh:Violation`, and whatever else a shape calls it.
    Violation,
}

macro_rules! components {
    ($($name:ident),+ $(,)?) => {
        /// Which kind of constraint is not kept.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Component {
            $(#[doc = concat!("`sh:", stringify!($name), "ConstraintComponent`.")] $name,)+
        }

        impl Component {
            /// The local name of its IRI in the namespace of SHACL.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => concat!(stringify!($name), "ConstraintComponent"),)+
                }
            }
        }
    };
}

components!(
    And,
    Class,
    Closed,
    Datatype,
    Disjoint,
    Equals,
    HasValue,
    In,
    LanguageIn,
    LessThan,
    LessThanOrEquals,
    MaxCount,
    MaxExclusive,
    MaxInclusive,
    MaxLength,
    MinCount,
    MinExclusive,
    MinInclusive,
    MinLength,
    Node,
    NodeKind,
    Not,
    Or,
    Pattern,
    Property,
    QualifiedMaxCount,
    QualifiedMinCount,
    UniqueLang,
    Xone,
);

impl Component {
    pub(super) fn of(constraint: &Constraint) -> Self {
        match constraint {
            Constraint::Class(_) => Self::Class,
            Constraint::Datatype(_) => Self::Datatype,
            Constraint::NodeKind(_) => Self::NodeKind,
            Constraint::MinCount(_) => Self::MinCount,
            Constraint::MaxCount(_) => Self::MaxCount,
            Constraint::Bound(Bound::MinExclusive, _) => Self::MinExclusive,
            Constraint::Bound(Bound::MinInclusive, _) => Self::MinInclusive,
            Constraint::Bound(Bound::MaxExclusive, _) => Self::MaxExclusive,
            Constraint::Bound(Bound::MaxInclusive, _) => Self::MaxInclusive,
            Constraint::MinLength(_) => Self::MinLength,
            Constraint::MaxLength(_) => Self::MaxLength,
            Constraint::Pattern(_) => Self::Pattern,
            Constraint::LanguageIn(_) => Self::LanguageIn,
            Constraint::UniqueLang => Self::UniqueLang,
            Constraint::Equals(_) => Self::Equals,
            Constraint::Disjoint(_) => Self::Disjoint,
            Constraint::LessThan(_) => Self::LessThan,
            Constraint::LessThanOrEquals(_) => Self::LessThanOrEquals,
            Constraint::Not(_) => Self::Not,
            Constraint::And(_) => Self::And,
            Constraint::Or(_) => Self::Or,
            Constraint::Xone(_) => Self::Xone,
            Constraint::Node(_) => Self::Node,
            Constraint::Property(_) => Self::Property,
            Constraint::Qualified(_) => Self::QualifiedMinCount,
            Constraint::Closed(_) => Self::Closed,
            Constraint::HasValue(_) => Self::HasValue,
            Constraint::In(_) => Self::In,
        }
    }
}

/// One constraint that one focus node does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeResult {
    /// What was looked at.
    pub focus: Term,
    /// From there to the values, as SPARQL writes paths, with full IRIs in angle brackets.
    pub path: Option<String>,
    /// The one property that the path is, if it is one.
    pub property: Option<String>,
    /// The value that is wrong, if one is.
    pub value: Option<Term>,
    /// Which kind of constraint.
    pub component: Component,
    /// How serious.
    pub severity: ShapeSeverity,
    /// What the constraint wants: a class, a number, a pattern …, as text; empty where its kind says it all.
    pub wanted: String,
    /// The place of the shape among all that has the target.
    pub target: usize,
    /// The shape.
    pub shape: Term,
    /// What the shape itself says, by language tag; empty for no language.
    pub messages: Vec<(String, String)>,
}
