//! Who may see geodata: what is not open is not published, whatever else is right with it.

use std::{collections::BTreeSet, fs::File, io::Read, path::Path};

use arrow::{array::AsArray, record_batch::RecordBatch};
use catalog::version::{Finding, Severity};
use config::{Access, Column, Dataset, Format};

use super::{finding::finding, shape::Observed};
use crate::Result;

/// Bytes at the beginning of a file in which its head is looked for.
const HEAD_BYTES: u64 = 32 << 10;
/// How sources say that only the parties of Norge digitalt may have them; small letters, single blanks.
const RESTRICTED: [&str; 3] = ["norge digitalt begrenset", "norge digitalt restricted", "norway digital restricted"];
/// What columns with the type of an object are called at the source.
const TYPE_COLUMNS: [&str; 4] = ["objtype", "objekttype", "featuretype", "feature_type"];

/// Whether a text says that the data are for the parties of Norge digitalt only.
fn is_restricted(text: &str) -> bool {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let text = words.join(" ");
    RESTRICTED.iter().any(|known| text.contains(known))
}

/// Whether the head of a file, what stands before its first object, says that it is for the parties of Norge digitalt
/// only. Formats without such a head say nothing.
pub(crate) fn has_restricted_head(path: &Path, format: &Format) -> Result<bool> {
    let first_object = match format {
        Format::Gml(_) => ["member>", "member ", "members>"].as_slice(),
        Format::Sosi(_) => &["\n.p", "\n.k", "\n.f", "\n.t", "\n.b", "\n.o", "\n.s", "\n.l", "\n.r"],
        Format::Geojson(_) | Format::EsriJson(_) => &["\"features\""],
        _ => return Ok(false),
    };
    let mut head = Vec::new();
    File::open(path)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    let text = String::from_utf8_lossy(&head).to_lowercase();
    let end = first_object.iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    Ok(is_restricted(text.get(..end).unwrap_or_default()))
}

/// Types of objects that are never published.
#[derive(Debug)]
pub(crate) struct Shielded {
    /// In small letters.
    words: BTreeSet<String>,
    columns: Vec<String>,
    /// Those that a type held. Types are values of the data and stay out of reports.
    found: BTreeSet<String>,
}

impl Shielded {
    /// The types that a dataset shields; a dataset that publishes no geometry shields none.
    pub(crate) fn of(dataset: &Dataset) -> Self {
        let geometry = |column: &Column| matches!(column.kind, config::ColumnType::Geometry { .. });
        let words = dataset.file.gates.geometry.shielded_objects.iter().map(|word| word.trim().to_lowercase());
        let words = words.filter(|word| !word.is_empty() && dataset.published_columns().any(geometry)).collect();
        let told = |name: &str| {
            let last = name.rsplit('.').next().unwrap_or(name);
            TYPE_COLUMNS.iter().any(|known| last.eq_ignore_ascii_case(known))
        };
        let named = |column: &&Column| told(column.name.as_str()) || column.from.iter().any(|name| told(name));
        let columns = dataset.columns.iter().filter(named).map(|column| column.name.to_string()).collect();
        Self { words, columns, found: BTreeSet::new() }
    }

    /// Notes a type of objects that is shielded.
    pub(crate) fn see(&mut self, kind: &str) {
        let small = kind.to_lowercase();
        let held = self.words.iter().filter(|word| small.contains(*word) && !self.found.contains(*word));
        let held: Vec<String> = held.cloned().collect();
        self.found.extend(held);
    }

    /// Notes the shielded types that raw rows tell in a column.
    pub(crate) fn look(&mut self, rows: &RecordBatch) {
        for name in self.columns.clone() {
            let texts = rows.column_by_name(&name).and_then(|cells| cells.as_string_opt::<i32>());
            texts.into_iter().flatten().flatten().for_each(|kind| self.see(kind));
        }
    }

    /// The words that types of objects held.
    pub(crate) fn found(self) -> BTreeSet<String> {
        self.found
    }
}

/// Data that are declared for some only.
pub(super) fn not_open(access: Access) -> Finding {
    let message = format!("the dataset has access {}", access.code());
    let hint = "Geodata are published only with access PUBLIC; leave the geometry out, or ask the owner to open it.";
    finding("geometry-access", Severity::Block, message, hint)
}

/// Sources and objects that must not be published.
pub(super) fn findings(observed: &Observed) -> impl Iterator<Item = Finding> {
    let restricted = (observed.restricted > 0).then(|| {
        let message = format!("{} files say that they are for the parties of Norge digitalt only", observed.restricted);
        let hint = "Get the open edition of the data, or have the owner open it.";
        finding("geometry-restricted", Severity::Block, message, hint)
    });
    let shielded = observed.shielded.iter().map(|word| {
        let hint =
            "Leave such objects out by the format's `objects`; gates.geometry.shielded_objects says which they are.";
        finding(
            "geometry-shielded",
            Severity::Block,
            format!("objects came whose type holds '{word}', which is shielded"),
            hint,
        )
    });
    restricted.into_iter().chain(shielded.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::gate::testing::dataset_of;

    fn restricted(format: &str, text: &str) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, text).unwrap();
        has_restricted_head(&path, &serde_json::from_value(json!({ "kind": format })).unwrap()).unwrap()
    }

    #[test]
    fn heads_tell_who_may_see_the_data() {
        for (format, text, expected) in [
            ("gml", "<f:FeatureCollection><!-- Norge digitalt-begrenset --><f:member>", true),
            ("gml", "<f:FeatureCollection><a>norway digital  restricted</a><f:featureMember>", true),
            ("gml", "<f:FeatureCollection><f:member><a>Norge digitalt begrenset</a>", false),
            ("sosi", ".HODE\n..TEGNSETT UTF-8\n!TILGANG Norge digitalt begrenset\n.PUNKT 1:\n", true),
            ("sosi", ".HODE\n..TEGNSETT UTF-8\n.PUNKT 1:\n..MERKNAD Norge digitalt begrenset\n", false),
            ("geojson", r#"{"type":"FeatureCollection","access":"norway_digital_restricted","features":[]}"#, true),
            ("geojson", r#"{"features":[{"properties":{"a":"norway digital restricted"}}]}"#, false),
            ("csv", "Norge digitalt begrenset\n", false),
        ] {
            assert_eq!(restricted(format, text), expected, "{format} {text}");
        }
    }

    #[test]
    fn types_are_told_by_readers_and_by_columns() {
        let title = json!({ "nb": "x" });
        let columns = json!([
            { "name": "sted", "type": { "is": "geometry" }, "title": title },
            { "name": "slag", "type": { "is": "text" }, "title": title, "from": ["OBJTYPE"] },
        ]);
        let gates = json!({ "geometry": { "shielded_objects": ["Ledning", "Trase", "Vann"] } });
        let mut shielded = Shielded::of(&dataset_of(&columns, &json!({ "kind": "geojson" }), &gates));
        let texts: arrow::array::ArrayRef =
            std::sync::Arc::new(arrow::array::StringArray::from(vec![Some("Luftledning"), None, Some("Bygning")]));
        shielded.look(&RecordBatch::try_from_iter_with_nullable([("slag", texts, true)]).unwrap());
        shielded.see("LEDNINGSTRASE");
        shielded.see("Veg");
        assert_eq!(shielded.found().into_iter().collect::<Vec<_>>(), ["ledning", "trase"]);
        let none = Shielded::of(&dataset_of(&json!([columns[1]]), &json!({ "kind": "csv" }), &gates));
        assert!(none.words.is_empty(), "no geometry, no matter of this gate");
    }
}
