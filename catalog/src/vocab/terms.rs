//! Terms of the controlled vocabularies with the labels that their owners give them.

use config::{Access, FileFormat, Frequency, HighValueCategory, Language, Licence, LosTerm, Theme};

const AUTHORITY: &str = "http://publications.europa.eu/resource/authority/";

/// Root of the IANA media types, as DCAT-AP-NO 3 wants it.
const MEDIA_TYPES: &str = "https://www.w3.org/ns/iana/media-types/";

/// Code and labels in bokmål, nynorsk and English; an empty label is one that the owner does not give.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// A term of a controlled vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Concept {
    /// Its IRI.
    pub(super) iri: String,
    /// The class that DCAT wants beside `skos:Concept`.
    pub(super) class: Option<&'static str>,
    /// The IRI of its scheme.
    pub(super) scheme: String,
    labels: [&'static str; 3],
}

impl Concept {
    /// Language tags and labels.
    pub(super) fn labels(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let tags = ["nb", "nn", "en"].into_iter();
        tags.zip(self.labels).filter(|(_, label)| !label.is_empty())
    }
}

const THEMES: &[Row] = &[
    (
        "AGRI",
        "Jordbruk, fiskeri, skogbruk og mat",
        "Jordbruk, fiskeri, skogbruk og mat",
        "Agriculture, fisheries, forestry and food",
    ),
    ("ECON", "Økonomi og finans", "Økonomi og finans", "Economy and finance"),
    ("EDUC", "Utdanning, kultur og sport", "Utdanning, kultur og sport", "Education, culture and sport"),
    ("ENER", "Energi", "Energi", "Energy"),
    ("ENVI", "Miljø", "Miljø", "Environment"),
    ("GOVE", "Forvaltning og offentlig sektor", "Forvaltning og offentleg sektor", "Government and public sector"),
    ("HEAL", "Helse", "Helse", "Health"),
    ("INTR", "Internasjonale temaer", "Internasjonale tema", "International issues"),
    (
        "JUST",
        "Justis, rettssystem og allmenn sikkerhet",
        "Justis, rettssystem og allmenn tryggleik",
        "Justice, legal system and public safety",
    ),
    ("OP_DATPRO", "", "", "Provisional data"),
    ("REGI", "Regioner og byer", "Regionar og byar", "Regions and cities"),
    ("SOCI", "Befolkning og samfunn", "Befolkning og samfunn", "Population and society"),
    ("TECH", "Vitenskap og teknologi", "Vitskap og teknologi", "Science and technology"),
    ("TRAN", "Transport", "Transport", "Transport"),
];

const QUALITY_DIMENSIONS: &str = "https://data.norge.no/vocabulary/quality-dimension";

const DIMENSIONS: &[Row] = &[
    ("accuracy", "nøyaktighet", "nøyaktigheit", "accuracy"),
    ("completeness", "fullstendighet", "fullstendigheit", "completeness"),
    (
        "consistency-within-dataset",
        "konsistens innad i datasett",
        "konsistens internt i datasett",
        "consistency within the dataset",
    ),
    ("under-coverage", "underdekning", "underdekning", "under-coverage"),
];

const LICENCES: &[Row] = &[
    ("CC0", "", "", "Creative Commons CC0 1.0 Universal"),
    ("CC_BY_4_0", "", "", "Creative Commons Attribution 4.0 International"),
    ("NLOD_2_0", "", "", "Norwegian Licence for Open Government Data (NLOD) 2.0"),
];

const ACCESS: &[Row] =
    &[("NON_PUBLIC", "", "", "non-public"), ("PUBLIC", "", "", "public"), ("RESTRICTED", "", "", "restricted")];

