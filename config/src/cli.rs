//! The command line.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use url::Url;

use crate::{ColumnName, DatasetId, Language, Overrides, Secret};

/// Exit codes, the same for every command.
pub mod exit {
    /// Everything went well.
    pub const OK: u8 = 0;
    /// A run or the storage failed.
    pub const FAILURE: u8 = 1;
    /// The command line is wrong.
    pub const USAGE: u8 = 2;
    /// The configuration is invalid.
    pub const CONFIG: u8 = 3;
    /// A gate held a draft back; the last good version is still served.
    pub const BLOCKED: u8 = 4;
    /// `status` only: a dataset is late, its declaration has errors, or names of persons are overdue.
    pub const LATE: u8 = 5;
    /// A second signal ended the process at once.
    pub const STOPPED: u8 = 130;
}

const EXIT_CODES: &str = "\
Exit codes:
  0  everything went well
  1  a run or the storage failed
  2  the command line is wrong
  3  the configuration is invalid
  4  a gate held a draft back; the last good version is still served
  5  status only: a dataset is late, its declaration has errors, or names of persons are overdue
  130  a second signal ended the process at once";

const ABOUT: &str = "\
Fetches data on schedule, normalises it, holds it against gates, publishes it as immutable versions, and serves it with
its catalogue.

