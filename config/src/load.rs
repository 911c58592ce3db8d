//! Reads the configuration folder: every file, every problem, then the joined whole.

use std::{collections::BTreeMap, path::Path};

use crate::{
    Broken, Config, Dataset, DatasetFile, DatasetId, Env, InstanceFile, Overrides, PROFILES, Profile, ProfileId,
    broken, checks,
    document::Document,
    files::{self, Part, Parts, Read},
    instance, join,
    problem::{self, Problem, Problems, Severity},
    profiles::Profiles,
    schema,
};

/// Reads `allmenning.toml`, `datasets/*.toml` and `profiles/*.toml` of a folder, and takes only a faultless one.
///
/// # Errors
/// All problems of all files at once; at least one of them is an error. Warnings alone go into [`Config::warnings`].
pub fn check(folder: &Path, overrides: &Overrides, env: &Env) -> Result<Config, Problems> {
    let (config, problems) = read(folder, overrides, env);
    match config {
        Some(config) if !problems.has_errors() => Ok(config),
        _ => Err(problems),
    }
}

/// Reads the same files, and lets a dataset with errors stand aside in [`Config::broken`] while the others go on.
///
/// # Errors
/// All problems of all files, if one of `allmenning.toml`, of the folders or of the command line is an error.
pub fn load(folder: &Path, overrides: &Overrides, env: &Env) -> Result<Config, Problems> {
    let (config, problems) = read(folder, overrides, env);
    let part = |problem: &Problem| ["datasets/", "profiles/"].iter().any(|sub| problem.file.starts_with(sub));
    let fatal = problems.iter().any(|problem| problem.severity == Severity::Error && !part(problem));
    match config {
        Some(config) if !fatal => Ok(config),
        _ => Err(problems),
    }
}

fn read(folder: &Path, overrides: &Overrides, env: &Env) -> (Option<Config>, Problems) {
    let mut problems = Problems::default();
    let Ok(folder) = folder.canonicalize() else {
        let missing =
            Problem::nowhere(problem::IO, folder.display().to_string(), "the configuration folder is not there");
        problems.push(missing.hint("name the folder that holds allmenning.toml with --config"));
        return (None, problems);
    };
    let instance = read_instance(&folder, &mut problems);
    let profiles = read_profiles(&folder, &mut problems);
    let datasets = read_datasets(&folder, &mut problems);
    let contact = instance.as_ref().map_or_else(join::nobody, |(_, file)| file.publisher.contact.clone());
    let series = instance.as_ref().map(|(_, file)| file.catalog.series.clone());
    let around = join::Around { profiles: &profiles, contact: &contact, series: series.as_ref(), env };
    let (sound, broken) = part_ways(datasets, &around, &mut problems);
    let config = instance.and_then(|(document, file)| {
        let given = instance::Given { folder, overrides, env };
        instance::resolve(&document, file, &given, &mut problems)
    });
    problems.sort();
    let told = |problem: &&Problem| !broken.values().any(|broken| broken.problems.0.contains(problem));
    let warnings = Problems(problems.iter().filter(told).cloned().collect());
    let profiles = profiles.read.into_iter().map(|(id, part)| (id, part.value)).collect();
    (config.map(|config| Config { datasets: sound, broken, profiles, warnings, ..config }), problems)
}

/// Joins and checks every dataset: those that may run, and those with errors.
fn part_ways(
    datasets: Parts<DatasetId, DatasetFile>,
    around: &join::Around<'_>,
    problems: &mut Problems,
) -> (BTreeMap<DatasetId, Dataset>, BTreeMap<String, Broken>) {
    let (mut sound, mut aside) = (BTreeMap::new(), BTreeMap::new());
    for (stem, document) in datasets.broken {
        if let Some(document) = document {
            checks::broken_dataset(&document, around.profiles, problems);
        }
        aside.extend(broken::of(&[format!("datasets/{stem}.toml")], problems, None).map(|found| (stem, found)));
    }
    for part in datasets.read {
        let mut found = Problems::default();
        let (joined, firm) = join::dataset(&part, around, &mut found);
        // A guess that stands where something is wrong may be wrong again: that was said already.
        let echo = |later: &Problem| {
            problems.iter().any(|p| p.file == later.file && (p.line, p.column) == (later.line, later.column))
        };
        let news: Vec<Problem> = found.0.into_iter().filter(|p| part.guessed.is_empty() || !echo(p)).collect();
        problems.extend(news);
        let mut files = vec![part.document.file.clone()];
        if around.profiles.broken.contains(part.value.profile.as_str()) {
            files.push(format!("profiles/{}.toml", part.value.profile));
        }
        let shown = (firm && broken::tells_the_public(&part.guessed)).then(|| joined.clone());
        match broken::of(&files, problems, shown) {
            Some(found) => drop(aside.insert(part.id.to_string(), found)),
            None => drop(sound.insert(part.id.clone(), joined)),
        }
    }
    (sound, aside)
}

fn read_instance(folder: &Path, problems: &mut Problems) -> Option<(Document, InstanceFile)> {
    let name = "allmenning.toml";
    let text = files::text_of(&folder.join(name), name, problems)?;
    let Read { document, value } = files::read(name, text, &schema::raw::<InstanceFile>(), problems);
    value.map(|(file, _)| (document, file))
}

fn read_profiles(folder: &Path, problems: &mut Problems) -> Profiles {
    let schema = schema::raw::<Profile>();
    let mut profiles = Profiles::default();
    for (name, text) in PROFILES {
        let read = files::read(&format!("built-in profile {name}"), (*text).to_owned(), &schema, problems);
        let Read { document, value: Some((value, guessed)) } = read else { continue };
        let part = name.parse().ok().map(|id: ProfileId| Part { id, document, value, guessed });
        profiles.read.extend(part.map(|part| (part.id.clone(), part)));
    }
    let own = files::parts::<ProfileId, Profile>(folder, "profiles", &schema, problems);
    profiles.broken = own.broken.into_iter().map(|(stem, _)| stem).collect();
    for part in own.read {
        if profiles.read.contains_key(&part.id) {
            let message = format!("`{}` is the name of a built-in profile", part.id);
            let problem = Problem::nowhere(problem::PROFILE, &part.document.file, message);
            problems.push(problem.hint("give the file another name"));
        }
        profiles.read.insert(part.id.clone(), part);
    }
    for part in profiles.read.values() {
        checks::profile(part, problems);
        if broken::of(std::slice::from_ref(&part.document.file), problems, None).is_some() {
            profiles.broken.insert(part.id.to_string());
        }
    }
    profiles
}

fn read_datasets(folder: &Path, problems: &mut Problems) -> Parts<DatasetId, DatasetFile> {
    if !folder.join("datasets").is_dir() {
        let problem =
            Problem::nowhere(problem::IO, "datasets", "there is no folder `datasets`, so nothing is published");
        problems.push(problem.hint("make it and put one TOML file for each dataset into it").warning());
        return Parts { read: Vec::new(), broken: Vec::new() };
    }
    files::parts(folder, "datasets", &schema::raw::<DatasetFile>(), problems)
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
