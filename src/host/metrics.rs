//! Metrics of `run` for Prometheus, in the text format of OpenMetrics 1.0: of builds, publishing, verification and handoffs, of the
//! time from a commit to its readers, and of every part.
//!
//! Promises: labels are the names of parts and targets, so that their number stays small; reading needs neither the ledger nor any
//! part, and changes nothing.

use std::time::Duration;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::flow::deliver::{Counters, OPEN_METRICS};
use crate::host::health_state::HealthState;
use crate::host::part::Part;
use crate::model::Moment;

/// The upper bounds of the histograms, in seconds.
const BUCKETS: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PartLabel {
    part: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TargetLabel {
    target: String,
}

type PerTarget = Family<TargetLabel, Histogram, fn() -> Histogram>;

/// What `run` counts and measures.
pub(super) struct Metrics {
    counters: Counters,
    build: Histogram,
    publish: PerTarget,
    verify: PerTarget,
    lag: PerTarget,
    failures: Family<PartLabel, Counter>,
}

impl Metrics {
    /// Nothing measured yet. The counters are those of handoffs.
    pub(super) fn new(counters: Counters) -> Self {
        let per_target = || PerTarget::new_with_constructor(histogram as fn() -> Histogram);
        let (publish, verify, lag) = (per_target(), per_target(), per_target());
        Self { counters, build: histogram(), publish, verify, lag, failures: Family::default() }
    }

    /// The page was built in that time.
    pub(super) fn built(&self, time: Duration) {
        self.build.observe(time.as_secs_f64());
    }

    /// A target took the build in that time.
    pub(super) fn published(&self, target: &str, time: Duration) {
        self.publish.get_or_create(&label(target)).observe(time.as_secs_f64());
    }

    /// The public address of a target showed the build after that time.
    pub(super) fn verified(&self, target: &str, time: Duration) {
        self.verify.get_or_create(&label(target)).observe(time.as_secs_f64());
    }

    /// Readers of a target get a commit that was made that long ago.
    pub(super) fn reached_readers(&self, target: &str, lag: TimeDelta) {
        self.lag.get_or_create(&label(target)).observe(lag.as_seconds_f64().max(0.0));
    }

    /// A part failed once.
    pub(super) fn failed(&self, part: &Part) {
        self.failures.get_or_create(&PartLabel { part: part.word().into_owned() }).inc();
    }

    /// Everything, with the state of every part, as a response.
    pub(super) fn answer(&self, state: &HealthState, leads: bool, now: Moment) -> Response {
        ([(header::CONTENT_TYPE, OPEN_METRICS)], self.text(state, leads, now)).into_response()
    }

    fn text(&self, state: &HealthState, leads: bool, now: Moment) -> String {
        let mut registry = Registry::with_prefix("allclear");
        self.counters.register(&mut registry);
        let run = registry.sub_registry_with_prefix("run");
        let flag = |registry: &mut Registry, name: &str, help: &str, is_on: bool| {
            let gauge: Gauge = Gauge::default();
            gauge.set(i64::from(is_on));
            registry.register(name, help, gauge);
        };
        flag(run, "healthy", "1 while /healthz answers 200", state.is_all_well(now));
        flag(run, "leads", "1 while this host publishes and notifies", leads);
        let up: Family<PartLabel, Gauge> = Family::default();
        for (part, is_up) in state.up() {
            let label = PartLabel { part: part.word().into_owned() };
            up.get_or_create(&label).set(i64::from(is_up));
            // A counter that is there from the start shows its first increase.
            drop(self.failures.get_or_create(&label));
        }
        run.register("part_up", "1 while the part works, by part", up);
        run.register("part_failures", "Failures of each part", self.failures.clone());
        let seconds = |registry: &mut Registry, name: &str, help: &str, of: &PerTarget| {
            registry.register_with_unit(name, help, Unit::Seconds, of.clone());
        };
        run.register_with_unit("build", "Duration of a build", Unit::Seconds, self.build.clone());
        seconds(run, "publish", "Duration of a publish to a target", &self.publish);
        seconds(run, "verify", "Time until the public address showed the build", &self.verify);
        seconds(run, "commit_to_readers", "Time from a commit until readers get it", &self.lag);
        let mut text = String::new();
        // Writing into a string does not fail.
        let _written = encode(&mut text, &registry);
        text
    }
}

fn label(target: &str) -> TargetLabel {
    TargetLabel { target: target.to_owned() }
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}
