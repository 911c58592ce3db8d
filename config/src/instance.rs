//! Resolves `allmenning.toml`: addresses, storage, secrets.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use url::Url;

use crate::{
    Config, Env, InstanceFile, Notices, Overrides, Problems, Secret, StorageSpec, checks,
    document::Document,
    problem::{self, Problem},
    secret,
};

/// What is given beside the file.
pub(crate) struct Given<'a> {
    /// The configuration folder, absolute.
    pub(crate) folder: PathBuf,
    /// The command line.
    pub(crate) overrides: &'a Overrides,
    /// Where secrets come from.
    pub(crate) env: &'a Env,
}

/// The configuration without datasets and profiles.
pub(crate) fn resolve(
    document: &Document,
    file: InstanceFile,
    given: &Given<'_>,
    problems: &mut Problems,
) -> Option<Config> {
    checks::instance(document, &file, given.env, problems);
    let mut server = file.server;
    if !given.overrides.listen.is_empty() {
        server.listen.clone_from(&given.overrides.listen);
    }
    let base_url = match (&given.overrides.base_url, &server.base_url) {
        (Some(url), _) => public_url(url).map_err(|text| Problem::nowhere(problem::VALUE, "--base-url", text)),
        (None, Some(url)) => {
            public_url(url).map_err(|text| document.problem_at(problem::VALUE, &["server", "base_url"], text))
        }
        (None, None) => {
            let port = server.listen.first().map_or(8080, std::net::SocketAddr::port);
            Url::parse(&format!("http://localhost:{port}/"))
                .map_err(|error| document.problem_at(problem::VALUE, &["server", "listen"], error.to_string()))
        }
    };
    let storage = match &given.overrides.storage {
        Some(text) => {
            storage_url(text, &given.folder).map_err(|text| Problem::nowhere(problem::VALUE, "--storage", text))
        }
        None => storage_url(&file.storage.url, &given.folder)
            .map_err(|text| document.problem_at(problem::VALUE, &["storage", "url"], text)),
    };
    let (Some(base_url), Some(storage)) = (keep(base_url, problems), keep(storage, problems)) else { return None };
    server.base_url = Some(base_url.clone());
    Some(Config {
        folder: given.folder.clone(),
        publisher: file.publisher,
        catalog: file.catalog,
        server,
        base_url,
        storage: StorageSpec { url: storage, options: options(&file.storage.options, given.env) },
        pipeline: file.pipeline,
        notices: Notices::filled(file.notify, given.env),
        datasets: BTreeMap::new(),
        broken: BTreeMap::new(),
        profiles: BTreeMap::new(),
        warnings: Problems::default(),
    })
}

fn keep<T>(result: Result<T, Problem>, problems: &mut Problems) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn options(options: &BTreeMap<String, String>, env: &Env) -> BTreeMap<String, Secret<String>> {
    options.iter().filter_map(|(name, text)| Some((name.clone(), secret::fill(text, env)?))).collect()
}

/// An http or https address without query and credentials, with a slash at the end.
fn public_url(url: &Url) -> Result<Url, String> {
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("the base address must begin with http:// or https://".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("the base address must have no query, fragment or credentials".to_owned());
    }
    let mut url = url.clone();
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// `s3://bucket/prefix` or an absolute `file://` folder; a plain path is taken from the configuration folder.
fn storage_url(text: &str, folder: &Path) -> Result<Url, String> {
    let path = match Url::parse(text) {
        Ok(url) if url.scheme() == "s3" && url.host_str().is_some() => return Ok(url),
        Ok(url) if url.scheme() == "file" => {
            url.to_file_path().map_err(|()| "a file:// address needs an absolute path")?
        }
        Ok(url) if text.contains("://") => return Err(format!("storage cannot be opened over `{}`", url.scheme())),
        _ if text.is_empty() => return Err("the storage address is empty".to_owned()),
        _ => folder.join(text),
    };
    Url::from_directory_path(lexical(&path)).map_err(|()| format!("`{text}` is no folder"))
}

/// The path without `.` and `..`, which need not exist yet.
fn lexical(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_addresses_become_absolute() {
        let folder = Path::new("/srv/testvik");
        let open = |text| storage_url(text, folder).map(|url| url.to_string());
        assert_eq!(open("data-store").unwrap(), "file:///srv/testvik/data-store/");
        assert_eq!(open("../lager").unwrap(), "file:///srv/lager/");
        assert_eq!(open("/var/lib/å").unwrap(), "file:///var/lib/%C3%A5/");
        assert_eq!(open("file:///var/lib/x").unwrap(), "file:///var/lib/x/");
        assert_eq!(open("s3://boette/sti").unwrap(), "s3://boette/sti");
        for bad in ["", "ftp://x/y", "https://x/y", "s3://"] {
            assert!(open(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn base_addresses_end_with_a_slash() {
        let public = |text: &str| public_url(&text.parse().unwrap()).map(|url| url.to_string());
        assert_eq!(public("https://data.testvik.no").unwrap(), "https://data.testvik.no/");
        assert_eq!(public("https://testvik.no/data").unwrap(), "https://testvik.no/data/");
        for bad in ["ftp://x/", "https://x/?a", "https://u:p@x/", "mailto:a@b"] {
            assert!(public(bad).is_err(), "{bad}");
        }
    }
}
