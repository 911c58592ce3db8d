//! The units of a body: which of them everybody may see.

use std::collections::{BTreeSet, VecDeque};

use config::EinnsynSource;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;
use serde_json::Value;

use super::{api::Api, memory::ZONE, query::Addresses};
use crate::{Result, source::fault::fault};

/// Most units of one body.
const MOST_UNITS: usize = 20_000;
/// Most levels above a body.
const MOST_LEVELS: usize = 30;

/// The units of a body.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// Id of the body.
    pub(super) root: String,
    /// Units that everybody may see.
    visible: BTreeSet<String>,
    /// Units that are hidden or closed, or below one that is.
    barred: BTreeSet<String>,
    /// Units that were visible and are no longer there; the sweep decides about their rows.
    gone: BTreeSet<String>,
}

/// A unit as the API answers it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unit {
    id: String,
    #[serde(default)]
    orgnummer: Option<String>,
    #[serde(default)]
    skjult: Option<bool>,
    #[serde(default)]
    avsluttet_dato: Option<String>,
    #[serde(default)]
    underenhet: Option<Vec<Value>>,
    #[serde(default)]
    parent: Option<Value>,
}

impl Unit {
    fn parent(&self) -> Option<&str> {
        reference(self.parent.as_ref()?)
    }

    /// Hidden, or closed on a day; a day that cannot be read counts as past.
    fn is_barred(&self, today: Option<Date>) -> bool {
        let closed = |text: &String| {
            let day = text.get(..10).and_then(|day| day.parse::<Date>().ok());
            today.is_some_and(|today| day.is_none_or(|day| day <= today))
        };
        self.skjult == Some(true) || self.avsluttet_dato.as_ref().is_some_and(closed)
    }
}

/// The id in a reference, which is an id or an object.
pub(super) fn reference(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("id")?.as_str())
}

impl Units {
    /// True if rows of a unit are read.
    pub(super) fn allows(&self, unit: &str) -> bool {
        self.visible.contains(unit) || self.gone.contains(unit)
    }

    /// True if a unit is hidden or closed.
    pub(super) fn bars(&self, unit: &str) -> bool {
        self.barred.contains(unit)
    }

    /// Every unit whose rows are read.
    pub(super) fn known(&self) -> BTreeSet<String> {
        self.visible.union(&self.gone).cloned().collect()
    }

    #[cfg(test)]
    pub(super) fn of(visible: &[&str], barred: &[&str]) -> Self {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self { visible: set(visible), barred: set(barred), ..Self::default() }
    }

    /// Reads the tree below an organisation number. `known` are the units of the last time.
    pub(super) async fn read(
        api: &Api<'_>,
        addresses: &Addresses,
        spec: &EinnsynSource,
        known: &BTreeSet<String>,
    ) -> Result<Self> {
        let today = if spec.closed_units { None } else { Some(today(api.now)?) };
        let reader = UnitReader { api, addresses, today };
        let root = reader.root(spec.organisation_number.as_str()).await?;
        let mut units = Self { root: root.id.clone(), ..Self::default() };
        reader.below(root, &mut units).await?;
        reader.vanished(known, &mut units).await?;
        Ok(units)
    }
}

/// The day in Norway.
pub(super) fn today(now: Timestamp) -> Result<Date> {
    let zone = TimeZone::get(ZONE).map_err(|error| crate::Error::Internal(error.to_string()))?;
    Ok(now.to_zoned(zone).date())
}

struct UnitReader<'a> {
    api: &'a Api<'a>,
    addresses: &'a Addresses,
    /// `None`: closed units are read too.
    today: Option<Date>,
}

