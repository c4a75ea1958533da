//! The arguments of `allclear drill`.

use std::path::PathBuf;

use clap::Args;

/// Try the plan out on a copy of the site, with stand-ins for the subscribers and built-in servers.
#[derive(Debug, Args)]
pub(crate) struct Drill {
    /// What happens: a scenario of `site/drills/`, or outage, degradation, maintenance, data or disaster
    #[arg(default_value = "outage")]
    pub(crate) scenario: String,
    /// List the scenarios, and do nothing
    #[arg(long, conflicts_with = "status")]
    pub(crate) list: bool,
    /// Print when the plan was last tried out and when the next drill is due, and do nothing
    #[arg(long)]
    pub(crate) status: bool,
    /// Use the mail server, the SMS gateway and the S3 server of this machine that this file names (docs/plan.md)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "status"])]
    pub(crate) servers: Option<PathBuf>,
    /// Do not add the result to site/drills.toml
    #[arg(long)]
    pub(crate) no_record: bool,
}
