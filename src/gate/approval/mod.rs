//! Whether the people whose approval the plan asks for have approved what is about to be announced.
//!
//! Promises: only this file makes [`Approvals`], without which `gate` grants no clearance; a change that needs an approval which
//! is not there is not among them. What reaches nobody needs no approval.

mod commits;
mod judge;
mod signed;

use std::collections::BTreeSet;

use crate::config::plan::Plan;
use crate::model::address::EmailAddress;
use crate::model::announced::Baseline;
use crate::model::approval::{Approval, Role};
use crate::model::approved_text::text_digest;
use crate::model::change::{Change, ChangeId};
use crate::model::incident::{Audience, Incident, IncidentId};
use crate::model::notice::{Notice, Notices};
use crate::workspace::root::{LoadedSite, Root};
use judge::{Text, judge};

/// The changes that may be announced as far as approvals go, and the approvals they have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Approvals {
    changes: BTreeSet<ChangeId>,
    given: Vec<Approval>,
}

impl Approvals {
    /// Whether all of these may be announced.
    pub(super) fn cover(&self, changes: &[Change]) -> bool {
        changes.iter().all(|change| self.changes.contains(&change.id))
    }

    /// Approvals from the ledger and from commits.
    pub(super) fn given(&self) -> &[Approval] {
        &self.given
    }
}

/// An incident that waits for approval.
#[derive(Clone, Debug)]
pub(crate) struct Unapproved {
    pub(crate) incident: IncidentId,
    pub(crate) origin: IncidentId,
    /// Of the text that is to be approved.
    pub(crate) digest: String,
    /// The roles whose approval is missing.
    pub(crate) roles: BTreeSet<Role>,
    /// Who has them, each role as "Bo Berg (communications manager)".
    pub(crate) by: Vec<String>,
    /// Why the approvals that were found do not count.
    pub(crate) rejected: Vec<String>,
    /// Who wrote the text, as far as that is known.
    pub(crate) authors: Vec<EmailAddress>,
}

/// What is about to be announced.
pub(crate) struct Announcement<'a> {
    pub(crate) changes: &'a [Change],
    pub(crate) announced: &'a Baseline,
    pub(crate) notices: &'a Notices,
    /// What is queued and gets another text.
    pub(crate) corrected: &'a Notices,
}

/// Compares what is about to be announced with the approvals that the ledger and git know.
pub(crate) fn examine(
    root: &Root,
    opened: &LoadedSite,
    stored: &[Approval],
    announcement: &Announcement<'_>,
) -> (Approvals, Vec<Unapproved>) {
    let (mut approvals, mut waiting) = (Approvals::default(), Vec::new());
    let Announcement { changes, announced, notices, corrected } = announcement;
    let edited = corrected.notices.iter().map(|notice| &notice.incident);
    let origins: BTreeSet<&IncidentId> = changes.iter().map(|change| &change.origin).chain(edited).collect();
    for origin in origins {
        let own =
            notices.notices.iter().chain(&corrected.notices).filter(|notice| notice.incident == *origin);
        let needs = opened.plan.as_ref().map(|plan| needs(plan, own)).unwrap_or_default();
        let missing = match (&opened.plan, announced.incidents.get(origin)) {
            (Some(plan), Some(told)) if !needs.is_empty() => {
                examine_one((root, opened, plan), stored, (origin, &told.id), &needs)
            }
            _ => Ok(Vec::new()),
        };
        match missing {
            Ok(given) => {
                approvals.given.extend(given);
                let own = changes.iter().filter(|change| change.origin == *origin);
                approvals.changes.extend(own.map(|change| change.id.clone()));
            }
            Err(missing) => waiting.push(*missing),
        }
    }
    (approvals, waiting)
}

/// The roles that have to approve what these notices say.
pub(crate) fn needs<'n>(plan: &Plan, notices: impl Iterator<Item = &'n Notice>) -> BTreeSet<Role> {
    let mut roles = BTreeSet::new();
    for notice in notices {
        let place = plan.destinations.iter().find(|destination| destination.id() == notice.subscriber);
        let audience = match place.map(|place| place.audience) {
            Some(Audience::Internal) => Audience::Internal,
            _ => Audience::Public,
        };
        for rule in &plan.approval.rules {
            if notice.steps.iter().any(|step| rule.covers(notice.severity, audience, step.channel)) {
                roles.insert(rule.by);
            }
        }
        if roles.len() == Role::ALL.len() {
            break;
        }
    }
    roles
}

fn examine_one(
    (root, opened, plan): (&Root, &LoadedSite, &Plan),
    stored: &[Approval],
    (origin, id): (&IncidentId, &IncidentId),
    needs: &BTreeSet<Role>,
) -> Result<Vec<Approval>, Box<Unapproved>> {
    // What has no file any more is not announced, but for its queued messages, which keep their text.
    let Some(incident) = opened.site.incident(id) else { return Ok(Vec::new()) };
    let digest = text_digest(incident);
    let history = commits::history(root, (opened, plan), incident, &digest);
    let own = stored.iter().filter(|approval| approval.incident == *id).cloned();
    let found: Vec<Approval> = own.chain(history.approvals).collect();
    let judgement = judge(plan, needs, &Text { digest: &digest, authors: &history.authors }, &found);
    if judgement.missing.is_empty() {
        return Ok(judgement.given);
    }
    Err(Box::new(Unapproved {
        incident: id.clone(),
        origin: origin.clone(),
        digest,
        by: judgement.missing.iter().map(|role| who_may(plan, *role)).collect(),
        roles: judgement.missing,
        rejected: judgement.rejected.into_iter().chain(history.obstacle).collect(),
        authors: history.authors,
    }))
}

/// Who may approve in a role: "Bo Berg or Cy Cole (communications manager)".
pub(crate) fn who_may(plan: &Plan, role: Role) -> String {
    let people = plan.roles.get(&role).into_iter().flatten();
    let names: Vec<&str> =
        people.map(|one| plan.people.get(one).map_or(one.as_str(), |known| &known.name)).collect();
    format!("{} ({})", names.join(" or "), role.name())
}

/// Who wrote the text of an incident, or why git does not know.
pub(super) fn authors(
    root: &Root,
    opened: &LoadedSite,
    plan: &Plan,
    incident: &Incident,
) -> (Vec<EmailAddress>, Option<String>) {
    let history = commits::history(root, (opened, plan), incident, &text_digest(incident));
    (history.authors, history.obstacle)
}

/// The roles of a person of the plan.
pub(crate) fn roles_of(plan: &Plan, person: &str) -> BTreeSet<Role> {
    judge::roles(plan, person)
}
