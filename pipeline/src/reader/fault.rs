//! Format errors: one place for the codes and their hints.

use std::io;

use crate::Error;

/// A format error; its hint follows from the code.
pub(super) fn fault(file: &str, code: &'static str, line: Option<u64>, reason: impl Into<String>) -> Error {
    Error::Format { code, file: file.to_owned(), line, reason: reason.into(), hint: hint(code) }
}

/// A failed read: a format error that travelled inside it, or a local file's own error.
pub(super) fn read_fault(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(Error::Io)
}

fn hint(code: &str) -> &'static str {
    match code {
        "format-encoding" => {
            "Set format.encoding, where the format has it, to what the sender uses (utf-8, windows-1252 …); else ask for UTF-8."
        }
        "format-double-encoded" => "The text was converted to UTF-8 twice; ask the sender for the file as it was.",
        "format-ragged" => "Look at that line for a separator or quote inside a value; check format.separator.",
        "format-column-count" => {
            "Ask the sender which column came or went; set format.columns to the number of all columns if it is right."
        }
        "format-quote" => "Close the quote on that line, or set format.quote to the character that is used.",
        "format-cell-too-long" => "Look for an unclosed quote; raise pipeline.max_cell_bytes if the value is right.",
        "format-too-many-columns" => "Check the separator; raise pipeline.max_columns if the file is right.",
        "format-too-large" => "Split the source, or ask the sender for a text format.",
        "format-skip-column" => {
            "Name the column as the header does; names of a header of several rows are joined by ' / '."
        }
        "format-duplicate-header" => "Give the columns different names, or read by number with format.header = false.",
        "format-no-header" => "Set format.sheet or format.header_row, or name the columns in `from` as the sheet does.",
        "format-not-looked-at" => "Declare it by hand: init looks at separated text, workbooks and JSON.",
        "format-empty" => "Ask the sender for the file again; the last good version stays published.",
        "format-json" => "Ask the sender for valid JSON; for a list inside a document set format.rows.",
        "format-json-stat" => {
            "Ask for JSON-stat version 2 (PxWeb: outputFormat=json-stat2), and for fewer cells if there are too many."
        }
        "format-arrow" => "Let the program write an Arrow stream or file to its end; check format.kind.",
        "format-crs-unknown" => {
            "Set format.crs to the EPSG code that the data is in, or ask for it in EUREF89 UTM (EPSG:25832, 25833 or 25835)."
        }
        "format-archive" => "Ask the sender for the archive again; leave archive out if the file is none.",
        "format-archive-member" => {
            "Set archive.member to the name of the wanted file, or to a pattern that only it matches."
        }
        "format-archive-unsafe" => {
            "No honest archive is made like this: pack the files anew, without folders or archives in it."
        }
        "format-archive-encrypted" => "Ask the sender for an archive without a password.",
        "format-archive-limit" => "Look at what the sender delivers; raise archive.max_bytes if the file is right.",
        "format-unsupported" => {
            "Export the data as GeoPackage, Shapefile in a zip archive, GML or SOSI (ogr2ogr and QGIS can do so)."
        }
        "format-shapefile" => "Put .shp, .shx, .dbf, .prj and .cpg of one export into one zip archive.",
        "format-geopackage" => "Open the file in QGIS and export the layer anew as GeoPackage.",
        "format-layer" => "Set format.layer to one of the layers of the file.",
        "format-flatgeobuf" | "format-parquet" => "Ask the sender for the file again; it may be cut off.",
        "format-html" => "The address answers with a web page: check it in a browser, it may ask for a login.",
        "format-sheet" => "Set format.sheet to one of the sheets of the workbook.",
        "format-workbook" => "Open and save the file again as XLSX, without a password.",
        "format-xml" => "Look at that place in the file; ask the sender for well-formed XML, whole to its end.",
        "format-xml-entity" => "Ask the sender to write the character itself, or as a number (&#248;).",
        "format-xml-limit" => "No such file is right: look at what the sender delivers.",
        "format-xml-root" => "Set format.kind to the form that the file has.",
        "format-jsonld" => {
            "Ask for the expanded form (an array, every member an IRI), or expand it with a JSON-LD tool."
        }
        "format-authority" => "Set format.orgnr to the authority's organisation number.",
        _ => hint_of_maps(code),
    }
}

/// The hints of map data and of archives.
fn hint_of_maps(code: &str) -> &'static str {
    match code {
        "format-crs" => "Ask for the data in WGS 84 longitude and latitude (RFC 7946 section 4), or with a crs member.",
        "format-geometry" => {
            "A geometry is a GeoJSON geometry object; of texts it is made by the column's settings point or wkt."
        }
        "format-geojson-collection" => "Set format.collection to the name of one of the collections.",
        "format-gml-crs" => {
            "Ask for a file whose geometries have a srsName, in a system that is known; set format.crs where it has none."
        }
        "format-gml-limit" => "Split the file by feature types or areas.",
        "format-esri-crs" => "Ask the server for outSR=25833 or another known system, or set format.crs.",
        "format-esri-error" => "Look at the address of the source in a browser; the server says what it misses.",
        "format-sosi-head" => {
            "A SOSI file begins with .HODE, which tells KOORDSYS, ORIGO-NØ and ENHET; ask the sender for it."
        }
        "format-sosi-crs" => {
            "Ask for the file in EUREF89 (KOORDSYS 22 to 25, or 84), or set format.koordsys to the code it is in."
        }
        "format-sosi-encoding" => {
            "Ask the sender for the file as it was exported: texts in two character sets were put into one file."
        }
        "format-sosi-level" => "Look at that line for a dot too many; ask the sender for the file as it was written.",
        "format-sosi-limit" => "Split the file by object types or areas.",
        _ => "Compare the file with the dataset's format section.",
    }
}
