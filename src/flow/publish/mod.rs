//! `allclear publish`: the page to every target, in an order that never shows a broken page.
//!
//! Promises: a target that fails does not stop the next; what is wrong in a file holds back only itself; the exit code
//! says the worst that happened.

mod after;
pub(crate) mod place;
mod say;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::config;
use crate::config::page::PAGE_FILE;
use crate::config::target::{Place, Target};
use crate::model::problem::Problem;
use crate::model::site::Site;
use crate::model::tree::Tree;
use crate::publish::compress::twins;
use crate::publish::headers::headers_file;
use crate::publish::manifest::Manifest;
use crate::publish::pointer::Origin;
use crate::publish::send::Parcel;

use crate::cli::arguments::Format;
use crate::cli::exit::{Exit, Failure};
use crate::cli::print;
use crate::cli::problems;
use crate::flow::publish::after::Arrived;
use crate::flow::publish::place::Journey;
use crate::workspace::root::Root;

/// Takes a tree to the targets as the command does, for who does so again and again. Says what happened to it; the worst
/// exit is the whole's.
pub(crate) fn again(root: &Root, targets: &[Target], tree: &Tree, site: &Site, wait: Duration) -> Exit {
    let origin = crate::workspace::origin::origin(&root.path, site, root.now());
    let journey = Journey { root, force: false, remove_many: false, purge_all: false, wait: Some(wait) };
    to_all(&journey, targets, tree, &origin, &[])
}

/// Takes a tree to the targets, one after the other, and says what happened to it. The worst exit is the
/// whole's.
pub(crate) fn to_all(
    journey: &Journey<'_>,
    targets: &[Target],
    tree: &Tree,
    origin: &Origin,
    problems: &[Problem],
) -> Exit {
    let mut exit = Exit::Done;
    let mut rows = Vec::new();
    let mut arrived = Vec::new();
    for target in targets {
        let parcel = parcel(target, tree, origin);
        let result = journey.take(target, &parcel);
        exit = worse(exit, say::exit_of(&result));
        match journey.root.format {
            Format::Json => rows.push(say::as_json(target, &result)),
            _ => say::result(target, &result),
        }
        if let Ok(sent) = result {
            let one = Arrived { target, parcel, sent };
            let (told, row) = after::tell_cache(journey, &one);
            exit = worse(exit, told);
            rows.last_mut().zip(row).into_iter().for_each(|(last, row)| last["purged"] = row);
            arrived.push(one);
        }
    }
    if let Some(wait) = journey.wait {
        let (looked, right) = after::look(journey.root, &arrived, wait);
        exit = worse(exit, looked);
        for (one, right) in arrived.iter().zip(right) {
            let row = rows.iter_mut().find(|row| row["target"] == one.target.name.as_str());
            row.into_iter().for_each(|row| row["verified"] = right.into());
        }
    }
    print_rows(journey, rows, problems);
    exit
}

/// Says what would be done at the targets. The worst exit is the whole's.
pub(crate) fn look_at_all(
    journey: &Journey<'_>,
    targets: &[Target],
    tree: &Tree,
    origin: &Origin,
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

fn print_rows(journey: &Journey<'_>, rows: Vec<Value>, problems: &[Problem]) {
    if journey.root.format == Format::Json {
        let problems: Value = serde_json::from_str(&problems::as_json(problems)).unwrap_or_default();
        print::exact(&format!("{:#}", serde_json::json!({ "problems": problems, "targets": rows })));
    }
}

/// The targets of the page, or those that are named.
pub(crate) fn targets(root: &Root, names: &[String]) -> Result<Vec<Target>, Failure> {
    let Some(targets) = config::read_targets(&root.path) else {
        let (_, mut found, _) = config::read_page(&root.path);
        problems::show(&mut found, root.format);
        print::say("nothing was published: a target in site/page.toml is invalid");
        return Err(Failure::Problems);
    };
    if targets.is_empty() {
        return Err(Failure::Refused {
            why: format!("{PAGE_FILE} names no target"),
            hint: "add a `[[targets]]` table with a name and a kind; see docs/publishing.md".to_owned(),
        });
    }
    if let Some(unknown) = names.iter().find(|name| targets.iter().all(|target| target.name != **name)) {
        let known: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        let suggestion = crate::located::suggestion(unknown, &known).unwrap_or_default();
        return Err(Failure::Usage(format!("there is no target `{unknown}`: {suggestion}")));
    }
    Ok(targets.into_iter().filter(|target| names.is_empty() || names.contains(&target.name)).collect())
}

/// The build with what this target has next to it. Its id is that of the page alone, the same at every
/// target.
fn parcel(target: &Target, tree: &Tree, origin: &Origin) -> Parcel {
    let build = Manifest::of(tree).build();
    let mut files: BTreeMap<String, Bytes> = tree.files.clone();
    if target.headers_file {
        let rules = headers_file(files.keys().map(String::as_str));
        files.entry("_headers".to_owned()).or_insert_with(|| rules.into());
    }
    if matches!(&target.place, Place::Folder(folder) if folder.compressed) {
        let twins = twins(&files);
        files.extend(twins);
    }
    Parcel { build, files, origin: origin.clone() }
}

/// A failure of the world is worse than a refusal.
pub(crate) fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit: Exit| match exit {
        Exit::Done => 0,
        Exit::Problems => 1,
        Exit::Refused => 2,
        Exit::Usage | Exit::WorldFailed => 3,
    };
    if rank(other) > rank(one) { other } else { one }
}
