//! Forms of codes that all Norwegian registers share: what a code must look like, and which codes there are.

use std::{borrow::Cow, collections::BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    OrgNumber,
    municipality::{Municipalities, Unfit},
};

/// What a code names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CodeForm {
    /// A municipality: four digits of an edition of the list (SSB KLASS 131).
    MunicipalityNumber,
    /// A county: two digits with which numbers of municipalities begin (SSB KLASS 104).
    CountyNumber,
    /// An organisation: nine digits, the last one a modulus 11 check digit; blanks between are left out.
    OrganisationNumber,
    /// A property by the numbers of farm and title, of lease and section: `118/507`, `118/507/0/3`.
    PropertyNumber,
    /// A dwelling in a building: `H0201`, the floor's kind (H, K, L or U), floor and number (Matrikkelen).
    DwellingNumber,
    /// A building: at most nine digits without a zero in front.
    BuildingNumber,
    /// A kind of building: three digits (SSB KLASS 31).
    BuildingType,
    /// A basic statistical unit: eight digits, of which the first four are a municipality's.
    BasicStatisticalUnit,
    /// A postal code: four digits.
    PostalCode,
    /// A coordinate system: `EPSG:25833` or its number.
    Epsg,
}

/// A code with other characters, or more or fewer of them.
const FORM: Unfit = "reject-code-form";
/// A numeric code that is shorter than it should be: the zeros in front are gone.
const ZERO: Unfit = "reject-leading-zero";
/// A code that is not in the register.
const UNKNOWN: Unfit = "reject-code-unknown";

/// Reads codes of one form.
#[derive(Debug, Clone)]
pub struct CodeReader {
    form: CodeForm,
    municipalities: Municipalities,
    building_types: BTreeSet<&'static str>,
}

impl CodeReader {
    /// A reader; `edition` is the year of the list of municipalities that holds, `None` for any.
    pub fn new(form: CodeForm, edition: Option<u16>) -> Self {
        let building_types = include_str!("../registers/building-types.txt").lines().collect();
        Self { form, municipalities: Municipalities::of(edition), building_types }
    }

    /// The code in its one spelling.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read<'t>(&self, text: &'t str) -> Result<Cow<'t, str>, Unfit> {
        let as_it_is = |fits: bool| if fits { Ok(Cow::Borrowed(text)) } else { Err(FORM) };
        match self.form {
            CodeForm::MunicipalityNumber => {
                digits(text, 4)?;
                self.municipalities.known(text).map(|()| Cow::Borrowed(text))
            }
            CodeForm::CountyNumber => {
                digits(text, 2)?;
                if self.municipalities.has_county(text) { Ok(Cow::Borrowed(text)) } else { Err(UNKNOWN) }
            }
            CodeForm::OrganisationNumber => {
                let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
                if plain.parse::<OrgNumber>().is_err() {
                    return Err(FORM);
                }
                Ok(if plain == text { Cow::Borrowed(text) } else { Cow::Owned(plain) })
            }
            CodeForm::PropertyNumber => as_it_is(is_property(text)),
            CodeForm::DwellingNumber => {
                let capital = text.to_uppercase();
                match is_dwelling(&capital) {
                    false => Err(FORM),
                    true if capital == text => Ok(Cow::Borrowed(text)),
                    true => Ok(Cow::Owned(capital)),
                }
            }
            CodeForm::BuildingNumber => as_it_is(is_number(text, 9) && !text.starts_with('0')),
            CodeForm::BuildingType => {
                digits(text, 3)?;
                if self.building_types.contains(text) { Ok(Cow::Borrowed(text)) } else { Err(UNKNOWN) }
            }
            CodeForm::BasicStatisticalUnit => digits(text, 8).map(|()| Cow::Borrowed(text)),
            CodeForm::PostalCode => digits(text, 4).map(|()| Cow::Borrowed(text)),
            CodeForm::Epsg => {
                let number =
                    text.get(..5).filter(|start| start.eq_ignore_ascii_case("EPSG:")).and_then(|_| text.get(5..));
                let number = number.unwrap_or(text);
                let fits = (4..=5).contains(&number.len()) && is_number(number, 5) && !number.starts_with('0');
                if fits { Ok(Cow::Borrowed(number)) } else { Err(FORM) }
            }
        }
    }
}

