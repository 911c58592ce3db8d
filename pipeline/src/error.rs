//! What can go wrong in a run.

use catalog::VersionNumber;
use config::DatasetId;
use jiff::Timestamp;

/// The pipeline's result.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong in a run. Every variant has a stable code and a hint.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source could not be fetched.
    #[error("source '{location}': {reason}")]
    Source {
        /// Stable code: `source-missing`, `source-http-status`, `source-timeout`, `source-too-large`,
        /// `source-network-refused`, `source-redirects`, `source-io` …
        code: &'static str,
        /// Address without query and user information, or path.
        location: String,
        /// Why not.
        reason: String,
        /// What to do about it.
        hint: &'static str,
        /// Whether trying again may help.
        transient: bool,
    },
    /// The bytes are not of the declared format.
    #[error("{file}{}: {reason}", line.map(|line| format!(":{line}")).unwrap_or_default())]
    Format {
        /// Stable code: `format-encoding`, `format-ragged`, `format-empty`, `format-json`, `format-sheet` …
        code: &'static str,
        /// The file.
        file: String,
        /// The line or row, from 1.
        line: Option<u64>,
        /// Why not.
        reason: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// There is no draft that waits for a decision.
    #[error("no draft of '{dataset}' waits to be approved")]
    NotHeld {
        /// The dataset.
        dataset: DatasetId,
    },
    /// Another run of the dataset holds the lease.
    #[error("'{dataset}' is being run by another process")]
    Leased {
        /// The dataset.
        dataset: DatasetId,
        /// When the lease runs out if it is not renewed.
        until: Timestamp,
    },
    /// The lease ran out during the run, or another run took it over.
    #[error("the lease of '{dataset}' was lost during the run")]
    LeaseLost {
        /// The dataset.
        dataset: DatasetId,
    },
    /// A schedule cannot be followed.
    #[error("schedule '{cron}': {reason}")]
    Schedule {
        /// The expression.
        cron: String,
        /// Why not.
        reason: String,
    },
    /// The run took longer than allowed, or the program is stopping.
    #[error("the run was stopped: {0}")]
    Stopped(String),
    /// The rows cannot be made into the statistics that are declared.
    #[error("statistics: {reason}")]
    Statistics {
        /// Stable code: `statistics-hierarchy`, `statistics-negative`, `statistics-code`, `statistics-too-large`.
        code: &'static str,
        /// Why not.
        reason: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// Erased records could not be kept out.
    #[error("erased records cannot be kept out: {reason}")]
    Suppression {
        /// Why not.
        reason: String,
    },
    /// An erasure that was begun cannot be gone on with.
    #[error("an erasure cannot be finished: {reason}")]
    Erasure {
        /// Why not.
        reason: String,
    },
    /// Names of persons were past their day, and no version without them could be made.
    #[error("version {version} of '{dataset}' was withdrawn as far as it bears names of persons: {reason}")]
    NamesWithdrawn {
        /// The dataset.
        dataset: DatasetId,
        /// The version.
        version: VersionNumber,
        /// Why no version without them could be made.
        reason: String,
    },
    /// A notice could not be delivered.
    #[error("notice: {0}")]
    Notice(String),
    /// A dataset that is not declared.
    #[error("there is no dataset '{0}'")]
    UnknownDataset(String),
    /// The dataset's declaration has errors.
    #[error("{}: {}", problem.place(), problem.message)]
    Declaration {
        /// The dataset: the stem of its file.
        dataset: String,
        /// The error that most likely causes the others.
        problem: Box<config::Problem>,
    },
    /// The catalogue refused.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// A local file cannot be written or read.
    #[error("local file: {0}")]
    Io(#[from] std::io::Error),
    /// Something that cannot happen did; the message is for the developers.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// The error of a declaration that cannot be run.
    pub fn declaration(dataset: &str, problem: &config::Problem) -> Self {
        Self::Declaration { dataset: dataset.to_owned(), problem: Box::new(problem.clone()) }
    }

    /// The stable code, a heading in `docs/errors.md`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Source { code, .. } | Self::Format { code, .. } | Self::Statistics { code, .. } => code,
            Self::Leased { .. } => "run-leased",
            Self::LeaseLost { .. } => "run-lease-lost",
            Self::Schedule { .. } => "schedule-invalid",
            Self::Stopped(_) => "run-stopped",
            Self::NotHeld { .. } => "run-not-held",
            Self::Suppression { .. } => "run-suppression",
            Self::Erasure { .. } => "run-erasure",
            Self::NamesWithdrawn { .. } => "run-names-withdrawn",
            Self::Notice(_) => "notice-failed",
            Self::UnknownDataset(_) => "dataset-unknown",
            Self::Declaration { problem, .. } => problem.code,
            Self::Catalog(error) => error.code(),
            Self::Io(error) if catalog::no_room(error) => "disk-full",
            Self::Io(_) => "run-io",
            Self::Internal(_) => "internal",
        }
    }

    /// What to do about it, in one sentence.
    pub fn hint(&self) -> &str {
        match self {
            Self::Source { hint, .. } | Self::Format { hint, .. } | Self::Statistics { hint, .. } => hint,
            Self::Leased { .. } => "Wait for the other run, or for its lease to run out.",
            Self::LeaseLost { .. } => {
                "Look at the storage: the lease could not be renewed in time. The next run tries again."
            }
            Self::Schedule { .. } => "Use five cron fields; `allmenning check` shows what is wrong.",
            Self::Stopped(_) => "Run again; raise pipeline.run_timeout_seconds if it was too slow.",
            Self::NotHeld { .. } => {
                "See `allmenning status`; only the newest run's draft, if it was held, can be decided on."
            }
            Self::Suppression { .. } => "Bring the column back, or erase the records again by the new key.",
            Self::Erasure { .. } => "Restore the file from a backup, or delete it and erase the record again.",
            Self::NamesWithdrawn { .. } => {
                "Mend what stopped the run, and run again: until then an older version is current, or none."
            }
            Self::Notice(_) => "Look at [notify] and at what the server says; it is tried again.",
            Self::UnknownDataset(_) => "List the datasets with `allmenning status`.",
            Self::Declaration { problem, .. } => {
                problem.hint.as_deref().unwrap_or("`allmenning check` shows every problem of the file.")
            }
            Self::Catalog(error) => error.hint(),
            Self::Io(error) if catalog::no_room(error) => catalog::MAKE_ROOM,
            Self::Io(_) => "Look at the free space and permissions of the temporary folder.",
            Self::Internal(_) => "Please report this with the run record.",
        }
    }
}
