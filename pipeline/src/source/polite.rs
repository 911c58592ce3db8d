//! How we behave towards other people's servers: allowed schemes and networks, one request a host at a time,
//! back-off with jitter, `Retry-After`.

/// The rules shared by all sources of a process.
#[derive(Debug)]
pub struct Polite {}

impl Polite {
    /// `random` gives numbers in 0..1 for the jitter.
    pub fn new(random: fn() -> f64) -> Self {
        let _ = random;
        Self {}
    }
}