const FREQUENCIES: &[Row] = &[
    ("ANNUAL", "årlig", "årleg", "annual"),
    ("ANNUAL_2", "halvårlig", "halvårleg", "semiannual"),
    ("BIWEEKLY", "hver fjortende dag", "kvar fjortande dag", "biweekly"),
    ("CONT", "kontinuerlig", "kontinuerleg", "continuous"),
    ("DAILY", "daglig", "dagleg", "daily"),
    ("HOURLY", "hver time", "kvar time", "hourly"),
    ("IRREG", "uregelmessig", "uregelmessig", "irregular"),
    ("MONTHLY", "månedlig", "månadleg", "monthly"),
    ("NEVER", "aldri", "aldri", "never"),
    ("QUARTERLY", "kvartalsvis", "kvartalsvis", "quarterly"),
    ("UNKNOWN", "ukjent", "ukjent", "unknown"),
    ("WEEKLY", "ukentlig", "kvar veke", "weekly"),
];

const FILE_TYPES: &[Row] = &[
    ("BIN", "Binære data", "Binære data", "Binary data"),
    ("CSV", "", "", "CSV"),
    ("GEOJSON", "", "", "GeoJSON"),
    ("GPKG", "", "", "GeoPackage"),
    ("JSON", "", "", "JSON"),
    ("PARQUET", "", "", "Parquet"),
];

const LANGUAGES: &[Row] = &[
    ("ENG", "Engelsk", "Engelsk", "English"),
    ("NNO", "Norsk Nynorsk", "Norsk Nynorsk", "Norwegian Nynorsk"),
    ("NOB", "Norsk Bokmål", "Norsk Bokmål", "Norwegian Bokmål"),
];

fn authority(table: &str, class: Option<&'static str>, rows: &[Row], code: &str) -> Concept {
    let labels = rows.iter().find(|row| row.0 == code).map_or([""; 3], |row| [row.1, row.2, row.3]);
    Concept { iri: format!("{AUTHORITY}{table}/{code}"), class, scheme: format!("{AUTHORITY}{table}"), labels }
}

/// EU authority table `data-theme`.
pub(super) fn theme(theme: Theme) -> Concept {
    authority("data-theme", None, THEMES, &theme.code())
}

/// The scheme of the EU data themes.
pub(super) fn theme_scheme() -> String {
    format!("{AUTHORITY}data-theme")
}

/// Dimensions of quality of the Norwegian vocabulary, by code.
pub(super) fn quality_dimension(code: &str) -> Concept {
    let labels = DIMENSIONS.iter().find(|(known, ..)| *known == code).map_or([""; 3], |(_, nb, nn, en)| [nb, nn, en]);
    Concept {
        iri: format!("{QUALITY_DIMENSIONS}#{code}"),
        class: Some("dqv:Dimension"),
        scheme: QUALITY_DIMENSIONS.to_owned(),
        labels,
    }
}

/// A theme, word or life event of LOS.
pub(super) fn los(term: LosTerm) -> Concept {
    Concept { iri: term.iri(), class: None, scheme: term.scheme(), labels: term.labels() }
}

/// A category of high-value datasets.
pub(super) fn high_value(category: HighValueCategory) -> Concept {
    let scheme = "http://data.europa.eu/bna/asd487ae75".to_owned();
    Concept { iri: category.iri(), class: None, scheme, labels: ["", "", category.label()] }
}

/// EU authority table `licence`.
pub(super) fn licence(licence: Licence) -> Concept {
    authority("licence", Some("dct:LicenseDocument"), LICENCES, &licence.code())
}

/// EU authority table `access-right`.
pub(super) fn access(access: Access) -> Concept {
    authority("access-right", Some("dct:RightsStatement"), ACCESS, &access.code())
}

/// EU authority table `frequency`.
pub(super) fn frequency(frequency: Frequency) -> Concept {
    authority("frequency", Some("dct:Frequency"), FREQUENCIES, &frequency.code())
}

/// EU authority table `file-type`, by code.
pub(super) fn file_type(code: &str) -> Concept {
    authority("file-type", Some("dct:MediaTypeOrExtent"), FILE_TYPES, code)
}

