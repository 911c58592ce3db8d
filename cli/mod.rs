//! The commands, one file each, and what they share: exit codes, logging, opening the catalogue.

mod check;
mod gc;
mod output;
mod plan;
mod progress;
mod rebuild;
mod redact;
mod run;
mod schema;
mod serve;
mod status;
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
use pipeline::{Runner, RunnerParts};

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
}

impl From<catalog::Error> for Error {
    fn from(error: catalog::Error) -> Self {
        Self::Pipeline(error.into())
    }
}

impl Error {
    fn exit(&self) -> u8 {
        match self {
            Self::Config(_) => exit::CONFIG,
            Self::Pipeline(pipeline::Error::UnknownDataset(_)) => exit::USAGE,
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
        Command::Check => Ok(check::check(cli, output)),
        Command::Schema(args) => Ok(schema::schema(args)),
        Command::Serve(args) => serve::serve(cli, args, output).await,
        Command::Run(args) => run::run(cli, args, output).await,
        Command::Plan(args) => plan::plan(cli, args, output).await,
        Command::Versions(args) => versions::versions(cli, args, output).await,
        Command::Rollback(args) => versions::rollback(cli, args, output).await,
        Command::Withdraw(args) => withdraw::withdraw(cli, args, output).await,
        Command::Redact(args) => redact::redact(cli, args, output).await,
        Command::Gc(args) => gc::gc(cli, args, output).await,
        Command::Status => status::status(cli, output).await,
        Command::Rebuild => rebuild::rebuild(cli, output).await,
        // Answered before the runtime starts.
        Command::SparqlWorker => Ok(exit::USAGE),
    }
}

/// Reads the configuration; its errors end the command.
fn load(cli: &Cli) -> Result<Arc<Config>> {
    config::load(&cli.global.config, &cli.overrides(), &Env::process()).map(Arc::new).map_err(Error::Config)
}

/// Opens the catalogue that the configuration names.
async fn open(cli: &Cli) -> Result<Catalog> {
    let config = load(cli)?;
    let store = Store::open(&config.storage)?;
    Ok(Catalog::open(store, config).await?)
}

/// A runner with the real clock.
fn runner(catalog: Catalog) -> Runner {
    let holder = format!("process {} of {}", std::process::id(), Timestamp::now());
    Runner::new(catalog, RunnerParts { clock: Timestamp::now, random, holder })
}

/// A number in 0..1 that differs from call to call; good enough for jitter, not for secrets.
fn random() -> f64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u64(CALLS.fetch_add(1, Ordering::Relaxed));
    f64::from(u32::try_from(hasher.finish() >> 32).unwrap_or(0)) / (f64::from(u32::MAX) + 1.0)
}

/// The datasets that a command names, all of them for `--all`; each must be declared.
fn selected(catalog: &Catalog, named: &[DatasetId], all: bool) -> Result<Vec<DatasetId>> {
    let declared = &catalog.config().datasets;
    if all {
        return Ok(declared.keys().cloned().collect());
    }
    match named.iter().find(|id| !declared.contains_key(*id)) {
        Some(id) => Err(pipeline::Error::UnknownDataset(id.to_string()).into()),
        None => Ok(named.to_vec()),
    }
}

/// Log lines go to standard error: JSON where nobody looks on, plain on a terminal.
fn log_to_stderr(cli: &Cli) {
    let level = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn,allmenning=info",
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
