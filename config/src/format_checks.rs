//! Checks of formats, distributions and column types.

use encoding_rs::Encoding;

use crate::{
    CellRange, Column, ColumnType, CsvFormat, Dataset, FileFormat, FixedWidthFormat, Format, GeometryCrs, SkipRows,
    TileArchive,
    crs::is_known_epsg,
    document::Document,
    pattern,
    problem::{self, Problems, suggest},
    quality_checks::whole_pattern,
};

/// The encodings that people mean, for "did you mean".
const ENCODINGS: [&str; 7] =
    ["utf-8", "windows-1252", "iso-8859-1", "iso-8859-15", "utf-16le", "utf-16be", "macintosh"];

/// Checks how a dataset is read.
pub(crate) fn format(document: &Document, joined: &Dataset, problems: &mut Problems) {
    if let Format::Csv(csv) = &joined.file.format {
        let decimals = |column: &Column| matches!(column.kind, ColumnType::Number {} | ColumnType::Decimal { .. });
        separated(document, csv, joined.read().columns.iter().any(decimals), problems);
        skipped(document, csv.skip_rows.as_ref(), problems);
    }
    if let Format::FixedWidth(lines) = &joined.file.format {
        fixed(document, lines, problems);
        skipped(document, lines.skip_rows.as_ref(), problems);
    }
    if let Format::Excel(sheet) = &joined.file.format {
        skipped(document, sheet.skip_rows.as_ref(), problems);
        if sheet.range.as_deref().is_some_and(|range| CellRange::parse(range).is_none()) {
            let problem = document.problem_at(problem::VALUE, &["format", "range"], "this is no range of cells");
            problems.push(problem.hint("range = \"A3:H40\", or \"F:K\" for whole columns"));
        }
    }
}

/// Checks where the columns of lines stand.
fn fixed(document: &Document, lines: &FixedWidthFormat, problems: &mut Problems) {
    for (at, field) in lines.fields.iter().enumerate() {
        let path = ["format", "fields", &at.to_string()];
        if field.start == 0 || field.length == 0 {
            let problem =
                document.problem_at(problem::VALUE, &path, "`start` counts from 1, and `length` is 1 at least");
            problems.push(problem.hint("{ name = \"kommunenr\", start = 1, length = 4 }"));
        }
        if lines.fields.iter().take(at).any(|earlier| earlier.name == field.name) {
            let message = format!("two fields are named '{}'", field.name);
            problems.push(document.problem_at(problem::VALUE, &path, message));
        }
    }
    encoding(document, lines.encoding.as_deref(), problems);
}

/// Checks that an encoding is known.
fn encoding(document: &Document, label: Option<&str>, problems: &mut Problems) {
    if let Some(label) = label.filter(|label| Encoding::for_label(label.as_bytes()).is_none()) {
        let problem = document.problem_at(problem::VALUE, &["format", "encoding"], format!("`{label}` is no encoding"));
        problems.push(problem.maybe_hint(suggest(label, ENCODINGS)));
    }
}

fn skipped(document: &Document, rows: Option<&SkipRows>, problems: &mut Problems) {
    if let Some(Err(error)) = rows.map(|rows| whole_pattern(&rows.pattern)) {
        let message = format!("the pattern cannot be read: {error}");
        let problem = document.problem_at(problem::VALUE, &["format", "skip_rows", "pattern"], message);
        problems.push(problem.hint("pattern = \"Sum.*\""));
    }
}

