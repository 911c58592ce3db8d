//! allmenning: publishes municipal data. This file connects the four crates; `cli/` holds one file per command.

mod cli;

use std::process::ExitCode;

use clap::Parser;
use config::cli::Cli;

fn main() -> ExitCode {
    cli::main(&Cli::parse())
}
