//! Decides what is written and deleted, before anything is: pure.
//!
//! Promises: a file is written only if its bytes may differ from those at the target; no file that a build of the last day
//! named is deleted; deletions beyond the limit do not happen.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::model::Moment;
use crate::publish::class::UploadStage;
use crate::publish::gone::Gone;
use crate::publish::manifest::Manifest;
use crate::publish::record::BuildRecord;

/// How long a file stays after the last build that named it: caches may still hold pages that name it.
pub(super) const GRACE: TimeDelta = TimeDelta::hours(24);

/// No more files are deleted at once unless it was asked for: this many, or a tenth of all if that is less.
const DELETES_MAX: usize = 256;

/// What is always few enough.
const DELETES_FEW: usize = 10;

/// What has to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UploadPlan {
    /// Paths to write, step by step. All of a step are written before the next begins.
    pub(super) steps: Vec<(&'static str, Vec<Write>)>,
    /// What the target will hold.
    pub(super) record: BuildRecord,
    /// How many files would be deleted if there were no limit; none of them is then.
    pub(super) over_limit: usize,
    /// Paths whose bytes at the target are, or may be, other than before.
    pub(super) changed: Vec<String>,
}

/// What decides which old files are deleted.
#[derive(Clone, Copy)]
pub(super) struct Deletes<'a> {
    /// The target's own time.
    pub(super) now: Moment,
    /// Whether more than usual may be deleted at once.
    pub(super) many: bool,
    /// Files that do not stay a day.
    pub(super) gone: &'a Gone,
}

/// One file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Write {
    pub(super) path: String,
    /// Whether there is no reason to think that it is there already.
    pub(super) is_new: bool,
}

/// Works out what leads from `live`, and from what `unfinished` builds and our own `posted`
/// changes may have left, to `manifest`. If there is a live build whose record is lost, every file may differ.
pub(super) fn plan(
    manifest: Manifest,
    live: Option<&BuildRecord>,
    unfinished: &[BuildRecord],
    posted: &BTreeSet<String>,
    deletes: Deletes<'_>,
) -> UploadPlan {
    let nothing = BuildRecord::default();
    let before = live.unwrap_or(&nothing);
    let suspects = files_to_recheck(unfinished, posted);
    let is_left = |path: &String| before.retired.contains_key(path) || before.due.contains(path);
    let mut steps: BTreeMap<(usize, &'static str), Vec<Write>> = BTreeMap::new();
    let mut changed = Vec::new();
    for (path, facts) in &manifest.files {
        let there = before.manifest.files.get(path);
        if there == Some(facts) && !suspects.contains(path) {
            continue;
        }
        let is_new = there.is_none() && !suspects.contains(path) && !is_left(path);
        changed.push(path.clone());
        steps.entry(step(path, there.is_none())).or_default().push(Write { path: path.clone(), is_new });
    }
    let Deletes { now, many, gone } = deletes;
    let retired = retired(&manifest, before, unfinished, now);
    changed.extend(before.manifest.files.keys().filter(|path| !manifest.files.contains_key(*path)).cloned());
    let old = |(path, since): (&String, &Moment)| (now - *since >= GRACE).then(|| path.clone());
    let mut due: Vec<String> = retired.iter().filter_map(old).collect();
    let limit = DELETES_MAX.min(manifest.files.len() / 10).max(DELETES_FEW);
    let over_limit = if due.len() > limit && !many { due.len() } else { 0 };
    if over_limit > 0 {
        due.clear();
    }
    let at_once: Vec<String> =
        retired.keys().filter(|path| gone.holds(path) && !due.contains(path)).cloned().collect();
    changed.extend(at_once.iter().filter(|path| !before.manifest.files.contains_key(*path)).cloned());
    due.extend(at_once);
    let retired = retired.into_iter().filter(|(path, _)| !due.contains(path)).collect();
    let steps: Vec<(&str, Vec<Write>)> =
        steps.into_iter().map(|((_, name), writes)| (name, writes)).collect();
    let writes = steps.iter().flat_map(|(_, writes)| writes).map(|write| &write.path);
    let written: BTreeSet<String> = writes.chain(posted).cloned().collect();
    let record = BuildRecord { manifest, retired, due, written: written.into_iter().collect() };
    UploadPlan { steps, record, over_limit, changed }
}

/// Paths at which other bytes may stand than the live build's record says: those that anyone who did not finish had set
/// out to write or delete, and those that we have changed ourselves before we began again.
fn files_to_recheck(unfinished: &[BuildRecord], posted: &BTreeSet<String>) -> BTreeSet<String> {
    let left = unfinished.iter().flat_map(|record| record.written.iter().chain(&record.due));
    left.chain(posted).cloned().collect()
}

/// What is at the target and is in no build from now on, and since when.
fn retired(
    manifest: &Manifest,
    live: &BuildRecord,
    unfinished: &[BuildRecord],
    now: Moment,
) -> BTreeMap<String, Moment> {
    let mut retired = live.retired.clone();
    let left = unfinished.iter().flat_map(|record| record.manifest.files.keys().chain(&record.due));
    let left = left.chain(unfinished.iter().flat_map(|record| record.retired.keys()));
    for path in live.manifest.files.keys().chain(left) {
        retired.entry(path.clone()).or_insert(now);
    }
    retired.retain(|path, _| !manifest.files.contains_key(path));
    retired
}

/// The step a file is written in. Nobody comes to a page that was not there before, except by one that was and changed:
/// so all new ones are written first, whatever they lead to.
fn step(path: &str, is_new: bool) -> (usize, &'static str) {
    match UploadStage::of(path) {
        UploadStage::Asset => (0, UploadStage::Asset.word()),
        _ if is_new => (1, "new pages"),
        class => (class as usize + 1, class.word()),
    }
}
