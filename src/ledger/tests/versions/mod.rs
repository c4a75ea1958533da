//! Ledgers as past versions left them, and what must be possible with each under today's version.
//!
//! A release that changes the schema adds its migration's hash to the released ones, and a ledger as it leaves it: the
//! dump of one that its own binary wrote.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};

use super::scene::{compose, next_change};
use super::{LEASE, request};
use crate::chain::NoticeState;
use crate::ledger::sql::columns::step_key;
use crate::ledger::{Attempt, AttemptResult, Ledger, PlanRequest, Planning};
use crate::model::Moment;
use crate::model::change::ChangeId;
use crate::model::channel::Channel;
use crate::model::clearance::{Clearance, Ground};
use crate::model::endpoint::Endpoint;
use crate::model::hash::derive;
use crate::model::incident::IncidentId;
use crate::model::notice::{StepId, StepState};
use crate::model::phase::Severity;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::subscriber::{SubscriberId, SubscriberState};

/// A ledger as an earlier version left it.
pub(crate) struct Dump {
    /// Its schema.
    version: i64,
    /// What makes it.
    text: &'static str,
}

/// A file whose worker was killed; for [`goes_on`].
pub(crate) const SQLITE_KILLED: Dump = Dump { version: 1, text: include_str!("sqlite-1.sql") };

/// A file whose providers were away; for [`finishes`].
pub(crate) const SQLITE_WAITING: Dump = Dump { version: 6, text: include_str!("sqlite-6.sql") };

/// The same on a server.
pub(crate) const POSTGRES_KILLED: Dump = Dump { version: 1, text: include_str!("postgres-1.sql") };

/// The same on a server.
pub(crate) const POSTGRES_WAITING: Dump = Dump { version: 5, text: include_str!("postgres-5.sql") };

/// The migrations that are out in the world, by their hashes: they are not edited any more.
pub(crate) const SQLITE_RELEASED: [&str; 15] = [
    "ert7bfqrzogih263kgeqqa55f7g3a3jmfkncroiuienccuimqh4q",
    "7nfg4mqdrvx5cxbx7cbcfdu5rwgw5f3luzen62zd72e2pw3hu7ua",
    "k26r4xls3trt6sf62vki3joxqbtkosc56st3gfgdgai7cumptlkq",
    "x45dfm5heogciisx67w6i3b6hze2a2h5nlqttuq3d2ydy5ggblpa",
    "5fb3gk5qpn77k2fi6rxqbkwktdj5ttmmxlhsnukjdbdnpzyphgaq",
    "ugbnw33j7vtzxcxgb5jvhmrtmtbghbokvwm3phzqmee5bs6aqc3q",
    "xk6nw7cnqk2u4lh2gceiljsuglfgenrvnf6e5rdnhcca6pkjt2pq",
    "ixizrpnwjjuukv3flna5va6eklbvp74hpo6ru3sclgfgwd32j4wq",
    "ztkflgxaaqv6afwhaydk4xhqv653s26j4e3m3367cxtw55viuqyq",
    "lyhgpmiue2hq5gw7wjixr2cw6ppakomo3s2ekac2lndx6otzmjqq",
    "muodp6nxa7v7nu7cfmkqygksaqtnzj4c2p6bhft2n4zvqgffcpza",
    "qgzlmng2itwd6zayvhixrnteujpxyl7ewcrzegxzqzok53k4nreq",
    "tg3jsisk4ncl4b55ckoac7kxokosx475royndei6tq7vbmccsqtq",
    "5ugcoqove3wozgywjteksd3hhkfq4pn5fy7widiel367xrgpqeoa",
    "l3hufqsjwqininvjix537o2v35l2dqhlyzokd3fniw7bkwbswiaa",
];

