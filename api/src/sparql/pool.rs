//! The server's side: worker processes, warm for one generation of the catalogue, killed at the deadline or when the
//! client leaves.

use std::{
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use catalog::{
    Snapshot,
    graph::{Graph, ResultFormat},
};
use config::SparqlLimits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    time::timeout,
};

use super::wire::{self, Reply, Request, Settings};

/// How long a request waits for a worker that is busy.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a worker may take to read the catalogue.
const LOADING: Duration = Duration::from_secs(20);
/// Queries' time after which a worker is replaced, in deadlines: keeps its CPU limit from striking down an innocent.
const DEADLINES_IN_A_LIFE: u32 = 8;
/// Longest reply without its body, in bytes.
const MAX_REPLY: u64 = 1 << 20;

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The worker said why.
    #[error("{detail}")]
    Refused {
        /// The stable code.
        code: String,
        /// What happened.
        detail: String,
    },
    /// The deadline passed; the worker was killed.
    #[error("The query was stopped after {0} seconds.")]
    Timeout(u32),
    /// The worker ended by itself: it ran out of memory.
    #[error("The query needs more than {0} bytes of memory.")]
    Memory(u64),
    /// Every worker is busy.
    #[error("All SPARQL workers are busy.")]
    Busy,
    /// A worker cannot be started or does not load the catalogue.
    #[error("SPARQL worker: {0}")]
    Broken(String),
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Media type of the body.
    pub(crate) media_type: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// Worker processes, as many as the limits allow.
#[derive(Debug)]
pub(crate) struct WorkerPool {
    exe: PathBuf,
    limits: SparqlLimits,
    slots: Semaphore,
    idle: Mutex<Vec<Worker>>,
    quads: Mutex<Option<(u64, Bytes)>>,
}

/// A process that holds one generation of the catalogue. Killed when dropped.
#[derive(Debug)]
struct Worker {
    generation: u64,
    busy: Duration,
    // Holds the process: dropping it kills.
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl WorkerPool {
    /// A pool that starts `exe sparql-worker` when it is first asked.
    pub(crate) fn new(exe: PathBuf, limits: SparqlLimits) -> Self {
        let slots = Semaphore::new(limits.workers.max(1).into());
        Self { exe, limits, slots, idle: Mutex::default(), quads: Mutex::default() }
    }

    /// The limits in force.
    pub(crate) fn limits(&self) -> &SparqlLimits {
        &self.limits
    }

    /// Answers a query over one snapshot. Dropping the future kills the worker that was at it.
    pub(crate) async fn query(
        &self,
        snapshot: &Arc<Snapshot>,
        text: &str,
        format: ResultFormat,
    ) -> Result<Answer, Failure> {
        let Ok(Ok(_slot)) = timeout(PATIENCE, self.slots.acquire()).await else { return Err(Failure::Busy) };
        let idle = self.take(snapshot.generation);
        let was_idle = idle.is_some();
        let mut worker = match idle {
            Some(worker) => worker,
            None => self.start(snapshot).await?,
        };
        let began = Instant::now();
        let deadline = Duration::from_secs(self.limits.timeout_seconds.into());
        let most = self.limits.max_answer_bytes;
        let mut asked = timeout(deadline, worker.ask(text, format, most)).await;
        if was_idle && matches!(asked, Ok(Err(_))) {
            // It may have died while it had nothing to do: that is not this query's fault.
            worker = self.start(snapshot).await?;
            asked = timeout(deadline, worker.ask(text, format, most)).await;
        }
        let result = match asked {
            Err(_) => return Err(Failure::Timeout(self.limits.timeout_seconds)),
            Ok(Err(_)) => return Err(Failure::Memory(self.limits.max_memory_bytes)),
            Ok(Ok(result)) => result,
        };
        worker.busy += began.elapsed();
        if worker.busy < deadline * DEADLINES_IN_A_LIFE {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
        result
    }

    /// Ends the idle workers of generations that are past, and forgets their catalogue.
    pub(crate) fn retire(&self, generation: u64) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).retain(|worker| worker.generation >= generation);
        let mut quads = self.quads.lock().unwrap_or_else(PoisonError::into_inner);
        if quads.as_ref().is_some_and(|(known, _)| *known < generation) {
            *quads = None;
        }
    }

