//! Cases of meetings.

use serde_json::{Map, Value};

use super::{
    entry::{Members, day},
    member::{id, list, object, text},
};

/// The cases in a meeting, or the one case with its meeting in it.
pub(in crate::reader) fn meeting_cases(row: &Map<String, Value>, authority: &str) -> Vec<Map<String, Value>> {
    match row.get("moetesak") {
        Some(Value::Array(cases)) => {
            cases.iter().filter_map(Value::as_object).map(|case| flat(case, Some(row), authority)).collect()
        }
        // A meeting without its cases is no case.
        _ if row.get("entity").and_then(Value::as_str) == Some("Moetemappe") => Vec::new(),
        _ => vec![flat(row, object(row, "moetemappe"), authority)],
    }
}

fn flat(case: &Map<String, Value>, meeting: Option<&Map<String, Value>>, authority: &str) -> Map<String, Value> {
    let mut out = Members::default();
    let of_case = |name: &str| text(case, name);
    let of_meeting = |name: &str| meeting.and_then(|meeting| text(meeting, name));
    for name in ["id", "moetesakstype", "moetesaksaar", "moetesakssekvensnummer", "offentligTittel", "publisertDato"] {
        out.text(name, of_case(name).as_deref());
    }
    out.text("oppdatertDato", of_case("oppdatertDato").as_deref());
    let embargo = of_case("accessibleAfter").max(of_meeting("accessibleAfter"));
    out.text("accessibleAfter", embargo.as_deref());
    out.text("orgnr", Some(authority));
    let committee = of_case("utvalg").or_else(|| of_meeting("utvalg"));
    out.text("utvalg", committee.as_deref());
    let parts =
        [committee.as_deref(), of_case("moetesaksaar").as_deref(), of_case("moetesakssekvensnummer").as_deref()]
            .map(|part| part.map(|part| part.trim().replace(char::is_whitespace, "-")));
    if let [Some(committee), Some(year), Some(number)] = parts {
        out.text("moetesakId", Some(&format!("{authority}-{committee}-{year}-{number}")));
    }
    let committee = object(case, "utvalgObjekt").or_else(|| object(meeting?, "utvalgObjekt"));
    out.text("utvalgNavn", committee.and_then(|committee| text(committee, "navn")).as_deref());
    out.group("moetemappe", |group| {
        group.text("id", of_meeting("id").or_else(|| id(case, "moetemappe")).as_deref());
        for name in ["moetenummer", "moetedato", "moetested"] {
            group.text(name, of_meeting(name).as_deref());
        }
    });
    decision(case, &mut out);
    let documents = list(case, "dokumentbeskrivelse").map(|all| all.len());
    out.count("antallDokumenter", documents);
    out.0
}

/// The decision's day and its votes, counted: who voted what stays out.
fn decision(case: &Map<String, Value>, out: &mut Members) {
    let decision = object(case, "vedtak");
    let votes = decision.and_then(|decision| list(decision, "votering"));
    let count = |wanted: &str| {
        let vote =
            |vote: &&Map<String, Value>| text(vote, "stemme").is_some_and(|vote| vote.eq_ignore_ascii_case(wanted));
        votes.as_ref().map(|votes| votes.iter().copied().filter(vote).count())
    };
    let date = decision.and_then(|decision| text(decision, "dato"));
    let words = decision.and_then(|decision| text(object(decision, "vedtakstekst")?, "tekstInnhold"));
    out.group("vedtak", |group| {
        group.text("dato", day(date.as_deref()));
        group.text("vedtakstekst", words.as_deref());
    });
    out.group("stemmer", |group| {
        group.count("ja", count("ja"));
        group.count("nei", count("nei"));
        group.count("blankt", count("blankt"));
    });
}
