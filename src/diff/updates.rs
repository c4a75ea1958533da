//! Which update of the files is which announced one, and which of them say something new.
//!
//! Promises: the same words at another time are the same update; an update that is gone keeps its place in
//! the record, so that bringing it back says nothing new.

use std::cmp::Reverse;

use chrono::TimeDelta;

use super::{FRESH_FOR, words};
use crate::model::Moment;
use crate::model::announced::AnnouncedUpdate;

/// An update whose time and words both changed is still the same when this share of the shorter text stands
/// in the other.
const SAME_SHARE_PERCENT: usize = 75;
/// Fewer words than this are too common to recognise an update by: "Fixed", "Still looking into it".
const TELLING_WORDS: usize = 4;
/// Nobody corrects a heading by more than this and its words as well.
const RETIMED_MAX: TimeDelta = TimeDelta::hours(24);

/// Whether words added to an announced update, or late words about days gone by, are news.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Edits {
    /// They are.
    Count,
    /// They are not: the incident has been over for long.
    Silent,
}

/// What comparing the updates found.
pub(super) struct Compared {
    /// The times of the updates that say something new.
    pub news: Vec<Moment>,
    /// The updates to record, oldest first: those of the files, and announced ones that are gone from them.
    pub record: Vec<AnnouncedUpdate>,
}

/// Compares the updates announced with those of the files.
pub(super) fn compare(
    before: &[AnnouncedUpdate],
    after: &[AnnouncedUpdate],
    edits: Edits,
    now: Moment,
) -> Compared {
    let newest = before.iter().chain(after).map(|update| update.at).max();
    let is_backfill = |at: Moment| {
        now - at > FRESH_FOR && (edits == Edits::Silent || newest.is_some_and(|newest| at < newest))
    };
    let pairs = Pairs::find(before, after);
    let mut news = Vec::new();
    for (update, old) in after.iter().zip(&pairs.old_of_new) {
        let says_more = match old.and_then(|old| before.get(old)) {
            None => !update.body.trim().is_empty() && !is_backfill(update.at),
            Some(old) if old.body == update.body || edits == Edits::Silent => false,
            Some(old) => words::brings_news(&words::words(&old.body), &words::words(&update.body)),
        };
        news.extend(says_more.then_some(update.at));
    }
    let gone = before.iter().enumerate().filter(|(old, _)| !pairs.old_of_new.contains(&Some(*old)));
    let mut record: Vec<AnnouncedUpdate> = gone.map(|(_, update)| update.clone()).collect();
    record.extend(after.iter().cloned());
    record.sort_by_key(|update| update.at);
    Compared { news, record }
}

/// One-to-one pairs of announced updates and those of the files.
struct Pairs {
    /// For each update of the files, the place of its announced one.
    old_of_new: Vec<Option<usize>>,
}

/// An update with its words worked out once.
struct Worded<'a> {
    place: usize,
    update: &'a AnnouncedUpdate,
    words: Vec<String>,
}

impl Pairs {
    /// Pairs from the surest sign to the weakest: same time and text; same words; similar words not far
    /// away in time; same time.
    fn find(before: &[AnnouncedUpdate], after: &[AnnouncedUpdate]) -> Self {
        let mut pairs = Self { old_of_new: vec![None; after.len()] };
        let (mut old, mut new) = (worded(before), worded(after));
        pairs.take(&mut old, &mut new, |old, new| {
            (old.update.at == new.update.at && old.words == new.words).then_some(0)
        });
        pairs.take(&mut old, &mut new, |old, new| {
            let telling = new.words.len() >= TELLING_WORDS || old.update.phase == new.update.phase;
            (telling && old.words == new.words).then_some(0)
        });
        pairs.take(&mut old, &mut new, |old, new| {
            if (old.update.at - new.update.at).abs() > RETIMED_MAX
                || old.words.len().min(new.words.len()) < TELLING_WORDS
            {
                return None;
            }
            let share = words::shared_percent(&old.words, &new.words);
            (share >= SAME_SHARE_PERCENT).then_some(share)
        });
        pairs.take(&mut old, &mut new, |old, new| (old.update.at == new.update.at).then_some(0));
        pairs
    }

    /// Pairs what `likeness` lets pass, the same time first, then the likest, then the nearest; what was
    /// paired leaves both lists.
    fn take(
        &mut self,
        old: &mut Vec<Worded<'_>>,
        new: &mut Vec<Worded<'_>>,
        likeness: impl Fn(&Worded<'_>, &Worded<'_>) -> Option<usize>,
    ) {
        let mut found = Vec::new();
        for new in new.iter() {
            for old in old.iter() {
                if let Some(likeness) = likeness(old, new) {
                    let apart = (old.update.at - new.update.at).abs();
                    let other_phase = old.update.phase != new.update.phase;
                    let rank = (!apart.is_zero(), Reverse(likeness), other_phase, apart);
                    found.push((rank, new.place, old.place));
                }
            }
        }
        found.sort();
        let mut used_old = vec![];
        for (_, new, old) in found {
            if let Some(pair @ None) = self.old_of_new.get_mut(new)
                && !used_old.contains(&old)
            {
                *pair = Some(old);
                used_old.push(old);
            }
        }
        old.retain(|old| !used_old.contains(&old.place));
        new.retain(|new| self.old_of_new.get(new.place).is_some_and(Option::is_none));
    }
}

fn worded(updates: &[AnnouncedUpdate]) -> Vec<Worded<'_>> {
    let numbered = updates.iter().enumerate();
    numbered.map(|(place, update)| Worded { place, update, words: words::words(&update.body) }).collect()
}
