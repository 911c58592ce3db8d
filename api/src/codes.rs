//! The stable codes of this crate's problems and what they mean: the page `/docs/errors`.

/// Code and meaning. Every code is a heading in `docs/errors.md`.
#[rustfmt::skip]
pub const CODES: &[(&str, &str)] = &[
    ("api-bbox", "The parameter bbox is not four or six numbers of its coordinate reference system, lower corner first."),
    ("api-busy", "Too many questions are being answered at once. Retry-After says when to try again."),
    ("api-changes-gone", "The changes since that version can no longer be told: it was withdrawn, or there never was such a version. The hint says where to begin again."),
    ("api-changes-no-key", "The rows of the dataset have no key, so their changes cannot be followed."),
    ("api-condition", "A condition on rows is not of the form column=operator.value, or does not fit the column."),
    ("api-crs", "The collection is not offered in the coordinate reference system that a parameter names."),
    ("api-cursor", "The cursor is broken or belongs to another question."),
    ("api-export-too-large", "The answer as one Parquet file would be larger than server.max_export_bytes."),
    ("api-filter", "A filter is not understood, names an unknown property, or is too long or too deep. The detail says where."),
    ("api-format", "The format asked for does not exist here, or two were named."),
    ("api-internal", "The server failed. The operator finds the cause in the log by the id."),
    ("api-jsonstat", "A table has too many rows for one JSON-stat document."),
    ("api-limit", "The number of rows is not a number or is too large."),
    ("api-listen", "The server cannot listen on an address: another program does, or it is not allowed to."),
    ("api-method", "The address does not understand this method; the Allow header lists those it does."),
    ("api-not-acceptable", "The address cannot answer in any of the media types asked for."),
    ("api-not-found", "There is nothing at this address."),
    ("api-not-public", "The dataset is described, but its data is not open."),
    ("api-not-published", "The dataset is declared, but no version of it has been published yet."),
    ("api-not-ready", "The server is starting or stopping."),
    ("api-odata", "A question in OData cannot be read, or asks for what is not understood here."),
    ("api-order", "The order asked for names an unknown direction or a column that has no order."),
    ("api-overflow", "A sum of an aggregate does not fit the type of its column."),
    ("api-page", "A page of the catalogue is no number from 1."),
    ("api-parameter", "A query parameter is unknown or given twice."),
    ("api-precondition", "The file is not the one that If-Match or If-Unmodified-Since asked for."),
    ("api-range", "No byte of the file lies in the range asked for; Content-Range holds the file's size."),
    ("api-request", "The HTTP request is malformed."),
    ("api-select", "A term of select is unknown, or its function or cast does not suit the column."),
    ("api-serve", "The server ended with an error of the operating system."),
    ("api-timeout", "The answer took longer than server.request_timeout_seconds."),
    ("api-storage", "The storage does not answer. The operator finds the cause in the log by the id."),
    ("api-too-many-groups", "An aggregate would have more groups than are held in memory."),
    ("api-too-large", "The request body is too large."),
    ("api-value", "The value of a condition is not one of the column's type."),
    ("api-withdrawn", "The version was withdrawn; the problem says when, by whom and why."),
    ("sparql-busy", "All SPARQL workers are occupied; try again in a moment."),
    ("sparql-disabled", "This server does not answer SPARQL (server.sparql.enabled)."),
    ("sparql-failed", "The query was understood but could not be evaluated."),
    ("sparql-memory", "The query needed more memory than server.sparql.max_memory_bytes."),
    ("sparql-syntax", "The query is not SPARQL 1.1."),
    ("sparql-timeout", "The query took longer than server.sparql.timeout_seconds."),
    ("sparql-too-complex", "The query has more operators than server.sparql.max_operators or more triple patterns than server.sparql.max_patterns."),
    ("sparql-too-deep", "The query is nested deeper than server.sparql.max_nesting."),
    ("sparql-too-large", "The answer is larger than server.sparql.max_answer_bytes."),
    ("sparql-too-long", "The query is longer than server.sparql.max_query_bytes."),
    ("sparql-unsupported", "The query asks for something that this server does not do, such as SERVICE."),
    ("sparql-update-refused", "The endpoint reads; it takes no updates."),
    ("sparql-worker", "The SPARQL worker process failed."),
];

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::CODES;

    #[test]
    fn every_code_in_the_source_is_explained_and_every_explanation_is_used() {
        let mut used = BTreeSet::new();
        collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut used);
        let explained: BTreeSet<String> = CODES.iter().map(|(code, _)| (*code).to_owned()).collect();
        assert_eq!(explained.len(), CODES.len(), "a code is listed twice");
        assert_eq!(used.difference(&explained).collect::<Vec<_>>(), Vec::<&String>::new(), "not explained");
        assert_eq!(explained.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "not used");
    }

    fn collect(folder: &Path, used: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, used);
            } else if path.file_name().is_some_and(|name| name != "codes.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let literals = text.split('"').filter(|part| is_code(part));
                used.extend(literals.map(ToOwned::to_owned));
            }
        }
    }

    fn is_code(text: &str) -> bool {
        let name = text.strip_prefix("api-").or_else(|| text.strip_prefix("sparql-"));
        name.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
            && !text.contains("sparql-results")
            && !["sparql-worker-x", "sparql-query"].contains(&text)
    }
}
