//! What happens to versions after publication, where their tables are read or written anew: following, erasing.

mod feed;
mod log;
mod redact;

pub use feed::{Gap, Step, StepKind, steps};
pub use log::{between, changelog};
pub use redact::{Reissue, Reissued, plan_erasure, reissue};
