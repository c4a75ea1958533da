//! The arguments of the commands that write incident files: `new` and `update`.

use clap::Args;

use super::values::{kind, phase, severity};
use crate::model::phase::{IncidentKind, Phase, Severity};

/// Create an incident or maintenance file.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// What to create: incident or maintenance [default: the kind of the template, otherwise incident]
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
    /// Fill in a placeholder: `method=Card`, or `es:method=tarjeta` in a translation; repeat the option for several
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
