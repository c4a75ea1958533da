//! The incidents that a run announces, and those that were announced under another name: `--only`, `--skip` and
//! `--renamed`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::model::change::Change;
use crate::model::incident::IncidentId;
use crate::model::site::Site;

use crate::cli::exit::Failure;
use crate::cli::named;

/// The incidents named on the command line.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ChoiceArgs {
    /// Announce only this incident, and leave the others for a later run; repeat the option for several
    #[arg(long, value_name = "ID", conflicts_with = "skip")]
    pub(crate) only: Vec<String>,
    /// Leave this incident for a later run; repeat the option for several
    #[arg(long, value_name = "ID")]
    pub(crate) skip: Vec<String>,
    /// Continue the announced incident OLD as NEW, its new name; both are IDs, without .md; repeat the option for several
    #[arg(long, value_name = "OLD=NEW")]
    pub(crate) renamed: Vec<String>,
}

/// Which incidents a run announces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choice {
    only: BTreeSet<IncidentId>,
    skip: BTreeSet<IncidentId>,
    /// The announced name of an incident by its new one.
    pub(crate) renamed: BTreeMap<IncidentId, IncidentId>,
}

impl ChoiceArgs {
    /// The choice; refuses a name that is no incident's.
    pub(crate) fn parse(&self, site: &Site, within: &Path) -> Result<Choice, Failure> {
        let find = |name: &String| named::incident(site, within, name).map(|found| found.id.clone());
        let ids = |names: &[String]| names.iter().map(find).collect::<Result<BTreeSet<_>, Failure>>();
        let renamed = |pair: &String| {
            let (old, new) = pair.split_once('=').ok_or_else(|| {
                Failure::Usage(format!(
                    "--renamed: `{pair}` is not a pair; write the old and the new ID as OLD=NEW"
                ))
            })?;
            Ok((named::incident(site, within, new)?.id.clone(), named::id(within, old)?))
        };
        let renamed = self.renamed.iter().map(renamed).collect::<Result<_, Failure>>()?;
        Ok(Choice { only: ids(&self.only)?, skip: ids(&self.skip)?, renamed })
    }
}

impl Choice {
    /// Whether the run tells a change.
    pub(crate) fn takes(&self, change: &Change) -> bool {
        let is_wanted = self.only.is_empty() || self.only.contains(&change.incident);
        is_wanted && !self.skip.contains(&change.incident)
    }
}
