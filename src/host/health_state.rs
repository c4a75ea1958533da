//! The state of every part of `run` and what it did last, as `/healthz` and `run --status` show it.
//!
//! Promises: says nothing that does not belong before strangers: no address, no secret, no text of a message.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use parking_lot::{Mutex, MutexGuard};
use serde_json::{Map, Value, json};

use crate::model::Moment;

use crate::host::part::Part;

/// How long after its moment a turn of the page may still be in progress.
const LATE: TimeDelta = TimeDelta::minutes(2);

/// What was last seen of everything.
#[derive(Debug)]
pub(super) struct HealthState {
    since: Moment,
    facts: Mutex<Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    parts: BTreeMap<Part, State>,
    done: BTreeMap<&'static str, Value>,
    /// When the page changes next by itself.
    turn: Option<Moment>,
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
    succeeded: Option<Moment>,
    /// The last failure, also when it is over.
    failed: Option<(Moment, String)>,
    next: Option<Moment>,
    notes: Map<String, Value>,
}

impl State {
    fn new(now: Moment) -> Self {
        Self {
            since: now,
            began: Instant::now(),
            is_busy: false,
            why: None,
            failures: 0,
            succeeded: None,
            failed: None,
            next: None,
            notes: Map::new(),
        }
    }

    fn as_json(&self, part: &Part) -> Value {
        let mut shown = Map::new();
        let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
        put("part", json!(part.word()));
        put("state", json!(if self.why.is_some() { "failing" } else { "well" }));
        put("since", json!(self.since.to_rfc3339()));
        put("last_success", json!(self.succeeded.map(|at| at.to_rfc3339())));
        put("next", json!(self.next.map(|at| at.to_rfc3339())));
        let failed = self.failed.as_ref().map(|(at, why)| json!({ "at": at.to_rfc3339(), "why": why }));
        put("last_error", json!(failed));
        if let Some(why) = &self.why {
            put("failures", json!(self.failures));
            put("why", json!(why));
        }
        shown.extend(self.notes.clone());
        Value::Object(shown)
    }
}

impl HealthState {
    /// An empty board.
    pub(super) fn new(since: Moment) -> Self {
        Self { since, facts: Mutex::default() }
    }

    /// A part begins to work.
    pub(super) fn begins(&self, part: &Part, now: Moment) {
        self.change(part, now, |state| {
            (state.began, state.is_busy, state.next) = (Instant::now(), true, None)
        });
    }

    /// A part did its work; says whether it failed before.
    pub(super) fn is_well(&self, part: &Part, now: Moment) -> bool {
        self.change(part, now, |state| {
            let was_failing = state.why.take().is_some();
            (state.failures, state.is_busy, state.succeeded) = (0, false, Some(now));
            if was_failing {
                state.since = now;
            }
            was_failing
        })
    }

    /// A part failed; says whether that is news.
    pub(super) fn fails(&self, part: &Part, why: &str, now: Moment) -> bool {
        self.change(part, now, |state| {
            state.failures += 1;
            state.is_busy = false;
            let is_news = state.why.as_deref() != Some(why);
            if state.why.is_none() {
                state.since = now;
            }
            state.why = Some(why.to_owned());
            state.failed = Some((now, why.to_owned()));
            is_news
        })
    }

    /// A part works next after that time, unless it is woken.
    pub(super) fn rests(&self, part: &Part, now: Moment, time: Duration) {
        let next = TimeDelta::from_std(time).ok().and_then(|time| now.checked_add_signed(time));
        self.change(part, now, |state| state.next = next);
    }

    /// Keeps a fact about a part next to its state; `null` takes it away.
    pub(super) fn note(&self, part: &Part, name: &str, value: Value) {
        self.change(part, self.since, |state| match value {
            Value::Null => drop(state.notes.remove(name)),
            value => drop(state.notes.insert(name.to_owned(), value)),
        });
    }

    /// Whether such a fact is kept about any part.
    pub(super) fn has_note(&self, name: &str) -> bool {
        self.facts().parts.values().any(|state| state.notes.contains_key(name))
    }

    /// There is no such part any more.
    pub(super) fn forget(&self, part: &Part) {
        self.facts().parts.remove(part);
    }

