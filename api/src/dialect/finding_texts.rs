//! What gates checked and found, in bokmål and nynorsk: by stable code, with the numbers of the English message.

use catalog::version::{Finding, GateReport};
use config::{GateKind, Language, PrivacyRule};

use super::{report_texts, texts};

/// A gate's name.
pub(crate) fn gate(kind: GateKind, language: Language) -> &'static str {
    let names = match kind {
        GateKind::Shape => ["Form", "Form", "Shape"],
        GateKind::Privacy => ["Personvern", "Personvern", "Privacy"],
        GateKind::Geometry => ["Geometri", "Geometri", "Geometry"],
        GateKind::Quality => ["Kvalitet", "Kvalitet", "Quality"],
        GateKind::Disclosure => ["Avsløring", "Avsløring", "Disclosure"],
        GateKind::Size => ["Størrelse", "Storleik", "Size"],
        GateKind::Drift => ["Endring", "Endring", "Drift"],
        GateKind::Metadata => ["Metadata", "Metadata", "Metadata"],
    };
    language.pick(names)
}

/// What a gate looked at; `None` where only English tells.
pub(crate) fn checked(report: &GateReport, language: Language) -> Option<String> {
    let numbers = numbers(&report.checked);
    let of = |wanted: &[(&str, &str)]| choose(wanted, language, |text| fill(text, &numbers, language, |_| None));
    match report.gate {
        GateKind::Shape => {
            of(&[("{0} rader lest, {1} kolonner publisert", "{0} rader lesne, {1} kolonnar publiserte")])
        }
        GateKind::Privacy => of(&[(
            "{0} rader i {1} kolonner etter reglene per {2}, og personvernklassene",
            "{0} rader i {1} kolonnar etter reglane per {2}, og personvernklassane",
        )]),
        GateKind::Geometry if numbers.is_empty() => {
            of(&[("Ingenting: ingen geometri er publisert", "Ingenting: ingen geometri er publisert")])
        }
        GateKind::Geometry => of(&[(
            "{0} geometrier: beliggenhet, gyldighet, tilgang",
            "{0} geometriar: plassering, gyldigheit, tilgang",
        )]),
        GateKind::Quality => of(&[("{0} regler prøvd mot {1} rader", "{0} reglar prøvde mot {1} rader")]),
        GateKind::Disclosure => of(&[(
            "{0} celler med {1} tall: hva som kan regnes ut ved subtraksjon og fra tidligere utgaver",
            "{0} celler med {1} tal: kva som kan reknast ut ved subtraksjon og frå tidlegare utgåver",
        )]),
        GateKind::Size => of(&[("{0} rader, {1} byte Parquet", "{0} rader, {1} byte Parquet")]),
        GateKind::Drift if numbers.is_empty() => {
            of(&[("Ingenting: det finnes ingen tidligere versjon", "Ingenting: det finst ingen tidlegare versjon")])
        }
        GateKind::Drift => of(&[("{0} rader mot {1} i versjon {2}", "{0} rader mot {1} i versjon {2}")]),
        GateKind::Metadata => of(&[("Beskrivelsen mot {0} profiler", "Skildringa mot {0} profilar")]),
    }
}

/// A finding; `None` where only English tells.
pub(crate) fn finding(finding: &Finding, language: Language) -> Option<String> {
    let numbers = numbers(&finding.message);
    let rule = PrivacyRule::ALL.into_iter().find(|rule| finding.code == format!("privacy-{}", rule.name()));
    let named = |name: &str| match name {
        "column" => finding.column.clone(),
        "count" => Some(texts::number(finding.count, language)),
        "quoted" => quoted(&finding.message).map(str::to_owned),
        "rule" => rule.map(|rule| report_texts::rule(rule, language).to_owned()),
        _ => None,
    };
    let fill = |text: &str| fill(text, &numbers, language, named);
    if finding.code.starts_with("check-") && finding.code != "check-not-held" {
        let about_all = matches!(finding.code.as_str(), "check-sum" | "check-age");
        return choose(&[if about_all { BROKEN_BY_ALL } else { BROKEN_BY_ROWS }], language, fill);
    }
    if rule.is_some() {
        return choose(&[FOUND_IN_COLUMN], language, fill);
    }
    let own: Vec<(&str, &str)> =
        FINDINGS.iter().filter(|(code, ..)| *code == finding.code).map(|(_, nb, nn)| (*nb, *nn)).collect();
    choose(&own, language, fill)
}

