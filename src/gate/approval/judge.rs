//! Judges approvals: whether those that were found are the ones that the plan asks for.
//!
//! Promises: an approval counts only if it is of this very text, if its giver has the role and did not write the text, and, where
//! the plan asks for signatures, if git verified one. Only a break-glass approval needs no second person.

use std::collections::BTreeSet;

use crate::config::plan::Plan;
use crate::model::address::EmailAddress;
use crate::model::approval::{Approval, Means, Role};

/// The text that is to be approved.
pub(super) struct Text<'a> {
    /// Digest of the text that is approved.
    pub digest: &'a str,
    /// The addresses of those who wrote it, as far as they are known.
    pub authors: &'a [EmailAddress],
}

/// What comes of the approvals that were found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    /// The approvals that count for this text.
    pub given: Vec<Approval>,
    /// The roles whose approval is missing.
    pub missing: BTreeSet<Role>,
    /// Why the others do not count, each a phrase.
    pub rejected: Vec<String>,
}

/// Judges the approvals of one incident against the roles that have to approve.
pub(super) fn judge(plan: &Plan, needs: &BTreeSet<Role>, text: &Text<'_>, found: &[Approval]) -> Judgement {
    let (mut given, mut missing, mut rejected) = (Vec::new(), needs.clone(), BTreeSet::new());
    for approval in found {
        match roles_of(plan, text, approval) {
            Ok(Some(roles)) => {
                let before = missing.len();
                missing.retain(|role| !roles.contains(role));
                if missing.len() < before {
                    given.push(approval.clone());
                } else if needs.is_disjoint(&roles) {
                    rejected.insert(format!("{} has another role", name(plan, &approval.person)));
                }
            }
            Ok(None) => {
                missing.clear();
                given.push(approval.clone());
            }
            Err(why) => {
                rejected.insert(why);
            }
        }
    }
    Judgement { given, missing, rejected: rejected.into_iter().collect() }
}

/// The roles in which the approval counts; `None` for all of them.
fn roles_of(plan: &Plan, text: &Text<'_>, approval: &Approval) -> Result<Option<BTreeSet<Role>>, String> {
    let name = name(plan, &approval.person);
    let Some(person) = plan.people.get(&approval.person) else {
        return Err(format!("{name}, who approved it, is not among the people of the plan"));
    };
    if approval.digest != text.digest {
        return Err(format!("{name} approved another version of the text"));
    }
    let roles = roles(plan, &approval.person);
    match &approval.means {
        Means::BreakGlass { role, .. } if roles.contains(role) => return Ok(None),
        Means::BreakGlass { role, .. } => {
            return Err(format!("{name} is not {} any more", role.name()));
        }
        Means::Command | Means::Commit { signed: false, .. } if plan.approval.signed => {
            return Err(format!("the approval of {name} is not signed, and `approval.signed` is true"));
        }
        Means::Command | Means::Commit { .. } => {}
    }
    if text.authors.iter().any(|author| author.canonical() == person.mail.canonical()) {
        return Err(format!("{name} wrote the text, so someone else has to approve it"));
    }
    Ok(Some(roles))
}

/// The roles of a person.
pub(super) fn roles(plan: &Plan, person: &str) -> BTreeSet<Role> {
    plan.roles.iter().filter(|(_, people)| people.contains(person)).map(|(role, _)| *role).collect()
}

fn name<'p>(plan: &'p Plan, person: &'p str) -> &'p str {
    plan.people.get(person).map_or(person, |known| &known.name)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
