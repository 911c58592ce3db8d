//! The profiles that come with the program.

macro_rules! profiles {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../profiles/", $name, ".toml")))),+]
    };
}

/// Every built-in profile: its id and its TOML text.
pub const PROFILES: &[(&str, &str)] = profiles![
    "administrative-unit",
    "case-file",
    "election-result",
    "housing-unit",
    "journal",
    "meeting",
    "municipality-change",
    "postal-code",
    "postal-code-change",
    "table",
];