/// The same of servers.
pub(crate) const POSTGRES_RELEASED: [&str; 15] = [
    "u4k2preogm4s2sfvvq6wvs6ex6pjsu736k6rusvcgtuzvrjzj2yq",
    "wa4qjbunscmnliefxmawwrif77yeuy6nrzbvvhhfxizmnxpok3ma",
    "7gbd7wegxhmcvsmavb5liehv55ezgw2l3o25myqne77l6hj6neka",
    "kkapuplpqdv66x7jj2kegajckqoz32eb5rmstq5vxu5pib53mo5q",
    "fjrw3zbozmw3ijrvh5kel4v5bewsjecxch6hwvp5tq3zburp2kra",
    "uqnsgfth4mo3n6teymvk3xg6raofzesrpipl6cd6i2sy3mgguxdq",
    "lzgu6mipefrihwocsdrbedjlwz6i2vcstgfifrqphgkvt2rjhk7q",
    "w3l4xdaiwj2lvavj6hnuhywymsnazqrdzknsqzfmzz3cjqufoupa",
    "i2o5mkosedt357jjx73zploibiwmy7pm4ni4cl7ljpgtrusc7i3a",
    "owlbkbte4h4jrf7apexnmbyfjpwbwsba236hzei4oakktk7hnboa",
    "q5skpulzv4ayna3fa5fgrdj6jtkwhxel2is3jgsc4ocrj3lnlbeq",
    "ecbknj2fy7ykbipiugurenrctmkecjz432amtnluipth3vuvwhuq",
    "i36uodkm2qw2gjujss2zms7ea2dbvq7corefr6sxoz4q2vr754ra",
    "l3hufqsjwqininvjix537o2v35l2dqhlyzokd3fniw7bkwbswiaa",
    "pnxpmolyahk6fmdtzhailvsupnqzp4nddurxrqintvxbcnutfewa",
];

/// The dump, and what each later migration made of it, each with its schema.
pub(crate) fn all(dump: &Dump, migrations: &[&str]) -> Vec<(i64, String)> {
    let (mut version, mut text) = (dump.version, dump.text.to_owned());
    let mut ledgers = vec![(version, text.clone())];
    for migration in migrations.iter().skip(usize::try_from(version).unwrap()) {
        version += 1;
        text = format!("{text}\n{migration}");
        ledgers.push((version, text.clone()));
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

/// Nothing announced is forgotten or announced again, what was in progress is finished, and the next change can be
/// announced.
pub(crate) fn goes_on(ledger: &mut dyn Ledger) {
    let base = ledger.announced().unwrap().unwrap();
    let incidents: Vec<&str> = base.incidents.keys().map(|origin| origin.as_str()).collect();
    assert_eq!(incidents, ["payments", "search"]);
    let people = ledger.list_subscribers().unwrap();
    let left = people.iter().filter(|listed| listed.removed_at.is_some()).count();
    let refused: Vec<&String> = people.iter().flat_map(|listed| listed.suppressed.values()).collect();
    assert_eq!((people.len(), left, refused.len()), (4, 1, 1), "{refused:?}");

    let ana = ledger.subscribers_at(&Endpoint::read("ana@example.org").unwrap()).unwrap().remove(0);
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
            ledger.record_result(&step.hold, &accepted(now), AttemptResult::Accepted).unwrap();
            handed_off.push(step.endpoint.expose().to_owned());
        }
    }
    // The text of the third may have left before the worker died, and is not sent again.
    handed_off.sort();
    assert_eq!(handed_off, ["+34600000001", "ben@example.org"]);
    assert_eq!((ledger.unfinished().unwrap(), ledger.brake().unwrap()), (0, None));

    let difference = next_change(&base, "search", Severity::Major);
    let notices = compose(&difference, &ledger.active_subscribers().unwrap(), Severity::Major, later());
    let clearance = Clearance::grant(Ground::Shown);
    let request = PlanRequest::new(&base, &difference, &notices, &clearance);
    let planning = ledger.plan(&request, later()).unwrap();
    assert!(matches!(planning, Planning::Planned(planned) if planned.steps == 4), "{planning:?}");
}

/// Half a minute after the providers went away.
fn soon() -> Moment {
    DateTime::from_timestamp_millis(1_795_176_030_000).unwrap()
}

/// Every mail and every text that waited is handed off with its text, and everyone is notified once of each incident.
pub(crate) fn finishes(ledger: &mut dyn Ledger) {
    assert_eq!(ledger.unfinished().unwrap(), 11);
    assert_eq!(ledger.count_on_hold().unwrap().count, 2);
    ledger.release_on_hold(soon()).unwrap();
    let mut handed_off = Vec::new();
    for round in 0..4 {
        let now = soon() + TimeDelta::seconds(round);
        for step in ledger.claim(&request(10), now).unwrap().steps {
            let words = step.message.plain_text();
            assert!(words.contains("Search is slow") && words.contains(step.incident.as_str()), "{words}");
            assert!(ledger.start(&step.hold, LEASE, now).unwrap());
            ledger.record_result(&step.hold, &accepted(now), AttemptResult::Accepted).unwrap();
            handed_off.push(format!("{} {}", step.incident, step.endpoint.expose()));
        }
    }
    handed_off.sort();
    let expected = [
        "payments Dora@example.org",
        "payments ana@example.org",
        "payments ben@example.org",
        "search +34600000003",
        "search +34600000004",
        "search Dora@example.org",
        "search ana@example.org",
        "search ben@example.org",
    ];
    assert_eq!(handed_off, expected);
    // No subscriber could be notified while this address was in the ledger: it was taken for a telephone number.
    let odd = ledger.subscribers_at(&Endpoint::read("+zed@example.org").unwrap()).unwrap();
    assert_eq!((odd.len(), ledger.unreadable_subscribers().unwrap().len()), (1, 0));
    for spelling in ["dora@example.org", "DORA@example.org"] {
        let found = ledger.subscribers_at(&Endpoint::read(spelling).unwrap()).unwrap();
        assert_eq!(found.len(), 1, "two spellings are one person");
    }
    let eva = ledger.subscribers_at(&Endpoint::read("eva@example.org").unwrap()).unwrap().remove(0);
    assert_eq!(eva.state(), SubscriberState::Left);
    assert_eq!((ledger.unfinished().unwrap(), ledger.brake().unwrap()), (0, None));
}

