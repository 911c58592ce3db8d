//! Columns: name, type, meaning and privacy class.

use std::{collections::BTreeMap, fmt};

use schemars::{JsonSchema, Schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{
        self, MapAccess, Visitor,
        value::{MapAccessDeserializer, MapDeserializer},
    },
};
use serde_json::{Value, json};

use crate::{CodeForm, ColumnName, GeometryCrs, NameRule, Point, PrivacyClass, Recode, Text, WellKnownText};

/// One published column. A column that is not declared is never published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The name under which the column is published.
    pub name: ColumnName,
    /// The names that the column may have in the source, the first that is there wins. For JSON a dotted path
    /// (`properties.navn`, `part.0.navn`); for text without a header the column's number, from 1.
    /// Default: the published name.
    #[serde(default)]
    pub from: Vec<String>,
    /// The type of the values.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// A short title for readers.
    pub title: Text,
    /// What the values mean.
    #[serde(default)]
    pub description: Option<Text>,
    /// How far the values may reveal a person. Only `open` columns are published.
    #[serde(default)]
    pub class: PrivacyClass,
    /// For columns of the class `names`: how persons are told from organisations.
    #[serde(default)]
    pub names: Option<NameRule>,
    /// A row without a value is rejected.
    #[serde(default)]
    pub required: bool,
    /// Texts that stand for "no value" in this column (an empty text always does).
    #[serde(default)]
    pub null: Vec<String>,
    /// Texts that are removed from the end of a value, such as a unit: `["m²", "kr"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suffix: Vec<String>,
    /// Publish a list or an object of a JSON source as its compact text. Off: such a row is rejected, since members
    /// that nobody declared would be published with it.
    #[serde(default)]
    pub nested: bool,
    /// Of a geometry in separated text, a workbook or JSON: a point of these columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// Of a geometry in separated text, a workbook or JSON: the column holds well-known text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wkt: Option<WellKnownText>,
    /// Unit of a number, as a UCUM code ("m2", "NOK", "%").
    #[serde(default)]
    pub unit: Option<String>,
    /// The values allowed, with what they mean. A value outside the list is rejected.
    #[serde(default)]
    pub codes: BTreeMap<String, Text>,
    /// Of a code: what it names, so that its digits, and where there is a register the code itself, are held against that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<CodeForm>,
    /// Of numbers of municipalities and counties: the year of the list that they are in, 2019, 2020 or 2024; 0 for any of
    /// them.
    #[serde(default = "newest", skip_serializing_if = "is_newest")]
    pub edition: u16,
    /// Of numbers of municipalities: they are turned into those of a later list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recode: Option<Recode>,
    /// How sources write codes of the list: `I = "inngaaende_dokument"`. Compared as it stands, then in lower
    /// case; `"*"` stands for every other value.
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
    /// What becomes of a value that does not fit the declaration.
    #[serde(default, skip_serializing_if = "Contract::is_default")]
    pub contract: Contract,
    /// A source may lack the column; it is published empty then.
    #[serde(default)]
    pub optional: bool,
    /// IRI of the concept that the column expresses.
    #[serde(default)]
    pub concept: Option<url::Url>,
}

/// What becomes of a value that does not fit the declaration of its column. What no value can be made of at all puts the
/// row aside, unless the column is frozen. That a source brings a column nobody
/// declared changes nothing in any case: it is told, and not published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Contract {
    /// The row is put aside and counted; too many of them block.
    #[default]
    DiscardRow,
    /// The value is left out and counted, the row stays; too many of them block. In a column that is `required` the row is
    /// put aside.
    DiscardValue,
    /// Nothing is published.
    Freeze,
}

