//! The options of the commands that announce: how long to wait for the public page.
//!
//! Promises: every option has a default. Never looks at a page itself.

use std::time::Duration;

use clap::Args;

use super::values::span;

/// How long to wait for the page, and what then.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct GateOptions {
    /// How long to wait until a public page shows the changes, such as 30s or 5m; used if site/page.toml names targets
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = span)]
    pub(crate) wait: Duration,
    /// Notify even if no public page shows the changes yet: links in the messages then lead to an old page. The ledger records who
    /// did it
    #[arg(long)]
    pub(crate) force: bool,
    /// Whether the caller publishes by itself.
    #[arg(skip)]
    pub(crate) publishes: bool,
}
