//! The files of the configuration, judged by what this process allows them to name.
//!
//! Promises: what is not allowed is a problem next to those of the file, and no target or ledger is given that leads there.
//! This is the only way to these files for other rooms.

use std::path::Path;

use super::plan::{LedgerPlace, Plan};
use super::target::Target;
use super::{Reading, allowed, outbound, page, plan, target};
use crate::model::page::Page;
use crate::model::problem::SourceMap;

/// Reads `site/page.toml` below `root`: see [`page::read_page`].
pub fn read_page(root: &Path) -> Reading<Page> {
    let (page, mut problems, places) = page::read_page(root);
    if let (Some(list), Some(targets)) = (allowed::list(), target::read_targets(root)) {
        problems.extend(outbound::of_targets(list, &targets, &places));
        problems.sort();
    }
    (page, problems, places)
}

/// Reads the targets of `site/page.toml` below `root`: see [`target::read_targets`]. `None` also if one leads to what is not
/// allowed.
pub fn read_targets(root: &Path) -> Option<Vec<Target>> {
    let targets = target::read_targets(root)?;
    let is_allowed = |list| outbound::of_targets(list, &targets, &SourceMap::default()).is_empty();
    allowed::list().is_none_or(is_allowed).then_some(targets)
}

/// Reads `site/plan.toml` below `root`: see [`plan::read_plan`].
pub fn read_plan(root: &Path) -> Reading<Plan> {
    let (plan, mut problems, places) = plan::read_plan(root);
    if let (Some(list), Some(plan)) = (allowed::list(), &plan) {
        problems.extend(outbound::of_plan(list, root, plan, &places));
        problems.sort();
    }
    (plan, problems, places)
}

/// Reads where the ledger is: see [`plan::read_ledger_place`]. `None` also if that is not allowed.
pub fn read_ledger_place(root: &Path) -> Reading<LedgerPlace> {
    let (place, problems, places) = plan::read_ledger_place(root);
    let is_allowed =
        |place: &LedgerPlace| allowed::list().is_none_or(|list| outbound::allows_ledger(list, root, place));
    (place.filter(is_allowed), problems, places)
}
