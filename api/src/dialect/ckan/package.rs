//! Datasets, files, themes, keywords and the publisher as CKAN's packages, resources, groups, tags and organisation.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{
    Entry, Snapshot,
    version::{Manifest, PublishedFile},
};
use config::{Access, FileFormat, Language, Licence, Theme};
use serde_json::{Value, json};

use super::{Answer, fault::Fault};
use crate::{dialect::texts, lookup, state::State};

/// What is shown.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) state: &'a State,
    pub(super) snapshot: &'a Snapshot,
}

impl<'a> Shown<'a> {
    /// A dataset by its name, or by its address.
    pub(super) fn entry(&self, id: &str) -> Result<&'a Entry, Fault> {
        let name = id.strip_prefix(self.state.base()).and_then(|local| local.strip_prefix("d/")).unwrap_or(id);
        Ok(lookup::entry(self.snapshot, name)?)
    }

    /// A dataset and its version by the id of a file, or by the name of a dataset.
    pub(super) fn file(&self, id: &str) -> Result<(&'a Entry, &'a Manifest, Option<&'a PublishedFile>), Fault> {
        let name = id.split_once('.').map_or(id, |(name, _)| name);
        let found = lookup::open_entry(self.snapshot, name).or_else(|_| lookup::open_entry(self.snapshot, id));
        let entry = found?;
        let manifest = lookup::current(entry)?;
        if id == entry.dataset.id.as_str() {
            return Ok((entry, manifest, None));
        }
        let file = manifest
            .files
            .iter()
            .find(|file| id.strip_prefix(entry.dataset.id.as_str()) == Some(&format!(".{}", file.name)));
        file.map(|file| (entry, &**manifest, Some(file))).ok_or(Fault::NotFound("Not found: Resource was not found."))
    }

    /// A package with its resources.
    pub(super) fn package(&self, entry: &Entry) -> Value {
        let (dataset, file) = (&entry.dataset, &entry.dataset.file);
        let open = file.access == Access::Public;
        let current = entry.current().filter(|_| open);
        let (licence, licence_url) = texts::licence(file.licence);
        let contact = &dataset.contact;
        let first = entry.versions.values().next().map(|manifest| manifest.published.to_string());
        let resources: Vec<Value> = current.map(|manifest| self.resources(manifest)).unwrap_or_default();
        let tags: Vec<Value> = keywords(entry).iter().map(|name| tag(name)).collect();
        json!({
            "id": dataset.id,
            "name": dataset.id,
            "title": file.title.nb,
            "title_translated": translated(|language| file.title.get(language)),
            "notes": file.description.nb,
            "notes_translated": translated(|language| file.description.get(language)),
            "url": format!("{}d/{}", self.state.base(), dataset.id),
            "type": "dataset",
            "state": "active",
            "private": false,
            "isopen": open,
            "license_id": file.licence.code(),
            "license_title": licence,
            "license_url": licence_url,
            "author": self.state.config.publisher.name.nb,
            "author_email": "",
            "maintainer": contact.name.nb,
            "maintainer_email": contact.email,
            "version": current.map(|manifest| manifest.number.to_string()).unwrap_or_default(),
            "metadata_created": first,
            "metadata_modified": entry.current().map(|manifest| manifest.published),
            "organization": self.organisation(false),
            "owner_org": self.state.config.publisher.organisation_number,
            "groups": file.themes.iter().map(|theme| group(*theme)).collect::<Vec<_>>(),
            "tags": tags,
            "num_tags": tags.len(),
            "resources": resources,
            "num_resources": resources.len(),
            "extras": extras(entry),
            "relationships_as_object": [],
            "relationships_as_subject": [],
        })
    }

    fn resources(&self, manifest: &Manifest) -> Vec<Value> {
        manifest.files.iter().enumerate().map(|(at, file)| self.described(manifest, file, at)).collect()
    }

    fn described(&self, manifest: &Manifest, file: &PublishedFile, position: usize) -> Value {
        let dataset = &manifest.dataset;
        json!({
            "id": format!("{dataset}.{}", file.name),
            "package_id": dataset,
            "name": file.name,
            "description": file.part.as_ref().map(|part| part.key.clone()).unwrap_or_default(),
            "format": format_name(file.format),
            "mimetype": file.format.media_type(),
            "url": format!("{}d/{dataset}/v/{}/{}", self.state.base(), manifest.number, file.name),
            "url_type": null,
            "resource_type": "file",
            "size": file.bytes,
            "hash": format!("sha256:{}", file.sha256),
            "created": manifest.published,
            "last_modified": manifest.published,
            "metadata_modified": manifest.published,
            "position": position,
            "state": "active",
            // Rows of a file in parts are asked of the dataset.
            "datastore_active": file.format == FileFormat::Parquet && file.part.is_none(),
        })
    }

    /// A resource.
    pub(super) fn resource(&self, id: &str) -> Answer {
        let (_, manifest, file) = self.file(id)?;
        let file = file.ok_or(Fault::NotFound("Not found: Resource was not found."))?;
        let position = manifest.files.iter().position(|other| other.name == file.name).unwrap_or_default();
        Ok(self.described(manifest, file, position))
    }

    fn organisation(&self, counted: bool) -> Value {
        let publisher = &self.state.config.publisher;
        let mut organisation = json!({
            "id": publisher.organisation_number,
            "name": slug(&publisher.name.nb),
            "title": publisher.name.nb,
            "display_name": publisher.name.nb,
            "description": self.state.config.catalog.description.nb,
            "type": "organization",
            "image_url": "",
            "is_organization": true,
            "approval_status": "approved",
            "state": "active",
        });
        if counted && let Some(members) = organisation.as_object_mut() {
            members.insert("package_count".to_owned(), json!(self.snapshot.datasets.len()));
        }
        organisation
    }

    fn themes(&self) -> BTreeMap<Theme, Vec<&'a Entry>> {
        let mut themes: BTreeMap<Theme, Vec<&Entry>> = BTreeMap::new();
        for entry in self.snapshot.datasets.values() {
            for theme in &entry.dataset.file.themes {
                themes.entry(*theme).or_default().push(entry);
            }
        }
        themes
    }

    /// The organisation or the groups: names, or with all that is known of them.
    pub(super) fn groups(&self, organisations: bool, all_fields: bool) -> Value {
        let all = if organisations {
            vec![self.organisation(true)]
        } else {
            let counted = |(theme, entries): (Theme, Vec<&Entry>)| with_count(group(theme), entries.len());
            self.themes().into_iter().map(counted).collect()
        };
        if all_fields { json!(all) } else { all.iter().filter_map(|one| one.get("name").cloned()).collect() }
    }

    /// One of them, by name or id.
    pub(super) fn group(&self, organisation: bool, id: &str, include_datasets: bool) -> Answer {
        let is = |one: &Value| ["id", "name"].iter().any(|key| one.get(*key).and_then(Value::as_str) == Some(id));
        let (mut found, entries) = if organisation {
            (self.organisation(true), self.snapshot.datasets.values().collect())
        } else {
            let themes =
                self.themes().into_iter().map(|(theme, entries)| (with_count(group(theme), entries.len()), entries));
            themes.into_iter().find(|(one, _)| is(one)).ok_or(Fault::NotFound("Not found"))?
        };
        if !is(&found) {
            return Err(Fault::NotFound("Not found"));
        }
        if include_datasets && let Some(members) = found.as_object_mut() {
            members.insert("packages".to_owned(), entries.iter().map(|entry| self.package(entry)).collect());
        }
        Ok(found)
    }

    /// Keywords, all or those with a text in them.
    pub(super) fn tags(&self, query: Option<&str>) -> Value {
        let query = query.unwrap_or_default().to_lowercase();
        let all: BTreeSet<String> = self.snapshot.datasets.values().flat_map(keywords).collect();
        all.into_iter().filter(|name| name.to_lowercase().contains(&query)).collect()
    }

    /// One keyword.
    pub(super) fn tag(&self, id: &str) -> Answer {
        let known = self.snapshot.datasets.values().any(|entry| keywords(entry).contains(id));
        if known { Ok(tag(id)) } else { Err(Fault::NotFound("Not found")) }
    }

    /// The licences in use.
    pub(super) fn licences(&self) -> Value {
        let used: BTreeMap<String, Licence> = self
            .snapshot
            .datasets
            .values()
            .map(|entry| entry.dataset.file.licence)
            .map(|licence| (licence.code(), licence))
            .collect();
        let described = |(id, licence): (String, Licence)| {
            let (title, url) = texts::licence(licence);
            json!({
                "id": id, "title": title, "url": url, "status": "active", "od_conformance": "approved",
                "domain_content": true, "domain_data": true, "domain_software": false, "is_okd_compliant": true,
            })
        };
        used.into_iter().map(described).collect()
    }
}

