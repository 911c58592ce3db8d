//! Source errors: one place for the codes and their hints.

use crate::Error;

/// An error that trying again will not mend.
pub(super) fn fault(location: &str, code: &'static str, reason: impl Into<String>) -> Error {
    Error::Source { code, location: location.to_owned(), reason: reason.into(), hint: hint(code), transient: false }
}

/// An error that trying again may mend.
pub(super) fn transient(location: &str, code: &'static str, reason: impl Into<String>) -> Error {
    Error::Source { code, location: location.to_owned(), reason: reason.into(), hint: hint(code), transient: true }
}

fn hint(code: &str) -> &'static str {
    match code {
        "source-missing" => "Check source.path, which is relative to the configuration folder.",
        "source-command-refused" => "Set pipeline.allow_commands = true if the folder's datasets may run programs.",
        "source-command-missing" => {
            "Check source.program: it must be there and may be run; with a slash it is below the configuration folder."
        }
        "source-command-failed" => "Run the program by hand; what it says on standard error stands in the log.",
        "source-database" => "Check source.url, user and password; the database must let this machine in.",
        "source-database-query" => {
            "Run source.query by hand with source.parameters; it must be one select that only reads."
        }
        "source-http-status" => "Open the address in a browser; check source.url and the headers.",
        "source-timeout" => "Try again later; raise source.timeout_seconds if the source is slow.",
        "source-silent" => "Raise source.silence_seconds if the server needs longer to begin its answer.",
        "source-too-large" => "Raise source.max_bytes if the source may be this large.",
        "source-too-many-files" => "Narrow source.path, or raise source.max_files if all of them are meant.",
        "source-network-refused" => {
            "Set source.allow_private_network = true if the host of the source is meant to be inside; no other host is."
        }
        "source-redirects" => "Set source.url to the address that the source moved to.",
        "source-scheme" => "Only http and https addresses are fetched.",
        "source-empty" => "Ask the sender why the answer is empty; the last good version stays published.",
        "source-content-encoding" => "Ask the sender to answer without compression to `Accept-Encoding: identity`.",
        "source-headers" => "Check the names and values in source.headers.",
        "source-einnsyn-unit" => {
            "Check source.organisation_number on einnsyn.no; closed units need source.closed_units."
        }
        "source-einnsyn-answer" | "source-einnsyn-circle" => {
            "Try again later; if it stays so, tell eInnsyn. The last good version stays published."
        }
        "source-einnsyn-next" => "Check source.base_url; rows are read from one server only.",
        "source-service-answer" => {
            "Open the address in a browser; check that source.url is the collection or layer and source.kind its protocol."
        }
        "source-service-refused" => "Check what source asks for: url, filter, bbox and crs.",
        "source-service-next" => "Name the host in source.hosts if it belongs to the service.",
        "source-service-circle" => {
            "Tell the owner of the service; another source.page_size may help. The last good version stays published."
        }
        "source-service-pages" => "Raise source.page_size or source.max_pages if the source may be this large.",
        "source-service-crs" => {
            "Set source.crs to a system that the service offers and that counts eastings first, such as EPSG:25833."
        }
        "source-service-changed" => "The next run reads again; run it when nobody works on the data.",
        "source-service-count" => "Tell the owner of the service; another source.page_size may help.",
        "source-atom-entry" => "Set source.dataset, source.format, source.area and source.crs so that one entry fits.",
        "source-atom-restricted" => {
            "Data that not everybody may have are not published; ask the owner whether they are open by now."
        }
        "source-geonorge-choice" => "Set source.area, source.crs and source.format to what the service offers.",
        "source-geonorge-order" => "Try again later; raise source.timeout_seconds if the service needs longer.",
        _ => "Check that the source can be reached and read from this machine.",
    }
}
