//! The arguments of `allclear desk`.

use std::net::SocketAddr;

use clap::Args;

/// Serve the desk, where people subscribe, confirm, change and unsubscribe.
#[derive(Debug, Args)]
pub(crate) struct Desk {
    /// Listen on this address instead of the one in site/plan.toml, for example 127.0.0.1:8480; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
}
