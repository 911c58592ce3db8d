//! What a program on this machine writes on its standard output.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use config::{Config, Secret};
use jiff::Timestamp;
use tokio::{io::AsyncReadExt, process::Command};

use super::{
    Fetched, Raw, Validators,
    change::{Copy, compare},
    fault::{fault, transient},
};
use crate::Result;

/// Bytes read at a time.
const CHUNK: usize = 64 << 10;
/// Where programs look for programs, where the dataset says nothing else.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A program.
#[derive(Debug)]
pub struct CommandSource {
    folder: PathBuf,
    spec: config::CommandSource,
    environment: BTreeMap<String, Secret<String>>,
    /// The file name of the program.
    location: String,
}

impl CommandSource {
    /// A program that runs in the configuration folder.
    ///
    /// # Errors
    /// `source-command-refused` where the instance lets datasets run no programs.
    pub(super) fn new(
        config: &Config,
        spec: &config::CommandSource,
        environment: &BTreeMap<String, Secret<String>>,
    ) -> Result<Self> {
        let program = spec.program.first().map(Path::new).and_then(Path::file_name).unwrap_or_default();
        let location = program.to_string_lossy().into_owned();
        if !config.pipeline.allow_commands {
            return Err(fault(&location, "source-command-refused", "datasets may run no programs here"));
        }
        Ok(Self { folder: config.folder.clone(), spec: spec.clone(), environment: environment.clone(), location })
    }

    pub(super) async fn fetch(&self, last: &[Validators], now: Timestamp) -> Result<Fetched> {
        let seconds = self.spec.timeout_seconds;
        let output = tokio::time::timeout(Duration::from_secs(seconds.into()), self.run());
        let copy = output.await.map_err(|_| {
            transient(&self.location, "source-timeout", format!("it did not end within {seconds} seconds"))
        })??;
        if copy.bytes() == 0 {
            return Err(transient(&self.location, "source-empty", "it wrote nothing"));
        }
        let (temporary, bytes, sha256) = copy.finish()?;
        let location = self.location.clone();
        let validators = Validators { location: location.clone(), sha256: Some(sha256), ..Validators::default() };
        let raw = Raw { name: location, path: temporary.to_path_buf(), temporary, bytes, fetched: now, validators };
        Ok(compare(vec![raw], last))
    }

    /// Runs the program to its end, which dropping this brings about.
    async fn run(&self) -> Result<Copy> {
        let missing = |error: std::io::Error| fault(&self.location, "source-command-missing", error.to_string());
        let mut child = self.command().spawn().map_err(missing)?;
        let Some(mut output) = child.stdout.take() else {
            return Err(fault(&self.location, "source-io", "it has no standard output"));
        };
        let mut copy = Copy::create()?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = output.read(&mut chunk).await?;
            copy.write_all(chunk.get(..count).unwrap_or_default())?;
            if copy.bytes() > self.spec.max_bytes {
                let reason = format!("it wrote more than {} bytes", self.spec.max_bytes);
                return Err(fault(&self.location, "source-too-large", reason));
            }
            if count == 0 {
                break;
            }
        }
        let status = child.wait().await?;
        if status.success() { Ok(copy) } else { Err(self.failed(status)) }
    }

    fn command(&self) -> Command {
        let mut words = self.spec.program.iter();
        let program = words.next().map(String::as_str).unwrap_or_default();
        // A name without a slash is looked for in PATH.
        let program = if program.contains('/') { self.folder.join(program) } else { PathBuf::from(program) };
        #[expect(clippy::disallowed_methods, reason = "programs that a dataset declares and the instance allows")]
        let mut command = Command::new(program);
        command.args(words).current_dir(&self.folder).env_clear();
        command.env("PATH", PATH).envs(self.environment.iter().map(|(name, value)| (name, value.reveal())));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        command
    }

    /// What it wrote before it failed may look whole, and is not.
    fn failed(&self, status: ExitStatus) -> crate::Error {
        transient(&self.location, "source-command-failed", format!("it ended with {status}"))
    }
}
