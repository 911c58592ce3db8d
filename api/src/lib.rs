//! Shows what is published: pages, RDF, rows and files over HTTP.
//!
//! The API never writes and never waits for a run. Every request reads one snapshot of the catalogue.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests start programs, wait and look at the clock"))]

mod asked;
mod codes;
mod dialect;
mod error;
mod lookup;
mod map;
mod metrics;
mod middleware;
mod negotiate;
mod query;
mod route;
mod routes;
mod server;
pub mod sparql;
mod state;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use codes::CODES;
pub use dialect::finding_text;
pub use dialect::ogc::check_filter;
pub use query::cql2::Language as FilterLanguage;
pub use server::{Error, OnBound, Result, ServeOptions, serve};
pub use state::Schedule;
