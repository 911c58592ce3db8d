//! The commands, one file each, and what they share: exit codes, logging, opening the catalogue.

mod check;
mod decide;
mod explain;
mod gc;
mod init;
mod output;
mod plan;
mod progress;
mod rebuild;
mod redact;
mod run;
mod schema;
mod serve;
mod standings;
mod status;
mod stop;
mod validate;
mod versions;
mod withdraw;

use std::{
    io::IsTerminal,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use catalog::{Catalog, Store};
use config::{
    Config, DatasetId, Env,
    cli::{Cli, Command, exit},
};
use jiff::Timestamp;
use pipeline::{Runner, RunnerParts, Verdict};

pub(crate) use output::Output;

/// Why a command could not do its work; told once, with code and hint.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The configuration has errors; they are printed in full.
    #[error("{0}")]
    Config(config::Problems),
    /// The pipeline or the catalogue refused.
    #[error(transparent)]
    Pipeline(#[from] pipeline::Error),
    /// The server could not start.
    #[error(transparent)]
    Server(#[from] api::Error),
    /// The operating system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// An option has a value that nothing is called.
    #[error("there is no {what} '{value}'; there are: {known}")]
    Choice {
        /// What was to be chosen.
        what: &'static str,
        /// What was given.
        value: String,
        /// What could have been.
        known: String,
    },
}

impl From<catalog::Error> for Error {
    fn from(error: catalog::Error) -> Self {
        Self::Pipeline(error.into())
    }
}

impl Error {
    /// A value that is none of those that are known.
    fn choice(what: &'static str, value: &str, known: &[&str]) -> Self {
        Self::Choice { what, value: value.to_owned(), known: known.join(", ") }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::Config(_) => exit::CONFIG,
            Self::Pipeline(pipeline::Error::UnknownDataset(_)) | Self::Choice { .. } => exit::USAGE,
            Self::Pipeline(_) | Self::Server(_) | Self::Io(_) => exit::FAILURE,
        }
    }
}

type Result<T> = std::result::Result<T, Error>;

/// Runs a command and gives its exit code.
pub(crate) fn main(cli: &Cli) -> ExitCode {
    if matches!(cli.command, Command::SparqlWorker) {
        return sparql_worker();
    }
    log_to_stderr(cli);
    let output = Output::new(cli);
    let worked = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::from)
        .and_then(|runtime| runtime.block_on(dispatch(cli, output)));
    ExitCode::from(worked.unwrap_or_else(|error| {
        Output::error(&error);
        error.exit()
    }))
}

/// Answers SPARQL queries for the server until its standard input ends.
fn sparql_worker() -> ExitCode {
    api::sparql::worker_main()
}

async fn dispatch(cli: &Cli, output: Output) -> Result<u8> {
    match &cli.command {
        Command::Check => check::check(cli, output),
        Command::Schema(args) => Ok(schema::schema(args)),
        Command::Serve(args) => serve::serve(cli, args, output).await,
        Command::Run(args) => run::run(cli, args, output).await,
        Command::Plan(args) => plan::plan(cli, args, output).await,
        Command::Versions(args) => versions::versions(cli, args, output).await,
        Command::Rollback(args) => versions::rollback(cli, args, output).await,
        Command::Withdraw(args) => withdraw::withdraw(cli, args, output).await,
        Command::Init(args) => init::init(cli, args, output).await,
        Command::Approve(args) => decide::decide(cli, args, Verdict::Approved, output).await,
        Command::Reject(args) => decide::decide(cli, args, Verdict::Rejected, output).await,
        Command::Redact(args) => redact::redact(cli, args, output).await,
        Command::Gc(args) => gc::gc(cli, args, output).await,
        Command::Status => status::status(cli, output).await,
        Command::Explain(args) => explain::explain(cli, args, output).await,
        Command::Rebuild => rebuild::rebuild(cli, output).await,
        Command::Validate(args) => validate::validate(cli, args, output).await,
        // Answered before the runtime starts.
        Command::SparqlWorker => Ok(exit::USAGE),
    }
}

/// Reads the configuration. Errors that concern every dataset end the command; a dataset with errors of its own stands
/// aside, which is logged here and told by `status`.
fn load(cli: &Cli) -> Result<Arc<Config>> {
    let overrides = cli.overrides(&std::env::current_dir()?);
    let config = config::load(&cli.global.config, &overrides, &Env::process()).map_err(Error::Config)?;
    let told = config.broken.values().flat_map(|broken| broken.problems.iter());
    for problem in told.chain(config.warnings.iter().filter(|problem| problem.severity == config::Severity::Error)) {
        let hint = problem.hint.as_deref().unwrap_or_default();
        tracing::error!(code = problem.code, place = problem.place(), hint, "{}", problem.message);
    }
    Ok(Arc::new(config))
}

/// Opens the catalogue that the configuration names.
async fn open(cli: &Cli) -> Result<Catalog> {
    let config = load(cli)?;
    let store = Store::open(&config.storage)?;
    Ok(Catalog::open(store, config).await?)
}

/// The clock of the machine: whatever works with time gets it from here.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// A runner with the real clock.
fn runner(catalog: Catalog) -> Runner {
    let holder = format!("process {} of {}", std::process::id(), now());
    Runner::new(catalog, RunnerParts { clock: now, random, holder })
}

/// A number in 0..1 that differs from call to call; good enough for jitter, not for secrets.
fn random() -> f64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u64(CALLS.fetch_add(1, Ordering::Relaxed));
    f64::from(u32::try_from(hasher.finish() >> 32).unwrap_or(0)) / (f64::from(u32::MAX) + 1.0)
}

/// What a command names: datasets that can be run, and why the others cannot.
struct Selected {
    datasets: Vec<DatasetId>,
    /// By the stems of their files.
    broken: Vec<(String, pipeline::Error)>,
}

/// The datasets that a command names, all of them for `--all`; each must be declared, rightly or not.
fn selected(catalog: &Catalog, named: &[DatasetId], all: bool) -> Result<Selected> {
    let config = catalog.config();
    if let Some(id) = named.iter().find(|id| !is_declared(config, id)) {
        return Err(pipeline::Error::UnknownDataset(id.to_string()).into());
    }
    let wanted = |stem: &str| all || named.iter().any(|id| id.as_str() == stem);
    let broken = config.broken.iter().filter(|(stem, _)| wanted(stem));
    Ok(Selected {
        datasets: config.datasets.keys().filter(|id| wanted(id.as_str())).cloned().collect(),
        broken: broken.map(|(stem, b)| (stem.clone(), pipeline::Error::declaration(stem, &b.cause))).collect(),
    })
}

/// Whether a dataset is declared, rightly or not.
fn is_declared(config: &Config, id: &DatasetId) -> bool {
    config.datasets.contains_key(id) || config.broken(id).is_some()
}

/// Log lines go to standard error: JSON where nobody looks on, plain on a terminal.
fn log_to_stderr(cli: &Cli) {
    let level = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn,allmenning=info,config=info,catalog=info,pipeline=info,api=info",
        (false, 1) => "info",
        (false, _) => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::new(level);
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set = if cli.global.json {
        subscriber.json().try_init()
    } else {
        subscriber.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init()
    };
    // A second subscriber cannot be set; the first one goes on.
    let _ = set;
}
