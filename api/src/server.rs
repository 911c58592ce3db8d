//! Binding, serving, refreshing and stopping.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    body::MessageBody,
    dev::{Server, ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Compress, from_fn},
    web,
};
use catalog::{Catalog, Standings, graph::RdfFormat};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    middleware, routes,
    state::{Document, Schedule, State},
};

/// Longest head of a request may take to arrive: 408 after it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an idle connection stays open.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long answers under way may take to end when the server stops, in seconds.
const STOP_SECONDS: u64 = 10;
/// Largest request body: nobody uploads here.
const MAX_BODY: usize = 64 << 10;
/// Connections of one worker thread at the most.
const MAX_CONNECTIONS: usize = 4096;

/// The server's result.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the server cannot run. Every variant has a stable code and a hint.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The server ended with an error.
    #[error("the server ended: {0}")]
    Serve(#[source] std::io::Error),
}

impl Error {
    /// The stable code, a heading in `docs/errors.md`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Listen { .. } => "api-listen",
            Self::Serve(_) => "api-serve",
        }
    }

    /// What to do about it, in one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Listen { .. } => "Stop the other program on that port, or choose another with --listen.",
            Self::Serve(_) => "Look at the log lines before this one, then start again.",
        }
    }
}

/// Told the addresses that were bound.
pub type OnBound = Box<dyn FnOnce(&[SocketAddr]) + Send>;

/// What [`serve`] needs beside catalogue and settings.
pub struct ServeOptions {
    /// The program that is started as SPARQL worker; usually this one.
    pub exe: PathBuf,
    /// The clock.
    pub clock: fn() -> Timestamp,
    /// The server stops in order when this turns true, or when its sender is gone.
    pub stopping: watch::Receiver<bool>,
    /// What the scheduler of this process does, for `/health/ready`.
    pub schedule: watch::Receiver<Schedule>,
    /// How the runs of the datasets stand, for `/metrics` and the pages.
    pub standings: watch::Receiver<Standings>,
    /// Told once, when every address is bound, with the addresses as they really are (port 0 resolved).
    pub on_bound: OnBound,
}

/// Serves the catalogue until it is asked to stop. Runs on any tokio runtime; actix-web starts its own worker threads.
///
/// # Errors
/// `Listen` if an address cannot be bound, `Serve` if the server breaks down.
pub async fn serve(catalog: Catalog, options: ServeOptions) -> Result<()> {
    let config = Arc::clone(catalog.config());
    let every = Duration::from_secs(u64::from(config.server.refresh_seconds.max(1)));
    let state = State::new(catalog, routes::ROUTES, options.exe, options.clock).map_err(Error::Serve)?;
    let state = state.watching(options.schedule, options.standings);
    let state = web::Data::new(state);
    let (server, addresses) = bind(&state)?;
    state.set_ready(true);
    (options.on_bound)(&addresses);
    let handle = server.handle();
    tokio::select! {
        ended = server => ended.map_err(Error::Serve),
        () = refresh(&state, every) => Ok(()),
        () = stop(&state, handle, options.stopping) => Ok(()),
    }
}

async fn stop(state: &State, handle: ServerHandle, mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone: nobody could ask any more.
    let _ = stopping.wait_for(|asked| *asked).await;
    state.set_ready(false);
    tracing::info!("stopping: no new requests, waiting for answers under way");
    handle.stop(true).await;
}

/// Looks at the storage again and again; a failure leaves the last state served.
async fn refresh(state: &web::Data<State>, every: Duration) {
    render(state).await;
    state.metrics.refreshed((state.clock)());
    loop {
        tokio::time::sleep(every).await;
        match state.catalog.refresh().await {
            Ok(changed) => {
                state.metrics.refreshed((state.clock)());
                if changed {
                    state.sparql.retire(state.snapshot().generation);
                    tracing::info!(generation = state.snapshot().generation, "catalogue changed");
                    render(state).await;
                }
            }
            Err(error) => tracing::warn!(code = error.code(), %error, "cannot look at the storage; serving on"),
        }
    }
}

/// Writes the catalogue in every form before anybody asks, away from the server's threads.
async fn render(state: &web::Data<State>) {
    let state = state.clone();
    let written = tokio::task::spawn_blocking(move || {
        let snapshot = state.snapshot();
        for document in [Document::Catalogue, Document::ForFdk] {
            for format in RdfFormat::ALL {
                if let Err(problem) = state.dump(&snapshot, &document, format) {
                    tracing::error!(%problem, "the catalogue cannot be written");
                }
            }
        }
    });
    if let Err(error) = written.await {
        tracing::error!(%error, "writing the catalogue ended early");
    }
}

fn bind(state: &web::Data<State>) -> Result<(Server, Vec<SocketAddr>)> {
    let shared = state.clone();
    let mut server = HttpServer::new(move || app(shared.clone()))
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(Duration::from_secs(2))
        // Who closes the connection has left: what was begun for it is dropped.
        .h1_allow_half_closed(false)
        .keep_alive(KEEP_ALIVE)
        .max_connections(MAX_CONNECTIONS)
        .shutdown_timeout(STOP_SECONDS)
        .disable_signals();
    for address in state.config.listen() {
        let listener = listener(*address).map_err(|source| Error::Listen { address: *address, source })?;
        server = server.listen_auto_h2c(listener).map_err(|source| Error::Listen { address: *address, source })?;
    }
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}

/// Binds an address; where IPv6 is off, `[::]` becomes `0.0.0.0`.
fn listener(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    match std::net::TcpListener::bind(address) {
        Err(error) if address.ip().is_unspecified() && address.is_ipv6() && no_ipv6(&error) => {
            std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port()))
        }
        bound => bound,
    }
}

fn no_ipv6(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{AddrInUse, PermissionDenied};
    !matches!(error.kind(), AddrInUse | PermissionDenied)
}

/// The application: one layer that observes everything, compression inside it, then the routes.
pub(crate) fn app(
    state: web::Data<State>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(state)
        .app_data(web::PayloadConfig::new(MAX_BODY))
        .app_data(web::FormConfig::default().limit(MAX_BODY))
        .wrap(from_fn(middleware::mark))
        .wrap(Compress::default())
        .wrap(from_fn(middleware::observe))
        .configure(routes::configure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unspecified_address_serves_both_families() {
        let listener = listener(SocketAddr::from(([0u16; 8], 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
    }

    #[test]
    fn a_taken_port_is_an_error() {
        let first = listener(SocketAddr::from(([0u16; 8], 0))).unwrap();
        let port = first.local_addr().unwrap().port();
        let error = listener(SocketAddr::from(([0u16; 8], port))).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    }
}
