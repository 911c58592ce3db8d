//! What happens to versions after publication, where their tables are read or written anew: comparing, following,
//! rolling back, erasing.

mod changelog;
mod feed;
mod redact;
mod rollback;

pub use changelog::{between, changelog};
pub use feed::{Gap, Step, StepKind, steps};
pub use redact::{Reissue, Reissued, plan_erasure, reissue};
pub use rollback::rollback;
