//! The rows gathered so far: one JSON object a line, sorted by the id of what was searched for, children after it.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
};

use catalog::{Key, Sha256, Store};
use config::DatasetId;
use futures::StreamExt;
use serde::{Deserialize, de::IgnoredAny};
use tempfile::TempPath;

use super::{row::Place, sorted::Sorted, units::Units};
use crate::{Error, Result, source::change::Copy};

/// Stands for the `oppdatertDato` of a row that is answered but not to be kept.
pub(super) const WITHHELD: &str = "\0";

/// Gathered rows in a local file.
#[derive(Debug)]
pub(super) struct State {
    pub(super) path: TempPath,
    pub(super) bytes: u64,
    pub(super) sha256: Sha256,
}

impl State {
    /// Brings the rows with a hash from the storage; `None` if they are no longer there, or not the same.
    pub(super) async fn load(store: &Store, dataset: &DatasetId, sha256: &Sha256) -> Result<Option<Self>> {
        let key = Key::Raw(dataset.clone(), sha256.clone());
        let size = match store.size(&key).await {
            Ok(size) => size,
            Err(catalog::Error::Missing(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut chunks = store.get_stream(&key, 0..size).await?;
        let mut copy = Copy::create()?;
        while let Some(chunk) = chunks.next().await {
            copy.write_all(&chunk?)?;
        }
        let state = Self::finish(copy)?;
        Ok((state.sha256 == *sha256).then_some(state))
    }

    fn finish(copy: Copy) -> Result<Self> {
        let (path, bytes, sha256) = copy.finish()?;
        Ok(Self { path, bytes, sha256 })
    }
}

/// What must be known of a line; the rest is passed over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    #[serde(default)]
    entity: String,
    id: String,
    #[serde(default)]
    oppdatert_dato: Option<String>,
    #[serde(default)]
    moetemappe: Option<Reference>,
    #[serde(default)]
    moetesak: Option<Reference>,
    #[serde(default)]
    administrativ_enhet_objekt: Option<Reference>,
    #[serde(default)]
    utvalg_objekt: Option<Reference>,
    #[serde(default)]
    journalenhet: Option<Reference>,
}

/// The id in a reference, which is an id or an object.
#[derive(Debug, Deserialize)]
#[serde(from = "Referred")]
struct Reference(String);

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Referred {
    Id(String),
    Object { id: String },
    Other(IgnoredAny),
}

impl From<Referred> for Reference {
    fn from(referred: Referred) -> Self {
        match referred {
            Referred::Id(id) | Referred::Object { id } => Self(id),
            Referred::Other(_) => Self(String::new()),
        }
    }
}

/// All lines that belong to one id.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) updated: String,
    lines: String,
    allowed: bool,
}

/// Reads gathered rows, group by group.
pub(super) struct Groups<'a> {
    input: BufReader<File>,
    units: &'a Units,
    ahead: Option<Group>,
}

impl<'a> Groups<'a> {
    /// The groups of a file; of no file none.
    pub(super) fn open(path: Option<&Path>, units: &'a Units) -> Result<Option<Self>> {
        let Some(path) = path else { return Ok(None) };
        Ok(Some(Self { input: BufReader::with_capacity(1 << 18, File::open(path)?), units, ahead: None }))
    }

    pub(super) fn next(&mut self) -> Result<Option<Group>> {
        let Some(mut group) = self.take()? else { return Ok(None) };
        while let Some(next) = self.line()? {
            if next.id != group.id {
                self.ahead = Some(next);
                break;
            }
            group.lines.push_str(&next.lines);
        }
        Ok(Some(group))
    }

    fn take(&mut self) -> Result<Option<Group>> {
        if let Some(ahead) = self.ahead.take() { Ok(Some(ahead)) } else { self.line() }
    }

