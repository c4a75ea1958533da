//! Arguments: declarations only. What each command does stands in `commands`, in the file of its name.

mod doctor;
mod gate;
mod global;
mod init;
mod publish;
mod run;
mod shell;

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

pub(crate) use doctor::Doctor;
pub(crate) use gate::Terms;
pub(crate) use global::{Format, Global};
pub(crate) use init::Init;
pub(crate) use publish::{Publish, Rollback};
pub(crate) use run::Run;
pub(crate) use shell::{Completions, Man};

use crate::cli::examples;
use crate::cli::version::VERSION;
use crate::model::incident::Audience;
use crate::model::localized::Language;
use crate::model::moment::read_duration;
use crate::model::phase::{Kind, Phase, Severity};

/// Tells people what is broken, when it will be back, and when it is over.
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
    /// Make a new site
    Init(Init),
    /// Write a new incident or maintenance file
    New(New),
    /// Append an update to an incident's story
    Update(Update),
    /// Check every file against every rule
    Check,
    /// Render the site into a folder
    Build(Build),
    /// Build, serve on localhost, and rebuild on every save
    Preview(Preview),
    /// Build, and take the page to its targets
    Publish(Publish),
    /// Make an earlier build the page again
    Rollback(Rollback),
    /// Work out what changed since the last announcement and tell the subscribers
    Notify(Notify),
    /// Hand off what is due in the ledger, until nothing is left
    Deliver(Deliver),
    /// The whole thing on one small host: watch or pull, build, publish, notify, deliver
    Run(Run),
    /// Take today's site as already announced; sends nothing
    Adopt(Adopt),
    /// Who is told
    #[command(subcommand)]
    Subscribers(Subscribers),
    /// Explain in plain words what became of somebody's notices
    Why(Why),
    /// Sum up an incident: who was reached, how and how fast, and what the ETAs came to
    Report(Report),
    /// Bring in another system's incidents
    #[command(subcommand)]
    Import(Import),
    /// Look whether what the page depends on works, and what it shares with the product
    Doctor(Doctor),
    /// Play one outage with built-in mail and text sinks
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
            Format::Json => {
                !matches!(self, Self::Preview(_) | Self::Demo(_) | Self::Completions(_) | Self::Man(_))
            }
            Format::Github | Format::Gitlab => matches!(self, Self::Check),
            Format::Markdown => matches!(self, Self::Check | Self::Notify(_)),
        }
    }
}

/// Write a new incident or maintenance file.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// incident or maintenance
    #[arg(default_value = "incident", value_parser = kind)]
    pub(crate) kind: Kind,
    /// What people read first
    #[arg(long, short)]
    pub(crate) title: Option<String>,
    /// How bad it is: notice, minor, major or critical
    #[arg(long, value_parser = severity)]
    pub(crate) severity: Option<Severity>,
    /// A feature affected, by its id; may be given several times
    #[arg(long, value_name = "FEATURE")]
    pub(crate) affected: Vec<String>,
    /// When it will be back: a moment, or a span from now such as +2h
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) eta: Option<String>,
    /// Start from an approved wording: a file of site/messages/ without .md
    #[arg(long, value_name = "MESSAGE")]
    pub(crate) from: Option<String>,
}

/// Append an update to an incident's story.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The incident's id: its path below incidents/ without .md
    pub(crate) id: String,
    /// Where the story stands now
    #[arg(long, value_parser = phase)]
    pub(crate) phase: Option<Phase>,
    /// When it will be back: a moment, `unknown`, or a span from now such as +2h
    #[arg(long, value_name = "WHEN")]
    pub(crate) eta: Option<String>,
    /// When we promise to speak again: a moment or a span from now such as +30m
    #[arg(long, value_name = "WHEN")]
    pub(crate) next_update: Option<String>,
    /// How bad it is now
    #[arg(long, value_parser = severity)]
    pub(crate) severity: Option<Severity>,
    /// The words; without them $EDITOR opens
    #[arg(short = 'm', long = "message", value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// For our own people only
    #[arg(long)]
    pub(crate) internal: bool,
}

/// Render the site into a folder.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Where the site goes, relative to the root; public or internal if nothing is said
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Build into a folder that holds other files, and replace those of the same name
    #[arg(long)]
    pub(crate) adopt_folder: bool,
    /// Who it is for: the internal site shows internal updates as well, and is never to be published
    #[arg(long, value_enum, default_value_t)]
    pub(crate) audience: Readers,
}

/// Who a site is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Readers {
    /// Everybody
    #[default]
    Public,
    /// Our own people
    Internal,
}

impl From<Readers> for Audience {
    fn from(readers: Readers) -> Self {
        match readers {
            Readers::Public => Self::Public,
            Readers::Internal => Self::Internal,
        }
    }
}

/// Build, serve on localhost, and rebuild on every save.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// The port on localhost; 0 takes a free one
    #[arg(long, default_value_t = 4000)]
    pub(crate) port: u16,
    /// Who it is for: the internal site shows internal updates as well
    #[arg(long, value_enum, default_value_t)]
    pub(crate) audience: Readers,
}