impl Contract {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The year of the newest list of municipalities.
pub(crate) fn newest() -> u16 {
    2024
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_newest(edition: &u16) -> bool {
    *edition == newest()
}

impl Column {
    /// The list that numbers of municipalities must be in; `None` for any.
    pub fn list(&self) -> Option<u16> {
        Some(self.edition).filter(|edition| *edition != 0 && self.recode.is_none())
    }

    /// All columns of the source that are read for this one, or may be.
    pub fn reads(&self) -> Vec<&str> {
        match &self.point {
            Some(point) => point.columns().into_iter().flatten().collect(),
            None => self.source_names(),
        }
    }

    /// The source names to look for, in order.
    pub fn source_names(&self) -> Vec<&str> {
        if self.from.is_empty() { vec![self.name.as_str()] } else { self.from.iter().map(String::as_str).collect() }
    }
}

/// The type of a column's values and how they are written in the source.
///
/// Arrow types: text and code `Utf8`; integer `Int64`; number `Float64`; decimal `Decimal128(38, scale)`; boolean
/// `Boolean`; date `Date32`; datetime `Timestamp(Millisecond, "UTC")`; geometry `Binary` (ISO WKB).
///
/// Written `{ is = "code", width = 4 }`, or as the bare name (`"date"`) where nothing is to be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "lowercase", deny_unknown_fields, remote = "Self")]
#[schemars(transform = short_form)]
pub enum ColumnType {
    /// Text as it stands, surrounding white space removed.
    Text {},
    /// A code: text of which leading zeros matter, optionally of a fixed width.
    Code {
        /// Digits that a purely numeric value is padded to with zeros (a spreadsheet's 219 becomes 0219).
        #[serde(default)]
        #[schemars(range(min = 1))]
        width: Option<u8>,
    },
    /// A whole number of at most 18 digits.
    Integer {},
    /// A floating point number.
    Number {},
    /// An exact decimal number.
    Decimal {
        /// Digits after the decimal point.
        #[schemars(range(max = 38))]
        scale: u8,
    },
    /// A truth value.
    Boolean {
        /// Texts for true. Default: true, ja, yes, 1, j, x.
        #[serde(default)]
        yes: Vec<String>,
        /// Texts for false. Default: false, nei, no, 0, n.
        #[serde(default)]
        no: Vec<String>,
    },
    /// A calendar day.
    Date {
        /// Patterns in strptime form, tried in order. Default: `%Y-%m-%d`, `%d.%m.%Y`.
        #[serde(default)]
        formats: Vec<String>,
    },
    /// An instant. A text without an offset is read in the dataset's time zone.
    Datetime {
        /// Patterns in strptime form, tried in order. Default: RFC 3339, `%Y-%m-%dT%H:%M:%S%.f`, `%d.%m.%Y %H:%M`.
        #[serde(default)]
        formats: Vec<String>,
    },
    /// A geometry.
    Geometry {
        /// The coordinate system in which it is published: `source`, `CRS84`, or an EPSG code such as `EPSG:25833`.
        /// `GeoJSON` is in WGS 84 whatever this says.
        #[serde(default, skip_serializing_if = "GeometryCrs::is_source")]
        crs: GeometryCrs,
    },
}

impl Serialize for ColumnType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for ColumnType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ColumnTypeVisitor)
    }
}

/// Reads both forms: the bare name and the table.
struct ColumnTypeVisitor;

impl<'de> Visitor<'de> for ColumnTypeVisitor {
    type Value = ColumnType;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a type, or a table with `is`")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<ColumnType, E> {
        ColumnType::deserialize(MapDeserializer::<_, E>::new(std::iter::once(("is", name))))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ColumnType, A::Error> {
        ColumnType::deserialize(MapAccessDeserializer::new(map))
    }
}

/// Adds the bare names of the types that need no setting to the schema.
fn short_form(schema: &mut Schema) {
    let Some(Value::Array(branches)) = schema.get_mut("oneOf") else { return };
    let names: Vec<Value> = branches
        .iter()
        .filter(|branch| branch.get("required") == Some(&json!(["is"])))
        .filter_map(|branch| branch.pointer("/properties/is/const").cloned())
        .collect();
    branches
        .push(json!({ "type": "string", "enum": names, "description": "The bare name, where nothing is to be set." }));
}

/// A column and a direction of the published sort order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBy {
    /// The column.
    pub column: ColumnName,
    /// Largest first.
    #[serde(default)]
    pub descending: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ColumnType, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn types_have_a_short_and_a_long_form() {
        assert_eq!(read(r#""date""#).unwrap(), ColumnType::Date { formats: vec![] });
        assert_eq!(read(r#"{"is":"date"}"#).unwrap(), ColumnType::Date { formats: vec![] });
        assert_eq!(read(r#"{"is":"code","width":4}"#).unwrap(), ColumnType::Code { width: Some(4) });
        assert!(read(r#""decimal""#).is_err(), "a decimal needs its scale");
        assert!(read(r#"{"is":"text","width":4}"#).is_err(), "text has no width");
        assert!(read(r#""dato""#).is_err());
        assert_eq!(read(r#""geometry""#).unwrap(), ColumnType::Geometry { crs: GeometryCrs::Source });
    }

    #[test]
    fn the_long_form_is_written() {
        let text = serde_json::to_string(&ColumnType::Decimal { scale: 2 }).unwrap();
        assert_eq!(text, r#"{"is":"decimal","scale":2}"#);
        assert_eq!(read(&text).unwrap(), ColumnType::Decimal { scale: 2 });
        let plain = ColumnType::Geometry { crs: GeometryCrs::Source };
        assert_eq!(serde_json::to_string(&plain).unwrap(), r#"{"is":"geometry"}"#, "as before there was a choice");
        let utm = ColumnType::Geometry { crs: GeometryCrs::Epsg(25_833) };
        assert_eq!(read(&serde_json::to_string(&utm).unwrap()).unwrap(), utm);
    }
}
