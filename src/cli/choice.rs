//! Which incidents a run tells: `--only` and `--skip`.

use std::collections::BTreeSet;

use crate::model::change::Change;
use crate::model::incident::IncidentId;
use crate::model::site::Site;

use crate::cli::exit::Failure;

/// The incidents named on the command line.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ChoiceArgs {
    /// Tell only this incident; the others wait for a later run (may be given several times)
    #[arg(long, value_name = "ID", conflicts_with = "skip")]
    pub(crate) only: Vec<String>,
    /// Leave this incident for a later run (may be given several times)
    #[arg(long, value_name = "ID")]
    pub(crate) skip: Vec<String>,
}

/// Which incidents a run tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choice {
    only: BTreeSet<IncidentId>,
    skip: BTreeSet<IncidentId>,
}

impl ChoiceArgs {
    /// The choice; refuses a name that is no incident's.
    pub(crate) fn parse(&self, site: &Site) -> Result<Choice, Failure> {
        let find = |name: &String| {
            let id = IncidentId::new(name).filter(|id| site.incident(id).is_some());
            id.ok_or_else(|| Failure::Usage(format!("there is no incident `{name}`")))
        };
        let ids = |names: &[String]| names.iter().map(find).collect::<Result<BTreeSet<_>, _>>();
        Ok(Choice { only: ids(&self.only)?, skip: ids(&self.skip)? })
    }
}

impl Choice {
    /// Whether the run tells a change.
    pub(crate) fn takes(&self, change: &Change) -> bool {
        let is_wanted = self.only.is_empty() || self.only.contains(&change.incident);
        is_wanted && !self.skip.contains(&change.incident)
    }
}
