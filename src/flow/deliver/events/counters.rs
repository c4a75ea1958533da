//! Counters for Prometheus, in the text format of OpenMetrics 1.0.
//!
//! Promises: labels are names from the plan and words of closed sets, never a person, an incident or an address, so that
//! their number stays small; reading the counters changes nothing.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use parking_lot::{Mutex, MutexGuard};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::deliver::{Clock, DeliveryEvent, EventKind};
use crate::flow::deliver::standing::ChannelStanding;
use crate::ledger::{Error, Ledger, SqlLedger};
use crate::model::Moment;
use crate::model::notice::{StepId, StepState};
use crate::net::server;

/// The media type of what is served.
pub(crate) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long calls of providers take, in seconds.
const CALL_BUCKETS: [f64; 10] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CallLabels {
    channel: &'static str,
    provider: String,
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ProviderLabels {
    provider: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct EndLabels {
    channel: &'static str,
    state: &'static str,
}

type Begun = BTreeMap<StepId, (String, Moment)>;

/// What a worker counts. Clones count together.
#[derive(Clone)]
pub(crate) struct Counters {
    calls: Family<CallLabels, Counter>,
    call_seconds: Family<ProviderLabels, Histogram, fn() -> Histogram>,
    ended: Family<EndLabels, Counter>,
    /// Calls in progress: of whom, and since when.
    begun: Arc<Mutex<Begun>>,
    /// How the channels stand by it.
    pub(crate) standing: ChannelStanding,
}

impl Counters {
    /// Counters at zero.
    pub(crate) fn new() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(CALL_BUCKETS);
        Self {
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(histogram),
            ended: Family::default(),
            begun: Arc::default(),
            standing: ChannelStanding::default(),
        }
    }

    /// Counts one thing that happened.
    pub(crate) fn record(&self, event: &DeliveryEvent) {
        self.standing.record(event);
        match &event.happened {
            EventKind::HandingOff { provider } => {
                self.begun().insert(event.step.clone(), (provider.clone(), event.at));
            }
            EventKind::AwaitingReceipt { .. } => self.called(event, "accepted"),
            EventKind::Accepted { .. } => {
                self.called(event, "accepted");
                self.ended(event, StepState::Accepted);
            }
            EventKind::NextProvider { .. } => self.called(event, "next_provider"),
            EventKind::Retry { .. } => self.called(event, "retry"),
            EventKind::Ended { state, .. } => {
                self.called(event, "failed");
                self.ended(event, *state);
            }
            EventKind::GaveWay { .. } => self.called(event, "failed"),
            EventKind::PassedOver { .. }
            | EventKind::Held { .. }
            | EventKind::CircuitOpened { .. }
            | EventKind::CircuitClosed { .. } => {}
            EventKind::GivenBack { .. } | EventKind::LeaseLost => self.called(event, "lost"),
        }
    }

    /// Counts the call of a provider that came to this, if there was one: a step can end without.
    fn called(&self, event: &DeliveryEvent, result: &'static str) {
        let Some((provider, begun)) = self.begun().remove(&event.step) else { return };
        let seconds = (event.at - begun).as_seconds_f64();
        self.call_seconds.get_or_create(&ProviderLabels { provider: provider.clone() }).observe(seconds);
        let labels = CallLabels { channel: event.channel.word(), provider, result };
        self.calls.get_or_create(&labels).inc();
    }

    fn ended(&self, event: &DeliveryEvent, state: StepState) {
        let labels = EndLabels { channel: event.channel.word(), state: state.word() };
        self.ended.get_or_create(&labels).inc();
    }

    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock()
    }

    /// Lets a registry show everything counted.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("provider_calls", "Calls to providers, by result", self.calls.clone());
        registry.register(
            "provider_call_seconds",
            "Duration of calls to providers",
            self.call_seconds.clone(),
        );
        registry.register("steps_ended", "Steps finished by this worker, by final state", self.ended.clone());
    }

    /// Everything counted, and how the ledger stands, as text.
    fn exposed(&self, ledger: &mut dyn Ledger, now: Moment) -> Result<String, Error> {
        let mut registry = Registry::with_prefix("allclear");
        self.register(&mut registry);
        let gauge = |registry: &mut Registry, name: &str, help: &str, value: i64| {
            let gauge: Gauge = Gauge::default();
            gauge.set(value);
            registry.register(name, help, gauge);
        };
        let unfinished = i64::try_from(ledger.unfinished()?).unwrap_or(i64::MAX);
        gauge(
            &mut registry,
            "ledger_steps_unfinished",
            "Steps not finished yet, across all workers",
            unfinished,
        );
        let late = ledger.next_due()?.map_or(0, |due| (now - due).num_seconds().max(0));
        gauge(
            &mut registry,
            "ledger_oldest_due_seconds",
            "Age of the oldest step that is due and not sent",
            late,
        );
        let braked = i64::from(ledger.brake()?.is_some());
        gauge(&mut registry, "brake_on", "1 while the brake blocks all sending", braked);
        let mut text = String::new();
        // Writing into a string does not fail.
        let _written = encode(&mut text, &registry);
        Ok(text)
    }
}

/// What is asked for when someone reads the counters.
#[derive(Clone)]
struct Source {
    counters: Counters,
    ledger: Arc<Mutex<SqlLedger>>,
    now: Clock,
}

/// Serves the counters at `/metrics` of that address, for as long as the runtime lives.
pub(crate) async fn serve(
    address: SocketAddr,
    counters: Counters,
    ledger: Arc<Mutex<SqlLedger>>,
    now: Clock,
) -> anyhow::Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("failed to listen on {address} for --metrics"))?;
    let bound = listener.local_addr()?;
    let source = Source { counters, ledger, now };
    let routes = axum::Router::new().route("/metrics", axum::routing::get(read)).with_state(source);
    tokio::spawn(server::serve(listener, routes, server::Limits::USUAL, std::future::pending()));
    Ok(bound)
}

async fn read(State(source): State<Source>) -> Response {
    let read = tokio::task::spawn_blocking(move || {
        let mut ledger = source.ledger.lock();
        source.counters.exposed(&mut *ledger, (source.now)())
    });
    match read.await {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the ledger cannot be read\n").into_response(),
    }
}
