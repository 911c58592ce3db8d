//! How we behave towards other people's servers: one request a host at a time, back-off with jitter, `Retry-After`.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Longest wait before the second attempt; it doubles from attempt to attempt.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Longest wait between two attempts, unless the server asks for more.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The rules shared by all sources of a process.
#[derive(Debug)]
pub struct Polite {
    random: fn() -> f64,
    hosts: Mutex<HashMap<String, Arc<Mutex<()>>>>,
}

impl Polite {
    /// `random` gives numbers in 0..1 for the jitter.
    pub fn new(random: fn() -> f64) -> Self {
        Self { random, hosts: Mutex::new(HashMap::new()) }
    }

    /// Waits until nobody else talks to the host; it is ours until the guard is dropped.
    pub(super) async fn host(&self, host: &str) -> OwnedMutexGuard<()> {
        let lock = Arc::clone(self.hosts.lock().await.entry(host.to_owned()).or_default());
        lock.lock_owned().await
    }

    /// How long to wait after an attempt (1 is the first): exponential with full jitter, or what the server asks for
    /// if that is longer.
    pub(super) fn wait(&self, attempt: u8, asked: Option<Duration>) -> Duration {
        let most = FIRST_WAIT.saturating_mul(1 << u32::from(attempt.clamp(1, 16) - 1)).min(LONGEST_WAIT);
        let jittered = most.mul_f64((self.random)().clamp(0.0, 1.0));
        asked.map_or(jittered, |asked| asked.max(jittered))
    }
}

/// `Retry-After` (RFC 9110 section 10.2.3): seconds, or an HTTP date.
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let until = DateTimeParser::new().parse_timestamp(value).ok()?;
    Some(Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_up_to_a_minute_and_is_jittered() {
        let longest = Polite::new(|| 1.0);
        let waits: Vec<u64> = (1..=8).map(|attempt| longest.wait(attempt, None).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(Polite::new(|| 0.25).wait(3, None), Duration::from_secs(1));
        assert_eq!(longest.wait(255, None), LONGEST_WAIT);
    }

    #[test]
    fn the_server_may_ask_for_more() {
        let polite = Polite::new(|| 0.5);
        assert_eq!(polite.wait(1, Some(Duration::from_secs(90))), Duration::from_secs(90));
        assert_eq!(polite.wait(5, Some(Duration::from_secs(1))), Duration::from_secs(8));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        assert_eq!(retry_after(" 120 ", now), Some(Duration::from_mins(2)));
        assert_eq!(retry_after("Sun, 01 Mar 2026 12:00:30 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Sun, 01 Mar 2026 11:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("99999999999999999999999", now), None);
    }

    #[tokio::test]
    async fn one_request_a_host_at_a_time() {
        let polite = Polite::new(|| 0.0);
        let first = polite.host("a.example:443").await;
        assert!(tokio::time::timeout(Duration::from_millis(20), polite.host("a.example:443")).await.is_err());
        let _other = polite.host("b.example:443").await;
        drop(first);
        let _second = polite.host("a.example:443").await;
    }
}