impl UnitReader<'_> {
    fn wrong(&self, reason: impl Into<String>) -> crate::Error {
        fault(self.api.location, "source-einnsyn-unit", reason)
    }

    async fn list(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Unit>> {
        let mut pages = self.api.pages(self.addresses.at(path, query));
        let mut units = Vec::new();
        while let Some(items) = pages.next().await? {
            for (at, item) in items.into_iter().enumerate() {
                let place = || format!("unit {} on page {} of {path}", at + 1, pages.number);
                let unit: Unit = serde_json::from_value(item)
                    .map_err(|error| self.api.wrong(format!("{} cannot be read: {error}", place())))?;
                if !is_id(&unit.id) {
                    return Err(self.api.wrong(format!("{} has no usable id", place())));
                }
                units.push(unit);
            }
            if units.len() > MOST_UNITS {
                return Err(self.wrong(format!("more than {MOST_UNITS} units")));
            }
        }
        Ok(units)
    }

    /// The body: of units with its number the topmost. Neither it nor anything above it may be hidden.
    async fn root(&self, number: &str) -> Result<Unit> {
        let mut found = self.list("/enhet", &[("orgnummer", number), ("limit", "100")]).await?;
        found.retain(|unit| unit.orgnummer.as_deref() == Some(number));
        let ids: BTreeSet<String> = found.iter().map(|unit| unit.id.clone()).collect();
        let mut tops = found.into_iter().filter(|unit| unit.parent().is_none_or(|parent| !ids.contains(parent)));
        let Some(root) = tops.next() else {
            return Err(self.wrong(format!("eInnsyn knows no unit with the organisation number {number}")));
        };
        if tops.next().is_some() {
            return Err(self.wrong(format!("several units have the organisation number {number}")));
        }
        let mut barred = root.is_barred(self.today);
        let mut above = root.parent().map(str::to_owned);
        for _ in 0..MOST_LEVELS {
            let Some(id) = above.take().filter(|_| !barred) else { break };
            let parents = self.list("/enhet", &[("ids", &id), ("limit", "100")]).await?;
            let Some(parent) = parents.into_iter().find(|unit| unit.id == id) else { break };
            barred = parent.is_barred(self.today);
            above = parent.parent().map(str::to_owned);
        }
        if barred {
            return Err(self.wrong(format!("the unit {number} is hidden or closed, or below one that is")));
        }
        Ok(root)
    }

    /// Every unit below one; what is below a barred unit is barred.
    async fn below(&self, root: Unit, units: &mut Units) -> Result<()> {
        units.visible.insert(root.id.clone());
        let mut open = VecDeque::from([(root, false)]);
        while let Some((unit, barred)) = open.pop_front() {
            if unit.underenhet.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            let path = format!("/enhet/{}/underenhet", unit.id);
            for child in self.list(&path, &[("limit", "100"), ("sortOrder", "asc")]).await? {
                let barred = barred || child.is_barred(self.today);
                let set = if barred { &mut units.barred } else { &mut units.visible };
                if set.insert(child.id.clone()) {
                    open.push_back((child, barred));
                }
            }
            if open.len() + units.visible.len() + units.barred.len() > MOST_UNITS {
                return Err(self.wrong(format!("more than {MOST_UNITS} units")));
            }
        }
        let barred = &units.barred;
        units.visible.retain(|id| !barred.contains(id));
        Ok(())
    }

    /// Units that are no longer in the tree: those that are still there were hidden or moved away.
    async fn vanished(&self, known: &BTreeSet<String>, units: &mut Units) -> Result<()> {
        let lost = known.iter().filter(|id| !units.visible.contains(*id) && !units.barred.contains(*id));
        let lost: Vec<&String> = lost.collect();
        for some in lost.chunks(super::query::IDS_AT_ONCE) {
            let mut query = vec![("limit", "100")];
            query.extend(some.iter().map(|id| ("ids", id.as_str())));
            let there: BTreeSet<String> = self.list("/enhet", &query).await?.into_iter().map(|unit| unit.id).collect();
            for id in some {
                let set = if there.contains(*id) { &mut units.barred } else { &mut units.gone };
                set.insert((*id).clone());
            }
        }
        Ok(())
    }
}

/// Ids are letters, digits and joiners, so that they are safe in addresses.
pub(super) fn is_id(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    plain && (1..=100).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_barred_from_the_day_it_closes() {
        let unit = |text: &str| serde_json::from_str::<Unit>(text).unwrap();
        let today = Some("2026-03-01".parse().unwrap());
        let closed = |day: &str| unit(&format!("{{\"id\": \"e\", \"avsluttetDato\": \"{day}\"}}"));
        assert!(closed("2026-03-01").is_barred(today));
        assert!(!closed("2026-03-02").is_barred(today));
        assert!(closed("ukjent").is_barred(today));
        assert!(!closed("2020-01-01").is_barred(None), "closed units are wanted");
        assert!(unit("{\"id\": \"e\", \"skjult\": true}").is_barred(None));
    }

    #[test]
    fn ids_are_plain() {
        for bad in ["", "a/b", "a b", "å", "a?b"] {
            assert!(!is_id(bad), "{bad}");
        }
        assert!(is_id("enh_01hm65m9wfe1at0r9jk3azztpj"));
    }
}
