//! Statistical disclosure control: numbers that are made of rows about dwellings, persons or firms, and that tell of none.
//!
//! `tally` counts the rows and keeps nothing else of them; `rules` says which numbers are too small or too much of one
//! contributor; `gauss` hides further ones, so that none follows by subtraction (or `rounding` rounds them); `audit` looks
//! at what is left as an attacker does, together with earlier releases (`joint`); `table` makes the published rows, and
//! `record` what is kept in private.

mod audit;
mod cube;
mod disclose;
mod elimination;
mod gauss;
mod integer;
mod joint;
mod protect;
mod record;
mod reduce;
mod rounding;
mod rules;
mod simplex;
mod table;
mod tally;

pub(crate) use audit::Failure;
pub use disclose::Loss;
pub(crate) use disclose::{Attack, Disclosed, Number, disclose};
pub(crate) use record::{Earlier, keep};
pub(crate) use table::rows;
pub(crate) use tally::Tally;

#[cfg(test)]
mod oracle_tests;
