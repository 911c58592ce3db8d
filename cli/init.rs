//! `allmenning init`: a first dataset file for a table that nobody has declared yet.

mod ask;
mod nearest;
mod persons;
mod written;

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use config::{
    DatasetId, Env, HttpSource,
    cli::{Cli, Init, exit},
};
use pipeline::reader::Look;
use serde_json::json;

use self::{ask::Answers, nearest::nearest, written::Written};
use super::{Error, Output, Result, now, random};

/// Where the table is, as the dataset file will say it.
enum Place {
    /// A file below the configuration folder, by its path there.
    File(String),
    /// An address.
    Address(HttpSource),
}

/// Looks at the table, asks where somebody is there to answer, writes the dataset file, and says what comes next.
pub(crate) async fn init(cli: &Cli, args: &Init, output: Output) -> Result<u8> {
    let folder = fs::canonicalize(&cli.global.config)?;
    let (place, look) = match HttpSource::typed(&args.from) {
        Some(source) => look_at(source, args).await?,
        None => look_into(&folder, args).await?,
    };
    let id = match &args.dataset {
        Some(id) => id.clone(),
        None => id_of(&place)?,
    };
    // Only profiles of a configuration that can be read are known.
    let known = config::load(&cli.global.config, &cli.overrides(&folder), &Env::process()).ok();
    let nearest = known.as_ref().and_then(|config| nearest(&look, &config.profiles));
    let suspected: Vec<_> = look.columns.iter().map(|column| persons::class(&look, column, args.language)).collect();
    let answers = if output.asks() {
        let opens = look.columns.iter().zip(&suspected).filter_map(|(column, class)| Some((column, (*class)?)));
        ask::ask(io::stdin().lock(), &mut io::stderr(), (id.as_str(), args.language), opens)?
    } else {
        Answers::none(id.as_str())
    };
    let written =
        Written { language: args.language, look: &look, place: &place, nearest: nearest.as_ref(), suspected, answers };
    let name = format!("datasets/{id}.toml");
    fs::create_dir_all(folder.join("datasets"))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(folder.join(&name))
        .map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
    file.write_all(written.text().as_bytes())?;
    output.line(&format!("{name}: {} rows, {} columns", look.rows, look.columns.len()));
    output.line(&format!("    = hint: allmenning check, then allmenning plan {id}"));
    output.value(&json!({ "dataset": id, "file": name, "rows": look.rows }));
    Ok(exit::OK)
}

/// Looks at a file, which must lie below the configuration folder.
async fn look_into(folder: &Path, args: &Init) -> Result<(Place, Look)> {
    let file = fs::canonicalize(&args.from).or_else(|_| fs::canonicalize(folder.join(&args.from)))?;
    let inside = file.strip_prefix(folder).map_err(|_| {
        let reason = "the file must lie below the configuration folder, so that the dataset can name it";
        io::Error::new(io::ErrorKind::InvalidInput, reason)
    })?;
    let (name, sheet) = (inside.to_string_lossy().into_owned(), args.sheet.clone());
    let path = name.clone();
    let look = tokio::task::spawn_blocking(move || pipeline::look(&name, &file, sheet.as_deref()));
    let look = look.await.map_err(|error| pipeline::Error::Internal(error.to_string()))??;
    Ok((Place::File(path), look))
}

async fn look_at(typed: HttpSource, args: &Init) -> Result<(Place, Look)> {
    let source = HttpSource { allow_private_network: args.allow_private_network, ..typed };
    let look = pipeline::look_at(&source, args.sheet.as_deref(), now(), random).await?;
    Ok((Place::Address(source), look))
}

/// The dataset's id after the name of the file.
fn id_of(place: &Place) -> Result<DatasetId> {
    let last = match place {
        Place::File(path) => path.as_str(),
        Place::Address(source) => source.url.path_segments().and_then(|mut all| all.next_back()).unwrap_or_default(),
    };
    let stem = Path::new(last).file_stem().unwrap_or_default().to_string_lossy();
    let id = plain(&stem, '-');
    id.parse().map_err(|_| {
        let reason = format!("'{id}' cannot be the name of a dataset; give one with --dataset");
        Error::Io(io::Error::new(io::ErrorKind::InvalidInput, reason))
    })
}

/// A name of small letters, digits and a joint.
fn plain(text: &str, joint: char) -> String {
    let mut name = String::new();
    for character in text.trim().to_lowercase().chars() {
        match character {
            'æ' | 'ä' => name.push_str("ae"),
            'ø' | 'ö' => name.push('o'),
            'å' => name.push_str("aa"),
            '²' => name.push('2'),
            '³' => name.push('3'),
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if !name.is_empty() && !name.ends_with(joint) => name.push(joint),
            _ => {}
        }
    }
    let name = name.trim_end_matches(joint).to_owned();
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("k{joint}{name}") } else { name }
}