    fn line(&mut self) -> Result<Option<Group>> {
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let head: Head =
            serde_json::from_str(&line).map_err(|error| Error::Internal(format!("gathered rows: {error}")))?;
        let parent = match head.entity.as_str() {
            "Moetedokument" => head.moetemappe,
            "Vedtak" => head.moetesak,
            _ => None,
        };
        let name = |reference: &'_ Option<Reference>| reference.as_ref().map(|reference| reference.0.clone());
        let (own, committee, body) =
            (name(&head.administrativ_enhet_objekt), name(&head.utvalg_objekt), name(&head.journalenhet));
        let allowed = Place::at(own.as_deref().or(committee.as_deref()), body.as_deref()).is_allowed(self.units);
        let id = parent.map_or(head.id, |parent| parent.0);
        Ok(Some(Group { id, updated: head.oppdatert_dato.unwrap_or_default(), lines: line, allowed }))
    }
}

/// Rows with changes applied, and without those of units that are no longer read. An empty change removes.
pub(super) fn merge(old: Option<&Path>, mut changes: Sorted, units: &Units) -> Result<State> {
    let mut out = BufWriter::with_capacity(1 << 18, Copy::create()?);
    let mut groups = Groups::open(old, units)?;
    let mut advance = || groups.as_mut().map_or(Ok(None), Groups::next);
    let (mut group, mut change) = (advance()?, changes.next()?);
    loop {
        let from_old = match (&group, &change) {
            (None, None) => break,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(group), Some((id, _))) => group.id < *id,
        };
        if from_old {
            if let Some(group) = group.filter(|group| group.allowed) {
                out.write_all(group.lines.as_bytes())?;
            }
            group = advance()?;
        } else if let Some((id, lines)) = change {
            out.write_all(lines.as_bytes())?;
            if group.as_ref().is_some_and(|group| group.id == id) {
                group = advance()?;
            }
            change = changes.next()?;
        }
    }
    State::finish(out.into_inner().map_err(|error| Error::Io(error.into_error()))?)
}

/// What a comparison of gathered rows with answered ids found.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Compared {
    /// Ids that are unknown, or known as they were at another time.
    pub(super) wanted: Vec<String>,
    /// Known ids that were not answered.
    pub(super) missing: Vec<String>,
    /// There are more than `most` of one of them; the rest is left out.
    pub(super) overflow: bool,
}

/// Ids that were asked for.
#[derive(Debug, Default)]
pub(super) struct Range {
    pub(super) prefix: &'static str,
    /// They come after this one.
    pub(super) after: String,
    /// The last one; `None`: there is none.
    pub(super) until: Option<String>,
}

impl Range {
    fn contains(&self, id: &str) -> bool {
        id.starts_with(self.prefix) && id > self.after.as_str() && self.until.as_deref().is_none_or(|last| id <= last)
    }
}