fn is_number(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// So many digits.
fn digits(text: &str, count: usize) -> Result<(), Unfit> {
    match text.len() {
        _ if !is_number(text, usize::MAX) => Err(FORM),
        length if length < count => Err(ZERO),
        length if length > count => Err(FORM),
        _ => Ok(()),
    }
}

/// Two to four numbers with slashes between; the first two are from 1.
fn is_property(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let first = parts.iter().take(2).all(|part| !part.starts_with('0'));
    (2..=4).contains(&parts.len()) && parts.iter().all(|part| is_number(part, 5)) && first
}

fn is_dwelling(text: &str) -> bool {
    let kind = text.chars().next().is_some_and(|kind| matches!(kind, 'H' | 'K' | 'L' | 'U'));
    kind && text.len() == 5 && text.get(1..).is_some_and(|number| is_number(number, 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: CodeForm, text: &str) -> Result<String, Unfit> {
        CodeReader::new(form, Some(2024)).read(text).map(Cow::into_owned)
    }

    #[test]
    fn codes_of_every_form() {
        use CodeForm::{
            BasicStatisticalUnit, BuildingNumber, BuildingType, CountyNumber, DwellingNumber, Epsg, MunicipalityNumber,
            OrganisationNumber, PostalCode, PropertyNumber,
        };
        for (form, text, expected) in [
            (MunicipalityNumber, "0301", Ok("0301")),
            (MunicipalityNumber, "301", Err("reject-leading-zero")),
            (MunicipalityNumber, "1902", Err("reject-code-expired")),
            (MunicipalityNumber, "9999", Err("reject-code-unknown")),
            (MunicipalityNumber, "Oslo", Err("reject-code-form")),
            (CountyNumber, "55", Ok("55")),
            (CountyNumber, "3", Err("reject-leading-zero")),
            (CountyNumber, "54", Err("reject-code-unknown")),
            (OrganisationNumber, "974 760 673", Ok("974760673")),
            (OrganisationNumber, "974760674", Err("reject-code-form")),
            (PropertyNumber, "118/507", Ok("118/507")),
            (PropertyNumber, "118/507/0/3", Ok("118/507/0/3")),
            (PropertyNumber, "118.507", Err("reject-code-form")),
            (PropertyNumber, "0/507", Err("reject-code-form")),
            (PropertyNumber, "1/2/3/4/5", Err("reject-code-form")),
            (DwellingNumber, "H0201", Ok("H0201")),
            (DwellingNumber, "h0201", Ok("H0201")),
            (DwellingNumber, "H 0201", Err("reject-code-form")),
            (DwellingNumber, "201", Err("reject-code-form")),
            (DwellingNumber, "Hå201", Err("reject-code-form")),
            (BuildingNumber, "300123456", Ok("300123456")),
            (BuildingNumber, "0300", Err("reject-code-form")),
            (BuildingType, "111", Ok("111")),
            (BuildingType, "999", Err("reject-code-unknown")),
            (BasicStatisticalUnit, "03010101", Ok("03010101")),
            (BasicStatisticalUnit, "3010101", Err("reject-leading-zero")),
            (PostalCode, "0150", Ok("0150")),
            (PostalCode, "150", Err("reject-leading-zero")),
            (PostalCode, "01500", Err("reject-code-form")),
            (Epsg, "epsg:25833", Ok("25833")),
            (Epsg, "4326", Ok("4326")),
            (Epsg, "UTM33", Err("reject-code-form")),
            (Epsg, "", Err("reject-code-form")),
        ] {
            assert_eq!(read(form, text), expected.map(str::to_owned), "{form:?} {text}");
        }
    }
}
