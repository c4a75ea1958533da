//! Arguments: declarations only. What each command does is in `commands`, in the file of its name.

mod approve;
mod build;
mod control;
mod demo;
mod desk;
mod doctor;
mod drill;
mod explain;
mod gate;
mod global;
mod import;
mod incident;
mod init;
mod notify;
mod publish;
mod run;
mod shell;
mod subscribers;
mod values;
mod withdraw;

use clap::{CommandFactory, Parser, Subcommand};

pub(crate) use approve::Approve;
pub(crate) use build::{Build, Preview};
pub(crate) use control::{Control, ControlAction};
pub(crate) use demo::Demo;
pub(crate) use desk::Desk;
pub(crate) use doctor::Doctor;
pub(crate) use drill::Drill;
pub(crate) use explain::{Report, Why};
pub(crate) use gate::GateOptions;
pub(crate) use global::{Format, Global};
pub(crate) use import::Import;
pub(crate) use incident::{New, Update};
pub(crate) use init::Init;
pub(crate) use notify::{Adopt, Deliver, Notify, Sending};
pub(crate) use publish::{Publish, Rollback};
pub(crate) use run::Run;
pub(crate) use shell::{Completions, Man};
pub(crate) use subscribers::{AddSubscriber, Subscribers};
pub(crate) use withdraw::Withdraw;

use crate::cli::examples;
use crate::cli::version::VERSION;

#[cfg(test)]
mod tests;

/// Publish a status page from files in git, and notify subscribers of what changes.
#[derive(Debug, Parser)]
#[command(name = "allclear", version = VERSION, max_term_width = 100)]
pub(crate) struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a new site
    Init(Init),
    /// Create an incident or maintenance file
    New(New),
    /// Add an update to an incident
    Update(Update),
    /// Close an incident that was reported in error, and drop its queued messages
    Withdraw(Withdraw),
    /// Approve the text of an incident, so that it may be sent
    Approve(Approve),
    /// Show or change who may announce updates of an incident
    Control(Control),
    /// Validate the site's files
    Check,
    /// Build the site into a folder
    Build(Build),
    /// Build, serve on localhost, and rebuild whenever a file changes
    Preview(Preview),
    /// Build the site and upload it to its targets
    Publish(Publish),
    /// Publish an earlier build again; does not stop or correct messages
    Rollback(Rollback),
    /// Find what changed since the last notification and send it to subscribers
    Notify(Notify),
    /// Send the queued messages that are due, until none is left
    Deliver(Deliver),
    /// Run everything in one process: watch files or pull, build, publish and notify
    Run(Run),
    /// Serve the desk, where people subscribe, confirm, change and unsubscribe
    Desk(Desk),
    /// Set the baseline: mark the current site as already announced; sends nothing
    Adopt(Adopt),
    /// Manage subscribers
    #[command(subcommand)]
    Subscribers(Subscribers),
    /// Explain what happened to each message for one subscriber
    Why(Why),
    /// Summarize an incident: who was reached, how fast, and how accurate its ETAs were
    Report(Report),
    /// Import incidents from another system
    #[command(subcommand)]
    Import(Import),
    /// Show what each channel of the plan can do
    Channels,
    /// Check targets, providers and DNS, and find what the page shares with your product
    Doctor(Doctor),
    /// Try the plan out on a copy, with stand-ins for the subscribers and built-in servers
    Drill(Drill),
    /// Play a sample outage with built-in mail and SMS servers
    Demo(Demo),
    /// Print the completions of a shell
    Completions(Completions),
    /// Print or write the manual pages
    Man(Man),
}

/// The whole command line, with the examples of its help.
pub(crate) fn command() -> clap::Command {
    examples::with_examples(Cli::command())
}

impl Command {
    /// Whether the command has a way to print in that format.
    pub(crate) fn prints(&self, format: Format) -> bool {
        match format {
            Format::Text => true,
            Format::Json => !matches!(
                self,
                Self::Approve(_)
                    | Self::Preview(_)
                    | Self::Desk(_)
                    | Self::Demo(_)
                    | Self::Completions(_)
                    | Self::Man(_)
            ),
            Format::Github | Format::Gitlab => matches!(self, Self::Check),
            Format::Markdown => matches!(self, Self::Check | Self::Notify(_)),
        }
    }
}