/// Work out what changed since the last announcement and tell the subscribers.
#[derive(Debug, Args)]
pub(crate) struct Notify {
    /// Send without asking; needed where nobody can answer
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Only show what would be sent to how many
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take the files of this commit, or of where it parted from ours, as what people were told, instead of asking the
    /// ledger; for reports in Markdown
    #[arg(long, value_name = "COMMIT", requires = "dry_run")]
    pub(crate) since: Option<String>,
    /// Let more changes through in this run than the brake allows
    #[arg(long)]
    pub(crate) many: bool,
    /// Which incidents are told
    #[command(flatten)]
    pub(crate) choice: crate::cli::choice::ChoiceArgs,
    /// When the page has to show it
    #[command(flatten)]
    pub(crate) gate: Terms,
    /// How the sending goes on
    #[command(flatten)]
    pub(crate) sending: Sending,
}

/// Hand off what is due in the ledger, until nothing is left.
#[derive(Debug, Args)]
pub(crate) struct Deliver {
    /// Stay, and hand off what is planned from now on; SIGTERM and Ctrl-C finish what is under way
    #[arg(long)]
    pub(crate) watch: bool,
    /// Let the brake go first, once you know why it was pulled
    #[arg(long)]
    pub(crate) release_brake: bool,
    /// Send text messages although the plan's budget for them is used up
    #[arg(long)]
    pub(crate) over_budget: bool,
    /// Serve counters for Prometheus at /metrics of this address, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics: Option<std::net::SocketAddr>,
    /// How the sending goes on
    #[command(flatten)]
    pub(crate) sending: Sending,
}

/// How the sending goes on.
#[derive(Clone, Debug, Args)]
pub(crate) struct Sending {
    /// Leave retries that are due later than this to a later run
    #[arg(long, default_value = "10m", value_name = "SPAN", value_parser = span)]
    pub(crate) patience: std::time::Duration,
}

/// Take today's site as already announced; sends nothing.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// Do it although changes nobody was told of would be silenced
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// Who is told.
#[derive(Debug, Subcommand)]
pub(crate) enum Subscribers {
    /// Read subscribers from a CSV file with a header line
    Import {
        /// Columns: mail, text, follow, severity, language, time_zone
        file: PathBuf,
    },
    /// Add or change one subscriber
    Add(AddSubscriber),
    /// Show everybody on record
    List {
        /// Show whole addresses instead of masks
        #[arg(long)]
        reveal: bool,
    },
    /// Stop writing to somebody
    Remove {
        /// One of their addresses, or their id
        who: String,
    },
}

/// Add or change one subscriber.
#[derive(Debug, Args)]
pub(crate) struct AddSubscriber {
    /// Mail addresses or phone numbers (+…), in order of preference
    #[arg(required = true, value_name = "ADDRESS")]
    pub(crate) addresses: Vec<String>,
    /// A feature to follow, by its id; may be given several times; all without it
    #[arg(long, value_name = "FEATURE")]
    pub(crate) follow: Vec<String>,
    /// The least severity to hear of
    #[arg(long, default_value = "notice", value_parser = severity)]
    pub(crate) severity: Severity,
    /// The language to write in; the page's first without it
    #[arg(long, value_parser = language)]
    pub(crate) language: Option<Language>,
    /// The IANA time zone to write times in; the page's without it
    #[arg(long)]
    pub(crate) time_zone: Option<String>,
}

/// Explain in plain words what became of somebody's notices.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// One of their addresses, or their id, or the name of a destination
    pub(crate) who: String,
    /// Only of this incident
    pub(crate) what: Option<String>,
}

/// Sum up an incident: who was reached, how and how fast, and what the ETAs came to.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The incident's id: its path below incidents/ without .md; every one that was announced without it
    pub(crate) id: Option<String>,
    /// Name everybody a change did not reach, instead of the first ten
    #[arg(long)]
    pub(crate) missed: bool,
}

/// Bring in another system's incidents.
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// A cState site: its folder with config.yml and content/issues/
    Cstate {
        /// The folder
        source: PathBuf,
        /// The zone of times that carry none: Europe/Berlin; without it the site's own, or UTC
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
        /// Write over files that are there
        #[arg(long)]
        force: bool,
    },
}

/// Play one outage with built-in mail and text sinks.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Without pauses, for tests
    #[arg(long)]
    pub(crate) fast: bool,
    /// Keep the page and the sinks up afterwards, until Ctrl-C
    #[arg(long)]
    pub(crate) keep: bool,
    /// The port of the page on localhost; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
}

pub(crate) fn span(text: &str) -> Result<std::time::Duration, String> {
    let duration =
        read_duration(text).map_err(|fault| format!("{}; {}", fault.sentence(text), fault.hint()))?;
    if duration.is_zero() {
        return Err(format!("`{text}` is no time at all; write a duration such as `30s`"));
    }
    Ok(duration)
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::from_word(text).ok_or_else(|| "either incident or maintenance".to_owned())
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
