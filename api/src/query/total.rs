//! How many rows match in all, and how sure that is.

use catalog::table::{Cancel, Predicate, Table};

use super::seek::count;
use crate::error::Problem;

/// Rows up to which a bounded total is counted.
const BOUND: u64 = 10_000;

/// Which total is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Total {
    /// Only one that costs nothing.
    Free,
    /// Counted to the end.
    Exact,
    /// Counted to a bound.
    Bounded,
}

/// What a total tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TotalIs {
    /// So many rows match.
    Exact,
    /// So many rows match, and there are more.
    AtLeast,
}

impl Total {
    /// Reads the parameter `total`.
    pub(crate) fn read(text: Option<&str>) -> Result<Self, Problem> {
        match text {
            None => Ok(Self::Free),
            Some("exact") => Ok(Self::Exact),
            Some("bounded") => Ok(Self::Bounded),
            Some(other) => Err(Problem::bad_request("api-parameter", format!("There is no total '{other}'."))
                .hint(format!("Write total=exact, or total=bounded, which counts to {BOUND}."))),
        }
    }

    /// Counts the rows of a condition.
    pub(crate) async fn count(
        self,
        table: &Table,
        predicate: &Predicate,
        cancel: &Cancel,
    ) -> Result<(u64, TotalIs), Problem> {
        // One more, to know whether there are more.
        let most = (self != Self::Exact).then_some(BOUND + 1);
        let rows = count(table, predicate, (0, most), cancel).await?;
        Ok(if most == Some(rows) { (BOUND, TotalIs::AtLeast) } else { (rows, TotalIs::Exact) })
    }
}

impl TotalIs {
    /// The word for it in answers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::AtLeast => "at-least",
        }
    }
}
