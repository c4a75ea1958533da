//! The people of the simulation, what happens to them, and the notices that tell them of it.

use std::time::Duration;

use chrono::{TimeDelta, TimeZone, Utc};

use super::state::WorldKind;
use crate::config::plan::{Plan, Retry};
use crate::deliver::tests::house;
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::change::{Change, ChangeKind, Difference};
use crate::model::endpoint::Endpoint;
use crate::model::listed::{ListedSubscriber, SubscriberList};
use crate::model::message::{Encoding, Message, TextMessage};
use crate::model::notice::Notices;
use crate::model::phase::Severity;
use crate::model::report::Evidence;
use crate::model::sample::{self, Steps};
use crate::model::subscriber::{Consent, ConsentMethod, Subscriber, Subscription};

/// Each person's addresses, in the order in which they are tried.
pub(super) const PEOPLE: [&[&str]; 6] = [
    &["ana@example.org", "+34600000001"],
    &["+34600000002", "ben@example.org", "+34600000003"],
    &["eva@example.org"],
    &["+34600000004", "leo@example.org"],
    &["mia@example.org", "+34600000005"],
    &["tom@example.org"],
];

/// How many more there are in a crowded world: enough for a storm of refusals (`limits/storm.rs`).
const CROWD: usize = 12;

/// The boot of the one machine that all of the simulation runs on.
pub(super) const BOOT: &str = "the boot of the machine";

pub(super) const INCIDENTS: [&str; 2] = ["payments", "search"];

/// How many revisions lie between two ends of an incident in a paced world.
const REVISIONS: u32 = 5;

/// What a change's steps have to reach, one of these.
pub(super) const SUCCESS: [Evidence; 4] =
    [Evidence::Accepted, Evidence::Accepted, Evidence::Sent, Evidence::Delivered];

/// How many minutes a step that is not the last of its chain may be tried: less than a lease, or so much more that another
/// worker has time to send what a frozen one held.
pub(super) const TRY_FOR: [i64; 3] = [4, 15, 60];

pub(super) fn start() -> Moment {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap()
}

/// Limits and retries as a plan would have them. The providers are simulated.
pub(super) fn plan(kind: WorldKind) -> Plan {
    let retry = Retry { attempts_max: 5, first: Duration::from_secs(5), longest: Duration::from_secs(300) };
    let mut plan = house::empty_plan();
    plan.retry = retry;
    plan.brake.messages_per_address_per_hour = if kind == WorldKind::Paced { 2 } else { 20 };
    plan
}

pub(super) fn endpoints(who: usize) -> Vec<Endpoint> {
    subscription(who).endpoints
}

pub(super) fn subscription(who: usize) -> Subscription {
    match PEOPLE.get(who) {
        Some(addresses) => sample::subscription(addresses),
        None => sample::subscription(&[&format!("p{who}@example.org")]),
    }
}

/// How many people there are.
pub(super) fn population(kind: WorldKind) -> usize {
    if kind == WorldKind::Crowded { PEOPLE.len() + CROWD } else { PEOPLE.len() }
}

/// A list with all of them.
pub(super) fn list(people: usize) -> SubscriberList {
    let row = |who| ListedSubscriber { endpoints: endpoints(who), ..ListedSubscriber::default() };
    let defaults = Subscription { endpoints: Vec::new(), ..subscription(0) };
    SubscriberList { rows: (0..people).map(row).collect(), defaults, replaces_addresses: false }
}

pub(super) fn consent(method: ConsentMethod, at: Moment) -> Consent {
    Consent { method, source: "the simulation".to_owned(), at }
}

/// The next change of an incident. In a paced world it has updates before it ends: only these are held.
pub(super) fn next_change(base: &Baseline, incident: &str, kind: WorldKind) -> Difference {
    let mut difference = sample::next_change(base, incident, Severity::Major, start());
    for change in &mut difference.changes {
        if kind == WorldKind::Paced && change.revision % REVISIONS != 1 && change.revision % REVISIONS != 0 {
            *change = update(change);
        }
    }
    difference
}

/// The same revision, as an update.
pub(super) fn update(change: &Change) -> Change {
    let update = ChangeKind::UpdatePosted { at: start() };
    sample::change(change.origin.as_str(), change.revision, update, change.peak_severity)
}

/// A notice of each change for each subscriber, a step for each address; each later step lives longer by `life`, is
/// tried for `try_for`, and has to reach `success`.
pub(super) fn compose(
    difference: &Difference,
    subscribers: &[Subscriber],
    (life, try_for, success): (TimeDelta, TimeDelta, Evidence),
    now: Moment,
) -> Notices {
    let mut notices = Notices::default();
    for change in &difference.changes {
        let body = format!("{} {}", change.origin, change.revision);
        let message = Message::Text(TextMessage { body, encoding: Encoding::Gsm7, segments: 1 });
        let message = notices.add_message(message);
        let (message, success) = (|_| message, |_| success);
        let steps = Steps { message: &message, success: &success, from: now, life, try_for };
        notices.notices.extend(subscribers.iter().map(|who| sample::notice(change, who, &steps)));
    }
    notices
}
