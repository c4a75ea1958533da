//! The board: how every part is doing and what it did last, for anyone who asks.
//!
//! Promises: says nothing that does not belong before strangers: no address, no secret, no words of a message.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::model::Moment;

use crate::host::part::Part;

/// What was last seen of everything.
#[derive(Debug)]
pub(super) struct Board {
    since: Moment,
    facts: Mutex<Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    parts: BTreeMap<Part, State>,
    done: BTreeMap<&'static str, Value>,
}

#[derive(Clone, Debug)]
struct State {
    since: Moment,
    /// When it last began to work, and whether it still does.
    began: Instant,
    is_busy: bool,
    /// Why it fails, and how often it has without a success in between.
    why: Option<String>,
    failures: u32,
}

impl Board {
    /// An empty board.
    pub(super) fn new(since: Moment) -> Self {
        Self { since, facts: Mutex::default() }
    }

    /// A part begins to work.
    pub(super) fn begins(&self, part: Part, now: Moment) {
        let state = State { since: now, began: Instant::now(), is_busy: true, why: None, failures: 0 };
        let mut facts = self.facts();
        let state = facts.parts.entry(part).or_insert(state);
        (state.began, state.is_busy) = (Instant::now(), true);
    }

    /// A part did its work; says whether it failed before.
    pub(super) fn is_well(&self, part: Part, now: Moment) -> bool {
        let mut facts = self.facts();
        let Some(state) = facts.parts.get_mut(&part) else { return false };
        let was_failing = state.why.take().is_some();
        (state.failures, state.is_busy) = (0, false);
        if was_failing {
            state.since = now;
        }
        was_failing
    }

    /// A part failed; says whether that is news.
    pub(super) fn fails(&self, part: Part, why: &str, now: Moment) -> bool {
        let mut facts = self.facts();
        let state = State { since: now, began: Instant::now(), is_busy: false, why: None, failures: 0 };
        let state = facts.parts.entry(part).or_insert(state);
        state.failures += 1;
        state.is_busy = false;
        let is_news = state.why.as_deref() != Some(why);
        if state.why.is_none() {
            state.since = now;
        }
        state.why = Some(why.to_owned());
        is_news
    }

    /// Something was done: `built`, `published`, `told`, `delivered`.
    pub(super) fn did(&self, what: &'static str, details: Value) {
        self.facts().done.insert(what, details);
    }

    /// Whether every part does its work.
    pub(super) fn is_all_well(&self) -> bool {
        self.facts().parts.values().all(|state| state.why.is_none())
    }

    /// The part that has been at one piece of work for longer than that, if one has.
    pub(super) fn stuck(&self, longest: Duration) -> Option<Part> {
        let facts = self.facts();
        let is_stuck = |state: &State| state.is_busy && state.began.elapsed() >= longest;
        // These two are at one piece of work all their lives.
        let rests = |part: Part| !matches!(part, Part::Files | Part::Deliver | Part::Health);
        facts.parts.iter().find(|(part, state)| rests(**part) && is_stuck(state)).map(|(part, _)| *part)
    }

    /// Everything, as an object.
    pub(super) fn as_json(&self, now: Moment) -> Value {
        let facts = self.facts();
        let part = |(part, state): (&Part, &State)| {
            let mut shown = json!({
                "part": part.word(),
                "state": if state.why.is_some() { "failing" } else { "well" },
                "since": state.since.to_rfc3339(),
            });
            if let (Some(why), Some(shown)) = (&state.why, shown.as_object_mut()) {
                shown.insert("failures".to_owned(), json!(state.failures));
                shown.insert("why".to_owned(), json!(why));
            }
            shown
        };
        let is_well = facts.parts.values().all(|state| state.why.is_none());
        let mut all = json!({
            "status": if is_well { "ok" } else { "failing" },
            "version": env!("CARGO_PKG_VERSION"),
            "now": now.to_rfc3339(),
            "since": self.since.to_rfc3339(),
            "parts": facts.parts.iter().map(part).collect::<Vec<_>>(),
        });
        if let Some(all) = all.as_object_mut() {
            all.extend(facts.done.iter().map(|(what, details)| ((*what).to_owned(), details.clone())));
        }
        all
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_failure_is_news_once_and_its_end_as_well() {
        let now = Moment::UNIX_EPOCH;
        let later = now + TimeDelta::minutes(30);
        let board = Board::new(now);
        board.begins(Part::Page, now);
        assert!(!board.is_well(Part::Page, now) && board.is_all_well());
        assert!(board.fails(Part::Page, "disk full", now));
        assert!(!board.fails(Part::Page, "disk full", later), "said already");
        assert!(board.fails(Part::Page, "no permission", later), "another reason");
        let shown = board.as_json(later);
        assert_eq!((&shown["status"], &shown["parts"][0]["failures"]), (&json!("failing"), &json!(3)));
        assert_eq!(shown["parts"][0]["since"], json!(now.to_rfc3339()));
        assert!(board.is_well(Part::Page, later) && board.is_all_well());
        assert_eq!(board.stuck(Duration::ZERO), None, "it is not at work");
        board.begins(Part::Page, now);
        assert_eq!(board.stuck(Duration::ZERO), Some(Part::Page));
        assert_eq!(board.stuck(Duration::from_secs(3_600)), None, "it has only begun");
    }
}