A publisher is a folder:
  allmenning.toml       who publishes, the server, the storage
  datasets/*.toml       one file for each dataset
  profiles/*.toml       own dataset kinds, where the built-in ones do not do

A first walk:
  allmenning check      is the configuration right?
  allmenning plan --all what would be published?
  allmenning run --all  publish it
  allmenning serve      serve it, and publish on schedule from now on";

/// What the program is.
const SHORT: &str = "Open-data publishing pipeline and catalogue API for municipalities";

/// The command line. What it is about must be said here: clap would else take the description of this crate.
#[derive(Debug, Clone, Parser)]
#[command(name = "allmenning", version, about = SHORT, long_about = ABOUT, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// What the command line sets over the files' values; `current` is the folder in which it was typed.
    pub fn overrides(&self, current: &Path) -> Overrides {
        let absolute = |text: &String| {
            let stays = text.is_empty() || text.contains("://");
            if stays { text.clone() } else { current.join(text).to_string_lossy().into_owned() }
        };
        Overrides {
            storage: self.global.storage.as_ref().map(absolute),
            listen: self.global.listen.clone(),
            base_url: self.global.base_url.clone(),
        }
    }
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The folder that holds allmenning.toml, taken from the current one.
    #[arg(long, global = true, value_name = "DIR", default_value = ".", help_heading = "Global options")]
    pub config: PathBuf,
    /// Where versions are kept, in place of `storage.url`: a folder (taken from the current one), `file:///…` or
    /// `s3://bucket/prefix`.
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub storage: Option<String>,
    /// Address to listen on, in place of `server.listen`; may be repeated. `[::]:8080` serves IPv4 too.
    #[arg(long, global = true, value_name = "ADDR:PORT", help_heading = "Global options")]
    pub listen: Vec<SocketAddr>,
    /// Address under which the public reaches the server, in place of `server.base_url`.
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub base_url: Option<Url>,
    /// Print JSON for scripts: one document, or one object a line where things go on.
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
    /// Print errors only.
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub quiet: bool,
    /// Say more; twice says everything.
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Serve the catalogue, and run the datasets on their schedules.
    #[command(
        long_about = "Serve the catalogue, and run the datasets on their schedules.\n\n\
            Stops gracefully on SIGTERM and Ctrl-C, at once on a second one: no half version is ever left.\n\n\
            With --json the first line is an object with the addresses: {\"listening\": […], \"base_url\": …}.\n\n\
            Examples:\n  \
            allmenning serve\n  \
            allmenning serve --listen [::]:80 --base-url https://data.testvik.no/\n  \
            allmenning serve --no-schedule      # another machine runs the datasets",
        after_help = EXIT_CODES
    )]
    Serve(Serve),
    /// Run datasets now: fetch, normalise, gates, publish.
    #[command(
        long_about = "Run datasets now: fetch, normalise, hold against the gates, publish.\n\n\
            A source that has not changed publishes nothing. A dataset that fails does not stop the others.\n\
            With --json every run is an object on a line of its own, as it ends.\n\n\
            SIGTERM or Ctrl-C stops in order, a second one at once.\n\n\
            Examples:\n  \
            allmenning run postjournal\n  \
            allmenning run --all\n  \
            allmenning run postjournal --fresh  # also where the source looks as it did\n  \
            allmenning run --due --json",
        after_help = EXIT_CODES
    )]
    Run(Run),
    /// Check the configuration and report every problem.
    #[command(
        long_about = "Check the configuration and report every problem of every file, with file, line and a hint.\n\n\
            Reads no source and writes nothing.\n\n\
            Examples:\n  \
            allmenning check\n  \
            allmenning check --config /srv/testvik --json",
        after_help = EXIT_CODES
    )]
    Check,
    /// Show what a run would publish, and publish nothing.
    #[command(
        long_about = "Show what a run would publish: rows added, changed and removed, the schema, the findings of the \
            gates. Publishes nothing.\n\n\
            Examples:\n  \
            allmenning plan postjournal\n  \
            allmenning plan --all --json",
        after_help = EXIT_CODES
    )]
    Plan(Plan),
    /// List the versions of a dataset.
    #[command(
        long_about = "List the versions of a dataset, the newest first, withdrawn ones included.\n\n\
            Example:\n  allmenning versions postjournal",
        after_help = EXIT_CODES
    )]
    Versions(Versions),
    /// Publish an old version anew.
    #[command(
        long_about = "Publish the content of an old version as a new version. Nothing is deleted, and the old number \
            keeps its meaning.\n\n\
            Example:\n  allmenning rollback postjournal 7",
        after_help = EXIT_CODES
    )]
    Rollback(Rollback),
    /// Withdraw a version: its files are no longer served.
    #[command(
        long_about = "Withdraw a version. Its files are no longer served, and what no other version shares is deleted; \
            its number, its hashes and the reason remain. The newest version that is not withdrawn becomes the current \
            one.\n\n\
            Example:\n  allmenning withdraw postjournal 8 --reason \"names in column tittel\" --replaced-by 9",
        after_help = EXIT_CODES
    )]
    Withdraw(Withdraw),
    /// Look at a table and write a dataset file for it.
    #[command(
        long_about = "Look at separated text or a workbook, in a file or at an address, and write a commented dataset \
            file for it: how it is written, where its header stands, a type for each column with the evidence for it, \
            the columns that seem to tell about persons, which are not published, and the profile that knows most of \
            its columns. On a terminal it asks for title and description, and about such columns; licence and themes \
            are for you to correct.\n\n\
            A file must lie below the configuration folder. Nothing is published, and no file is overwritten.\n\n\
            Examples:\n  \
            allmenning init data/lekeplasser.csv\n  \
            allmenning init data/boliger.xlsx --sheet Ark2 --language en\n  \
            allmenning init https://data.testvik.example/lekeplasser.csv --dataset lekeplasser",
        after_help = EXIT_CODES
    )]
    Init(Init),
    /// Publish the draft that the last run held back.
    #[command(
        long_about = "Publish the draft that the last run of a dataset held back because it differs much from what is \
            published (outcome `held`). It is made of the bytes that the run read, by the rules of today. What blocks \
            for another reason still blocks.\n\n\
            Example:\n  allmenning approve kommunale-boliger --reason \"two blocks of flats were sold\"",
        after_help = EXIT_CODES
    )]
    Approve(Decide),
    /// Turn the draft down that the last run held back.
    #[command(
        long_about = "Turn the draft down that the last run of a dataset held back. What is published stays, and later runs \
            that read the same bytes are blocked until the source or the declaration changes.\n\n\
            Example:\n  allmenning reject kommunale-boliger --reason \"half the file is missing\"",
        after_help = EXIT_CODES
    )]
    Reject(Decide),
    /// Erase a record from every version.
    #[command(
        long_about = "Erase a record from every version, every changelog and the landed source bytes, and keep it out \
            of later runs. Versions that held it are published anew without it under new numbers; the old numbers \
            answer 410 with who, when, why and the new number.\n\n\
            If the process dies, the same command with --resume, the next run, or the next start of the server goes \
            on.\n\n\
            Examples:\n  \
            allmenning redact postjournal --key id=2026-17-3 --reason \"erasure, GDPR article 17\"\n  \
            allmenning redact saksmapper --key saksnummer=2026/17 --column tittel --reason \"name in the title\"\n  \
            allmenning redact postjournal --resume",
        after_help = EXIT_CODES
    )]
    Redact(Redact),
    /// Delete versions that are older than versions are kept, and files that nothing names.
    #[command(
        long_about = "Withdraw the versions that are older than `keep` says, and delete the files that no kept version \
            names. Never touches what a kept version names, and never the current version.\n\n\
            Examples:\n  \
            allmenning gc --dry-run\n  \
            allmenning gc postjournal",
        after_help = EXIT_CODES
    )]
    Gc(Gc),
    /// Show how every dataset stands.
    #[command(
        long_about = "Show how every dataset stands: current version, last run, last success, next due time, findings, \
            and whether it is late. A dataset whose declaration has errors is listed with its first error.\n\n\
            For monitoring: exit code 5 says that a dataset is late, cannot run, or has names overdue.\n\n\
            Examples:\n  \
            allmenning status\n  \
            allmenning status --json",
        after_help = EXIT_CODES
    )]
    Status,
    /// Tell why the last run of a dataset did what it did.
    #[command(
        long_about = "Tell in plain words why the last run of a dataset did what it did, how to mend what was found, what \
            is served now, and when it runs next.\n\n\
            Examples:\n  \
            allmenning explain postjournal\n  \
            allmenning explain postjournal --language en",
        after_help = EXIT_CODES
    )]
    Explain(Explain),
    /// Build everything that is derived from the versions anew.
    #[command(
        long_about = "Build everything that is derived from configuration and versions anew: the catalogue's graph and \
            the dumps. Loses nothing.\n\n\
            Example:\n  allmenning rebuild",
        after_help = EXIT_CODES
    )]
    Rebuild,
    /// Hold the catalogue, or a file of metadata, against the shapes of the portals.
    #[command(
        long_about = "Hold the catalogue against the SHACL shapes of every profile in which it is published, and tell \
            which field of which file mends a finding: fdk (DCAT-AP-NO 2.0.0, as data.norge.no checks it), dcat-ap-no-3, \
            dcat-ap-3, and dcat-ap-hvd for datasets of high value. With a file, that file is held against them as it \
            is: Turtle, JSON-LD, RDF/XML, N-Triples, N-Quads or TriG, by its name.\n\n\
            Known defects of the published shapes explain some findings, which then do not count: \
            application-media-types, every-address-a-resource.\n\n\
            Exit code 4 says that something violates a profile.\n\n\
            Examples:\n  \
            allmenning validate\n  \
            allmenning validate catalog.ttl --profile dcat-ap-no-3 --language nb\n  \
            allmenning validate --json --count-defect application-media-types",
        after_help = EXIT_CODES
    )]
    Validate(Validate),
    /// Print the JSON Schema of a configuration file, for editors.
    #[command(
        long_about = "Print the JSON Schema (draft 7) of a configuration file. With\n  \
            #:schema dataset.schema.json\n\
            as the first line of a TOML file, editors complete keys and show what they mean.\n\n\
            Example:\n  allmenning schema dataset > dataset.schema.json",
        after_help = EXIT_CODES
    )]
    Schema(Schema),
    /// Answer one SPARQL query from standard input; started by the server only.
    #[command(hide = true)]
    SparqlWorker,
}

/// Arguments of `serve`.
#[derive(Debug, Clone, Default, Args)]
pub struct Serve {
    /// Serve only; run no dataset.
    #[arg(long)]
    pub no_schedule: bool,
}

/// Arguments of `run`.
#[derive(Debug, Clone, Default, Args)]
#[group(id = "run-what", required = true, multiple = true)]
pub struct Run {
    /// The datasets to run: stems of the files under datasets/.
    #[arg(value_name = "DATASET", group = "datasets-or-all")]
    pub datasets: Vec<DatasetId>,
    /// Run every dataset.
    #[arg(long, group = "datasets-or-all", conflicts_with_all = ["datasets", "due"])]
    pub all: bool,
    /// Run the datasets whose due time has passed since their last run, and those never run.
    #[arg(long, group = "datasets-or-all", conflicts_with = "datasets")]
    pub due: bool,
    /// Read every source as a whole, as if it was never seen before.
    #[arg(long, requires = "datasets-or-all")]
    pub fresh: bool,
}

/// Arguments of `plan`.
#[derive(Debug, Clone, Default, Args)]
#[group(id = "plan-what", required = true, multiple = true)]
pub struct Plan {
    /// The datasets to plan.
    #[arg(value_name = "DATASET")]
    pub datasets: Vec<DatasetId>,
    /// Plan every dataset.
    #[arg(long, conflicts_with = "datasets")]
    pub all: bool,
}

/// Arguments of `versions`.
#[derive(Debug, Clone, Args)]
pub struct Versions {
    /// The dataset.
    pub dataset: DatasetId,
}

/// Arguments of `validate`.
#[derive(Debug, Clone, Args)]
pub struct Validate {
    /// A file of metadata, in place of the catalogue.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Only this profile; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// Count what this known defect of the shapes explains as a violation; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub count_defect: Vec<String>,
    /// The language of the findings: nb, nn or en.
    #[arg(long, default_value = "nb", value_parser = language)]
    pub language: Language,
}

/// Arguments of `explain`.
#[derive(Debug, Clone, Args)]
pub struct Explain {
    /// The dataset.
    pub dataset: DatasetId,
    /// The language: nb, nn or en.
    #[arg(long, default_value = "nb", value_parser = language)]
    pub language: Language,
}

fn language(text: &str) -> Result<Language, String> {
    Language::ALL
        .into_iter()
        .find(|language| language.tag() == text)
        .ok_or_else(|| format!("there is no language '{text}'; there are nb, nn and en"))
}

/// Arguments of `rollback`.
#[derive(Debug, Clone, Args)]
pub struct Rollback {
    /// The dataset.
    pub dataset: DatasetId,
    /// The number of the version whose content is published anew.
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub version: u64,
}

/// Arguments of `withdraw`.
#[derive(Debug, Clone, Args)]
pub struct Withdraw {
    /// The dataset.
    pub dataset: DatasetId,
    /// The number of the version.
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub version: u64,
    /// Why, for everybody to read. Name no person.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// By whom: a unit or role, not a person. Default: the publisher.
    #[arg(long, value_name = "TEXT")]
    pub by: Option<String>,
    /// What gives the right or the duty, for everybody to read.
    #[arg(long, value_name = "TEXT")]
    pub legal_basis: Option<String>,
    /// The version to use instead.
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
    pub replaced_by: Option<u64>,
}

/// Arguments of `init`.
#[derive(Debug, Clone, Args)]
pub struct Init {
    /// A file below the configuration folder, or an address that begins with `http://` or `https://`.
    pub from: String,
    /// The dataset. Default: after the file.
    #[arg(long, value_name = "DATASET")]
    pub dataset: Option<DatasetId>,
    /// The sheet of a workbook. Default: the first one with a table.
    #[arg(long)]
    pub sheet: Option<String>,
    /// The language of the comments: nb, nn or en.
    #[arg(long, default_value = "nb", value_parser = language)]
    pub language: Language,
    /// Allow an address in a private or loopback network; the dataset file will say so too.
    #[arg(long)]
    pub allow_private_network: bool,
}

/// Arguments of `approve` and `reject`.
#[derive(Debug, Clone, Args)]
pub struct Decide {
    /// The dataset.
    pub dataset: DatasetId,
    /// Why, for those who run the program. Name no person.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// By whom: a unit or role, not a person. Default: the publisher.
    #[arg(long, value_name = "TEXT")]
    pub by: Option<String>,
}

/// Arguments of `redact`.
#[derive(Debug, Clone, Args)]
pub struct Redact {
    /// The dataset.
    pub dataset: DatasetId,
    /// The record: a key column and its value. Once for each column of the key.
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = key_value, required_unless_present = "resume")]
    pub key: Vec<(ColumnName, Secret<String>)>,
    /// A column to make blank; the whole record is removed if none is named.
    #[arg(long, value_name = "COLUMN")]
    pub column: Vec<ColumnName>,
    /// Why, for everybody to read. Name no person.
    #[arg(long, value_name = "TEXT", required_unless_present = "resume")]
    pub reason: Option<String>,
    /// By whom: a unit or role, not a person. Default: the publisher.
    #[arg(long, value_name = "TEXT")]
    pub by: Option<String>,
    /// What gives the right or the duty, for everybody to read.
    #[arg(long, value_name = "TEXT")]
    pub legal_basis: Option<String>,
    /// The key is itself personal: tell the public a hash of it only.
    #[arg(long)]
    pub hash_key: bool,
    /// Go on with what a process that died left undone.
    #[arg(long, conflicts_with_all = ["key", "column", "by", "legal_basis", "hash_key"])]
    pub resume: bool,
}

/// Arguments of `gc`.
#[derive(Debug, Clone, Default, Args)]
pub struct Gc {
    /// The datasets; all of them if none is named.
    #[arg(value_name = "DATASET")]
    pub datasets: Vec<DatasetId>,
    /// Show what would go, and delete nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `COLUMN=VALUE`.
fn key_value(text: &str) -> Result<(ColumnName, Secret<String>), String> {
    let (name, value) = text.split_once('=').ok_or("write it as COLUMN=VALUE")?;
    let name = name.parse().map_err(|error: crate::InvalidId| error.to_string())?;
    Ok((name, Secret::new(value.to_owned())))
}

/// Arguments of `schema`.
#[derive(Debug, Clone, Args)]
pub struct Schema {
    /// Which file.
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// A kind of configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// allmenning.toml.
    Instance,
    /// The files under datasets/.
    Dataset,
    /// The files under profiles/.
    Profile,
}

impl SchemaOf {
    /// The schema.
    pub fn json(self) -> serde_json::Value {
        match self {
            Self::Instance => crate::schema::instance(),
            Self::Dataset => crate::schema::dataset(),
            Self::Profile => crate::schema::profile(),
        }
    }
}

#[cfg(test)]
#[path = "cli_tests.rs"]
mod tests;
