//! The options of the commands that publish.
//!
//! Promises: the default publishes to every target, looks whether readers get it, and forces nothing. Never does
//! anything itself.

use clap::Args;

use super::span;

/// Build, and take the page to its targets.
#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// Only to this target; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Vec<String>,
    /// Only say what would be written and deleted
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take the place of a build that git does not say is older
    #[arg(long)]
    pub(crate) force: bool,
    /// Delete old files even where they are suspiciously many
    #[arg(long)]
    pub(crate) remove_many: bool,
    /// Tell caches to let go of the whole page, also where nothing changed
    #[arg(long)]
    pub(crate) purge_all: bool,
    /// How long to look whether readers get the page
    #[arg(long, default_value = "2m", value_name = "SPAN", value_parser = span)]
    pub(crate) wait: std::time::Duration,
    /// Do not look whether readers get the page
    #[arg(long)]
    pub(crate) no_verify: bool,
}

/// Make an earlier build the page again.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The build or its commit, or the beginning of either; the one before the live one where nothing is said
    #[arg(value_name = "BUILD|COMMIT")]
    pub(crate) build: Option<String>,
    /// Only at this target; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Vec<String>,
    /// Only show the builds that are and were live
    #[arg(long)]
    pub(crate) list: bool,
}
