//! The options of `allclear doctor`.
//!
//! Promises: every option has a default. Never looks at anything itself.

use clap::Args;

use super::span;

/// Look whether what the page depends on works, and what it shares with the product.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Ask this name server instead of the system's
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) name_server: Option<std::net::SocketAddr>,
    /// How long to wait for anybody
    #[arg(long, default_value = "10s", value_name = "SPAN", value_parser = span)]
    pub(crate) patience: std::time::Duration,
}