/// Compares gathered rows of a range with answered ids and their `oppdatertDato`; no more than `most` of a kind.
pub(super) fn compare(
    (old, units): (&Path, &Units),
    mut answered: Sorted,
    range: &Range,
    most: usize,
) -> Result<Compared> {
    let mut found = Compared::default();
    let mut groups = Groups::open(Some(old), units)?;
    let mut advance = || loop {
        match groups.as_mut().map_or(Ok(None), Groups::next)? {
            Some(group) if !range.contains(&group.id) => {}
            group => return Ok::<_, Error>(group),
        }
    };
    let (mut group, mut answer) = (advance()?, answered.next()?);
    let mut note = |list: &mut Vec<String>, id: String| {
        if list.len() < most {
            list.push(id);
        } else {
            found.overflow = true;
        }
    };
    loop {
        match (group.take(), answer.take()) {
            (Some(known), Some((id, updated))) if known.id == id => {
                if known.updated != updated {
                    note(&mut found.wanted, id);
                }
                (group, answer) = (advance()?, answered.next()?);
            }
            (Some(known), there) if there.as_ref().is_none_or(|(id, _)| known.id < *id) => {
                note(&mut found.missing, known.id);
                (group, answer) = (advance()?, there);
            }
            (known, Some((id, updated))) => {
                if updated != WITHHELD {
                    note(&mut found.wanted, id);
                }
                (group, answer) = (known, answered.next()?);
            }
            (_, None) => break,
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{super::sorted::Sorter, *};

    fn sorted(entries: &[(&str, &str)]) -> Sorted {
        let mut sorter = Sorter::new();
        for (key, value) in entries {
            sorter.push((*key).to_owned(), (*value).to_owned()).unwrap();
        }
        sorter.finish().unwrap()
    }

    fn line(id: &str, unit: &str, updated: &str) -> String {
        format!(
            "{{\"entity\":\"Saksmappe\",\"id\":\"{id}\",\"oppdatertDato\":\"{updated}\",\"journalenhet\":\"{unit}\"}}\n"
        )
    }

    fn state(lines: &[String]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), lines.concat()).unwrap();
        file
    }

    #[test]
    fn changes_replace_add_and_remove() {
        let units = Units::of(&["e"], &["h"]);
        let old = state(&[line("b", "e", "1"), line("d", "e", "1"), line("f", "e", "1"), line("g", "h", "1")]);
        let changes = sorted(&[("a", &line("a", "e", "2")), ("d", &line("d", "e", "2")), ("f", ""), ("z", "")]);
        let merged = merge(Some(old.path()), changes, &units).unwrap();
        let expected = [line("a", "e", "2"), line("b", "e", "1"), line("d", "e", "2")].concat();
        assert_eq!(std::fs::read_to_string(&merged.path).unwrap(), expected);
        assert_eq!((merged.bytes, merged.sha256), (expected.len() as u64, Sha256::of(expected.as_bytes())));
    }

    #[test]
    fn children_go_with_what_they_belong_to() {
        let units = Units::of(&["e"], &[]);
        let decision =
            "{\"entity\":\"Vedtak\",\"id\":\"a1\",\"moetesak\":\"ms_2\",\"journalenhet\":\"e\"}\n".to_owned();
        let old = state(&[line("ms_1", "e", "1"), line("ms_2", "e", "1"), decision, line("ms_3", "e", "1")]);
        let merged = merge(Some(old.path()), sorted(&[("ms_2", "")]), &units).unwrap();
        let expected = [line("ms_1", "e", "1"), line("ms_3", "e", "1")].concat();
        assert_eq!(std::fs::read_to_string(&merged.path).unwrap(), expected);
    }

    #[test]
    fn a_comparison_finds_unknown_changed_and_missing_ids() {
        let units = Units::of(&["e"], &[]);
        let old = state(&["b", "c", "d", "f"].map(|id| line(id, "e", "1")));
        let answered =
            || sorted(&[("a", "1"), ("b", "1"), ("d", "2"), ("e", ""), ("f", WITHHELD), ("g", "1"), ("h", WITHHELD)]);
        let found = compare((old.path(), &units), answered(), &Range::default(), 10).unwrap();
        assert_eq!(found.wanted, ["a", "d", "e", "f", "g"]);
        assert_eq!(found.missing, ["c"]);
        assert!(!found.overflow);
        let few = compare((old.path(), &units), answered(), &Range::default(), 1).unwrap();
        assert_eq!((few.wanted, few.missing, few.overflow), (vec!["a".to_owned()], vec!["c".to_owned()], true));
        let none = compare((old.path(), &units), sorted(&[]), &Range::default(), 10).unwrap();
        assert_eq!(none.missing, ["b", "c", "d", "f"]);
        let range = Range { prefix: "", after: "b".to_owned(), until: Some("d".to_owned()) };
        let some = compare((old.path(), &units), sorted(&[]), &range, 10).unwrap();
        assert_eq!(some.missing, ["c", "d"]);
        let other = Range { prefix: "x", ..Range::default() };
        assert_eq!(compare((old.path(), &units), sorted(&[]), &other, 10).unwrap(), Compared::default());
    }
}
