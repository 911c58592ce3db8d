//! Threads of their own for reading tables: the server's threads stay free for everybody else, the number of questions
//! at work is bounded, and what nobody waits for any more is stopped.

use std::{future::Future, sync::Arc, time::Duration};

use actix_web::http::header;
use catalog::table::Cancel;
use config::Server;
use futures::{StreamExt, stream, stream::BoxStream};
use tokio::{
    runtime::Runtime,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::timeout,
};

use crate::error::Problem;

/// How long a question waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a client may take to accept the next part of an answer.
const IDLE: Duration = Duration::from_mins(1);
/// Parts of an answer that wait for the client at the most.
const AHEAD: usize = 2;

/// Reads tables, a bounded number of them at a time.
#[derive(Debug)]
pub(crate) struct QueryPool {
    runtime: Option<Runtime>,
    pages: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

/// The two kinds of work, each with a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// A page: short, its answer held in memory.
    Page,
    /// Everything: as long as the client reads.
    Stream,
}

/// Cancels when it is dropped before the work is done.
struct Guard(Cancel);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl QueryPool {
    /// A pool with as many threads as the machine has cores.
    pub(crate) fn new(limits: &Server) -> std::io::Result<Self> {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("query")
            .enable_all()
            .build()?;
        Ok(Self {
            runtime: Some(runtime),
            pages: Arc::new(Semaphore::new(usize::from(limits.max_queries.max(1)))),
            streams: Arc::new(Semaphore::new(usize::from(limits.max_streams.max(1)))),
        })
    }

    /// Does some work on the pool's threads. Dropping the future cancels it; until it has really ended it counts.
    ///
    /// # Errors
    /// `api-busy` if no turn comes in time, and what the work fails with.
    pub(crate) async fn run<T: Send + 'static, F>(
        &self,
        kind: Work,
        work: impl FnOnce(Cancel) -> F,
    ) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let permit = self.turn(kind).await?;
        let guard = Guard(Cancel::default());
        let job = work(guard.0.clone());
        let task = self.spawn(async move {
            let _permit = permit;
            job.await
        })?;
        let done = task.await.map_err(Problem::internal)?;
        drop(guard);
        done
    }

    /// Opens a stream on the pool's threads and passes on what it gives. A client that takes nothing for a minute, or
    /// leaves, ends it.
    ///
    /// # Errors
    /// `api-busy` if no turn comes in time, and what opening fails with.
    pub(crate) async fn stream<T: Send + 'static, F>(
        &self,
        open: impl FnOnce(Cancel) -> F,
    ) -> Result<BoxStream<'static, catalog::Result<T>>, Problem>
    where
        F: Future<Output = Result<BoxStream<'static, catalog::Result<T>>, Problem>> + Send + 'static,
    {
        let permit = self.turn(Work::Stream).await?;
        let guard = Guard(Cancel::default());
        let opening = open(guard.0.clone());
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (said, opened) = oneshot::channel();
        self.spawn(async move {
            let _permit = permit;
            match opening.await {
                // Nobody listens any more where sending fails.
                Err(problem) => drop(said.send(Err(problem))),
                Ok(items) => {
                    let _ = said.send(Ok(()));
                    pass_on(items, &sender).await;
                }
            }
        })?;
        opened.await.map_err(Problem::internal)??;
        Ok(received(receiver, guard))
    }

    async fn turn(&self, kind: Work) -> Result<OwnedSemaphorePermit, Problem> {
        let line = match kind {
            Work::Page => &self.pages,
            Work::Stream => &self.streams,
        };
        match timeout(PATIENCE, Arc::clone(line).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(busy()),
        }
    }

    fn spawn<T: Send + 'static>(
        &self,
        job: impl Future<Output = T> + Send + 'static,
    ) -> Result<tokio::task::JoinHandle<T>, Problem> {
        let runtime = self.runtime.as_ref().ok_or_else(busy)?;
        Ok(runtime.spawn(job))
    }
}

