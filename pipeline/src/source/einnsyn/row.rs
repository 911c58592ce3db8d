//! One answered object: cleaned, judged, and written as the lines that are kept of it.

use std::collections::BTreeSet;

use config::EinnsynObject;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Map, Value};

use super::{
    memory::ZONE,
    query::Root,
    units::{Units, is_id, reference},
};

/// End of the names of members that hold what the plain ones leave out.
const SENSITIVE: &str = "Sensitiv";
/// Those of them that are kept where the dataset keeps names for a while.
const FULL: [&str; 2] = ["offentligTittelSensitiv", "korrespondansepartNavnSensitiv"];
/// When the public may see an object; only there while that is in the future.
const EMBARGO: &str = "accessibleAfter";
/// Members that a child has from its parent.
const INHERITED: [&str; 4] = ["utvalg", "utvalgObjekt", "journalenhet", "oppdatertDato"];

/// What rows are judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) units: &'a Units,
    pub(super) entities: &'a BTreeSet<EinnsynObject>,
    pub(super) now: Timestamp,
    /// Titles and names of parties are kept in full too.
    pub(super) names: bool,
}

/// What is kept of an object.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub(super) id: String,
    /// Lines with their ends; empty if nothing may be kept.
    pub(super) lines: String,
    /// False if the object is embargoed, or of a unit that is not read.
    pub(super) public: bool,
    /// `oppdatertDato` as it stands there.
    pub(super) updated: String,
    /// True if it says when it was published.
    pub(super) dated: bool,
    /// When something in it comes due.
    pub(super) due: Option<Timestamp>,
}

impl Row {
    /// Reads an object. The error says what is wrong with it, without its values.
    pub(super) fn read(item: Value, root: Root, rules: Rules<'_>) -> Result<Self, String> {
        let Value::Object(mut object) = item else { return Err("is no object".to_owned()) };
        let id = match object.get("id") {
            Some(Value::String(id)) if is_id(id) => id.clone(),
            Some(Value::String(_)) => return Err("has an id with other signs than letters and digits".to_owned()),
            Some(_) => return Err("has an id that is not a text".to_owned()),
            None => return Err("has no id".to_owned()),
        };
        if object.get("entity").and_then(Value::as_str) != Some(root.name()) {
            return Err(format!("is no {}", root.name()));
        }
        let mut due = None;
        let embargoed = embargoed(&object, rules.now, &mut due);
        clean(&mut object, rules, &mut due);
        let public = !embargoed && Place::of(&object).is_allowed(rules.units);
        let updated = text(&object, "oppdatertDato").to_owned();
        let dated = !text(&object, "publisertDato").is_empty();
        let lines = if public { lines(object, &id, root, rules.entities)? } else { String::new() };
        Ok(Self { id, lines, public, updated, dated, due })
    }

    /// `oppdatertDato` as a time, if it can be read.
    pub(super) fn updated_at(&self) -> Option<Timestamp> {
        time(&self.updated)
    }
}

