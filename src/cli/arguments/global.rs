//! The options that every command takes.
//!
//! Promises: they are in a section of their own in every help, after those of the command. Never reads anything.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::audience;
use crate::cli::print::Verbosity;
use crate::model::Moment;
use crate::model::audience::Audience;
use crate::model::moment::read_flag;

/// The section's heading.
const HEADING: &str = "Global options";

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Root folder of the site, which contains site/, incidents/ and themes/ [default: the nearest one, from the working folder
    /// upward]
    #[arg(long, global = true, value_name = "DIR", help_heading = HEADING)]
    pub(crate) root: Option<PathBuf>,
    /// Folder for the ledger and other state [default: .allclear in the root folder]
    #[arg(long, global = true, value_name = "DIR", env = "ALLCLEAR_STATE", hide_env = true, help_heading = HEADING)]
    pub(crate) state: Option<PathBuf>,
    /// Audience: public, internal for your own staff (`build`, `preview` and `check` only), or one that page.toml names, which has a
    /// site, a plan, subscribers and a ledger of its own [default: public]
    #[arg(long, global = true, value_name = "NAME", value_parser = audience, default_value = "public", hide_default_value = true, help_heading = HEADING)]
    pub(crate) audience: Audience,
    /// Refuse to run if the site's files name a host that is not in this list: `example.org` or `*.example.org`, each with or without
    /// `:PORT`, separated by commas [default: every host is allowed]
    #[arg(long, global = true, value_name = "HOSTS", value_delimiter = ',', help_heading = HEADING)]
    pub(crate) allow_hosts: Vec<String>,
    /// Refuse to run if the site's files name a host, program or folder that is not in this file outside the site; its lines are
    /// `host NAME`, `command PROGRAM ARGUMENTS` or `folder PATH` [default: everything is allowed]
    #[arg(long, global = true, value_name = "FILE", env = "ALLCLEAR_ALLOW", hide_env = true, help_heading = HEADING)]
    pub(crate) allow: Option<PathBuf>,
    /// Use this time instead of the current time, such as 2026-11-20T10:30Z
    #[arg(long, global = true, value_name = "TIME", value_parser = read_flag, help_heading = HEADING)]
    pub(crate) now: Option<Moment>,
    /// Output format
    #[arg(long, global = true, value_enum, default_value_t, help_heading = HEADING)]
    pub(crate) format: Format,
    /// Print only problems, refusals and errors
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = HEADING)]
    pub(crate) quiet: bool,
    /// Also print each success and the full text of messages
    #[arg(long, short, global = true, help_heading = HEADING)]
    pub(crate) verbose: bool,
}

impl Global {
    /// How much is said to people.
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Usual,
        }
    }
}

/// Output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Plain text
    #[default]
    Text,
    /// JSON, for scripts
    Json,
    /// GitHub Actions annotations (`check` only)
    Github,
    /// GitLab Code Quality report (`check` only)
    Gitlab,
    /// Markdown report for a pull request (`check` and `notify --dry-run` only)
    Markdown,
}
