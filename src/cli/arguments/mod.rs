//! Arguments: declarations only. What each command does is in `commands`, in the file of its name.

mod desk;
mod doctor;
mod gate;
mod global;
mod init;
mod publish;
mod run;
mod shell;
mod subscribers;
mod withdraw;

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

pub(crate) use desk::Desk;
pub(crate) use doctor::Doctor;
pub(crate) use gate::GateOptions;
pub(crate) use global::{Format, Global};
pub(crate) use init::Init;
pub(crate) use publish::{Publish, Rollback};
pub(crate) use run::Run;
pub(crate) use shell::{Completions, Man};
pub(crate) use subscribers::{AddSubscriber, Subscribers};
pub(crate) use withdraw::Withdraw;

use crate::cli::examples;
use crate::cli::version::VERSION;
use crate::model::incident::Audience;
use crate::model::localized::Language;
use crate::model::moment::read_duration;
use crate::model::phase::{IncidentKind, Phase, Severity};

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
    /// Check targets, providers and DNS, and find what the page shares with your product
    Doctor(Doctor),
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
                Self::Preview(_) | Self::Desk(_) | Self::Demo(_) | Self::Completions(_) | Self::Man(_)
            ),
            Format::Github | Format::Gitlab => matches!(self, Self::Check),
            Format::Markdown => matches!(self, Self::Check | Self::Notify(_)),
        }
    }
}

/// Create an incident or maintenance file.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// What to create: incident or maintenance; if omitted, what the template is for, else incident
    #[arg(value_parser = kind)]
    pub(crate) kind: Option<IncidentKind>,
    /// Title, as customers read it
    #[arg(long, short)]
    pub(crate) title: Option<String>,
    /// Severity: notice, minor, major or critical
    #[arg(long, value_parser = severity)]
    pub(crate) severity: Option<Severity>,
    /// ID of an affected feature; repeat the option for several
    #[arg(long, value_name = "FEATURE")]
    pub(crate) affected: Vec<String>,
    /// When you expect recovery: a time, `unknown`, or an offset from now such as +2h
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) eta: Option<String>,
    /// Start of maintenance: a time, or an offset from now such as +2d
    #[arg(long, value_name = "WHEN")]
    pub(crate) starts: Option<String>,
    /// End of maintenance: a time, `open`, or an offset from its start such as +2h
    #[arg(long, value_name = "WHEN")]
    pub(crate) ends: Option<String>,
    /// Start from an approved message template: a file in site/messages/, without .md
    #[arg(long, value_name = "MESSAGE")]
    pub(crate) from: Option<String>,
    /// Fill in a blank: `method=Card`, or `es:method=tarjeta` in a translation; repeat for several
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) fill: Vec<String>,
}

/// Add an update to an incident.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Incident ID: its path below incidents/, without .md
    pub(crate) id: String,
    /// New phase of the incident
    #[arg(long, value_parser = phase)]
    pub(crate) phase: Option<Phase>,
    /// New ETA: a time, `unknown`, or an offset from now such as +2h
    #[arg(long, value_name = "WHEN")]
    pub(crate) eta: Option<String>,
    /// When the next update is promised: a time, or an offset from now such as +30m
    #[arg(long, value_name = "WHEN")]
    pub(crate) next_update: Option<String>,
    /// New severity
    #[arg(long, value_parser = severity)]
    pub(crate) severity: Option<Severity>,
    /// Time of the update; default: now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Text of the update; opens $EDITOR if omitted
    #[arg(short = 'm', long = "message", value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Make the update internal: shown only on the internal site and never sent to subscribers
    #[arg(long)]
    pub(crate) internal: bool,
}

/// Build the site into a folder.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Output folder, relative to the root [default: public, or internal with --audience internal]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Build into a folder that holds other files, and replace those of the same name
    #[arg(long)]
    pub(crate) adopt_folder: bool,
    /// Audience of the site; the internal site contains internal updates, so never publish it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) audience: AudienceArg,
}

/// Who a site is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum AudienceArg {
    /// Everyone
    #[default]
    Public,
    /// Your own staff
    Internal,
}

impl From<AudienceArg> for Audience {
    fn from(readers: AudienceArg) -> Self {
        match readers {
            AudienceArg::Public => Self::Public,
            AudienceArg::Internal => Self::Internal,
        }
    }
}

/// Build, serve on localhost, and rebuild whenever a file changes.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// Port on localhost; 0 picks a free one
    #[arg(long, default_value_t = 4000)]
    pub(crate) port: u16,
    /// Audience of the site; the internal site also shows internal updates
    #[arg(long, value_enum, default_value_t)]
    pub(crate) audience: AudienceArg,
}

/// Find what changed since the last notification and send it to subscribers.
#[derive(Debug, Args)]
pub(crate) struct Notify {
    /// Send without asking for confirmation; required when there is no terminal
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Show what would be sent and to how many subscribers, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Compare with this commit (its merge base with HEAD) instead of the ledger; needs --format markdown
    #[arg(long, value_name = "COMMIT", requires = "dry_run")]
    pub(crate) since: Option<String>,
    /// Announce more changes in one run than brake.changes_per_run allows
    #[arg(long = "allow-many-changes", alias = "many")]
    pub(crate) many: bool,
    /// Which incidents are announced
    #[command(flatten)]
    pub(crate) choice: crate::cli::choice::ChoiceArgs,
    /// When the page has to show it
    #[command(flatten)]
    pub(crate) gate: GateOptions,
    /// How the sending continues
    #[command(flatten)]
    pub(crate) sending: Sending,
}