/// The units that an object belongs to.
#[derive(Debug)]
pub(super) struct Place<'a> {
    own: Option<&'a str>,
    body: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(object: &'a Map<String, Value>) -> Self {
        let unit = |name: &str| object.get(name).and_then(reference);
        Self::at(unit("administrativEnhetObjekt").or_else(|| unit("utvalgObjekt")), unit("journalenhet"))
    }

    /// An object's own unit and the body that it belongs to.
    pub(super) fn at(own: Option<&'a str>, body: Option<&'a str>) -> Self {
        Self { own, body }
    }

    /// True if the object's own unit is read and none is hidden or closed; an object without a unit is not read.
    pub(super) fn is_allowed(&self, units: &Units) -> bool {
        let barred = [self.own, self.body].into_iter().flatten().any(|unit| units.bars(unit));
        !barred && self.own.or(self.body).is_some_and(|unit| units.allows(unit))
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A date and time, in Norway where nothing else is said.
fn time(text: &str) -> Option<Timestamp> {
    let local = || Some(text.parse::<DateTime>().ok()?.to_zoned(TimeZone::get(ZONE).ok()?).ok()?.timestamp());
    text.parse().ok().or_else(local)
}

/// True if an object may not be shown yet; notes when it may. An embargo that cannot be read has no end.
fn embargoed(object: &Map<String, Value>, now: Timestamp, due: &mut Option<Timestamp>) -> bool {
    let until = match object.get(EMBARGO) {
        None | Some(Value::Null) => return false,
        Some(until) => until.as_str().and_then(time),
    };
    match until {
        Some(until) if until <= now => false,
        Some(until) => {
            *due = Some(due.map_or(until, |due: Timestamp| due.min(until)));
            true
        }
        None => true,
    }
}

/// Takes out sensitive members, but for those that the dataset asks for, and embargoed objects, at any depth.
fn clean(object: &mut Map<String, Value>, rules: Rules<'_>, due: &mut Option<Timestamp>) {
    let full = |name: &str, value: &Value| rules.names && value.is_string() && FULL.contains(&name);
    object.retain(|name, value| {
        let shown = !name.ends_with(SENSITIVE) || full(name, value);
        shown && keep(value, rules, due)
    });
}

fn keep(value: &mut Value, rules: Rules<'_>, due: &mut Option<Timestamp>) -> bool {
    match value {
        Value::Object(object) => {
            if embargoed(object, rules.now, due) {
                return false;
            }
            clean(object, rules, due);
        }
        Value::Array(items) => items.retain_mut(|item| keep(item, rules, due)),
        _ => {}
    }
    true
}

/// The lines of an object: its own, then those of its children.
fn lines(object: Map<String, Value>, id: &str, root: Root, wanted: &BTreeSet<EinnsynObject>) -> Result<String, String> {
    let mut children = Vec::new();
    if root == Root::Moetemappe && wanted.contains(&EinnsynObject::Moetedokument) {
        let items = object.get("moetedokument").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for item in items {
            children.push(child(item, "moetedokument", &object, ("moetemappe", id))?);
        }
    }
    if root == Root::Moetesak
        && wanted.contains(&EinnsynObject::Vedtak)
        && let Some(item) = object.get("vedtak").filter(|item| !item.is_null())
    {
        children.push(child(item, "vedtak", &object, ("moetesak", id))?);
    }
    children.sort();
    let mut lines = String::new();
    if wanted.contains(&root.entity()) {
        lines = format!("{}\n", Value::Object(object));
    }
    for (_, line) in children {
        lines.push_str(&line);
    }
    Ok(lines)
}

/// The id and line of a child, with what it has from its parent.
fn child(
    item: &Value,
    what: &str,
    parent: &Map<String, Value>,
    (reference, id): (&str, &str),
) -> Result<(String, String), String> {
    let mut object = item.as_object().ok_or_else(|| format!("has a {what} that is not expanded"))?.clone();
    let own = text(&object, "id").to_owned();
    if !is_id(&own) {
        return Err(format!("has a {what} without a usable id"));
    }
    object.insert(reference.to_owned(), id.into());
    for name in INHERITED {
        if let Some(value) = parent.get(name).filter(|_| !object.contains_key(name)) {
            object.insert(name.to_owned(), value.clone());
        }
    }
    Ok((own, format!("{}\n", Value::Object(object))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(item: Value, root: Root, wanted: &[EinnsynObject]) -> Result<Row, String> {
        let units = Units::of(&["enh_1", "enh_2"], &["enh_9"]);
        let entities = wanted.iter().copied().collect();
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        Row::read(item, root, Rules { units: &units, entities: &entities, now, names: false })
    }

    fn entry(more: &Value) -> Value {
        let mut entry = json!({ "entity": "Journalpost", "id": "jp_1", "administrativEnhetObjekt": "enh_2" });
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        entry
    }

    fn journal(more: &Value) -> Result<Row, String> {
        read(entry(more), Root::Journalpost, &[EinnsynObject::Journalpost])
    }

    #[test]
    fn sensitive_members_go_at_any_depth() {
        let row = journal(&json!({
            "offentligTittel": "***", "offentligTittelSensitiv": "Lydhør Kveite",
            "korrespondansepart": [{ "korrespondansepartNavn": "***", "korrespondansepartNavnSensitiv": "Lydhør" }],
            "saksmappe": { "offentligTittelSensitiv": { "x": "Kveite" }, "saksnummer": "2026/1" },
        }));
        let lines = row.unwrap().lines;
        assert!(!lines.contains("Lydhør") && !lines.contains("Kveite") && !lines.contains("Sensitiv"), "{lines}");
        assert!(lines.contains("\"saksnummer\":\"2026/1\"") && lines.ends_with("}\n"), "{lines}");
    }

    #[test]
    fn full_titles_and_names_stay_where_the_dataset_keeps_names() {
        let units = Units::of(&["enh_2"], &[]);
        let entities = BTreeSet::from([EinnsynObject::Journalpost]);
        let rules = Rules { units: &units, entities: &entities, now: Timestamp::UNIX_EPOCH, names: true };
        let item = entry(&json!({
            "offentligTittelSensitiv": "Lydhør Kveite", "tittelSensitiv": "Annen",
            "saksmappe": { "offentligTittelSensitiv": { "x": "Skjult" } },
        }));
        let lines = Row::read(item, Root::Journalpost, rules).unwrap().lines;
        assert!(lines.contains("Lydhør Kveite") && !lines.contains("Annen") && !lines.contains("Skjult"), "{lines}");
    }

    #[test]
    fn an_embargoed_row_waits_and_an_embargoed_part_is_left_out() {
        let row = journal(&json!({ "accessibleAfter": "2026-03-02T12:00:00Z" })).unwrap();
        assert_eq!((row.public, row.lines.as_str()), (false, ""));
        assert_eq!(row.due, Some("2026-03-02T12:00:00Z".parse().unwrap()));
        let passed = journal(&json!({ "accessibleAfter": "2026-03-01T12:00:00Z" })).unwrap();
        assert_eq!((passed.public, passed.due), (true, None));
        let local = journal(&json!({ "accessibleAfter": "2026-03-01T13:30:00" })).unwrap();
        assert_eq!(local.due, Some("2026-03-01T12:30:00Z".parse().unwrap()), "Norwegian time");
        let unreadable = journal(&json!({ "accessibleAfter": "snart" })).unwrap();
        assert_eq!((unreadable.public, unreadable.due), (false, None));
        let part = journal(&json!({
            "dokumentbeskrivelse": [{ "id": "db_1", "accessibleAfter": "2026-04-01T00:00:00Z" }, { "id": "db_2" }],
            "saksmappe": { "id": "sm_1", "accessibleAfter": "2026-03-05T00:00:00Z" },
        }));
        let part = part.unwrap();
        assert!(part.public && part.lines.contains("db_2"), "{part:?}");
        assert!(!part.lines.contains("db_1") && !part.lines.contains("sm_1"), "{part:?}");
        assert_eq!(part.due, Some("2026-03-05T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn rows_of_hidden_and_unknown_units_are_left_out() {
        for (unit, public) in [(json!("enh_2"), true), (json!({ "id": "enh_2" }), true), (json!("enh_9"), false)] {
            assert_eq!(journal(&json!({ "administrativEnhetObjekt": unit })).unwrap().public, public, "{unit}");
        }
        assert!(!journal(&json!({ "administrativEnhetObjekt": "enh_5" })).unwrap().public);
        assert!(!journal(&json!({ "journalenhet": "enh_9" })).unwrap().public);
        assert!(journal(&json!({ "administrativEnhetObjekt": null, "journalenhet": "enh_1" })).unwrap().public);
        assert!(!journal(&json!({ "administrativEnhetObjekt": null })).unwrap().public);
    }

    #[test]
    fn ids_of_the_wrong_type_are_refused_without_repeating_them() {
        for (id, reason) in [(json!(4711), "not a text"), (json!("../4711"), "signs"), (json!(["4711"]), "not a text")]
        {
            let error = journal(&json!({ "id": id })).unwrap_err();
            assert!(error.contains(reason) && !error.contains("4711"), "{error}");
        }
        assert!(journal(&json!({ "entity": "Saksmappe" })).unwrap_err().contains("no Journalpost"));
        assert!(read(json!("jp_1"), Root::Journalpost, &[]).unwrap_err().contains("no object"));
    }

    #[test]
    fn decisions_and_documents_of_meetings_become_lines_of_their_own() {
        let case = json!({
            "entity": "Moetesak", "id": "ms_1", "utvalg": "KST", "utvalgObjekt": "enh_1", "oppdatertDato": "2026-01-01",
            "vedtak": { "entity": "Vedtak", "id": "ved_1", "dato": "2026-01-02", "votering": [{ "stemme": "Ja" }] },
        });
        let row = read(case.clone(), Root::Moetesak, &[EinnsynObject::Moetesak, EinnsynObject::Vedtak]).unwrap();
        let lines: Vec<Value> = row.lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), &lines[0]["id"], &lines[1]["moetesak"]), (2, &json!("ms_1"), &json!("ms_1")));
        assert_eq!((&lines[1]["utvalgObjekt"], &lines[1]["votering"][0]["stemme"]), (&json!("enh_1"), &json!("Ja")));
        let only = read(case, Root::Moetesak, &[EinnsynObject::Vedtak]).unwrap();
        assert_eq!(only.lines.lines().count(), 1);
        let meeting = json!({
            "entity": "Moetemappe", "id": "mm_1", "utvalgObjekt": "enh_1",
            "moetedokument": [{ "id": "mdok_2" }, { "id": "mdok_1" }],
        });
        let row = read(meeting, Root::Moetemappe, &[EinnsynObject::Moetedokument]).unwrap();
        let ids: Vec<String> = row.lines.lines().map(|line| line[7..13].to_owned()).collect();
        assert_eq!(ids, ["mdok_1", "mdok_2"]);
        let bare = json!({ "entity": "Moetesak", "id": "ms_1", "utvalgObjekt": "enh_1", "vedtak": "ved_1" });
        assert!(read(bare, Root::Moetesak, &[EinnsynObject::Vedtak]).unwrap_err().contains("not expanded"));
    }

    #[test]
    fn strange_days_are_no_trouble() {
        // The last day that can be told is the day before.
        assert_eq!(journal(&json!({ "oppdatertDato": "9999-12-31T00:00:00Z" })).unwrap().updated_at(), None);
        assert!(!journal(&json!({ "accessibleAfter": "9999-12-31T00:00:00Z" })).unwrap().public);
        assert!(journal(&json!({ "oppdatertDato": "0001-01-01T00:00:00Z" })).unwrap().updated_at().is_some());
        assert_eq!(journal(&json!({ "oppdatertDato": "i går" })).unwrap().updated_at(), None);
        assert_eq!(journal(&json!({})).unwrap().updated, "");
    }
}
