//! The arguments of `allclear withdraw`.

use clap::Args;

/// Say that an incident was reported in error: nothing more of it is sent, and the next `notify` tells subscribers who
/// were notified of it.
#[derive(Debug, Args)]
pub(crate) struct Withdraw {
    /// The incident's ID: its path below incidents/ without .md
    pub(crate) id: String,
    /// The text of the notification, in the page's first language; "This was reported in error." without it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}
