//! Laws and standards that a dataset keeps.

use std::collections::BTreeSet;

use config::{DatasetFile, HighValueCategory, Link};

use crate::vocab::{HVD_LEGISLATION, terms, triples::Triples};

/// Standards and specifications (`dct:conformsTo`).
pub(super) fn standards(triples: &mut Triples, iri: &str, standards: &[Link]) {
    for Link { url, title } in standards {
        triples.link(iri, "dct:conformsTo", url.as_str());
        triples.kind(url.as_str(), "dct:Standard");
        triples.text(url.as_str(), "dct:title", title);
    }
}

/// Laws and regulations (`dcatap:applicableLegislation`); the one on high-value datasets under its own title.
pub(super) fn legislation(triples: &mut Triples, iri: &str, file: &DatasetFile) {
    for Link { url, title } in &file.legislation {
        if url.as_str() == HVD_LEGISLATION {
            regulation(triples, iri);
            continue;
        }
        triples.link(iri, "dcatap:applicableLegislation", url.as_str());
        triples.kind(url.as_str(), "eli:LegalResource");
        triples.text(url.as_str(), "dct:title", title);
    }
}

/// That something is of high value, and by which categories (DCAT-AP HVD 3.0.0); nothing if there are none.
pub(super) fn high_value(triples: &mut Triples, iri: &str, categories: &BTreeSet<HighValueCategory>) {
    for category in categories {
        triples.concept(iri, "dcatap:hvdCategory", &terms::high_value(*category));
    }
    if !categories.is_empty() {
        regulation(triples, iri);
    }
}

/// That the regulation on high-value datasets applies.
pub(super) fn regulation(triples: &mut Triples, iri: &str) {
    triples.link(iri, "dcatap:applicableLegislation", HVD_LEGISLATION);
    triples.kind(HVD_LEGISLATION, "eli:LegalResource");
    triples.tagged(HVD_LEGISLATION, "dct:title", "Commission Implementing Regulation (EU) 2023/138", "en");
}
