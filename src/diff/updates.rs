//! Matches the updates of the files with the announced ones, and finds the new ones.
//!
//! Promises: the same text at another time is the same update; a removed update stays in the record, so that restoring it
//! is not news.

use std::cmp::Reverse;

use chrono::TimeDelta;

use super::texts::TextComparer;
use super::{FRESH_FOR, likeness};
use crate::model::Moment;
use crate::model::announced::{AnnouncedText, AnnouncedUpdate};
use crate::model::author_mark::AuthorMark;
use crate::model::edit::{Part, Reason, TextEdit};
use crate::model::incident::Update;
use crate::model::phase::Phase;

/// An update whose time and words both changed is still the same when this share of the shorter text is in
/// the other.
const SAME_SHARE_PERCENT: usize = 75;
/// Fewer words than this are too common to recognize an update by: "Fixed", "Still looking into it".
const DISTINCTIVE_WORDS_MIN: usize = 4;
/// Nobody corrects a heading by more than this and its words as well.
const RETIMED_MAX: TimeDelta = TimeDelta::hours(24);

/// What comparing the updates found.
pub(super) struct Compared {
    /// The times of the updates that say something new.
    pub news: Vec<Moment>,
    /// The updates to record, oldest first: those of the files, and announced ones that are gone from them.
    pub record: Vec<AnnouncedUpdate>,
    /// What was edited in the texts of updates since they were last seen.
    pub edits: Vec<TextEdit>,
    /// Why updates that were not there before are not told, apart from those marked silent.
    pub unannounced: Option<Reason>,
    /// The times of the updates that say something new and are marked silent.
    pub silenced: Vec<Moment>,
    /// The newest announced update that is gone from the files.
    pub removed: Option<Moment>,
}

/// Compares the updates announced with the public ones of the files.
pub(super) fn compare(
    before: &[AnnouncedUpdate],
    after: &[Update],
    comparer: &TextComparer<'_>,
    now: Moment,
) -> Compared {
    let times = before.iter().map(|update| update.at).chain(after.iter().map(|update| update.at));
    let newest = times.max();
    let is_backfill = |at: Moment| {
        now - at > FRESH_FOR && (comparer.is_history || newest.is_some_and(|newest| at < newest))
    };
    let pairs = Pairs::find(before, after);
    let gone = before.iter().enumerate().filter(|(old, _)| !pairs.old_of_new.contains(&Some(*old)));
    let mut found = Compared {
        news: Vec::new(),
        record: gone.map(|(_, update)| update.clone()).collect(),
        edits: Vec::new(),
        unannounced: None,
        silenced: Vec::new(),
        removed: None,
    };
    found.removed = found.record.iter().map(|update| update.at).max();
    for (update, old) in after.iter().zip(&pairs.old_of_new) {
        let author_mark = update.author_mark.or(comparer.author_mark);
        let old = old.and_then(|old| before.get(old));
        let is_new = old.is_none_or(|old| old.body.announced.default.trim().is_empty());
        let has_words = !update.body.default.trim().is_empty();
        let body = match old {
            Some(old) if !is_new => {
                let part = Part::Update { at: update.at };
                comparer.compare(part, &old.body, &update.body, update.author_mark, &mut found.edits)
            }
            _ => AnnouncedText::announced(update.body.clone()),
        };
        match author_mark {
            _ if !is_new || !has_words => {}
            Some(AuthorMark::Silent) => found.silenced.push(update.at),
            None if is_backfill(update.at) || (old.is_some() && comparer.is_history) => {
                found.unannounced = Some(Reason::Old);
            }
            _ => found.news.push(update.at),
        }
        found.record.push(AnnouncedUpdate { at: update.at, phase: update.phase, body });
    }
    found.record.sort_by_key(|update| update.at);
    found
}

/// One-to-one pairs of announced updates and those of the files.
struct Pairs {
    /// For each update of the files, the place of its announced one.
    old_of_new: Vec<Option<usize>>,
}

/// An update with its words worked out once.
struct Worded {
    place: usize,
    at: Moment,
    phase: Option<Phase>,
    words: Vec<String>,
}

impl Pairs {
    /// Pairs from the surest sign to the weakest: same time and text; same words; similar words not far
    /// away in time; same time.
    fn find(before: &[AnnouncedUpdate], after: &[Update]) -> Self {
        let mut pairs = Self { old_of_new: vec![None; after.len()] };
        let told =
            before.iter().map(|update| (update.at, update.phase, update.body.announced.default.as_str()));
        let now = after.iter().map(|update| (update.at, update.phase, update.body.default.as_str()));
        let (mut old, mut new) = (worded(told), worded(now));
        pairs.take(&mut old, &mut new, |old, new| (old.at == new.at && old.words == new.words).then_some(0));
        pairs.take(&mut old, &mut new, |old, new| {
            let is_distinctive = new.words.len() >= DISTINCTIVE_WORDS_MIN || old.phase == new.phase;
            (is_distinctive && old.words == new.words).then_some(0)
        });
        pairs.take(&mut old, &mut new, |old, new| {
            if (old.at - new.at).abs() > RETIMED_MAX
                || old.words.len().min(new.words.len()) < DISTINCTIVE_WORDS_MIN
            {
                return None;
            }
            let share = likeness::shared_percent(&old.words, &new.words);
            (share >= SAME_SHARE_PERCENT).then_some(share)
        });
        pairs.take(&mut old, &mut new, |old, new| (old.at == new.at).then_some(0));
        pairs
    }

    /// Pairs what `rank_of` lets pass, the same time first, then the likest, then the nearest; what was
    /// paired leaves both lists.
    fn take(
        &mut self,
        old: &mut Vec<Worded>,
        new: &mut Vec<Worded>,
        rank_of: impl Fn(&Worded, &Worded) -> Option<usize>,
    ) {
        let mut found = Vec::new();
        for new in new.iter() {
            for old in old.iter() {
                if let Some(share) = rank_of(old, new) {
                    let apart = (old.at - new.at).abs();
                    let other_phase = old.phase != new.phase;
                    let rank = (!apart.is_zero(), Reverse(share), other_phase, apart);
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

fn worded<'a>(updates: impl Iterator<Item = (Moment, Option<Phase>, &'a str)>) -> Vec<Worded> {
    let numbered = updates.enumerate();
    numbered
        .map(|(place, (at, phase, body))| Worded { place, at, phase, words: likeness::words(body) })
        .collect()
}
