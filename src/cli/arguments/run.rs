//! The options of `run`. They are options, not keys of a file, because a pulled commit must not decide whom to trust.
//!
//! Promises: without any option the folder is watched and nothing is pulled.

use std::path::PathBuf;

use clap::Args;

use super::values::span;

/// Run everything in one process: watch files or pull, build, publish and notify.
#[derive(Clone, Debug, Args)]
pub(crate) struct Run {
    /// Pull this branch, for example origin/main, by fast-forward only; saved files are picked up with or without it [default: pull
    /// nothing]
    #[arg(long, value_name = "REMOTE/BRANCH")]
    pub(crate) pull: Option<String>,
    /// How often to check the branch for new commits, such as 30s or 5m
    #[arg(long, default_value = "30s", value_name = "DURATION", value_parser = span, requires = "pull")]
    pub(crate) every: std::time::Duration,
    /// Pull only if the last commit of the branch is signed by a key in this allowed-signers file (ssh-keygen(1))
    #[arg(long, value_name = "FILE", requires = "pull")]
    pub(crate) signers: Option<PathBuf>,
    /// Output folder, relative to the root folder; used if site/page.toml names no targets [default: public, or the name of the
    /// audience]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Rebuild at least this often, such as 15m or 1h, even if nothing changed
    #[arg(long, default_value = "15m", value_name = "DURATION", value_parser = span)]
    pub(crate) at_least_every: std::time::Duration,
    /// Serve a health check at /healthz on this address, for example 127.0.0.1:9465: 200 if healthy,
    /// otherwise 503
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) health: Option<std::net::SocketAddr>,
    /// Serve Prometheus metrics at /metrics on this address, for example 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics: Option<std::net::SocketAddr>,
    /// Accept push webhooks of the git host at /hook on this address, for example 127.0.0.1:9466, and pull at once
    #[arg(long, value_name = "ADDRESS:PORT", requires_all = ["pull", "hook_secret"])]
    pub(crate) hook: Option<std::net::SocketAddr>,
    /// File with the secret of the push webhooks, which sign their body with it or contain it
    #[arg(long, value_name = "FILE", requires = "hook")]
    pub(crate) hook_secret: Option<PathBuf>,
    /// Print the health of the `allclear run` of this folder as JSON and exit: with 0 if it is healthy, 1 if a part of it fails, 4 if
    /// it is not running
    #[arg(long)]
    pub(crate) status: bool,
    /// Send a test of the alarm to everyone whom site/plan.toml names to be paged, and exit: with 0 if each was accepted
    #[arg(long, conflicts_with = "status")]
    pub(crate) test_alarm: bool,
}
