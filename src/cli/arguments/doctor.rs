//! The options of `allclear doctor`.
//!
//! Promises: every option has a default. Never looks at anything itself.

use clap::Args;

use super::values::span;

/// Check targets, providers and DNS, and find what the page shares with your product.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Query this DNS server, such as 9.9.9.9:53 [default: the one of this machine]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) name_server: Option<std::net::SocketAddr>,
    /// How long to wait for each network check, such as 10s or 1m
    #[arg(long = "timeout", alias = "patience", default_value = "10s", value_name = "DURATION", value_parser = span)]
    pub(crate) patience: std::time::Duration,
}
