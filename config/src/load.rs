//! Reads the configuration folder: every file, every problem, then the joined whole.

use std::{collections::BTreeMap, path::Path};

use crate::{
    Config, Dataset, DatasetFile, DatasetId, Env, InstanceFile, Overrides, PROFILES, Profile, ProfileId, checks,
    document::Document,
    files::{self, Part, Parts},
    instance, join,
    problem::{self, Problem, Problems},
    profiles::Profiles,
    schema,
};

/// Reads `allmenning.toml`, `datasets/*.toml` and `profiles/*.toml` of a folder.
///
/// # Errors
/// All problems of all files at once; at least one of them is an error. Warnings alone go into [`Config::warnings`].
pub fn load(folder: &Path, overrides: &Overrides, env: &Env) -> Result<Config, Problems> {
    let mut problems = Problems::default();
    let Ok(folder) = folder.canonicalize() else {
        let missing =
            Problem::nowhere(problem::IO, folder.display().to_string(), "the configuration folder is not there");
        problems.push(missing.hint("name the folder that holds allmenning.toml with --config"));
        return Err(problems);
    };
    let instance = read_instance(&folder, &mut problems);
    let profiles = read_profiles(&folder, &mut problems);
    let datasets = read_datasets(&folder, &mut problems);
    for (_, document) in &datasets.broken {
        checks::broken_dataset(document, &profiles, &mut problems);
    }
    let contact = instance.as_ref().map_or_else(join::nobody, |(_, file)| file.publisher.contact.clone());
    let joined: BTreeMap<DatasetId, Dataset> = datasets
        .sound
        .iter()
        .filter_map(|part| join::dataset(part, &profiles, &contact, env, &mut problems))
        .map(|dataset| (dataset.id.clone(), dataset))
        .collect();
    let config = instance.and_then(|(document, file)| {
        let profiles = profiles.sound.into_iter().map(|(id, part)| (id, part.value)).collect();
        instance::resolve(&document, file, &instance::Given { folder, overrides, env }, &mut problems)
            .map(|config| Config { datasets: joined, profiles, ..config })
    });
    problems.sort();
    match config {
        Some(config) if !problems.has_errors() => Ok(Config { warnings: problems, ..config }),
        _ => Err(problems),
    }
}

fn read_instance(folder: &Path, problems: &mut Problems) -> Option<(Document, InstanceFile)> {
    let name = "allmenning.toml";
    let text = files::text_of(&folder.join(name), name, problems)?;
    let (document, file) = files::read(name, text, &schema::raw::<InstanceFile>(), problems);
    file.map(|file| (document, file))
}

fn read_profiles(folder: &Path, problems: &mut Problems) -> Profiles {
    let schema = schema::raw::<Profile>();
    let mut profiles = Profiles::default();
    for (id, text) in PROFILES {
        let (document, value) = files::read(&format!("built-in profile {id}"), (*text).to_owned(), &schema, problems);
        let part = id.parse().ok().zip(value).map(|(id, value): (ProfileId, Profile)| Part { id, document, value });
        profiles.sound.extend(part.map(|part| (part.id.clone(), part)));
    }
    let own = files::parts::<ProfileId, Profile>(folder, "profiles", &schema, problems);
    profiles.broken = own.broken.into_iter().map(|(id, _)| id).collect();
    for part in own.sound {
        if profiles.sound.contains_key(&part.id) {
            let message = format!("`{}` is the name of a built-in profile", part.id);
            let problem = Problem::nowhere(problem::PROFILE, &part.document.file, message);
            problems.push(problem.hint("give the file another name"));
        }
        profiles.sound.insert(part.id.clone(), part);
    }
    for part in profiles.sound.values() {
        checks::profile(part, problems);
    }
    profiles
}

fn read_datasets(folder: &Path, problems: &mut Problems) -> Parts<DatasetId, DatasetFile> {
    if !folder.join("datasets").is_dir() {
        let problem =
            Problem::nowhere(problem::IO, "datasets", "there is no folder `datasets`, so nothing is published");
        problems.push(problem.hint("make it and put one TOML file for each dataset into it").warning());
        return Parts { sound: Vec::new(), broken: Vec::new() };
    }
    files::parts(folder, "datasets", &schema::raw::<DatasetFile>(), problems)
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