/// Send the queued messages that are due, until none is left.
#[derive(Debug, Args)]
pub(crate) struct Deliver {
    /// Keep running and send messages as they are queued; SIGTERM or Ctrl-C finishes those being sent
    #[arg(long)]
    pub(crate) watch: bool,
    /// Release the brake, then send everything that is due; check why it was set first
    #[arg(long)]
    pub(crate) release_brake: bool,
    /// Send the SMS messages on hold at once, beyond the SMS budget in site/plan.toml; they cost money
    #[arg(long)]
    pub(crate) over_budget: bool,
    /// Serve Prometheus metrics at /metrics on this address, for example 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics: Option<std::net::SocketAddr>,
    /// How the sending continues
    #[command(flatten)]
    pub(crate) sending: Sending,
}

/// How the sending continues.
#[derive(Clone, Debug, Args)]
pub(crate) struct Sending {
    /// Do not wait for retries due later than this; leave them to a later run
    #[arg(long = "max-wait", alias = "patience", default_value = "10m", value_name = "SPAN", value_parser = span)]
    pub(crate) patience: std::time::Duration,
}

/// Set the baseline: mark the current site as already announced; sends nothing.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// On a new ledger: mark this open incident as announced; repeat the option for several; `all` for every one
    #[arg(long, value_name = "ID")]
    pub(crate) known: Vec<String>,
    /// On a new ledger: leave the other open incidents to the next `notify`, without asking
    #[arg(long)]
    announce_others: bool,
    /// Never announce the changes that are not announced yet
    #[arg(long)]
    silence_changes: bool,
    /// Continue with an old copy of the ledger: never send what is still queued in it, and never announce what is on
    /// the site now
    #[arg(long)]
    accept_old_copy: bool,
    /// All three, as scripts of earlier versions call them.
    #[arg(long, short, hide = true)]
    yes: bool,
}

impl Adopt {
    /// Whether open incidents that no one named are left to the next `notify` without a question.
    pub(crate) fn announces_others(&self) -> bool {
        self.announce_others || self.yes
    }

    /// Whether changes that were not announced never are.
    pub(crate) fn silences_changes(&self) -> bool {
        self.silence_changes || self.yes
    }

    /// Whether a ledger that lacks what this host saw is used.
    pub(crate) fn accepts_old_copy(&self) -> bool {
        self.accept_old_copy || self.yes
    }
}

/// Explain what happened to each message for one subscriber.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Subscriber: an address or an ID, or the name of a destination; `-` reads it from standard input
    pub(crate) who: String,
    /// Show only this incident
    pub(crate) what: Option<String>,
}

/// Summarize an incident: who was reached, how fast, and how accurate its ETAs were.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Incident ID: its path below incidents/, without .md [default: every announced incident]
    pub(crate) id: Option<String>,
    /// List everyone a change did not reach, not only the first ten
    #[arg(long)]
    pub(crate) missed: bool,
}

/// Import incidents from another system.
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Import a cState site: the folder with config.yml and content/issues/
    Cstate {
        /// Folder of the cState site
        source: PathBuf,
        /// The zone of times that carry none: Europe/Berlin; without it the site's own, or UTC
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
        /// Overwrite existing files
        #[arg(long)]
        force: bool,
    },
}

/// Play a sample outage with built-in mail and SMS servers.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Skip the pauses between events
    #[arg(long)]
    pub(crate) fast: bool,
    /// Keep the page and the built-in servers running until Ctrl-C
    #[arg(long)]
    pub(crate) keep: bool,
    /// Port of the page on localhost; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
}

pub(crate) fn span(text: &str) -> Result<std::time::Duration, String> {
    let duration =
        read_duration(text).map_err(|fault| format!("{}; {}", fault.sentence(text), fault.hint()))?;
    if duration.is_zero() {
        return Err(format!("`{text}` is zero; write a duration such as `30s`"));
    }
    Ok(duration)
}

fn kind(text: &str) -> Result<IncidentKind, String> {
    IncidentKind::from_word(text).ok_or_else(|| "either incident or maintenance".to_owned())
}

fn phase(text: &str) -> Result<Phase, String> {
    Phase::from_word(text).ok_or_else(|| format!("one of {}", words(Phase::ALL.map(Phase::word))))
}

fn severity(text: &str) -> Result<Severity, String> {
    Severity::from_word(text).ok_or_else(|| format!("one of {}", words(Severity::ALL.map(Severity::word))))
}

fn language(text: &str) -> Result<Language, String> {
    Language::new(text).ok_or_else(|| "not a language tag, such as en or pt-BR".to_owned())
}

fn words<const N: usize>(words: [&str; N]) -> String {
    words.join(", ")
}
