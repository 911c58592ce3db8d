//! The texts of the gate report in bokmål, nynorsk and English.

use catalog::version::Unchecked;
use config::{Language, NamesPolicy, PrivacyAction, PrivacyRule};

/// What a rule looks for.
#[rustfmt::skip]
pub(crate) fn rule(value: PrivacyRule, language: Language) -> &'static str {
    language.pick(match value {
        PrivacyRule::IdentityNumber => ["Fødselsnummer, D-nummer, H-nummer og NPID", "Fødselsnummer, D-nummer, H-nummer og NPID", "National identity number, D-number, H-number and NPID"],
        PrivacyRule::IdentityNumber2032 => ["Fødselsnummer med kontrollsifre fra 2032", "Fødselsnummer med kontrollsiffer frå 2032", "National identity number with the control digits of 2032"],
        PrivacyRule::SyntheticNumber => ["Syntetisk fødselsnummer", "Syntetisk fødselsnummer", "Synthetic identity number"],
        PrivacyRule::HelpNumber => ["Felles hjelpenummer", "Felles hjelpenummer", "Common help number"],
        PrivacyRule::DufNumber => ["DUF-nummer", "DUF-nummer", "DUF number"],
        PrivacyRule::BankAccount => ["Kontonummer", "Kontonummer", "Bank account"],
        PrivacyRule::Phone => ["Telefonnummer", "Telefonnummer", "Telephone number"],
        PrivacyRule::Email => ["E-postadresse", "E-postadresse", "E-mail address"],
        PrivacyRule::SpecialCategory => ["Ord om helse, barnevern, tro, straff o.l.", "Ord om helse, barnevern, tru, straff o.l.", "Words of health, child welfare, belief, crime and the like"],
        PrivacyRule::Pay => ["Ord om lønn", "Ord om løn", "Words of pay"],
    })
}

/// What was done with a find.
#[rustfmt::skip]
pub(crate) fn action(value: Option<PrivacyAction>, language: Language) -> &'static str {
    language.pick(match value {
        Some(PrivacyAction::Block) => ["Stanset", "Stansa", "Blocked"],
        Some(PrivacyAction::WithholdRow) => ["Raden er holdt tilbake", "Rada er halden tilbake", "The row is withheld"],
        Some(PrivacyAction::Redact) => ["Maskert i teksten", "Maskert i teksten", "Masked in the text"],
        Some(PrivacyAction::DropColumn) => ["Kolonnen er utelatt", "Kolonnen er utelaten", "The column is left out"],
        Some(PrivacyAction::Warn) => ["Publisert med varsel til utgiveren", "Publisert med varsel til utgjevaren", "Published, with a warning to the publisher"],
        None => ["Tilfeldig likhet i en kolonne med systemnumre", "Tilfeldig likskap i ein kolonne med systemnummer", "Chance in a column of system numbers"],
    })
}

/// What was not looked at, and why not.
#[rustfmt::skip]
pub(crate) fn unchecked(value: Unchecked, language: Language) -> &'static str {
    language.pick(match value {
        Unchecked::TypedColumns => ["Datoer, sannhetsverdier og geometri har ingen tekst å lete i", "Datoar, sanningsverdiar og geometri har ingen tekst å leite i", "Dates, truth values and geometry hold no text to look in"],
        Unchecked::NamesInFreeText => ["Navn i fritekst som ingen kolonne kjenner, finner ingen regel", "Namn i fritekst som ingen kolonne kjenner, finn ingen regel", "Names in free text that no column knows are found by no rule"],
        Unchecked::SystemNumbers => ["Enkeltnumre i kolonner med systemnumre; kolonnen vurderes samlet", "Einskildnummer i kolonnar med systemnummer; kolonnen blir vurdert samla", "Single numbers in columns of system numbers, which are judged as a whole"],
    })
}

/// How long names of persons are published.
#[rustfmt::skip]
pub(crate) fn names(value: NamesPolicy, language: Language) -> &'static str {
    language.pick(match value {
        NamesPolicy::Off => ["Publiseres ikke", "Blir ikkje publiserte", "Not published"],
        NamesPolicy::OneYear => ["Publiseres i ett år", "Blir publiserte i eitt år", "Published for one year"],
    })
}