    /// An idle worker of the generation; those of older ones go.
    fn take(&self, generation: u64) -> Option<Worker> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|worker| worker.generation >= generation);
        let place = idle.iter().position(|worker| worker.generation == generation)?;
        Some(idle.swap_remove(place))
    }

    async fn start(&self, snapshot: &Arc<Snapshot>) -> Result<Worker, Failure> {
        let quads = self.quads(snapshot).await?;
        let settings = Settings {
            memory_bytes: self.limits.max_memory_bytes,
            cpu_seconds: LOADING.as_secs()
                + u64::from(self.limits.timeout_seconds) * u64::from(DEADLINES_IN_A_LIFE + 2),
            answer_bytes: self.limits.max_answer_bytes,
        };
        let loading = Worker::start(&self.exe, snapshot.generation, &settings, &quads);
        match timeout(LOADING, loading).await {
            Ok(Ok(worker)) => Ok(worker),
            Ok(Err(error)) => Err(Failure::Broken(error.to_string())),
            Err(_) => Err(Failure::Broken("it took too long to load the catalogue".to_owned())),
        }
    }

    /// The catalogue as a worker reads it, written once for each generation.
    async fn quads(&self, snapshot: &Arc<Snapshot>) -> Result<Bytes, Failure> {
        let known = self.quads.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, quads)) = known.filter(|(generation, _)| *generation == snapshot.generation) {
            return Ok(quads);
        }
        let graph: Graph = snapshot.graph.clone();
        let written = tokio::task::spawn_blocking(move || graph.to_nquads()).await;
        let quads = match written {
            Ok(Ok(quads)) => Bytes::from(quads),
            Ok(Err(error)) => return Err(Failure::Broken(error.to_string())),
            Err(error) => return Err(Failure::Broken(error.to_string())),
        };
        *self.quads.lock().unwrap_or_else(PoisonError::into_inner) = Some((snapshot.generation, quads.clone()));
        Ok(quads)
    }
}

impl Worker {
    /// Starts a process without the server's environment and hands it the catalogue.
    async fn start(exe: &std::path::Path, generation: u64, settings: &Settings, quads: &[u8]) -> std::io::Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the one program it starts: itself")]
        let mut child = Command::new(exe)
            .arg("sparql-worker")
            .env_clear()
            // One arena: the others would only reserve address space, which is limited.
            .env("MALLOC_ARENA_MAX", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        };
        let output = BufReader::new(output);
        let mut worker = Self { generation, busy: Duration::ZERO, _child: child, input, output };
        worker.send(&serde_json::to_vec(settings)?).await?;
        worker.send(quads).await?;
        match serde_json::from_slice(&worker.receive(MAX_REPLY).await?)? {
            Reply::Ready => Ok(worker),
            other => Err(std::io::Error::other(format!("it began with {other:?}"))),
        }
    }

    /// The outer error means that the worker is gone.
    async fn ask(
        &mut self,
        text: &str,
        format: ResultFormat,
        max_bytes: u64,
    ) -> std::io::Result<Result<Answer, Failure>> {
        self.send(&serde_json::to_vec(&Request::new(text, format))?).await?;
        match serde_json::from_slice(&self.receive(MAX_REPLY).await?)? {
            Reply::Answer { media_type } => Ok(Ok(Answer { media_type, body: self.receive(max_bytes).await? })),
            Reply::Failed { code, detail } => Ok(Err(Failure::Refused { code, detail })),
            Reply::Ready => Err(std::io::Error::other("the worker is out of step")),
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.input.write_all(&wire::head(bytes)).await?;
        self.input.write_all(bytes).await?;
        self.input.flush().await
    }

    async fn receive(&mut self, max_bytes: u64) -> std::io::Result<Vec<u8>> {
        let length = self.output.read_u64().await?;
        if length > max_bytes {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = Vec::new();
        let found = (&mut self.output).take(length).read_to_end(&mut bytes).await?;
        if found as u64 == length { Ok(bytes) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
    }
}
