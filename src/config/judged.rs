//! The files of the configuration, checked against the list of what they may name.
//!
//! Promises: what is not allowed is a problem of the file, and no target or ledger of that kind is returned. Other rooms
//! read these files only through this one.

use std::path::Path;

use super::plan::{LedgerPlace, Plan};
use super::target::Target;
use super::{Reading, allowed, outbound, page, plan, target};
use crate::model::audience::AudienceName;
use crate::model::page::Page;
use crate::model::problem::{Problem, ProblemLevel, SourceMap};

/// Reads `site/page.toml` below `root`: see [`page::read_page`].
pub fn read_page(root: &Path) -> Reading<Page> {
    let (page, mut problems, places) = page::read_page(root);
    let audiences = page.iter().flat_map(|page| &page.audiences).map(|audience| Some(audience.name));
    for audience in std::iter::once(None).chain(audiences) {
        if let (Some(list), Some(targets)) = (allowed::list(), target::read_targets(root, audience)) {
            problems.extend(outbound::of_targets(list, &targets, &places));
        }
    }
    problems.sort();
    (page, problems, places)
}

/// Reads the targets of `site/page.toml` below `root`, or of one of its audiences: see [`target::read_targets`]. `None` also if one leads to what is not
/// allowed.
pub fn read_targets(root: &Path, audience: Option<AudienceName>) -> Option<Vec<Target>> {
    let targets = target::read_targets(root, audience)?;
    let is_allowed = |list| outbound::of_targets(list, &targets, &SourceMap::default()).is_empty();
    allowed::list().is_none_or(is_allowed).then_some(targets)
}

/// Reads `site/plan.toml` below `root`, or the plan of an audience: see [`plan::read_plan`].
pub fn read_plan(root: &Path, audience: Option<AudienceName>) -> Reading<Plan> {
    let (plan, mut problems, places) = plan::read_plan(root, audience);
    if let (Some(list), Some(plan)) = (allowed::list(), &plan) {
        problems.extend(outbound::of_plan(list, root, plan, &places));
        problems.sort();
    }
    (plan, problems, places)
}

/// Reads where the ledger is: see [`plan::read_ledger_place`]. `None` also if that is not allowed.
pub fn read_ledger_place(root: &Path, audience: Option<AudienceName>) -> Reading<LedgerPlace> {
    let (place, mut problems, places) = plan::read_ledger_place(root, audience);
    let is_allowed =
        |place: &LedgerPlace| allowed::list().is_none_or(|list| outbound::allows_ledger(list, root, place));
    let place = place.filter(is_allowed);
    if place.as_ref().is_some_and(|place| is_shared(root, place, audience)) {
        problems.push(shared_ledger(audience));
        return (None, problems, places);
    }
    (place, problems, places)
}

/// Whether another audience's plan names the same server: its subscribers would then be notified of what is not for them.
fn is_shared(root: &Path, place: &LedgerPlace, audience: Option<AudienceName>) -> bool {
    let names = page::read_page(root).0.into_iter().flat_map(|page| page.audiences);
    let all = std::iter::once(None).chain(names.map(|audience| Some(audience.name)));
    let mut others = all.filter(|other| *other != audience);
    *place != LedgerPlace::Folder
        && others.any(|other| plan::read_ledger_place(root, other).0.as_ref() == Some(place))
}

fn shared_ledger(audience: Option<AudienceName>) -> Problem {
    Problem {
        file: plan::plan_file(audience),
        place: None,
        level: ProblemLevel::Error,
        rule: "shared-ledger",
        message: "another audience's plan has the same `ledger`".to_owned(),
        hint: Some("give each audience a database of its own, or leave out `ledger`".to_owned()),
    }
}
