//! The options of `run`. They are options and no keys of a file, because a pulled commit must not decide whom to trust.
//!
//! Promises: without any option the folder is watched and nothing is pulled.

use std::path::PathBuf;

use clap::Args;

use super::span;

/// The whole thing on one small host: watch or pull, build, publish, notify, deliver.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Follow this branch, forward only, such as origin/main; saved files are seen in any case
    #[arg(long, value_name = "REMOTE/BRANCH")]
    pub(crate) pull: Option<String>,
    /// How often to look whether the branch has anything new
    #[arg(long, default_value = "30s", value_name = "SPAN", value_parser = span, requires = "pull")]
    pub(crate) every: std::time::Duration,
    /// Follow the branch only to commits signed with an SSH key of this file of allowed signers (ssh-keygen(1))
    #[arg(long, value_name = "FILE", requires = "pull")]
    pub(crate) signers: Option<PathBuf>,
    /// Where the page goes, relative to the root
    #[arg(long, short, value_name = "DIR", default_value = "public")]
    pub(crate) out: PathBuf,
    /// Build at least this often, whatever the clock and the files say
    #[arg(long, default_value = "15m", value_name = "SPAN", value_parser = span)]
    pub(crate) at_least_every: std::time::Duration,
    /// Say at /healthz of this address how it goes, such as 127.0.0.1:9465: 200 while all is well, else 503
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) health: Option<std::net::SocketAddr>,
    /// Serve counters for Prometheus at /metrics of this address, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics: Option<std::net::SocketAddr>,
}