/// Checks how geometries are made of texts; `format` is `None` for a profile, which any format may follow.
pub(crate) fn places(document: &Document, format: Option<&Format>, columns: &[Column], problems: &mut Problems) {
    let tables = matches!(format, None | Some(Format::Csv(_) | Format::Excel(_) | Format::Json(_) | Format::Ndjson(_)));
    sources(document, format, columns, problems);
    for (at, column) in columns.iter().enumerate() {
        let at = at.to_string();
        let key = if column.point.is_some() { "point" } else { "wkt" };
        let mut refuse = |path: &[&str], message: &str, hint: &str| {
            let path: Vec<&str> = ["columns", &at].into_iter().chain(path.iter().copied()).collect();
            problems.push(document.problem_at(problem::VALUE, &path, message).hint(hint));
        };
        if column.point.is_none() && column.wkt.is_none() {
            continue;
        }
        if !matches!(column.kind, ColumnType::Geometry { .. }) {
            refuse(&[key], &format!("`{key}` is for columns of the type geometry"), "type = \"geometry\"");
        } else if !tables {
            refuse(&[key], &format!("`{key}` is for csv, excel, json and ndjson"), "leave it out");
        } else if column.point.is_some() && column.wkt.is_some() {
            refuse(&["wkt"], "a geometry is either a `point` or `wkt`", "leave one out");
        } else if column.point.as_ref().is_some_and(|point| point.crs.is_some() && point.crs_from.is_some()) {
            refuse(&["point", "crs"], "`crs` and `crs_from` exclude each other", "leave one out");
        }
    }
}

/// Checks how a dataset is published.
pub(crate) fn distributions(document: &Document, joined: &Dataset, problems: &mut Problems) {
    let of_places = [
        (FileFormat::Geojson, "GeoJSON"),
        (FileFormat::Flatgeobuf, "FlatGeobuf"),
        (FileFormat::Geopackage, "GeoPackage"),
        (FileFormat::Pmtiles, "PMTiles"),
    ];
    for (format, name) in of_places {
        if joined.file.distributions.iter().flatten().any(|wanted| *wanted == format) && joined.geometry().is_none() {
            let message = format!("{name} needs a published column of type `geometry`");
            problems.push(document.problem_at(problem::VALUE, &["distributions"], message));
        }
    }
    if joined.file.tiles.max_zoom > TileArchive::DEEPEST {
        let message = format!("`max_zoom` is at most {}", TileArchive::DEEPEST);
        problems.push(document.problem_at(problem::VALUE, &["tiles", "max_zoom"], message));
    }
}

/// `numbers`: the file holds numbers with decimals.
fn separated(document: &Document, csv: &CsvFormat, numbers: bool, problems: &mut Problems) {
    let single = [("separator", Some(csv.separator)), ("quote", Some(csv.quote)), ("comment", csv.comment)];
    for (key, character) in single {
        if let Some(character) = character.filter(|c| !c.is_ascii() || matches!(c, '\n' | '\r')) {
            let message = format!("`{key}` must be one ASCII character, not {character:?}");
            problems.push(document.problem_at(problem::VALUE, &["format", key], message));
        }
    }
    for (key, character) in [("decimal", Some(csv.decimal)), ("group", csv.group)] {
        if let Some(character) = character.filter(|c| c.is_alphanumeric() || matches!(c, '-' | '+' | '\n' | '\r')) {
            let message = format!("`{key}` cannot be {character:?}, which is part of numbers or words");
            problems.push(document.problem_at(problem::VALUE, &["format", key], message).hint("for example \",\""));
        }
    }
    let written = |key: &str| document.root.at(&["format", key]).is_some();
    // Nobody looks at a decimal character that is not written where there are no decimals.
    let decimal = Some(csv.decimal).filter(|_| numbers || written("decimal"));
    let pairs = [
        ("separator", Some(csv.separator), "quote", Some(csv.quote)),
        ("comment", csv.comment, "separator", Some(csv.separator)),
        ("comment", csv.comment, "quote", Some(csv.quote)),
        ("group", csv.group, "decimal", Some(csv.decimal)),
        ("group", csv.group, "separator", Some(csv.separator)),
        ("decimal", decimal, "separator", Some(csv.separator)),
    ];
    for (a, of_a, b, of_b) in pairs {
        if of_a.is_some() && of_a == of_b {
            let place = if written(a) { a } else { b };
            let other = if place == a { b } else { a };
            let problem =
                document.problem_at(problem::VALUE, &["format", place], format!("`{a}` and `{b}` are the same"));
            problems.push(problem.hint(format!("set `{other}` too")));
        }
    }
    encoding(document, csv.encoding.as_deref(), problems);
}

