//! The options of the commands that publish.
//!
//! Promises: the default publishes to every target, checks whether readers get it, and forces nothing. Never
//! does anything itself.

use clap::Args;

use super::span;

/// Build the site and upload it to its targets.
#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// Publish only to this target; repeat the option for several
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Vec<String>,
    /// Show what would be written and deleted, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Replace the live build even if git cannot show that yours is newer; may put an old page over a newer
    /// one
    #[arg(long)]
    pub(crate) force: bool,
    /// Delete obsolete files even if there are unusually many
    #[arg(long)]
    pub(crate) remove_many: bool,
    /// Purge the whole page from the CDN, even if nothing changed
    #[arg(long)]
    pub(crate) purge_all: bool,
    /// How long to check that readers get the new page
    #[arg(long, default_value = "2m", value_name = "SPAN", value_parser = span)]
    pub(crate) wait: std::time::Duration,
    /// Skip the check that readers get the new page
    #[arg(long)]
    pub(crate) no_verify: bool,
}

/// Publish an earlier build again.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// Build ID or commit, or the first characters of either [default: the build before the live one]
    #[arg(value_name = "BUILD|COMMIT")]
    pub(crate) build: Option<String>,
    /// Roll back only this target; repeat the option for several
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Vec<String>,
    /// List the live build and the earlier ones, and change nothing
    #[arg(long)]
    pub(crate) list: bool,
}