impl Drop for QueryPool {
    fn drop(&mut self) {
        // Waiting for its threads would block an async thread.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Sends every item, and `None` behind the last one, so that an end can be told from a break.
async fn pass_on<T>(
    mut items: BoxStream<'static, catalog::Result<T>>,
    sender: &mpsc::Sender<Option<catalog::Result<T>>>,
) {
    loop {
        let item = items.next().await;
        let last = item.is_none();
        if !matches!(timeout(IDLE, sender.send(item)).await, Ok(Ok(()))) || last {
            return;
        }
    }
}

fn received<T: Send + 'static>(
    receiver: mpsc::Receiver<Option<catalog::Result<T>>>,
    guard: Guard,
) -> BoxStream<'static, catalog::Result<T>> {
    let items = stream::unfold(Some((receiver, guard)), |open| async move {
        let (mut receiver, guard) = open?;
        match receiver.recv().await {
            Some(Some(item)) => Some((item, Some((receiver, guard)))),
            Some(None) => None,
            None => Some((Err(catalog::Error::Io(std::io::ErrorKind::TimedOut.into())), None)),
        }
    });
    items.boxed()
}

fn busy() -> Problem {
    Problem::unavailable("api-busy", "Too many questions are being answered at the moment.")
        .told()
        .hint("Try again in a moment, or take the whole file: files are always served.")
        .header(header::RETRY_AFTER, "5")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn pool(queries: u16, streams: u16) -> QueryPool {
        QueryPool::new(&Server { max_queries: queries, max_streams: streams, ..Server::default() }).unwrap()
    }

    #[actix_web::test]
    async fn a_busy_pool_says_so_and_is_free_again_when_the_asker_leaves() {
        let pool = Arc::new(pool(1, 1));
        let stopped = Arc::new(AtomicBool::new(false));
        let (other, seen) = (Arc::clone(&pool), Arc::clone(&stopped));
        let asker = actix_web::rt::spawn(async move {
            other
                .run(Work::Page, |cancel| async move {
                    while !cancel.is_cancelled() {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    seen.store(true, Ordering::SeqCst);
                    Ok(())
                })
                .await
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let refused = pool.run(Work::Page, |_| async { Ok(1) }).await.unwrap_err();
        assert_eq!((refused.code(), refused.is_failure()), ("api-busy", false));
        asker.abort();
        assert_eq!(pool.run(Work::Page, |_| async { Ok(2) }).await.unwrap(), 2);
        assert!(stopped.load(Ordering::SeqCst));
    }

    #[actix_web::test]
    async fn work_that_keeps_its_thread_busy_leaves_the_servers_thread_free() {
        let pool = pool(4, 4);
        let blocked = pool.run(Work::Page, |_| async {
            std::thread::sleep(Duration::from_millis(300));
            Ok(())
        });
        tokio::pin!(blocked);
        let early = timeout(Duration::from_millis(20), &mut blocked).await;
        assert!(early.is_err(), "the timer of this thread must fire while the other one works");
        blocked.await.unwrap();
    }

    #[actix_web::test]
    async fn a_stream_comes_whole_and_a_broken_one_is_no_end() {
        let pool = pool(1, 1);
        let numbers = pool.stream(|_| async { Ok(stream::iter((0..5).map(Ok)).boxed()) }).await.unwrap();
        let found: Vec<catalog::Result<i32>> = numbers.collect().await;
        assert_eq!(found.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        let (sender, receiver) = mpsc::channel(1);
        sender.send(Some(Ok(1))).await.unwrap();
        drop(sender);
        let found: Vec<catalog::Result<i32>> = received(receiver, Guard(Cancel::default())).collect().await;
        assert!(matches!(found.as_slice(), [Ok(1), Err(_)]));
    }

    #[actix_web::test]
    async fn a_stream_that_is_dropped_is_cancelled() {
        let pool = pool(1, 1);
        let endless = pool
            .stream(|cancel| async move {
                let more = move |()| {
                    let cancel = cancel.clone();
                    async move { (!cancel.is_cancelled()).then_some((Ok(0), ())) }
                };
                Ok(stream::unfold((), more).boxed())
            })
            .await
            .unwrap();
        drop(endless);
        let next = pool.stream(|_| async { Ok(stream::iter([Ok(1)]).boxed()) }).await;
        assert!(next.is_ok(), "the only place is free again");
    }
}