/// How CKAN writes a format.
pub(super) fn format_name(format: FileFormat) -> String {
    match format {
        FileFormat::Geojson => "GeoJSON".to_owned(),
        format => format.extension().to_uppercase(),
    }
}

/// Keywords in bokmål, else in what there is.
pub(super) fn keywords(entry: &Entry) -> BTreeSet<String> {
    entry.dataset.file.keywords.get(Language::Nb).iter().map(|word| word.as_str().to_owned()).collect()
}

/// The name of a theme's group.
pub(super) fn group_name(theme: Theme) -> String {
    theme.code().to_lowercase()
}

/// A name of small letters, digits and joints.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            'æ' => slug.push_str("ae"),
            'ø' => slug.push('o'),
            'å' => slug.push_str("aa"),
            c if c.is_ascii_alphanumeric() => slug.push(c),
            _ if !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.trim_matches('-').to_owned()
}

fn group(theme: Theme) -> Value {
    let title = texts::theme(theme, Language::Nb);
    let name = group_name(theme);
    json!({ "id": name, "name": name, "title": title, "display_name": title, "description": "", "image_display_url": "", "type": "group", "state": "active" })
}

fn with_count(mut group: Value, count: usize) -> Value {
    if let Some(members) = group.as_object_mut() {
        members.insert("package_count".to_owned(), json!(count));
    }
    group
}

fn tag(name: &str) -> Value {
    json!({ "id": name, "name": name, "display_name": name, "state": "active", "vocabulary_id": null })
}

fn translated<'t>(text: impl Fn(Language) -> &'t str) -> Value {
    Language::ALL
        .into_iter()
        .map(|language| (language.tag().to_owned(), json!(text(language))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn extras(entry: &Entry) -> Vec<Value> {
    let file = &entry.dataset.file;
    let extra = |key: &str, value: String| json!({ "key": key, "value": value });
    let mut all = vec![
        extra("access_rights", file.access.iri()),
        extra("frequency", file.frequency.iri()),
        extra("theme", json!(file.themes.iter().map(|theme| theme.iri()).collect::<Vec<_>>()).to_string()),
    ];
    all.extend(file.issued.map(|day| extra("issued", day.to_string())));
    all.extend(entry.current().map(|manifest| extra("rows", manifest.rows.to_string())));
    all
}
