//! The commands, one file each, and what they share: exit codes, logging, opening the catalogue.

mod check;
mod output;
mod plan;
mod progress;
mod rebuild;
mod run;
mod schema;
mod serve;
mod status;
mod versions;

use std::{
    io::IsTerminal,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use catalog::{Catalog, Store};
use config::{Cli, Command, Config, DatasetId, Env, GlobalArgs, Overrides, SelectArgs};
use jiff::Timestamp;
use pipeline::{Runner, RunnerParts};

pub(crate) use output::Output;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// A run or another piece of work failed.
    Failed = 1,
    /// Wrong usage.
    Usage = 2,
    /// The configuration has errors.
    Config = 3,
    /// A gate blocked publication.
    Blocked = 4,
}

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
    /// The command's words do not fit.
    #[error("{0}")]
    Usage(String),
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
    fn exit(&self) -> Exit {
        match self {
            Self::Config(_) => Exit::Config,
            Self::Usage(_) => Exit::Usage,
            Self::Pipeline(pipeline::Error::UnknownDataset(_)) => Exit::Usage,
            Self::Pipeline(_) | Self::Server(_) | Self::Io(_) => Exit::Failed,
        }
    }
}

type Result<T> = std::result::Result<T, Error>;

/// Runs a command and gives its exit code.
pub(crate) fn main(cli: Cli) -> ExitCode {
    if matches!(cli.command, Command::SparqlWorker) {
        return api::sparql::worker_main();
    }
    log_to_stderr(&cli.global);
    let output = Output::new(&cli.global);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.error(&Error::Io(error));
            return ExitCode::from(Exit::Failed as u8);
        }
    };
    let exit = match runtime.block_on(dispatch(&cli, &output)) {
        Ok(exit) => exit,
        Err(error) => {
            output.error(&error);
            error.exit()
        }
    };
    ExitCode::from(exit as u8)
}

async fn dispatch(cli: &Cli, output: &Output) -> Result<Exit> {
    match &cli.command {
        Command::Check => Ok(check::check(&cli.global, output)),
        Command::Schema { file } => Ok(schema::schema(*file, output)),
        Command::Serve(args) => serve::serve(&cli.global, args, output).await,
        Command::Run(args) => run::run(&cli.global, args, output).await,
        Command::Plan(select) => plan::plan(&cli.global, select, output).await,
        Command::Versions { dataset } => versions::versions(&cli.global, dataset, output).await,
        Command::Rollback { dataset, version } => versions::rollback(&cli.global, dataset, *version, output).await,
        Command::Withdraw { dataset, version, reason, by } => {
            versions::withdraw(&cli.global, dataset, *version, (by, reason), output).await
        }
        Command::Status => status::status(&cli.global, output).await,
        Command::Rebuild => rebuild::rebuild(&cli.global, output).await,
        Command::SparqlWorker => Ok(Exit::Usage),
    }
}

/// Reads the configuration; warnings are printed, errors end the command.
fn load(global: &GlobalArgs) -> Result<Arc<Config>> {
    let overrides = Overrides {
        storage: global.storage.clone(),
        listen: global.listen.clone(),
        base_url: global.base_url.clone(),
    };
    config::load(&global.config, &overrides, &Env::process()).map(Arc::new).map_err(Error::Config)
}

/// Opens the catalogue that the configuration names.
async fn open(global: &GlobalArgs) -> Result<Catalog> {
    let config = load(global)?;
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

/// The datasets that a command names; all of them for `--all`.
fn selected(catalog: &Catalog, select: &SelectArgs) -> Result<Vec<DatasetId>> {
    if select.all {
        return Ok(catalog.config().datasets.keys().cloned().collect());
    }
    if select.datasets.is_empty() {
        let known: Vec<&str> = catalog.config().datasets.keys().map(DatasetId::as_str).collect();
        return Err(Error::Usage(format!("name a dataset or say --all; there are: {}", known.join(", "))));
    }
    for id in &select.datasets {
        if !catalog.config().datasets.contains_key(id) {
            return Err(pipeline::Error::UnknownDataset(id.to_string()).into());
        }
    }
    Ok(select.datasets.clone())
}

/// Log lines go to standard error: JSON where nobody looks on, plain on a terminal.
fn log_to_stderr(global: &GlobalArgs) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn,allmenning=info",
        (false, 1) => "info",
        (false, _) => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::new(level);
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set = if global.json {
        subscriber.json().try_init()
    } else {
        subscriber.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init()
    };
    // A second subscriber cannot be set; the first one goes on.
    let _ = set;
}