const FOUND_IN_COLUMN: (&str, &str) =
    ("{count} celler i kolonnen «{column}»: {rule}", "{count} celler i kolonnen «{column}»: {rule}");

const BROKEN_BY_ROWS: (&str, &str) =
    ("{0} av {1} rader bryter regelen «{quoted}»", "{0} av {1} rader bryt regelen «{quoted}»");
const BROKEN_BY_ALL: (&str, &str) =
    ("Det stemmer ikke for de {0} radene at «{quoted}»", "Det stemmer ikkje for dei {0} radene at «{quoted}»");

/// What stands in quotation marks in a message.
fn quoted(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once('"')?;
    rest.rsplit_once('"').map(|(inner, _)| inner)
}

/// Code, bokmål, nynorsk. `{0}` is the first number of the message. Of several texts of a code the first fits for which
/// everything is known. Of findings that block, which are in no version, only those of the newest gates have one.
#[rustfmt::skip]
const FINDINGS: [(&str, &str, &str); 44] = [
    ("metadata-invalid", "Beskrivelsen bryter profilen «{quoted}»", "Skildringa bryt profilen «{quoted}»"),
    ("metadata-advice", "Beskrivelsen kan bli bedre etter profilen «{quoted}»", "Skildringa kan bli betre etter profilen «{quoted}»"),
    ("shape-missing-column", "Kilden har ingen kolonne for «{column}»", "Kjelda har ingen kolonne for «{column}»"),
    ("shape-undeclared-column", "{0} kolonner i kilden er ikke beskrevet og ikke publisert", "{0} kolonnar i kjelda er ikkje skildra og ikkje publiserte"),
    ("shape-rejects", "{0} av {1} rader er avvist; {2} % er tillatt", "{0} av {1} rader er avviste; {2} % er tillate"),
    ("shape-duplicate-key", "{count} rader har samme nøkkel som en tidligere rad", "{count} rader har same nøkkel som ei tidlegare rad"),
    ("shape-null-key", "{count} rader mangler en verdi i nøkkelen", "{count} rader manglar ein verdi i nøkkelen"),
    ("shape-blank-rows", "{0} tomme rader er hoppet over", "{0} tomme rader er hoppa over"),
    ("shape-values-discarded", "{0} av {1} verdier i kolonnen «{column}» passet ikke og er utelatt; {2} % er tillatt", "{0} av {1} verdiar i kolonnen «{column}» passa ikkje og er utelatne; {2} % er tillate"),
    ("shape-rows-skipped", "{0} rader er utelatt som erklært", "{0} rader er utelatne som erklært"),
    ("shape-header-count", "Antallet poster i hodet av journalen er ikke et tall", "Talet på postar i hovudet av journalen er ikkje eit tal"),
    ("shape-header-period", "{0} poster er datert utenfor perioden i hodet av journalen", "{0} postar er daterte utanfor perioden i hovudet av journalen"),
    ("format-double-encoded", "Teksten var kodet til UTF-8 to ganger; ett lag er tatt bort", "Teksten var koda til UTF-8 to gonger; eitt lag er teke bort"),
    ("format-encoding", "Tegnkodingen er en annen enn den kilden oppgir", "Teiknkodinga er ei anna enn den kjelda oppgjev"),
    ("privacy-free-text", "Fritekst i kolonnen «{column}» er publisert", "Fritekst i kolonnen «{column}» er publisert"),
    ("privacy-k-anonymity", "{0} rader står i {1} av {2} grupper med færre enn {3} rader med samme {quoted}", "{0} rader står i {1} av {2} grupper med færre enn {3} rader med same {quoted}"),
    ("privacy-l-diversity", "{0} rader står i {1} av {2} grupper med færre enn {3} ulike verdier i kolonnen «{column}»", "{0} rader står i {1} av {2} grupper med færre enn {3} ulike verdiar i kolonnen «{column}»"),
    ("privacy-groups-not-counted", "Hvor mange rader som ligner hverandre, kunne ikke telles: over {0} grupper, eller ingen telling", "Kor mange rader som liknar kvarandre, kunne ikkje teljast: over {0} grupper, eller inga teljing"),
    ("privacy-column-dropped", "Kolonnen «{column}» er utelatt", "Kolonnen «{column}» er utelaten"),
    ("privacy-row-withheld", "{0} av {1} rader er holdt tilbake", "{0} av {1} rader er haldne tilbake"),
    ("privacy-names-masked", "Navn på personer i {0} celler er maskert", "Namn på personar i {0} celler er maskerte"),
    ("privacy-names-kept", "Navn på personer i {0} celler er publisert; det første skal bort {1}", "Namn på personar i {0} celler er publiserte; det første skal bort {1}"),
    ("privacy-names-kept", "Navn på personer i {0} celler er publisert", "Namn på personar i {0} celler er publiserte"),
    ("privacy-name-leftover", "{0} andre tekster hadde et navn som raden maskerer; det er maskert der også", "{0} andre tekstar hadde eit namn som rada maskerer; det er maskert der òg"),
    ("geometry-missing", "{0} av {1} rader har ingen geometri eller en tom en; {2} % er tillatt", "{0} av {1} rader har ingen geometri eller ein tom ein; {2} % er tillate"),
    ("geometry-ring-closed", "{0} geometrier hadde åpne ringer, som er lukket", "{0} geometriar hadde opne ringar, som er lukka"),
    ("geometry-ring-turned", "{0} geometrier hadde ringer som gikk feil vei, og er snudd", "{0} geometriar hadde ringar som gjekk feil veg, og er snudde"),
    ("geometry-ring", "{0} geometrier har en ring som er åpen eller har færre enn fire posisjoner", "{0} geometriar har ein ring som er open eller har færre enn fire posisjonar"),
    ("geometry-swapped-axes", "{0} geometrier ligger innenfor bare når aksene byttes om", "{0} geometriar ligg innanfor berre når aksane blir bytte om"),
    ("geometry-outside", "{0} geometrier ligger utenfor området", "{0} geometriar ligg utanfor området"),
    ("geometry-too-many-positions", "{0} geometrier har for mange posisjoner", "{0} geometriar har for mange posisjonar"),
    ("geometry-self-intersection", "{0} geometrier har ringer som krysser eller berører seg selv eller hverandre", "{0} geometriar har ringar som kryssar eller rører seg sjølve eller kvarandre"),
    ("geometry-hole-outside", "{0} geometrier har et hull utenfor ytterringen", "{0} geometriar har eit hol utanfor ytterringen"),
    ("geometry-collapsed", "{0} geometrier har en flate uten areal eller en linje uten lengde", "{0} geometriar har ei flate utan areal eller ei linje utan lengd"),
    ("geometry-too-complex", "{0} geometrier er for innviklet til å bli kontrollert", "{0} geometriar er for innfløkte til å bli kontrollerte"),
    ("geometry-repeated-position", "{0} geometrier har samme posisjon to ganger på rad", "{0} geometriar har same posisjon to gonger på rad"),
    ("geometry-duplicate", "{0} geometrier finnes to ganger med samme nøkkel", "{0} geometriar finst to gonger med same nøkkel"),
    ("check-not-held", "Sjekk {0} kunne ikke prøves mot alle rader", "Sjekk {0} kunne ikkje prøvast mot alle rader"),
    ("disclosure-hidden", "{0} av {1} tall i kolonnen «{column}» er skjult", "{0} av {1} tal i kolonnen «{column}» er skjulte"),
    ("disclosure-unprotected", "Ingen flere tall er skjult mot subtraksjon; beskrivelsen gir en grunn", "Ingen fleire tal er skjulte mot subtraksjon; skildringa gjev ein grunn"),
    ("drift-column-removed", "Kolonnen «{column}» i versjon {0} publiseres ikke lenger", "Kolonnen «{column}» i versjon {0} blir ikkje publisert lenger"),
    ("drift-column-retyped", "Kolonnen «{column}» har en annen type enn i versjon {0}", "Kolonnen «{column}» har ein annan type enn i versjon {0}"),
    ("drift-no-changelog", "Det finnes ingen endringslogg: rader i versjon {0} deler nøkkel eller mangler den", "Det finst ingen endringslogg: rader i versjon {0} deler nøkkel eller manglar han"),
    ("drift-no-changelog", "Det finnes ingen endringslogg: rader deler nøkkel eller mangler den", "Det finst ingen endringslogg: rader deler nøkkel eller manglar han"),
];

