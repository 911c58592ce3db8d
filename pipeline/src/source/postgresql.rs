//! The rows that a `PostgreSQL` database answers to one query: streamed, in a transaction that may only read, its values
//! apart from its text.

use std::{io::Write, sync::Arc, time::Duration};

use config::{Secret, Tls};
use futures::TryStreamExt;
use jiff::Timestamp;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres::{
    Client, IsolationLevel, NoTls,
    config::{Host, SslMode},
    error::SqlState,
    types::{ToSql, Type},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    Fetched, Raw, Validators,
    change::{Copy, compare},
    fault::{fault, transient},
};
use crate::Result;

/// Longest time to set up a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A query to a database.
pub struct PostgresqlSource {
    connection: tokio_postgres::Config,
    tls: Tls,
    query: String,
    parameters: Vec<String>,
    max_bytes: u64,
    timeout: Duration,
    /// The name of the database: where it runs is nobody's business.
    location: String,
}

impl std::fmt::Debug for PostgresqlSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresqlSource").field("location", &self.location).finish_non_exhaustive()
    }
}

impl PostgresqlSource {
    /// A query with the password filled in.
    ///
    /// # Errors
    /// `source-database` where the address is none of a database.
    pub(super) fn new(spec: &config::PostgresqlSource, password: Option<&Secret<String>>) -> Result<Self> {
        let mut connection: tokio_postgres::Config = spec
            .url
            .as_str()
            .parse()
            .map_err(|error: tokio_postgres::Error| fault("", "source-database", chain(&error)))?;
        if let Some(password) = password {
            connection.password(password.reveal());
        }
        let local = connection.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
        let tls = if local { Tls::Off } else { spec.tls };
        connection.connect_timeout(CONNECT_TIMEOUT).application_name("allmenning").ssl_mode(if tls == Tls::Require {
            SslMode::Require
        } else {
            SslMode::Disable
        });
        let location = connection.get_dbname().unwrap_or_default().to_owned();
        Ok(Self {
            connection,
            tls,
            query: spec.query.trim().trim_end_matches(';').to_owned(),
            parameters: spec.parameters.clone(),
            max_bytes: spec.max_bytes,
            timeout: Duration::from_secs(spec.timeout_seconds.into()),
            location,
        })
    }

    pub(super) async fn fetch(&self, last: &[Validators], now: Timestamp) -> Result<Fetched> {
        let asked = tokio::time::timeout(self.timeout, self.ask()).await;
        let copy = asked.map_err(|_| {
            let reason = format!("no whole answer within {} seconds", self.timeout.as_secs());
            transient(&self.location, "source-timeout", reason)
        })??;
        if copy.bytes() == 0 {
            return Err(fault(&self.location, "source-empty", "the query answers no rows"));
        }
        let (temporary, bytes, sha256) = copy.finish()?;
        let location = self.location.clone();
        let validators = Validators { location: location.clone(), sha256: Some(sha256), ..Validators::default() };
        let raw = Raw { name: location, path: temporary.to_path_buf(), temporary, bytes, fetched: now, validators };
        Ok(compare(vec![raw], last))
    }

    /// Connects and asks; the connection ends with this.
    async fn ask(&self) -> Result<Copy> {
        match self.tls {
            Tls::Require => {
                let (client, connection) =
                    self.connection.connect(self.rustls()?).await.map_err(|error| self.failed(&error))?;
                self.ask_over(client, connection).await
            }
            Tls::Off => {
                let (client, connection) = self.connection.connect(NoTls).await.map_err(|error| self.failed(&error))?;
                self.ask_over(client, connection).await
            }
        }
    }

    fn rustls(&self) -> Result<MakeRustlsConnect> {
        let broken = |error: rustls::Error| fault(&self.location, "source-database", error.to_string());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(broken)?
            .with_platform_verifier()
            .map_err(broken)?
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }

    /// Asks while the connection does its work; whichever ends first ends both.
    async fn ask_over(
        &self,
        client: Client,
        connection: impl Future<Output = std::result::Result<(), tokio_postgres::Error>>,
    ) -> Result<Copy> {
        tokio::select! {
            copy = self.copy(client) => copy,
            ended = connection => Err(match ended {
                Err(error) => self.failed(&error),
                Ok(()) => transient(&self.location, "source-io", "the database closed the connection"),
            }),
        }
    }

    /// Every row as a line of JSON, as the database itself writes it.
    async fn copy(&self, mut client: Client) -> Result<Copy> {
        let failed = |error: tokio_postgres::Error| self.failed(&error);
        let work = client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead).start();
        let work = work.await.map_err(failed)?;
        let limit = format!("set local statement_timeout = {}", self.timeout.as_millis());
        work.batch_execute(&limit).await.map_err(failed)?;
        let query = format!("select row_to_json(allmenning_row)::text from (\n{}\n) as allmenning_row", self.query);
        let types = vec![Type::TEXT; self.parameters.len()];
        let statement = work.prepare_typed(&query, &types).await.map_err(failed)?;
        if statement.params().len() != self.parameters.len() {
            let reason =
                format!("the query has {} values, {} are given", statement.params().len(), self.parameters.len());
            return Err(fault(&self.location, "source-database-query", reason));
        }
        let values = self.parameters.iter().map(|value| value as &(dyn ToSql + Sync));
        let rows = work.query_raw(&statement, values).await.map_err(failed)?;
        futures::pin_mut!(rows);
        let mut copy = Copy::create()?;
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            let line: &str = row.try_get(0).map_err(failed)?;
            // A line feed within a text is escaped in JSON, so that every row is one line.
            copy.write_all(line.as_bytes())?;
            copy.write_all(b"\n")?;
            if copy.bytes() > self.max_bytes {
                let reason = format!("more than {} bytes", self.max_bytes);
                return Err(fault(&self.location, "source-too-large", reason));
            }
        }
        Ok(copy)
    }

    /// What went wrong. What the database says of values may quote them, so that only what it says of the connection, the
    /// rights and the query itself is told in its words.
    fn failed(&self, error: &tokio_postgres::Error) -> crate::Error {
        let Some(said) = error.as_db_error() else {
            return transient(&self.location, "source-io", chain(error));
        };
        let state = said.code();
        let class = state.code().get(..2).unwrap_or_default();
        let words = format!("{} (SQLSTATE {})", said.message(), state.code());
        let number_only = format!("the database stopped the query (SQLSTATE {})", state.code());
        match class {
            "08" | "53" | "57" | "58" if *state != SqlState::QUERY_CANCELED => {
                transient(&self.location, "source-io", words)
            }
            "28" | "3D" => fault(&self.location, "source-database", words),
            "42" | "25" => fault(&self.location, "source-database-query", words),
            "57" => transient(&self.location, "source-timeout", words),
            _ => fault(&self.location, "source-database-query", number_only),
        }
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
