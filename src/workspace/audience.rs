//! The site for one audience: its own state, page address, targets, plan and ledger.
//!
//! Promises: nothing of one audience is read for another. Never writes.

use crate::cli::exit::Failure;
use crate::config;
use crate::config::Reading;
use crate::config::page::PAGE_FILE;
use crate::config::plan::{LedgerPlace, PLAN_FILE, Plan, plan_file};
use crate::config::target::Target;
use crate::located::suggestion;
use crate::model::audience::{Audience, AudienceName};
use crate::model::page::Page;
use crate::model::problem::Problem;
use crate::workspace::root::Root;
use crate::workspace::state;

impl Root {
    /// The same root as an audience of the page has it: what is known of its people lies apart from what is known of others.
    pub(super) fn read_by(self, audience: Audience) -> Self {
        let state = match audience {
            Audience::Named(name) => state::of_audience(&self.state, name),
            Audience::Public | Audience::Internal => self.state,
        };
        Self { state, audience, ..self }
    }

    /// The same site for an audience of its page.
    pub(crate) fn of_audience(&self, name: AudienceName) -> Self {
        self.clone().read_by(Audience::Named(name))
    }

    /// The name of the audience, if the page names it.
    pub(crate) fn audience_name(&self) -> Option<AudienceName> {
        match self.audience {
            Audience::Named(name) => Some(name),
            Audience::Public | Audience::Internal => None,
        }
    }

    /// Refuses an audience that the page does not have. A page that cannot be read is reported by who needs it.
    pub(crate) fn refuse_unknown_audience(&self) -> Result<(), Failure> {
        let (Some(name), Some(page)) = (self.audience_name(), config::read_page(&self.path).0) else {
            return Ok(());
        };
        if page.audience(name).is_some() {
            return Ok(());
        }
        let known = page.audiences.iter().map(|audience| audience.name.as_str());
        let known: Vec<&str> = known.chain(["public", "internal"]).collect();
        let hint = suggestion(name.as_str(), &known).unwrap_or_default();
        Err(Failure::Usage(format!("--audience {name}: {PAGE_FILE} has no such audience; {hint}")))
    }

    /// The page, at the address of the root's audience.
    pub(crate) fn read_page(&self) -> Reading<Page> {
        let (page, problems, places) = config::read_page(&self.path);
        let page =
            page.map(|page| match self.audience_name().and_then(|name| page.audience(name)).cloned() {
                Some(audience) => page.of_audience(&audience),
                None => page,
            });
        (page, problems, places)
    }

    /// The targets of the root's audience; `None` if one is invalid.
    pub(crate) fn read_targets(&self) -> Option<Vec<Target>> {
        config::read_targets(&self.path, self.audience_name())
    }

    /// The plan of the root's audience.
    pub(crate) fn read_plan(&self) -> Reading<Plan> {
        let (plan, problems, places) = config::read_plan(&self.path, self.audience_name());
        (plan, self.with_plan_named(problems), places)
    }

    /// Where the ledger of the root's audience is.
    pub(crate) fn read_ledger_place(&self) -> Reading<LedgerPlace> {
        let (place, problems, places) = config::read_ledger_place(&self.path, self.audience_name());
        (place, self.with_plan_named(problems), places)
    }

    /// Problems of the plan under the name that the plan of the root's audience has.
    pub(crate) fn with_plan_named(&self, mut problems: Vec<Problem>) -> Vec<Problem> {
        let file = plan_file(self.audience_name());
        let of_plan = problems.iter_mut().filter(|problem| problem.file == PLAN_FILE);
        of_plan.for_each(|problem| problem.file.clone_from(&file));
        problems
    }
}
