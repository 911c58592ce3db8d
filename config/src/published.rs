//! Which columns are published.

use crate::{Column, ColumnName, PrivacyClass, PrivacyLimits};

/// Whether a column is published: open ones are, free text where it is released, names where their public form is.
pub fn is_published(column: &Column, columns: &[Column], limits: &PrivacyLimits) -> bool {
    let released = |name: &ColumnName| limits.publish_free_text.contains(name);
    match column.class {
        PrivacyClass::Open => true,
        PrivacyClass::FreeText => released(&column.name),
        PrivacyClass::Names => {
            let public = column.names.as_ref().and_then(|rule| rule.public.as_ref());
            let class = |name: &ColumnName| columns.iter().find(|other| other.name == *name).map(|other| other.class);
            public.is_none_or(|name| match class(name) {
                Some(PrivacyClass::Open | PrivacyClass::Personal) => true,
                Some(PrivacyClass::FreeText) => released(name),
                Some(PrivacyClass::Names | PrivacyClass::Secret) | None => false,
            })
        }
        PrivacyClass::Personal | PrivacyClass::Secret => false,
    }
}
