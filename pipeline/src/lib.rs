//! How it gets published: one folder per stage, in order.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests start programs, wait and look at the clock"))]

mod build;
mod cursor;
mod decision;
mod disclosure;
mod erase;
mod error;
pub mod gate;
mod land;
mod lease;
mod look;
mod memo;
mod mention;
mod month_words;
mod names;
pub mod normalise;
pub mod notify;
mod plan;
mod quality;
pub mod reader;
mod record;
mod retention;
mod run;
mod schedule;
mod serve;
pub mod source;
mod stage;
mod status;
mod stop;
mod suppress;
mod tend;
#[cfg(test)]
mod testing;

pub use decision::{Decision, Verdict};
pub use disclosure::Loss;
pub use erase::{EraseRequest, ErasureRecord};
pub use error::{Error, Result};
pub use lease::Lease;
pub use look::{look, look_at};
pub use plan::{CellChange, NullShare, Plan, RowSample, Samples};
pub use quality::{Broken, Place, Quality};
pub use record::{ErrorRecord, InParts, LastSuccess, NamesEnd, Outcome, Rejects, RunRecord, StageRecord, Trigger};
pub use run::{Progress, Runner, RunnerParts, Silent};
pub use schedule::{agenda, next_after, next_times};
pub use serve::follow;
pub use stage::Stage;
pub use status::{Status, standings, status};
pub use stop::Stop;
