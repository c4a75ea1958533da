//! The arguments of the commands that decide what is sent: `notify`, `deliver` and `adopt`.

use clap::Args;

use super::gate::GateOptions;
use super::values::span;
use crate::cli::choice::ChoiceArgs;

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
    /// Keep running and send messages as they are queued; SIGTERM or Ctrl-C finishes those being sent
    #[arg(long)]
    pub(crate) watch: bool,
    /// Release the brake, then send everything that is due; first check why the brake is on
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
    /// Continue with an old copy of the ledger, or with another one: never send what is still queued in it, and never
    /// announce what is on the site now. Subscriptions and unsubscriptions since the copy are lost
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
