//! `allclear publish`: uploads the page to every target, in an order that never shows a broken page.
//!
//! Promises: targets do not wait for each other; an error in a file holds back only that file; one target at which readers
//! get the page is enough for exit code 0, unless `--every-target` is given.

mod after;
mod background;
mod parcel;
pub(crate) mod place;
mod say;
mod side;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::config::page::PAGE_FILE;
use crate::config::target::{Target, TargetKind};
use crate::model::problem::Problem;
use crate::model::tree::SiteFiles;
use crate::publish::pointer::BuildSource;

use crate::cli::arguments::Format;
use crate::cli::exit::{Exit, Failure};
use crate::cli::print;
use crate::cli::problems;
pub(crate) use crate::flow::publish::background::{Trouble, show, take};
use crate::flow::publish::parcel::parcel;
use crate::flow::publish::place::PublishRun;
use crate::flow::publish::side::News;
use crate::workspace::root::Root;

/// Takes a tree to the targets, side by side, and says what happened to it.
pub(crate) fn to_all(
    journey: &PublishRun<'_>,
    targets: &[Target],
    tree: &SiteFiles,
    origin: &BuildSource,
    problems: &[Problem],
) -> Exit {
    let mut ends = vec![TargetResult::default(); targets.len()];
    side::go(journey, targets, tree, origin, &mut |number, news| {
        let (Some(target), Some(end)) = (targets.get(number), ends.get_mut(number)) else { return };
        end.record(journey, target, news);
    });
    let exit = exit_of(journey, &ends);
    if exit == Exit::Done {
        let behind = ends.iter().zip(targets).filter(|(end, _)| end.exit != Exit::Done);
        say::behind(behind.map(|(_, target)| target.name.as_str()));
    }
    print_rows(journey, ends.into_iter().filter_map(|end| end.row).collect(), problems);
    exit
}

/// What happened to one target.
#[derive(Clone)]
struct TargetResult {
    exit: Exit,
    /// Whether readers get the page, if it was looked.
    is_verified: Option<bool>,
    row: Option<Value>,
}

impl Default for TargetResult {
    fn default() -> Self {
        Self { exit: Exit::Done, is_verified: None, row: None }
    }
}

impl TargetResult {
    /// Prints one piece of news of a target, and keeps its exit code.
    fn record(&mut self, journey: &PublishRun<'_>, target: &Target, news: News) {
        let is_json = journey.root.format == Format::Json;
        match news {
            News::Taken(taken) => {
                self.exit = worse(self.exit, say::exit_of(&taken));
                match is_json {
                    true => self.row = Some(say::as_json(target, &taken)),
                    false => say::result(target, &taken),
                }
            }
            News::Purged(purged) => {
                let exit = if purged.is_ok() { Exit::Done } else { Exit::OperationFailed };
                self.exit = worse(self.exit, exit);
                self.row
                    .iter_mut()
                    .zip(say::purged_as_json(&purged))
                    .for_each(|(row, told)| row["purged"] = told);
                say::purged(target, &purged);
            }
            News::Waiting(wait) => say::waiting(target, wait),
            News::Looked(looked, is_elsewhere) => {
                let is_right = looked.as_ref().is_ok_and(Vec::is_empty);
                self.is_verified = Some(is_right);
                self.exit = worse(self.exit, if is_right { Exit::Done } else { Exit::OperationFailed });
                self.row.iter_mut().for_each(|row| row["verified"] = is_right.into());
                say::looked(target, &looked, is_elsewhere);
            }
        }
    }
}

/// Of the targets that were checked one correct target is enough, unless all are required; else the worst counts.
fn exit_of(journey: &PublishRun<'_>, ends: &[TargetResult]) -> Exit {
    let is_enough = |end: &TargetResult| end.exit == Exit::Done && end.is_verified == Some(true);
    if !journey.every_target && ends.iter().any(is_enough) {
        return Exit::Done;
    }
    ends.iter().fold(Exit::Done, |exit, end| worse(exit, end.exit))
}

/// Says what would be done at the targets. The worst exit is the whole's.
pub(crate) fn look_at_all(
    journey: &PublishRun<'_>,
    targets: &[Target],
    tree: &SiteFiles,
    origin: &BuildSource,
    problems: &[Problem],
) -> Exit {
    let mut exit = Exit::Done;
    let mut rows = Vec::new();
    for target in targets {
        let result = journey.look(target, &parcel(target, tree, origin));
        exit = worse(exit, say::exit_of(&result));
        match journey.root.format {
            Format::Json => rows.push(say::survey_as_json(target, &result)),
            _ => say::survey(target, &result),
        }
    }
    print_rows(journey, rows, problems);
    exit
}

/// What publishing would delete at the targets. `None` if that cannot be said of all of them: one cannot be read, or is a
/// branch or a program, which are not asked file by file.
pub(crate) fn deletes(
    journey: &PublishRun<'_>,
    targets: &[Target],
    (tree, origin): (&SiteFiles, &BuildSource),
) -> Option<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for target in targets {
        if matches!(target.place, TargetKind::Branch(_) | TargetKind::Command(_)) {
            return None;
        }
        all.extend(journey.look(target, &parcel(target, tree, origin)).ok()?.delete);
    }
    Some(all)
}

fn print_rows(journey: &PublishRun<'_>, rows: Vec<Value>, problems: &[Problem]) {
    if journey.root.format == Format::Json {
        let problems: Value = serde_json::from_str(&problems::as_json(problems)).unwrap_or_default();
        print::exact(&format!("{:#}", serde_json::json!({ "problems": problems, "targets": rows })));
    }
}

/// The targets of the page, or those that are named.
pub(crate) fn targets(root: &Root, names: &[String]) -> Result<Vec<Target>, Failure> {
    let Some(targets) = root.read_targets() else {
        let (_, mut found, _) = root.read_page();
        problems::show(&mut found, root.format);
        print::say("nothing was published: a target in site/page.toml is invalid");
        return Err(Failure::Problems);
    };
    if targets.is_empty() {
        return Err(Failure::Refused {
            why: format!("{PAGE_FILE} names no target"),
            hint: "add a `[[targets]]` table with a name and a kind; see docs/targets.md".to_owned(),
        });
    }
    if let Some(unknown) = names.iter().find(|name| targets.iter().all(|target| target.name != **name)) {
        let known: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        let suggestion = crate::located::suggestion(unknown, &known).unwrap_or_default();
        return Err(Failure::Usage(format!("there is no target `{unknown}`: {suggestion}")));
    }
    Ok(targets.into_iter().filter(|target| names.is_empty() || names.contains(&target.name)).collect())
}

/// A failure of the world is worse than a refusal.
pub(crate) fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit: Exit| match exit {
        Exit::Done => 0,
        Exit::Problems => 1,
        Exit::Refused => 2,
        Exit::Usage | Exit::OperationFailed => 3,
    };
    if rank(other) > rank(one) { other } else { one }
}
