//! Counters and gauges in the `OpenMetrics` text format.

use std::{fmt, sync::atomic::Ordering, time::Duration};

use catalog::{Snapshot, Standings};
use jiff::Timestamp;
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Seconds in which answers fall.
const BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 30.0];

/// The registry and its members.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    version: Family<DatasetLabels, Gauge>,
    published: Family<DatasetLabels, Gauge>,
    rows: Family<DatasetLabels, Gauge>,
    runs: Runs,
    uptime: Gauge,
    generation: Gauge,
    refreshed: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DatasetLabels {
    dataset: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLabels {
    dataset: String,
    outcome: &'static str,
}

/// How the runs of datasets stand.
#[derive(Default)]
struct Runs {
    success: Family<DatasetLabels, Gauge>,
    late: Family<DatasetLabels, Gauge>,
    last: Family<RunLabels, Gauge>,
    seen: Family<RunLabels, Counter>,
}

impl Runs {
    fn register(registry: &mut Registry) -> Self {
        let own = Self::default();
        let when = "When the last run that ended well began, since 1970";
        let success = Family::clone(&own.success);
        registry.register_with_unit("dataset_last_success_timestamp", when, Unit::Seconds, success);
        let late = "1 if no run ended well for as many scheduled times as are allowed to pass";
        registry.register("dataset_late", late, Family::clone(&own.late));
        let last = "When the last run began, since 1970, by how it ended";
        registry.register_with_unit("dataset_last_run_timestamp", last, Unit::Seconds, Family::clone(&own.last));
        registry.register("dataset_runs", "Runs seen since the server started", Family::clone(&own.seen));
        own
    }

    fn take(&self, standings: &Standings) {
        self.success.clear();
        self.late.clear();
        self.last.clear();
        for (id, standing) in standings {
            let labels = DatasetLabels { dataset: id.to_string() };
            self.late.get_or_create(&labels).set(i64::from(standing.late));
            if let Some(time) = standing.last_success {
                self.success.get_or_create(&labels).set(time.as_second());
            }
            let by = |outcome| RunLabels { dataset: id.to_string(), outcome };
            if let Some((time, outcome)) = standing.last_run {
                self.last.get_or_create(&by(outcome)).set(time.as_second());
            }
            for (outcome, count) in &standing.runs {
                self.seen.get_or_create(&by(outcome)).inner().store(*count, Ordering::Relaxed);
            }
        }
    }
}

impl Metrics {
    /// A fresh registry.
    pub(crate) fn new() -> Self {
        let durations = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        let mut registry = Registry::with_prefix("allmenning");
        let (requests, version, published, rows) =
            (Family::default(), Family::default(), Family::default(), Family::default());
        let (uptime, generation, refreshed) = (Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("http_requests", "Requests answered", Family::clone(&requests));
        let until_head = "Time until the head of the answer";
        registry.register_with_unit("http_request_duration", until_head, Unit::Seconds, Family::clone(&durations));
        registry.register("dataset_version", "Number of the current version", Family::clone(&version));
        let when = "When the current version was published, since 1970";
        registry.register_with_unit("dataset_published_timestamp", when, Unit::Seconds, Family::clone(&published));
        registry.register("dataset_rows", "Rows of the current version", Family::clone(&rows));
        let runs = Runs::register(&mut registry);
        registry.register_with_unit("uptime", "Time since the server started", Unit::Seconds, Gauge::clone(&uptime));
        registry.register("catalog_generation", "Changes of the catalogue seen", Gauge::clone(&generation));
        let looked = "When the storage was last read without error, since 1970";
        registry.register_with_unit("catalog_refresh_timestamp", looked, Unit::Seconds, Gauge::clone(&refreshed));
        Self { registry, requests, durations, version, published, rows, runs, uptime, generation, refreshed }
    }

    /// Counts an answer.
    pub(crate) fn count(&self, route: &str, method: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        // A stranger may make up methods; labels are never forgotten.
        let method = if matches!(method, "GET" | "HEAD" | "POST" | "OPTIONS") { method } else { "other" };
        self.durations.get_or_create(&RouteLabels { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&RequestLabels { route, method: method.to_owned(), status }).inc();
    }

    /// Notes that the storage was read without error.
    pub(crate) fn refreshed(&self, now: Timestamp) {
        self.refreshed.set(now.as_second());
    }

    /// Everything as text, the gauges taken from the catalogue as it is now.
    pub(crate) fn render(
        &self,
        snapshot: &Snapshot,
        standings: &Standings,
        uptime_seconds: i64,
    ) -> Result<String, fmt::Error> {
        self.uptime.set(uptime_seconds);
        self.generation.set(signed(snapshot.generation));
        // What was withdrawn must not stay.
        for family in [&self.version, &self.published, &self.rows] {
            family.clear();
        }
        for (id, entry) in &snapshot.datasets {
            let Some(manifest) = entry.current() else { continue };
            let labels = DatasetLabels { dataset: id.to_string() };
            self.version.get_or_create(&labels).set(signed(manifest.number.0));
            self.published.get_or_create(&labels).set(manifest.published.as_second());
            self.rows.get_or_create(&labels).set(signed(manifest.rows));
        }
        self.runs.take(standings);
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use catalog::Standing;

    use super::*;

    #[test]
    fn answers_are_counted_by_route_and_status() {
        let metrics = Metrics::new();
        metrics.count("/d/{dataset}", "GET", 200, Duration::from_millis(3));
        metrics.count("/d/{dataset}", "GET", 200, Duration::from_millis(3));
        metrics.count("/d/{dataset}", "GET", 404, Duration::from_millis(1));
        metrics.count("/d/{dataset}", "EVIL1", 405, Duration::from_millis(1));
        let mut out = String::new();
        text::encode(&mut out, &metrics.registry).unwrap();
        let line = "allmenning_http_requests_total{route=\"/d/{dataset}\",method=\"GET\",status=\"200\"} 2";
        assert!(out.contains(line), "{out}");
        assert!(out.contains("method=\"other\"") && !out.contains("EVIL"), "{out}");
        assert!(out.contains("allmenning_http_request_duration_seconds_count{route=\"/d/{dataset}\"} 4"), "{out}");
    }

    #[test]
    fn runs_are_told_as_they_stand() {
        let metrics = Metrics::new();
        let told = |standing: Standing| {
            metrics.runs.take(&[("a".parse().unwrap(), standing)].into());
            let mut out = String::new();
            text::encode(&mut out, &metrics.registry).unwrap();
            out
        };
        let time = |second| Timestamp::from_second(second).unwrap();
        let (last_run, late) = (Some((time(20), "failed")), true);
        let failing = Standing {
            last_run,
            last_success: Some(time(10)),
            late,
            runs: [("failed", 2)].into(),
            ..Standing::default()
        };
        let out = told(failing);
        for line in [
            "allmenning_dataset_last_success_timestamp_seconds{dataset=\"a\"} 10",
            "allmenning_dataset_late{dataset=\"a\"} 1",
            "allmenning_dataset_last_run_timestamp_seconds{dataset=\"a\",outcome=\"failed\"} 20",
            "allmenning_dataset_runs_total{dataset=\"a\",outcome=\"failed\"} 2",
        ] {
            assert!(out.contains(line), "{line}\n{out}");
        }
        let runs = [("failed", 2), ("published", 1)].into();
        let out = told(Standing {
            last_run: Some((time(30), "published")),
            last_success: Some(time(30)),
            runs,
            ..Standing::default()
        });
        assert!(out.contains("dataset_late{dataset=\"a\"} 0") && out.contains("outcome=\"published\"} 30"), "{out}");
        assert!(!out.contains("outcome=\"failed\"} 20"), "how the run before ended is past: {out}");
        assert!(!told(Standing::default()).contains("last_success_timestamp_seconds{"), "never");
    }
}
