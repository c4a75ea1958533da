//! The arguments of `allclear approve`.

use clap::Args;

use super::values::role;
use crate::model::approval::Role;

/// Approve the text of an incident as it is now, so that subscribers are notified of it. Its author cannot approve it.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// Incident ID: its path below incidents/, without .md
    pub(crate) id: String,
    /// Short name of the person who approves, as in `[people]` of site/plan.toml [default: the person with the email address
    /// of `git config user.email`]
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) person: Option<String>,
    /// Let the text leave without the approval that the plan asks for, because nobody who may give it can be asked. The ledger
    /// records it, and the addresses of the alarm and the internal destinations are notified at once
    #[arg(long, requires = "role", requires = "reason")]
    pub(crate) break_glass: bool,
    /// Role of the person who breaks the glass: incident_manager, communications_manager or support_manager
    #[arg(long, requires = "break_glass", value_parser = role)]
    pub(crate) role: Option<Role>,
    /// Why nobody who may approve could be asked
    #[arg(long, requires = "break_glass", value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Approve without asking for confirmation; required when there is no terminal
    #[arg(long, short)]
    pub(crate) yes: bool,
}
