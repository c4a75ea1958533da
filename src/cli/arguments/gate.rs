//! The options of whatever announces: how long to wait for the public page.
//!
//! Promises: every option has a default. Never looks at a page itself.

use std::time::Duration;

use clap::Args;

use super::values::span;

/// How long to wait for the page, and what then.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct GateOptions {
    /// How long to wait for a public page to show the changes; applies if site/page.toml names targets
    #[arg(long, default_value = "5m", value_name = "SPAN", value_parser = span)]
    pub(crate) wait: Duration,
    /// Notify even if no public page shows the changes; the ledger records who did
    #[arg(long)]
    pub(crate) force: bool,
    /// Whether the caller publishes by itself.
    #[arg(skip)]
    pub(crate) publishes: bool,
}