/// The change of the incident `search` in [`SQLITE_WAITING`] and [`POSTGRES_WAITING`].
const SEARCH: &str = "yza65a5j76urwvehumt2ptc35nvhy7nd75xmea4p6xrgahlgq2mq";

/// The ledger of [`finishes`], in which each number of another subscriber is that of a second one too, who waits for a text
/// about `search` and has no other address. The owner of the second number has nothing waiting.
pub(crate) fn with_shared_numbers(dump: &Dump) -> (i64, String) {
    let mut text = dump.text.to_owned();
    text += "\nDELETE FROM step WHERE notice = 10;\nDELETE FROM notice WHERE number = 10;";
    for (number, endpoint, id) in [(20, 4, "second"), (21, 7, "third")] {
        let (change, id) = (ChangeId::from_stored(SEARCH), SubscriberId::from_stored(id));
        let key = step_key(&StepId::derive(&change, &id, Channel::Text, 0));
        text += &format!(
            "
            INSERT INTO subscriber (number, id, follows, from_severity, language, time_zone, added_at)
                VALUES ({number}, '{id}', 'null', 0, 'en', 'UTC', 1795176000000);
            INSERT INTO contact (subscriber, position, endpoint) VALUES ({number}, 0, {endpoint});
            INSERT INTO notice (number, change, subscriber, incident) VALUES ({number}, 2, {number}, 2);
            INSERT INTO step (number, key, notice, position, channel, severity, endpoint, message, state, due_at,
                    expires_at, change)
                SELECT {number}, {key}, {number}, 0, 1, severity, {endpoint}, message, 1, 1795176000000,
                    1795177800000, 2
                FROM step WHERE number = 13;"
        );
    }
    (dump.version, text)
}

/// What waits for a number of two subscribers is sent once, whichever of them keeps the number.
pub(crate) fn notifies_shared_numbers_once(ledger: &mut dyn Ledger) {
    ledger.release_on_hold(soon()).unwrap();
    let mut sent = Vec::new();
    let mut ended = Vec::new();
    for round in 0..6 {
        let now = soon() + TimeDelta::seconds(round);
        let claim = ledger.claim(&request(10), now).unwrap();
        ended.extend(claim.ended.into_iter().map(|step| (step.subscriber, step.state, step.by_wish)));
        for step in claim.steps {
            assert!(ledger.start(&step.hold, LEASE, now).unwrap());
            ledger.record_result(&step.hold, &accepted(now), AttemptResult::Accepted).unwrap();
            if step.endpoint.channel() == Channel::Text {
                sent.push(format!("{} {}", step.incident, step.endpoint.expose()));
            }
        }
    }
    sent.sort();
    assert_eq!(sent, ["search +34600000003", "search +34600000004"]);
    let second = SubscriberId::from_stored("second");
    assert!(ended.contains(&(second.clone(), StepState::Suppressed, true)), "{ended:?}");
    let told = ledger.explain(&second, None).unwrap().remove(0).steps.remove(0);
    let why = "already sent once to an address that another subscriber had too";
    assert_eq!(told.reason.as_deref(), Some(why));
    let summary = ledger.summary(Some(&IncidentId::new("search").unwrap())).unwrap().remove(0);
    let ends = [NoticeState::Open, NoticeState::NotReached, NoticeState::InDoubt];
    assert_eq!(ends.map(|end| summary.people_at(end)), [0; 3], "each subscriber has an end");
    let missed = ledger.missed(&summary.change.id, 9).unwrap();
    assert!(missed.iter().any(|one| one.subscriber == second), "{missed:?}");
    assert_eq!((ledger.unfinished().unwrap(), ledger.brake().unwrap()), (0, None));
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
