//! The options of the commands that publish.
//!
//! Promises: the default publishes to every target, checks whether readers get it, and forces nothing. Never
//! does anything itself.

use clap::Args;

use super::values::span;

/// Maximum number of characters of a name.
const NAME_MAX: usize = 64;

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
    /// Read every file at the targets, and upload what is missing or damaged
    #[arg(long)]
    pub(crate) repair: bool,
    /// Delete this file from the targets now, instead of a day after its removal; repeat the option for several
    #[arg(long, value_name = "PATH")]
    pub(crate) purge: Vec<String>,
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
    /// Exit with 1 unless every target is up to date; without it, one target that readers reach is enough
    #[arg(long)]
    pub(crate) every_target: bool,
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
    /// Undo a rollback: publish the build of the current files again
    #[arg(long, conflicts_with_all = ["build", "list"])]
    pub(crate) release: bool,
    /// Name of who rolls back, published with the page [default: your name on this machine]
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    pub(crate) by: Option<String>,
}

/// A name on one line.
fn parse_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    let is_name = !name.is_empty() && name.chars().count() <= NAME_MAX && !name.chars().any(char::is_control);
    if is_name {
        Ok(name.to_owned())
    } else {
        Err(format!("a name has 1 to {NAME_MAX} characters on one line"))
    }
}
