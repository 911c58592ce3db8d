//! The profiles that come with the program.

macro_rules! profiles {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../profiles/", $name, ".toml")))),+]
    };
}

/// Every built-in profile: its id and its TOML text.
pub const PROFILES: &[(&str, &str)] = profiles![
    "address",
    "administrative-unit",
    "building-point",
    "case-file",
    "dwelling-register",
    "dwelling-section",
    "election-result",
    "feature",
    "housing-statistics",
    "housing-unit",
    "housing-unit-open",
    "journal",
    "meeting",
    "municipality-change",
    "place-name",
    "plan-area",
    "postal-code",
    "postal-code-change",
    "table",
];
