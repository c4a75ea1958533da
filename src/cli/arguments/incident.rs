//! The arguments of the commands that write incident files: `new` and `update`.

use clap::Args;

use super::values::{kind, phase, severity};
use crate::model::phase::{IncidentKind, Phase, Severity};

/// Create an incident or maintenance file.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// What to create: incident or maintenance [default: the kind of the message template, otherwise incident]
    #[arg(value_parser = kind)]
    pub(crate) kind: Option<IncidentKind>,
    /// Title, as customers read it [default: the title of the message template, or a placeholder]
    #[arg(long, short)]
    pub(crate) title: Option<String>,
    /// Severity: notice, minor, major or critical [default: minor]
    #[arg(long, value_parser = severity)]
    pub(crate) severity: Option<Severity>,
    /// ID of an affected feature; repeat the option for several
    #[arg(long, value_name = "FEATURE")]
    pub(crate) affected: Vec<String>,
    /// When you expect recovery: a time, `unknown`, or an offset from now such as +2h [default: unknown, with the next update
    /// promised in 30 minutes]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) eta: Option<String>,
    /// Start of maintenance: a time, or an offset from now such as +2d
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) starts: Option<String>,
    /// End of maintenance: a time, `open`, or an offset from its start such as +2h
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) ends: Option<String>,
    /// Message template to start from: the name of a file in site/messages/, without .md
    #[arg(long, value_name = "MESSAGE")]
    pub(crate) from: Option<String>,
    /// Value of a placeholder of the template: `method=Card`, or `es:method=tarjeta` in a translation; repeat the option for
    /// several
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) fill: Vec<String>,
}

/// Add an update to an incident.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Incident ID: its path below incidents/, without .md
    pub(crate) id: String,
    /// New phase: investigating, identified, monitoring, resolved or postmortem; of maintenance: scheduled, in_progress, verifying,
    /// completed or cancelled [default: unchanged]
    #[arg(long, value_parser = phase)]
    pub(crate) phase: Option<Phase>,
    /// New ETA: a time, `unknown`, or an offset from now such as +2h [default: unchanged]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) eta: Option<String>,
    /// When the next update is promised: a time, or an offset from now such as +30m [default: no promise]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) next_update: Option<String>,
    /// New severity: notice, minor, major or critical [default: unchanged]
    #[arg(long, value_parser = severity)]
    pub(crate) severity: Option<Severity>,
    /// Time of the update, such as 2026-11-20T10:30Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Text of the update [default: $EDITOR opens]
    #[arg(short = 'm', long = "message", value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Make the update internal: shown only on the internal site and never sent to subscribers
    #[arg(long)]
    pub(crate) internal: bool,
    /// Add the update even if the newest one already says the same, without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
}
