//! The state of every part of `run` and what it did last, as `/healthz` and `run --status` show it.
//!
//! Promises: fit for strangers: holds no address, no secret and no text of a message.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use parking_lot::{Mutex, MutexGuard};
use serde_json::{Map, Value, json};

use crate::model::Moment;

use crate::host::part::Part;

/// How long after its moment a turn of the page may still be in progress.
const LATE: TimeDelta = TimeDelta::minutes(2);

/// A part as an alarm judges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartState {
    pub(super) part: Part,
    /// Why it fails or hangs, if it does.
    pub(super) trouble: Option<String>,
    /// Whether it has worked since the process was started.
    pub(super) has_worked: bool,
}

/// What was last seen of everything.
#[derive(Debug)]
pub(super) struct HealthState {
    since: Moment,
    /// The deadline of every part, where a test has one.
    deadline: Option<Duration>,
    facts: Mutex<Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    parts: BTreeMap<Part, State>,
    done: BTreeMap<&'static str, Value>,
    /// When the page changes next by itself.
    turn: Option<Moment>,
    /// Whether another host does the work.
    is_standby: bool,
}

#[derive(Clone, Debug)]
struct State {
    since: Moment,
    /// When it last gave a sign of life, by both clocks, and whether it rests since.
    signed: Instant,
    signed_at: Moment,
    rests: bool,
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
            signed: Instant::now(),
            signed_at: now,
            rests: true,
            why: None,
            failures: 0,
            succeeded: None,
            failed: None,
            next: None,
            notes: Map::new(),
        }
    }

    fn signs(&mut self, now: Moment) {
        (self.signed, self.signed_at) = (Instant::now(), now);
    }

    /// Whether it has been at work without a sign of life for that long.
    fn hangs(&self, deadline: Duration) -> bool {
        !self.rests && self.signed.elapsed() >= deadline
    }

    /// Why it does not do its work, if it does not.
    fn trouble(&self, deadline: Duration) -> Option<String> {
        let hangs = || format!("no sign of life since {}", self.signed_at.to_rfc3339());
        self.hangs(deadline).then(hangs).or_else(|| self.why.clone())
    }

    fn as_json(&self, part: &Part, hangs: bool) -> Value {
        let mut shown = Map::new();
        let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
        put("part", json!(part.word()));
        let state = match (hangs, &self.why) {
            (true, _) => "hanging",
            (false, Some(_)) => "failing",
            (false, None) => "well",
        };
        put("state", json!(state));
        put("since", json!(if hangs { self.signed_at } else { self.since }.to_rfc3339()));
        put("last_success", json!(self.succeeded.map(|at| at.to_rfc3339())));
        put("next", json!(self.next.map(|at| at.to_rfc3339())));
        let failed = self.failed.as_ref().map(|(at, why)| json!({ "at": at.to_rfc3339(), "why": why }));
        put("last_error", json!(failed));
        if let Some(why) = &self.why {
            put("failures", json!(self.failures));
            put("why", json!(why));
        }
        if hangs {
            put("why", json!("it is working and has given no sign of life since then"));
        }
        shown.extend(self.notes.clone());
        Value::Object(shown)
    }
}

impl HealthState {
    /// The state at the start: nothing has run yet.
    pub(super) fn new(since: Moment, deadline: Option<Duration>) -> Self {
        Self { since, deadline, facts: Mutex::default() }
    }

    /// A part begins to work.
    pub(super) fn begins(&self, part: &Part, now: Moment) {
        self.change(part, now, |state| {
            state.signs(now);
            (state.rests, state.next) = (false, None);
        });
    }

    /// A part that is at work makes progress.
    pub(super) fn signs(&self, part: &Part, now: Moment) {
        self.change_known(part, |state| state.signs(now));
    }

    /// A part did its work; says whether it failed before.
    pub(super) fn is_well(&self, part: &Part, now: Moment) -> bool {
        let was_failing = self.change_known(part, |state| {
            let was_failing = state.why.take().is_some();
            state.signs(now);
            (state.failures, state.succeeded) = (0, Some(now));
            if was_failing {
                state.since = now;
            }
            was_failing
        });
        was_failing.unwrap_or(false)
    }