/// Checks that the coordinate systems of geometries are known.
fn systems(document: &Document, columns: &[Column], problems: &mut Problems) {
    for (at, column) in columns.iter().enumerate() {
        if let ColumnType::Geometry { crs: crs @ GeometryCrs::Epsg(code) } = column.kind
            && !is_known_epsg(code)
        {
            let path = ["columns", &at.to_string(), "type", "crs"];
            let problem = document.problem_at(problem::VALUE, &path, format!("`{crs}` is no known coordinate system"));
            problems.push(problem.hint("EPSG:25832, EPSG:25833 and EPSG:25835 (UTM), EPSG:4258, EPSG:3857, or CRS84"));
        }
    }
}

/// Checks the systems that readers are told.
fn sources(document: &Document, format: Option<&Format>, columns: &[Column], problems: &mut Problems) {
    let of_format = match format {
        Some(Format::Shapefile(format)) => format.crs,
        Some(Format::Geopackage(format)) => format.crs,
        Some(Format::Flatgeobuf(format)) => format.crs,
        Some(Format::Parquet(format)) => format.crs,
        _ => None,
    };
    let mut all = vec![(vec!["format".to_owned(), "crs".to_owned()], of_format)];
    for (at, column) in columns.iter().enumerate() {
        let path = |key: &str| ["columns", &at.to_string(), key, "crs"].map(str::to_owned).to_vec();
        all.push((path("point"), column.point.as_ref().and_then(|point| point.crs)));
        all.push((path("wkt"), column.wkt.as_ref().and_then(|wkt| wkt.crs)));
    }
    for (path, epsg) in all {
        let Some(epsg) = epsg.filter(|epsg| !is_known_epsg(epsg.code())) else { continue };
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let problem = document.problem_at(problem::VALUE, &path, format!("`{epsg}` is no known coordinate system"));
        problems.push(problem.hint("EPSG:25832, EPSG:25833 and EPSG:25835 (UTM), EPSG:4258, or EPSG:3857"));
    }
}

/// Checks the patterns of dates, the aliases of codes and the systems of geometries.
pub(crate) fn columns(document: &Document, columns: &[Column], problems: &mut Problems) {
    for (at, column) in columns.iter().enumerate() {
        for (alias, code) in column.aliases.iter().filter(|(_, code)| !column.codes.contains_key(*code)) {
            let path = ["columns", &at.to_string(), "aliases", alias];
            let problem =
                document.problem_at(problem::VALUE, &path, format!("`{code}` is no code of `{}`", column.name));
            problems.push(problem.maybe_hint(suggest(code, column.codes.keys().map(String::as_str))));
        }
    }
    systems(document, columns, problems);
    for (at, column) in columns.iter().enumerate() {
        let (formats, reads, example) = match &column.kind {
            ColumnType::Date { formats } => (formats, pattern::reads_day as fn(&str) -> bool, "\"%d.%m.%Y\""),
            ColumnType::Datetime { formats } => (formats, pattern::reads_instant as _, "\"%Y-%m-%dT%H:%M:%S%z\""),
            _ => continue,
        };
        for (item, pattern) in formats.iter().enumerate().filter(|(_, pattern)| !reads(pattern)) {
            let path = ["columns", &at.to_string(), "type", "formats", &item.to_string()];
            let problem = document.problem_at(problem::VALUE, &path, format!("`{pattern}` is not a date pattern"));
            problems.push(problem.hint(format!("strptime form that says the whole day, for example {example}")));
        }
    }
}
