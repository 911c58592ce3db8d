//! Tests from outside: they drive the built program and guard the tree. One binary, so that it links once.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on should stop, and say what it saw"
)]

mod architecture;
mod checks;
mod cli;
mod clients;
mod contracts;
mod crash;
mod databases;
mod documented;
mod einnsyn;
mod erase;
mod geodata;
mod geoparquet;
mod gml;
mod groups;
mod harness;
mod history;
mod housing;
mod init;
mod journal;
mod maps;
mod modules;
mod names;
mod notices;
mod ogc;
mod parts;
mod plans;
mod privacy;
mod rebuild;
mod schedules;
mod services;
mod sosi;
mod sparql;
mod statistics;
mod storage;
mod tables;
mod walk;
