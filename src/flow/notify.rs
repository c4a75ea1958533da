//! What changed since the last announcement, and to whom it goes: worked out, shown to nobody, planned in one transaction.
//!
//! Promises: a change of a file with an error is held back until the error is mended; the ledger has everything or nothing.
//! Never sends.

use std::collections::BTreeMap;

use crate::check;
use crate::cli::exit::Failure;
use crate::cli::print::count;
use crate::compose;
use crate::diff;
use crate::flow::people;
use crate::ledger::{Ledger, PlanRequest, Planned, Planning};
use crate::model::announced::Announced;
use crate::model::change::{Change, Difference};
use crate::model::channel::Channel;
use crate::model::clearance::Clearance;
use crate::model::notice::Notices;
use crate::model::problem::{Level, Problem};
use crate::model::subscriber::Subscriber;
use crate::workspace::overtaken;
use crate::workspace::root::{Opened, Root};

/// What would be told, worked out and not yet written anywhere.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// What people were told last.
    pub(crate) base: Announced,
    /// What is different.
    pub(crate) difference: Difference,
    /// To whom it goes, in which words.
    pub(crate) notices: Notices,
    /// What keeps incidents from being told.
    pub(crate) faults: Vec<Problem>,
}

/// Works out the changes and composes the notices.
pub(crate) fn prepare(root: &Root, opened: &Opened, ledger: &mut dyn Ledger) -> Result<Prepared, Failure> {
    let base = ledger.announced()?.ok_or_else(no_baseline)?;
    let commit = overtaken::commit_of(root);
    overtaken::refuse_older(root, commit.as_ref(), base.commit.as_ref())?;
    let mut prepared = compare(root, opened, base, &mut || {
        people::say_unreadable(ledger)?;
        Ok(ledger.subscribers()?)
    })?;
    if commit.is_some() {
        prepared.difference.announced.commit = commit;
    }
    Ok(prepared)
}

/// Works out what is different from what people were told, and what `subscribers` get to read of it.
pub(crate) fn compare(
    root: &Root,
    opened: &Opened,
    base: Announced,
    subscribers: &mut dyn FnMut() -> Result<Vec<Subscriber>, Failure>,
) -> Result<Prepared, Failure> {
    let now = root.now();
    let mut difference = diff::difference(&base, &opened.site, now);
    let faults = faults(root, opened);
    hold_back(&mut difference, &base, opened, &faults);
    let mut notices = Notices::default();
    if !difference.changes.is_empty() {
        let plan = opened.need_plan()?;
        let subscribers = subscribers()?;
        notices =
            compose::notices(&difference.changes, &opened.site, &subscribers, plan, &opened.theme, now)?;
    }
    Ok(Prepared { base, difference, notices, faults })
}

/// What the rules find that nobody should be told as it stands: a missing estimate, a blank left in.
fn faults(root: &Root, opened: &Opened) -> Vec<Problem> {
    let found = check::run(&opened.site, &opened.places, root.now());
    found.into_iter().filter(|problem| problem.level == Level::Error).collect()
}

/// Leaves the changes of files with a fault for the run in which they are mended.
fn hold_back(difference: &mut Difference, base: &Announced, opened: &Opened, faults: &[Problem]) {
    let is_faulty = |change: &Change| {
        let incident = opened.site.incident(&change.incident);
        incident.is_some_and(|incident| faults.iter().any(|problem| problem.file == incident.file))
    };
    let (held, told) = std::mem::take(&mut difference.changes).into_iter().partition(is_faulty);
    difference.changes = told;
    for Change { origin, .. } in held {
        match base.incidents.get(&origin) {
            Some(before) => difference.announced.incidents.insert(origin, before.clone()),
            None => difference.announced.incidents.remove(&origin),
        };
    }
}

/// Writes everything into the ledger, or nothing.
pub(crate) fn plan(
    root: &Root,
    ledger: &mut dyn Ledger,
    prepared: &Prepared,
    changes_max: Option<usize>,
    clearance: &Clearance,
) -> Result<Planned, Failure> {
    let Prepared { base, difference, notices, .. } = prepared;
    match ledger.plan(&PlanRequest { base, difference, notices, changes_max, clearance }, root.now())? {
        Planning::Planned(planned) => Ok(planned),
        Planning::Overtaken => Err(Failure::Refused {
            why: "another run planned these changes in the meantime".to_owned(),
            hint: "run `allclear notify` again: it tells what is still untold".to_owned(),
        }),
    }
}

pub(crate) fn no_baseline() -> Failure {
    Failure::Refused {
        why: "there is no baseline: this ledger does not know what people were told".to_owned(),
        hint: "run `allclear adopt` to take today's site as already announced; from then on changes are told"
            .to_owned(),
    }
}

/// How many hear of a change, and by which channel first.
pub(crate) fn reach(change: &Change, notices: &Notices) -> String {
    let mut first: BTreeMap<Channel, usize> = BTreeMap::new();
    for notice in notices.notices.iter().filter(|notice| notice.change == change.id) {
        if let Some(step) = notice.steps.first() {
            *first.entry(step.channel).or_default() += 1;
        }
    }
    let people = count(first.values().sum(), "subscriber", "subscribers");
    let ways: Vec<String> =
        first.iter().map(|(channel, number)| format!("{number} by {} first", channel.word())).collect();
    if ways.is_empty() { format!("to {people}") } else { format!("to {people}: {}", ways.join(", ")) }
}