/// The first text in a Norwegian language that can be filled.
fn choose(texts: &[(&str, &str)], language: Language, fill: impl Fn(&str) -> Option<String>) -> Option<String> {
    texts.iter().find_map(|(nb, nn)| match language {
        Language::Nb => fill(nb),
        Language::Nn => fill(nn),
        Language::En => None,
    })
}

/// A text with its places filled; `None` if one cannot be.
fn fill(text: &str, numbers: &[String], language: Language, named: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}')?;
        let value = match name.parse::<usize>() {
            Ok(place) => numbers.get(place).map(|number| localised(number, language))?,
            Err(_) => named(name)?,
        };
        filled = filled + before + &value;
        rest = behind;
    }
    Some(filled + rest)
}

/// A whole number with its thousands apart, another one with a decimal comma; a date stays.
fn localised(number: &str, language: Language) -> String {
    match number.parse::<u64>() {
        Ok(whole) => texts::number(whole, language),
        Err(_) => number.replace('.', ","),
    }
}

/// The numbers and dates of a message, in order. What stands in quotes is a name of the data.
fn numbers(message: &str) -> Vec<String> {
    let plain: String = message.split('\'').step_by(2).collect();
    let pieces = plain.split(|letter: char| !(letter.is_ascii_digit() || ".-".contains(letter)));
    let trimmed = pieces.map(|piece| piece.trim_matches(['.', '-'])).filter(|piece| !piece.is_empty());
    trimmed.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use catalog::version::Severity;

    use super::*;

    fn found(code: &str, message: &str) -> Finding {
        Finding {
            code: code.to_owned(),
            severity: Severity::Warning,
            message: message.to_owned(),
            hint: String::new(),
            column: Some("felt2".to_owned()),
            count: 1_200,
            rows: Vec::new(),
            places: Vec::new(),
        }
    }

    #[test]
    fn findings_are_told_with_their_numbers() {
        let told = |code, message| finding(&found(code, message), Language::Nb);
        let rejects = "3 of 1200 rows were rejected; 1.00 % are allowed";
        assert_eq!(told("shape-rejects", rejects).unwrap(), "3 av 1\u{a0}200 rader er avvist; 1,00 % er tillatt");
        let removed = "column 'felt2' of version 7 is no longer published";
        assert_eq!(
            told("drift-column-removed", removed).unwrap(),
            "Kolonnen «felt2» i versjon 7 publiseres ikke lenger"
        );
        let kept = "names of persons in 4 cells are published; the first must go on 2027-01-02";
        assert!(told("privacy-names-kept", kept).unwrap().ends_with("det første skal bort 2027-01-02"));
        assert!(
            told("privacy-names-kept", "names of persons in 4 cells are published").unwrap().ends_with("publisert")
        );
        let alike = "3 rows stand in 1 of 9 groups with fewer than 5 rows of the same \"krets, areal_m2\"";
        assert_eq!(
            told("privacy-k-anonymity", alike).unwrap(),
            "3 rader står i 1 av 9 grupper med færre enn 5 rader med samme krets, areal_m2"
        );
        assert_eq!(told("privacy-phone", "x").unwrap(), "1\u{a0}200 celler i kolonnen «felt2»: Telefonnummer");
        assert_eq!(told("unknown-code", "3 things"), None);
        assert_eq!(told("shape-rejects", "a message of an older program"), None);
        assert_eq!(finding(&found("shape-rejects", rejects), Language::En), None);
    }

    #[test]
    fn what_was_checked_is_told_with_its_numbers() {
        let told = |gate, text: &str| checked(&GateReport::new(gate, text.to_owned(), Vec::new()), Language::Nn);
        let privacy = "900 rows in 12 columns by the rules of 2026-01-02 (identity-number-2032); privacy classes";
        let expected = "900 rader i 12 kolonnar etter reglane per 2026-01-02, og personvernklassane";
        assert_eq!(told(GateKind::Privacy, privacy).unwrap(), expected);
        let none = "nothing: there is no previous version";
        assert_eq!(told(GateKind::Drift, none).unwrap(), "Ingenting: det finst ingen tidlegare versjon");
        assert_eq!(told(GateKind::Drift, "7 rows against 8 of version 3").unwrap(), "7 rader mot 8 i versjon 3");
        assert_eq!(told(GateKind::Size, "everything"), None);
        let geometry = "357 geometries: within -15, 55, 42.5, 85 degrees, validity, access";
        let expected = "357 geometriar: plassering, gyldigheit, tilgang";
        assert_eq!(told(GateKind::Geometry, geometry).unwrap(), expected);
        let none = "nothing: no geometry is published";
        assert_eq!(told(GateKind::Geometry, none).unwrap(), "Ingenting: ingen geometri er publisert");
    }
}
