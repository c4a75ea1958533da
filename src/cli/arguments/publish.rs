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
    /// Publish only to this target; repeat the option for several [default: every target]
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Vec<String>,
    /// Show what would be written and deleted; change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Replace the live page even if it is newer or git cannot compare them: incidents and updates that only the live page
    /// has disappear from it
    #[arg(long)]
    pub(crate) force: bool,
    /// Read every file at the targets, and upload those that are missing or damaged
    #[arg(long)]
    pub(crate) repair: bool,
    /// Delete this file or folder of the page from the targets and the CDN now (without --purge, a file that is no longer built stays a
    /// day); links to it then answer 404, and earlier builds can no longer be rolled back to. Repeat the option for several
    #[arg(long, value_name = "PATH", value_parser = parse_purged)]
    pub(crate) purge: Vec<String>,
    /// Delete obsolete files even if there are unusually many [default: refuse]
    #[arg(long)]
    pub(crate) remove_many: bool,
    /// With --purge: delete the page of an incident without asking for confirmation; required when there is no terminal
    #[arg(long, short, requires = "purge")]
    pub(crate) yes: bool,
    /// Purge the whole page from the CDN, even if nothing changed
    #[arg(long)]
    pub(crate) purge_all: bool,
    /// How long to wait until readers get the new page, such as 30s or 2m
    #[arg(long, default_value = "2m", value_name = "DURATION", value_parser = span)]
    pub(crate) wait: std::time::Duration,
    /// Do not check that readers get the new page
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// Exit with 1 unless every target is up to date [default: one that readers can reach is enough]
    #[arg(long)]
    pub(crate) every_target: bool,
}

/// Publish an earlier build again.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// Build ID or commit, or the first characters of either [default: the build before the live one]
    #[arg(value_name = "BUILD|COMMIT")]
    pub(crate) build: Option<String>,
    /// Roll back only this target; repeat the option for several [default: every target]
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Vec<String>,
    /// List the live build and the earlier ones; change nothing
    #[arg(long)]
    pub(crate) list: bool,
    /// End a rollback: publish the page of the current files again
    #[arg(long, conflicts_with_all = ["build", "list"])]
    pub(crate) release: bool,
    /// Name of the person who rolls back; it is published with the page [default: your user name on this machine]
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    pub(crate) by: Option<String>,
}

/// A path that names something of the page, and not all of it.
fn parse_purged(text: &str) -> Result<String, String> {
    let path = text.trim();
    if path.trim_matches('/').is_empty() {
        return Err(
            "a path of the page, such as `incidents/2026-11-20-payments`; not the whole page".to_owned()
        );
    }
    Ok(path.to_owned())
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
