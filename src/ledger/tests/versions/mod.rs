//! Ledgers as past versions left them, and what must be possible with each under today's version.
//!
//! A release that changes the schema adds its migration's hash to the released ones, and a ledger as it leaves it: the
//! dump of one that its own binary wrote.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};

use super::scene::{compose, next_change};
use super::{LEASE, request};
use crate::ledger::{Attempt, Ledger, PlanRequest, Planning, Verdict};
use crate::model::Moment;
use crate::model::address::Endpoint;
use crate::model::hash::derive;
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::{Reply, ReplyClass};

/// Files, from schema 1 on.
pub(crate) const SQLITE: [&str; 1] = [include_str!("sqlite-1.sql")];

/// Servers, from schema 1 on.
pub(crate) const POSTGRES: [&str; 1] = [include_str!("postgres-1.sql")];

/// The migrations that are out in the world, by their hashes: they are not edited any more.
pub(crate) const SQLITE_RELEASED: [&str; 1] = ["ert7bfqrzogih263kgeqqa55f7g3a3jmfkncroiuienccuimqh4q"];

/// The same of servers.
pub(crate) const POSTGRES_RELEASED: [&str; 1] = ["u4k2preogm4s2sfvvq6wvs6ex6pjsu736k6rusvcgtuzvrjzj2yq"];

/// The ledgers of every past version, each with its number: the dumps, and what later migrations made of the last.
pub(crate) fn all<'a>(dumps: &[&'a str], migrations: &[&'a str]) -> Vec<(i64, String)> {
    let mut ledgers: Vec<_> = (1..).zip(dumps.iter().map(|dump| (*dump).to_owned())).collect();
    for migration in migrations.iter().skip(dumps.len()) {
        if let Some((version, last)) = ledgers.last() {
            ledgers.push((version + 1, format!("{last}\n{migration}")));
        }
    }
    ledgers
}

#[track_caller]
pub(crate) fn are_as_released(migrations: &[&str], released: &[&str]) {
    let hashes: Vec<String> = migrations.iter().map(|text| derive("migration", &[text])).collect();
    assert!(hashes.len() >= released.len(), "a released migration is gone");
    for (number, (hash, expected)) in (1..).zip(hashes.iter().zip(released)) {
        assert_eq!(hash, expected, "migration {number} was released and is edited: append another one");
    }
}

/// A quarter of an hour after the worker was killed.
fn later() -> Moment {
    DateTime::from_timestamp_millis(1_772_360_700_000).unwrap()
}

/// Nothing that was told is forgotten or told again, what was under way is finished, and the next change can be told.
pub(crate) fn goes_on(ledger: &mut dyn Ledger) {
    let base = ledger.announced().unwrap().unwrap();
    let incidents: Vec<&str> = base.incidents.keys().map(|origin| origin.as_str()).collect();
    assert_eq!(incidents, ["payments", "search"]);
    let people = ledger.list_subscribers().unwrap();
    let left = people.iter().filter(|listed| listed.removed_at.is_some()).count();
    let refused: Vec<&String> = people.iter().flat_map(|listed| listed.suppressed.values()).collect();
    assert_eq!((people.len(), left, refused.len()), (4, 1, 1), "{refused:?}");

    let ana = ledger.subscribers_at(&Endpoint::new("ana@example.org").unwrap()).unwrap().remove(0);
    let told = ledger.explain(&ana.subscriber.id, None).unwrap().remove(0);
    let states: Vec<StepState> = told.steps.iter().map(|step| step.state).collect();
    assert_eq!(states, [StepState::Accepted, StepState::Suppressed]);
    assert_eq!(told.steps[0].attempts[0].reply.words, "taken as 4711");
    let done: BTreeSet<_> = told.steps.into_iter().map(|step| step.id).collect();

    assert_eq!(ledger.unfinished().unwrap(), 4);
    let mut handed_off = Vec::new();
    for round in 0..4 {
        let now = later() + TimeDelta::seconds(round);
        ledger.recover(now).unwrap();
        for step in ledger.claim(&request(10), now).unwrap().steps {
            assert!(!done.contains(&step.hold.step), "told again");
            assert!(ledger.start(&step.hold, LEASE, now).unwrap());
            ledger.settle(&step.hold, &accepted(now), Verdict::Accepted).unwrap();
            handed_off.push(step.endpoint.expose().to_owned());
        }
    }
    // The text of the third may have left before the worker died, and is not sent again.
    handed_off.sort();
    assert_eq!(handed_off, ["+34600000001", "ben@example.org"]);
    assert_eq!((ledger.unfinished().unwrap(), ledger.brake().unwrap()), (0, None));

    let difference = next_change(&base, "search", Severity::Major);
    let notices = compose(&difference, &ledger.subscribers().unwrap(), Severity::Major, later());
    let request = PlanRequest::of(&base, &difference, &notices);
    let planning = ledger.plan(&request, later()).unwrap();
    assert!(matches!(planning, Planning::Planned(planned) if planned.steps == 4), "{planning:?}");
}

fn accepted(now: Moment) -> Attempt {
    let reply = Reply {
        class: ReplyClass::Accepted,
        code: String::new(),
        words: String::new(),
        reference: None,
        retry_after: None,
    };
    Attempt { provider: "relay".to_owned(), reply, started_at: now, ended_at: now }
}
