//! The options of `allclear doctor`.
//!
//! Promises: every option has a default. Never looks at anything itself.

use clap::Args;

use super::values::span;

/// Check targets, providers and DNS, and find what the page shares with your product.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Query this DNS server instead of the system's
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) name_server: Option<std::net::SocketAddr>,
    /// Timeout of each network check
    #[arg(long = "timeout", alias = "patience", default_value = "10s", value_name = "SPAN", value_parser = span)]
    pub(crate) patience: std::time::Duration,
}
