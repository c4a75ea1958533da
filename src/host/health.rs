//! `--health` and `--status`: the state of every part, as JSON at /healthz, for monitoring.
//!
//! Promises: answers 200 while every part does its work and 503 while one does not; a request changes nothing. Idle
//! connections block no caller.

use std::future::IntoFuture as _;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::cli::exit::Failure;
use crate::cli::print;
use crate::host::Host;
use crate::host::health_state::HealthState;
use crate::host::leadership::{Leadership, Role};
use crate::host::metrics::Metrics;
use crate::host::part::{Part, is_well};
use crate::net::own_host;
use crate::net::server::{self, Limits};
use crate::workspace::clock::since_boot;
use crate::workspace::root::Root;

/// How often a part that serves gives a sign of life.
const SIGN: Duration = Duration::from_secs(1);

/// Takes the address of an option before anything is started: a typing error must not come to light at night. Says where
/// `what` is found.
pub(super) fn bind(address: SocketAddr, option: &str, what: &str) -> Result<TcpListener, Failure> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    let listener = bound.with_context(|| format!("failed to listen on {address} for {option}"))?;
    print::say(&what.replace("ADDRESS", &listener.local_addr()?.to_string()));
    Ok(listener)
}

/// Answers until the host stops, at a socket of the state folder and at the address, if there is one.
pub(super) fn serve(
    host: &Host,
    socket: &UnixListener,
    listener: Option<&TcpListener>,
) -> Result<Duration, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asked = Asked {
        health_state: Arc::clone(&host.health_state),
        leadership: Arc::clone(&host.leadership),
        metrics: Arc::clone(&host.metrics),
        root: host.root.clone(),
    };
    let routes = axum::Router::new()
        .route("/healthz", axum::routing::get(answer))
        .route("/metrics", axum::routing::get(measure))
        .with_state(asked);
    let stopped = || {
        let mut stop = host.stop.clone();
        async move { drop(stop.wait_for(|stop| *stop).await) }
    };
    runtime.block_on(async {
        let socket = tokio::net::UnixListener::from_std(socket.try_clone()?)?;
        let local = axum::serve(socket, routes.clone()).with_graceful_shutdown(stopped());
        let public = async {
            let Some(listener) = listener else { return Ok(()) };
            let listener = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
            let is_ours = listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
            let routes = if is_ours { own_host::only(routes.clone()) } else { routes.clone() };
            server::serve(listener, routes, Limits::USUAL, stopped()).await
        };
        is_well(host, &Part::Health);
        let served = async { tokio::try_join!(local.into_future(), public) };
        alive(host, &Part::Health, served).await
    })?;
    Ok(Duration::ZERO)
}

/// Lets a part that serves give signs of life until it ends.
pub(super) async fn alive<T>(host: &Host, part: &Part, served: impl Future<Output = T>) -> T {
    let sign = host.sign_of(part);
    let mut served = std::pin::pin!(served);
    loop {
        if let Ok(ended) = tokio::time::timeout(SIGN, &mut served).await {
            return ended;
        }
        sign();
    }
}

#[derive(Clone)]
struct Asked {
    health_state: Arc<HealthState>,
    leadership: Arc<Leadership>,
    metrics: Arc<Metrics>,
    root: Root,
}

async fn measure(State(asked): State<Asked>) -> Response {
    let leads = asked.leadership.role(since_boot()) == Role::Leads;
    asked.metrics.answer(&asked.health_state, leads, asked.root.now())
}

async fn answer(State(asked): State<Asked>) -> Response {
    let shown = asked.health_state.as_json(asked.root.now());
    let is_failing = shown["status"] == "failing";
    let status = if is_failing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, format!("{shown:#}\n")).into_response()
}
