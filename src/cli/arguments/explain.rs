//! The arguments of the commands that explain what happened: `why` and `report`.

use clap::Args;

/// Explain what happened to each message for one subscriber.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Subscriber: an address or an ID; or the name of a destination; `-` reads it from standard input
    pub(crate) who: String,
    /// Incident ID: its path below incidents/, without .md [default: every incident]
    pub(crate) what: Option<String>,
}

/// Summarize an incident: who was reached, how fast, and how accurate its ETAs were.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Incident ID: its path below incidents/, without .md [default: every announced incident]
    pub(crate) id: Option<String>,
    /// List every subscriber that a change did not reach, instead of the first ten
    #[arg(long)]
    pub(crate) missed: bool,
}