    /// Something was done: `built`, `published`, `told`, `delivered`.
    pub(super) fn record_event(&self, what: &'static str, details: Value) {
        self.facts().done.insert(what, details);
    }

    /// The page changes by itself at that moment.
    pub(super) fn turns(&self, at: Option<Moment>) {
        self.facts().turn = at;
    }

    /// Whether every part does its work, and the page is not behind the clock.
    pub(super) fn is_all_well(&self, now: Moment) -> bool {
        let facts = self.facts();
        facts.parts.values().all(|state| state.why.is_none()) && !facts.is_late(now)
    }

    /// The part that has been at one piece of work for longer than that, if one has.
    pub(super) fn stuck(&self, longest: Duration) -> Option<Part> {
        let facts = self.facts();
        let is_stuck = |state: &State| state.is_busy && state.began.elapsed() >= longest;
        // These are at one piece of work all their lives, and a target is ended at its own limits.
        let rests = |part: &Part| {
            !matches!(part, Part::Files | Part::Deliver | Part::Health | Part::Hook | Part::Target(_))
        };
        facts.parts.iter().find(|(part, state)| rests(part) && is_stuck(state)).map(|(part, _)| part.clone())
    }

    /// Everything, as an object.
    pub(super) fn as_json(&self, now: Moment) -> Value {
        let is_well = self.is_all_well(now);
        let facts = self.facts();
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
        put("status", json!(if is_well { "ok" } else { "failing" }));
        put("version", json!(env!("CARGO_PKG_VERSION")));
        put("now", json!(now.to_rfc3339()));
        put("since", json!(self.since.to_rfc3339()));
        put("parts", facts.parts.iter().map(|(part, state)| state.as_json(part)).collect());
        put("next_turn", json!(facts.turn.map(|at| at.to_rfc3339())));
        if facts.is_late(now) {
            put("late", json!("the page should have changed by the clock at `next_turn`, and has not"));
        }
        all.extend(facts.done.iter().map(|(what, details)| ((*what).to_owned(), details.clone())));
        Value::Object(all)
    }

    fn change<T>(&self, part: &Part, now: Moment, change: impl FnOnce(&mut State) -> T) -> T {
        change(self.facts().parts.entry(part.clone()).or_insert_with(|| State::new(now)))
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock()
    }
}

impl Facts {
    /// Whether the clock has passed the moment of the page's next turn, and nothing was built since.
    fn is_late(&self, now: Moment) -> bool {
        self.turn.is_some_and(|turn| now - turn > LATE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_news_once_and_its_end_as_well() {
        let now = Moment::UNIX_EPOCH;
        let later = now + TimeDelta::minutes(30);
        let (board, page) = (HealthState::new(now), &Part::Page);
        board.begins(page, now);
        assert!(!board.is_well(page, now) && board.is_all_well(now));
        assert!(board.fails(page, "disk full", now));
        assert!(!board.fails(page, "disk full", later), "said already");
        assert!(board.fails(page, "no permission", later), "another reason");
        let shown = board.as_json(later);
        assert_eq!((&shown["status"], &shown["parts"][0]["failures"]), (&json!("failing"), &json!(3)));
        assert_eq!(shown["parts"][0]["since"], json!(now.to_rfc3339()));
        assert!(board.is_well(page, later) && board.is_all_well(later));
        assert_eq!(board.as_json(later)["parts"][0]["last_error"]["why"], json!("no permission"));
        assert_eq!(board.stuck(Duration::ZERO), None, "it is not at work");
        board.begins(page, now);
        assert_eq!(board.stuck(Duration::ZERO), Some(Part::Page));
        assert_eq!(board.stuck(Duration::from_secs(3_600)), None, "it has only begun");
    }

    #[test]
    fn a_turn_in_the_past_is_no_health() {
        let now = Moment::UNIX_EPOCH;
        let board = HealthState::new(now);
        board.turns(Some(now));
        assert!(board.is_all_well(now + LATE));
        let late = now + LATE + TimeDelta::seconds(1);
        assert!(!board.is_all_well(late));
        let shown = board.as_json(late);
        assert_eq!((&shown["status"], shown["late"].is_string()), (&json!("failing"), true));
        board.turns(Some(late));
        assert!(board.is_all_well(late));
    }
}
