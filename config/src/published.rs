//! Which columns are published.

use crate::{Column, ColumnName, PrivacyClass, PrivacyLimits};

/// Whether a column is published: open ones and quasi-identifiers are, free text and sensitive ones where they are
/// released, names where their public form is.
pub fn is_published(column: &Column, columns: &[Column], limits: &PrivacyLimits) -> bool {
    let released = |name: &ColumnName| limits.publish_free_text.contains(name);
    match column.class {
        PrivacyClass::Open | PrivacyClass::QuasiIdentifier => true,
        PrivacyClass::Sensitive => limits.publish_sensitive.contains(&column.name),
        PrivacyClass::FreeText => released(&column.name),
        PrivacyClass::Names => {
            let public = column.names.as_ref().and_then(|rule| rule.public.as_ref());
            let class = |name: &ColumnName| columns.iter().find(|other| other.name == *name).map(|other| other.class);
            public.is_none_or(|name| match class(name) {
                Some(
                    PrivacyClass::Open
                    | PrivacyClass::QuasiIdentifier
                    | PrivacyClass::Personal
                    | PrivacyClass::Identifier,
                ) => true,
                Some(PrivacyClass::FreeText) => released(name),
                Some(PrivacyClass::Names | PrivacyClass::Sensitive | PrivacyClass::Secret) | None => false,
            })
        }
        PrivacyClass::Personal | PrivacyClass::Identifier | PrivacyClass::Secret => false,
    }
}
