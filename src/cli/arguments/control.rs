//! The arguments of `allclear control`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::values::{role, span};
use crate::model::approval::Role;

/// Show or change who may announce updates of an incident.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Control {
    /// Incident ID: its path below incidents/, without .md [default: every ongoing incident]
    pub(crate) id: Option<String>,
    /// What to do
    #[command(subcommand)]
    pub(crate) action: Option<ControlAction>,
}

/// Change who may announce updates of an incident.
#[derive(Debug, Subcommand)]
pub(crate) enum ControlAction {
    /// Take control of an incident that nobody controls, of an urgent one, or as the default owner
    Take {
        #[command(flatten)]
        by: Asking,
        /// Take control no matter who has it, because its owner cannot be asked. It is recorded, and the addresses of the alarm
        /// and the internal destinations are notified at once
        #[arg(long, requires = "role", requires = "note")]
        break_glass: bool,
        /// Role of the person who breaks the glass: incident_manager, communications_manager or support_manager
        #[arg(long, requires = "break_glass", value_parser = role)]
        role: Option<Role>,
    },
    /// Ask for control; requests are granted in their order
    Request {
        #[command(flatten)]
        by: Asking,
    },
    /// Answer a request: it has to wait
    Answer {
        #[command(flatten)]
        by: Asking,
        /// Who asked: a short name of site/plan.toml, or automation
        #[arg(long, value_name = "NAME")]
        to: String,
    },
    /// Give control to another
    Pass {
        #[command(flatten)]
        by: Asking,
        /// To whom: a short name or a role of site/plan.toml, or automation [default: who asked first, else the default owner]
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
    },
    /// Give control up: to who asked first, if someone did
    Release {
        #[command(flatten)]
        by: Asking,
    },
    /// Keep control for that long from now on
    Extend {
        #[command(flatten)]
        by: Asking,
        /// How long, such as 2d; at most `extension_max` of site/plan.toml
        #[arg(long = "for", value_name = "DURATION", value_parser = span)]
        length: Duration,
    },
    /// Change only what is kept for the next owner
    Note {
        #[command(flatten)]
        by: Asking,
    },
}

/// Who does it, of which incident, with which words.
#[derive(Debug, Args)]
pub(crate) struct Asking {
    /// Incident ID: its path below incidents/, without .md
    pub(crate) id: String,
    /// Short name of the person who does this, as in `[people]` of site/plan.toml, or automation [default: the person with the
    /// email address of `git config user.email`]
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) person: Option<String>,
    /// Why, in your words; it is kept in the history of control
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// What the next owner should know, such as `case=4711`; repeat the option for several. An empty value removes its key
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) keep: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    if key.trim().is_empty() {
        return Err("the key is empty; write it as KEY=VALUE".to_owned());
    }
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

impl ControlAction {
    /// The person or program that makes the change.
    pub(crate) fn by(&self) -> &Asking {
        match self {
            Self::Take { by, .. }
            | Self::Request { by }
            | Self::Answer { by, .. }
            | Self::Pass { by, .. }
            | Self::Release { by }
            | Self::Extend { by, .. }
            | Self::Note { by } => by,
        }
    }
}
