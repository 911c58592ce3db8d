//! What a command says: lines for people, JSON for scripts.

use std::io::{IsTerminal, Write};

use config::cli::Cli;
use serde::Serialize;

use super::Error;

/// An option has a value that nothing is called.
const CHOICE: &str = "run-choice";

/// Where a command speaks, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    /// By the flags.
    pub(crate) fn new(cli: &Cli) -> Self {
        Self { json: cli.global.json, quiet: cli.global.quiet }
    }

    /// True if somebody sits at a terminal and can answer.
    pub(crate) fn asks(self) -> bool {
        !self.json && !self.quiet && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// True if a script listens.
    pub(crate) fn json(self) -> bool {
        self.json
    }

    /// True if only errors are wanted.
    pub(crate) fn quiet(self) -> bool {
        self.quiet
    }

    /// A line for people on standard output; nothing where a script listens.
    pub(crate) fn line(self, text: &str) {
        if !self.json && !self.quiet {
            print(&format!("{text}\n"));
        }
    }

    /// A value for scripts on standard output; nothing where a person reads.
    pub(crate) fn value(self, value: &impl Serialize) {
        if self.json
            && let Ok(text) = serde_json::to_string_pretty(value)
        {
            print(&format!("{text}\n"));
        }
    }

    /// One of several values for scripts: an object a line, as things go on.
    pub(crate) fn event(self, value: &impl Serialize) {
        if self.json
            && let Ok(text) = serde_json::to_string(value)
        {
            print(&format!("{text}\n"));
        }
    }

    /// Text on standard output whatever the flags say: the answer itself.
    pub(crate) fn answer(text: &str) {
        print(text);
    }

    /// An error with code and hint on standard error, whatever the flags say.
    pub(crate) fn error(error: &Error) {
        let text = match error {
            Error::Config(problems) => problems.to_string(),
            Error::Pipeline(error) => format!("error[{}]: {error}\n  = hint: {}", error.code(), error.hint()),
            Error::Server(error) => format!("error[{}]: {error}\n  = hint: {}", error.code(), error.hint()),
            Error::Io(error) => format!("error[run-io]: {error}"),
            Error::Choice { .. } => {
                format!("error[{CHOICE}]: {error}\n  = hint: Choose one of those, or leave the option out.")
            }
        };
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    }
}

/// Writes to standard output; a reader that went away is no error.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}
