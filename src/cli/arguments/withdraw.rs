//! The arguments of `allclear withdraw`.

use clap::Args;

/// Close an incident that was reported in error: its queued messages are never sent, and the next `notify` sends a
/// correction to the subscribers who were notified of it.
#[derive(Debug, Args)]
pub(crate) struct Withdraw {
    /// Incident ID: its path below incidents/, without .md
    pub(crate) id: String,
    /// Text of the correction, in the page's first language [default: "This was reported in error."; for maintenance that has not
    /// begun, "This work will not take place."]
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Withdraw without asking for confirmation; required when there is no terminal
    #[arg(long, short)]
    pub(crate) yes: bool,
}