    /// A part failed; says whether that is news.
    pub(super) fn fails(&self, part: &Part, why: &str, now: Moment) -> bool {
        self.change(part, now, |state| {
            state.signs(now);
            state.failures += 1;
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
        self.change_known(part, |state| (state.rests, state.next) = (true, next));
    }

    /// Keeps a fact about a part next to its state; `null` takes it away.
    pub(super) fn note(&self, part: &Part, name: &str, value: Value) {
        self.change_known(part, |state| match value {
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

    /// Another host does the work, or this one does.
    pub(super) fn stands_by(&self, is_standby: bool) {
        self.facts().is_standby = is_standby;
    }

    /// Whether every part does its work, and the page is not behind the clock.
    pub(super) fn is_all_well(&self, now: Moment) -> bool {
        let facts = self.facts();
        let is_well =
            |(part, state): (&Part, &State)| state.why.is_none() && !state.hangs(self.deadline(part));
        facts.parts.iter().all(is_well) && !facts.is_late(now)
    }

    /// Whether a part failed and has not succeeded since.
    pub(super) fn is_failing(&self, part: &Part) -> bool {
        self.facts().parts.get(part).is_some_and(|state| state.why.is_some())
    }

    /// Every part, why it fails or hangs if it does, and whether it ever worked.
    pub(super) fn part_states(&self) -> Vec<PartState> {
        let facts = self.facts();
        let state = |(part, state): (&Part, &State)| PartState {
            part: part.clone(),
            trouble: state.trouble(self.deadline(part)),
            has_worked: state.succeeded.is_some(),
        };
        facts.parts.iter().map(state).collect()
    }

    /// Whether the page should have changed by the clock, and did not.
    pub(super) fn is_late(&self, now: Moment) -> bool {
        self.facts().is_late(now)
    }

    /// Every part, and whether it works.
    pub(super) fn up(&self) -> Vec<(Part, bool)> {
        let facts = self.facts();
        let is_up = |(part, state): (&Part, &State)| {
            (part.clone(), state.why.is_none() && !state.hangs(self.deadline(part)))
        };
        facts.parts.iter().map(is_up).collect()
    }

    /// The parts that gave no sign of life by their deadline, and since when.
    pub(super) fn hanging(&self) -> Vec<(Part, Moment)> {
        let facts = self.facts();
        let hangs = facts.parts.iter().filter(|(part, state)| state.hangs(self.deadline(part)));
        hangs.map(|(part, state)| (part.clone(), state.signed_at)).collect()
    }

    /// A part that has given no sign of life for longer than that, if one has: a restart is all that helps.
    pub(super) fn stuck(&self, longest: Duration) -> Option<Part> {
        let facts = self.facts();
        // A restart does not bring back the folder or the server of a target.
        let is_ours = |part: &Part| !matches!(part, Part::Target(_) | Part::Ledger);
        let stuck = facts.parts.iter().find(|(part, state)| is_ours(part) && state.hangs(longest));
        stuck.map(|(part, _)| part.clone())
    }

    fn deadline(&self, part: &Part) -> Duration {
        self.deadline.unwrap_or_else(|| part.silence_max())
    }

    /// Everything, as an object.
    pub(super) fn as_json(&self, now: Moment) -> Value {
        let is_well = self.is_all_well(now);
        let facts = self.facts();
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
        let status = match (is_well, facts.is_standby) {
            (false, _) => "failing",
            (true, true) => "standby",
            (true, false) => "ok",
        };
        put("status", json!(status));
        put("version", json!(env!("CARGO_PKG_VERSION")));
        put("now", json!(now.to_rfc3339()));
        put("since", json!(self.since.to_rfc3339()));
        let shown = |(part, state): (&Part, &State)| state.as_json(part, state.hangs(self.deadline(part)));
        put("parts", facts.parts.iter().map(shown).collect());
        put("next_turn", json!(facts.turn.map(|at| at.to_rfc3339())));
        if facts.is_late(now) {
            put("late", json!("the page should have changed at `next_turn`, and did not"));
        }
        all.extend(facts.done.iter().map(|(what, details)| ((*what).to_owned(), details.clone())));
        Value::Object(all)
    }

    fn change<T>(&self, part: &Part, now: Moment, change: impl FnOnce(&mut State) -> T) -> T {
        change(self.facts().parts.entry(part.clone()).or_insert_with(|| State::new(now)))
    }

    /// Changes a part that is shown. One that is not named any more may end some time later, and must not come back.
    fn change_known<T>(&self, part: &Part, change: impl FnOnce(&mut State) -> T) -> Option<T> {
        self.facts().parts.get_mut(part).map(change)
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
        let (board, page) = (HealthState::new(now, None), &Part::Page);
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
        board.rests(page, later, Duration::from_secs(60));
        assert_eq!(board.stuck(Duration::ZERO), None, "it is not at work");
        board.begins(page, now);
        assert_eq!(board.stuck(Duration::ZERO), Some(Part::Page));
        assert_eq!(board.stuck(Duration::from_secs(3_600)), None, "it has only begun");
    }

    #[test]
    fn a_part_that_gives_no_sign_of_life_is_named_with_the_time() {
        let now = Moment::UNIX_EPOCH;
        let later = now + TimeDelta::minutes(30);
        let impatient = HealthState::new(now, Some(Duration::ZERO));
        let target = &Part::Target("main".into());
        impatient.begins(target, now);
        impatient.signs(target, later);
        assert_eq!(impatient.hanging(), [(target.clone(), later)]);
        let shown = impatient.as_json(later);
        assert_eq!((&shown["status"], &shown["parts"][0]["state"]), (&json!("failing"), &json!("hanging")));
        assert_eq!(shown["parts"][0]["since"], json!(later.to_rfc3339()));
        impatient.rests(target, later, Duration::from_secs(60));
        assert!(
            impatient.hanging().is_empty() && impatient.is_all_well(later),
            "whoever rests does not hang"
        );
        let patient = HealthState::new(now, None);
        patient.begins(target, now);
        assert!(patient.hanging().is_empty() && patient.is_all_well(later), "it has only begun");
    }

    #[test]
    fn a_part_that_is_not_named_any_more_does_not_come_back_by_what_it_was_doing() {
        let now = Moment::UNIX_EPOCH;
        let (board, target) = (HealthState::new(now, None), &Part::Target("main".into()));
        board.begins(target, now);
        board.forget(target);
        board.signs(target, now);
        board.is_well(target, now);
        board.note(target, "live", json!("a build"));
        board.rests(target, now, Duration::from_secs(60));
        assert_eq!(board.part_states(), []);
        board.begins(target, now);
        board.is_well(target, now);
        let known = PartState { part: target.clone(), trouble: None, has_worked: true };
        assert_eq!(board.part_states(), [known]);
    }

    #[test]
    fn a_turn_in_the_past_is_no_health() {
        let now = Moment::UNIX_EPOCH;
        let board = HealthState::new(now, None);
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
