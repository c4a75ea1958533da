//! The arguments of the commands that decide what is sent: `notify`, `deliver` and `adopt`.

use clap::Args;

use super::gate::GateOptions;
use super::values::{channel, span};
use crate::cli::choice::ChoiceArgs;
use crate::model::channel::Channel;

/// Find what changed since the last notification and send it to subscribers.
#[derive(Debug, Args)]
pub(crate) struct Notify {
    /// Send without asking for confirmation; required when there is no terminal
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Show what would be sent and to how many subscribers; send nothing and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Compare with this git commit (its merge base with HEAD) instead of what was announced; needs --dry-run and --format markdown
    #[arg(long, value_name = "COMMIT", requires = "dry_run")]
    pub(crate) since: Option<String>,
    /// Announce all changes, even if there are more than `brake.changes_per_run` in site/plan.toml; without it, too many changes
    /// engage the brake
    #[arg(long = "allow-many-changes", alias = "many")]
    pub(crate) many: bool,
    /// Notify only the members of this segment of site/plan.toml, and no destination; a later run notifies nobody else of these changes
    #[arg(long, value_name = "SEGMENT")]
    pub(crate) to: Option<String>,
    /// Show the whole message about this incident and send nothing; an email also as an HTML file
    #[arg(long, value_name = "ID", requires = "channel", conflicts_with_all = ["yes", "dry_run", "to"])]
    pub(crate) preview: Option<String>,
    /// Channel of the preview: mail, text, chat, tool or webhook
    #[arg(long, value_parser = channel, requires = "preview")]
    pub(crate) channel: Option<Channel>,
    /// Whose preview: a subscriber by address or ID, or a destination by name [default: a reader of the page's first language]
    #[arg(long = "for", value_name = "WHO", requires = "preview")]
    pub(crate) reader: Option<String>,
    /// Which incidents are announced
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
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
    /// Keep running, and send messages as they are queued; on SIGTERM or Ctrl-C, finish those being sent and stop
    #[arg(long)]
    pub(crate) watch: bool,
    /// Release the brake and send every queued message that is due; first check why it is on with `allclear notify --dry-run`
    #[arg(long)]
    pub(crate) release_brake: bool,
    /// Send now the SMS messages that are on hold because the SMS budget in site/plan.toml is used up; they cost money
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
    /// How long to wait for queued messages that are not due yet, such as retries, for example 30s or 10m; later ones stay queued
    #[arg(long = "max-wait", alias = "patience", default_value = "10m", value_name = "DURATION", value_parser = span)]
    pub(crate) patience: std::time::Duration,
    /// Try now, once, the messages that wait for a retry [default: only on a terminal]
    #[arg(long)]
    pub(crate) retry_now: bool,
}

/// Set the baseline: mark the current site as already announced; sends nothing.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// On a new ledger: subscribers were already notified of this open incident, so do not announce it; repeat the option for several;
    /// `all` for every open incident
    #[arg(long, value_name = "ID")]
    pub(crate) known: Vec<String>,
    /// On a new ledger: let the next `notify` announce every open incident that --known does not name [default: ask for each]
    #[arg(long)]
    announce_others: bool,
    /// On a ledger in use: never announce the changes that were not announced yet [default: refuse if there are any]
    #[arg(long)]
    silence_changes: bool,
    /// Continue with an old copy of the ledger, or with a new one in place of a lost one: what is queued in it is never sent, what is
    /// on the site now is never announced, and subscriptions and unsubscriptions since the copy are lost [default: refuse]
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
