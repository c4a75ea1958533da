//! The arguments of `allclear demo`.

use clap::Args;

/// Play a sample outage with built-in mail and SMS servers.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Skip the pauses between events
    #[arg(long)]
    pub(crate) fast: bool,
    /// Keep the page and the built-in servers running until Ctrl-C
    #[arg(long)]
    pub(crate) keep: bool,
    /// Port of the page on localhost; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
}