/// EU authority table `language`.
pub(super) fn language(language: Language) -> Concept {
    let code = match language {
        Language::Nb => "NOB",
        Language::Nn => "NNO",
        Language::En => "ENG",
    };
    authority("language", Some("dct:LinguisticSystem"), LANGUAGES, code)
}

/// Norway in the EU authority table `country`.
pub(super) fn norway() -> Concept {
    authority("country", Some("dct:Location"), &[("NOR", "Norge", "Noreg", "Norway")], "NOR")
}

/// `COMPLETED` of the EU authority table `distribution-status`.
pub(super) fn completed() -> Concept {
    authority("distribution-status", None, &[("COMPLETED", "ferdigstilt", "ferdigstilt", "completed")], "COMPLETED")
}

/// `AVAILABLE` of the EU authority table `planned-availability`: planned for some years, no promise for ever.
pub(super) fn available() -> Concept {
    let rows = [("AVAILABLE", "tilgjengelig", "tilgjengeleg", "available")];
    authority("planned-availability", None, &rows, "AVAILABLE")
}

/// `LocalAuthority` of the ADMS publisher types.
pub(super) fn local_authority() -> Concept {
    Concept {
        iri: "http://purl.org/adms/publishertype/LocalAuthority".to_owned(),
        class: None,
        scheme: "http://purl.org/adms/publishertype/1.0".to_owned(),
        labels: ["Lokal myndighet", "Lokal myndigheit", "Local Authority"],
    }
}

/// The IRI of a registered media type; `None` for formats that IANA does not know.
pub(super) fn media_type(format: FileFormat) -> Option<String> {
    match format {
        FileFormat::Parquet | FileFormat::Csv | FileFormat::Geojson | FileFormat::Geopackage | FileFormat::Pmtiles => {
            Some(format!("{MEDIA_TYPES}{}", format.media_type()))
        }
        FileFormat::Ndjson | FileFormat::Flatgeobuf => None,
    }
}

/// The IRI of `application/json`.
pub(super) fn json_media_type() -> String {
    format!("{MEDIA_TYPES}application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_configuration_has_a_label() {
        let themes: Vec<Theme> = ["AGRI", "OP_DATPRO", "TRAN"].iter().map(|code| parse(code)).collect();
        let codes = "CONT HOURLY DAILY WEEKLY BIWEEKLY MONTHLY QUARTERLY ANNUAL_2 ANNUAL IRREG NEVER UNKNOWN";
        let frequencies = codes.split(' ').map(|code| frequency(parse(code)));
        let licences = ["CC_BY_4_0", "CC0", "NLOD_2_0"].iter().map(|code| licence(parse(code)));
        let accesses = ["PUBLIC", "RESTRICTED", "NON_PUBLIC"].iter().map(|code| access(parse(code)));
        let files = FileFormat::ALL.into_iter().map(|format| file_type(format.eu_code()));
        let languages = Language::ALL.into_iter().map(language);
        let all = themes.into_iter().map(theme).chain(frequencies).chain(licences).chain(accesses);
        for concept in all.chain(files).chain(languages).chain([norway(), completed(), available(), local_authority()])
        {
            assert!(concept.labels().any(|(tag, _)| tag == "en"), "{}", concept.iri);
        }
    }

    fn parse<T: serde::de::DeserializeOwned>(code: &str) -> T {
        serde_json::from_value(serde_json::Value::String(code.to_owned())).unwrap()
    }

    #[test]
    fn iris_are_those_of_the_eu() {
        let root = "http://publications.europa.eu/resource/authority";
        assert_eq!(theme(Theme::Educ).iri, format!("{root}/data-theme/EDUC"));
        assert_eq!(frequency(Frequency::Semiannual).iri, format!("{root}/frequency/ANNUAL_2"));
        assert_eq!(licence(Licence::CcBy40).scheme, format!("{root}/licence"));
    }
}
