//! The suite on a real server, and what only a server can show: several at once, versions, restarts.

#[path = "../../../tests/all/fixtures/skip.rs"]
mod skip;

mod leader;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use postgres::{Client, NoTls};

use super::{SynchronousCommit, connect, schema};
use crate::ledger::sql::server::client::Server;
use crate::ledger::sql::server::tls::Transport;
use crate::ledger::tests::server::server;
use crate::ledger::tests::{LEASE, Scene, Store, ledger_suite, request, versions};
use crate::ledger::{
    Attempt, AttemptResult, Brakes, ClaimRequest, ClaimedStep, Error, People, Queue, Settled, SqlLedger,
    Story,
};
use crate::model::Moment;
use crate::model::message::Message;
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::sample;
use crate::model::subscriber::{Consent, ConsentMethod};
use skip::skip;

/// A schema of its own on the tests' server.
struct Schema {
    url: String,
}

impl Default for Schema {
    fn default() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("ledger_{}", MADE.fetch_add(1, Ordering::Relaxed));
        let schema = Self { url: server().unwrap().url(&name) };
        schema.raw().batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
        schema
    }
}

impl Schema {
    /// A connection that is not the ledger's.
    fn raw(&self) -> Client {
        Client::connect(&self.url, NoTls).unwrap()
    }
}

impl Store for Schema {
    type Ledger = SqlLedger;

    /// Each takes half a second: every question is a journey to the server.
    const STORIES: u32 = 8;

    fn open(&self) -> SqlLedger {
        connect(&self.url, None).unwrap().0
    }

    fn is_possible() -> bool {
        let possible = server().is_some();
        if !possible {
            skip("no PostgreSQL server is installed");
        }
        possible
    }
}

ledger_suite!(Schema);

#[test]
fn a_newer_schema_and_another_program_s_tables_are_refused() {
    if !Schema::is_possible() {
        return;
    }
    let schema = Schema::default();
    drop(schema.open());
    schema.raw().execute("UPDATE allclear_ledger SET schema = 99", &[]).unwrap();
    let error = connect(&schema.url, None).unwrap_err();
    assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");

    let theirs = Schema::default();
    theirs.raw().batch_execute("CREATE TABLE theirs (x BIGINT)").unwrap();
    assert!(matches!(connect(&theirs.url, None), Err(Error::NotALedger { .. })));
    let tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema()";
    assert_eq!(theirs.raw().query_one(tables, &[]).unwrap().get::<_, i64>(0), 1, "left as it is");
}

#[test]
fn a_server_that_only_reads_is_refused() {
    if !Schema::is_possible() {
        return;
    }
    let schema = Schema::default();
    let url = schema.url.replace("options='", "options='-c default_transaction_read_only=on ");
    let error = connect(&url, None).unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
    let (_, durability) = connect(&schema.url, None).unwrap();
    assert_eq!(
        (durability.commit, durability.fsync),
        (SynchronousCommit::On, false),
        "as the tests start it"
    );
    let careless = schema.url.replace("options='", "options='-c synchronous_commit=off ");
    assert_eq!(
        connect(&careless, None).unwrap().1.commit,
        SynchronousCommit::On,
        "set right for plans and claims"
    );
}

#[test]
fn a_connection_has_limits_unless_the_operator_set_others() {
    if !Schema::is_possible() {
        return;
    }
    let schema = Schema::default();
    let limits = |url: &str| {
        let mut server = Server::new(url.parse().unwrap(), Transport::Plain);
        let client = server.client().unwrap();
        ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
            .map(|name| client.query_one(&format!("SHOW {name}"), &[]).unwrap().get::<_, String>(0))
    };
    assert_eq!(limits(&schema.url), ["10min", "30s", "10s"]);
    let own = schema.url.replace("options='", "options='-c lock_timeout=5s ");
    assert_eq!(limits(&own), ["10min", "5s", "10s"]);
}

#[test]
fn a_transaction_that_stands_still_is_ended_by_the_server_and_run_again() {
    if !Schema::is_possible() {
        return;
    }
    let schema = Schema::default();
    let url = schema.url.replace("options='", "options='-c idle_in_transaction_session_timeout=200ms ");
    let mut ledger = connect(&url, None).unwrap().0;
    let held = "SELECT COUNT(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation
         WHERE relnamespace = current_schema()::regnamespace AND pid <> pg_backend_pid()";
    let (mut raw, mut drawn) = (schema.raw(), 0_u8);
    let consent =
        Consent { method: ConsentMethod::Added, source: "a test".to_owned(), at: Moment::UNIX_EPOCH };
    let mut draw = || {
        drawn += 1;
        // The worker stands still within its transaction until the server has ended that.
        while drawn == 1 && raw.query_one(held, &[]).unwrap().get::<_, i64>(0) > 0 {
            thread::sleep(Duration::from_millis(20));
        }
        [drawn; 16]
    };
    let added = ledger.add_subscribers(&[sample::subscription(&["ana@example.org"])], &consent, &mut draw);
    assert_eq!(added.unwrap().len(), 1);
    assert_eq!(drawn, 2, "the transaction was run again");
    assert_eq!(ledger.active_subscribers().unwrap().len(), 1);
}

#[test]
fn a_wrong_url_or_a_server_that_is_not_there_is_an_error_without_the_password() {
    for url in ["postgres://ana:hunter2@127.0.0.1:1/x", "postgres://ana:hunter2@:x", "hunter2"] {
        let error = connect(url, None).unwrap_err();
        assert!(matches!(error, Error::Open { .. }), "{error}");
        let source = std::error::Error::source(&error).unwrap();
        assert!(!format!("{error} {error:?} {source}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn workers_that_start_at_once_make_one_schema() {
    if !Schema::is_possible() {
        return;
    }
    for _ in 0..5 {
        let schema = Schema::default();
        thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| schema.open());
            }
        });
        assert_eq!(schema.open().unfinished().unwrap(), 0);
    }
}

#[test]
fn a_broken_connection_is_made_again() {
    if !Schema::is_possible() {
        return;
    }
    let mut scene = Scene::<Schema>::new();
    scene.subscriber(&["ana@example.org"]);
    scene.change("payments", Severity::Major);
    // A user of its own, so that no other test's connection is broken.
    let mut raw = scene.store.raw();
    raw.batch_execute("CREATE ROLE broken LOGIN SUPERUSER").unwrap();
    scene.store.url = scene.store.url.replace("user=app", "user=broken");
    scene.ledger = scene.store.open();
    let broken = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'broken'";
    assert_eq!(raw.execute(broken, &[]).unwrap(), 1);
    assert_eq!(scene.claim().len(), 1);
}

/// A handoff as one of several workers saw it. The tickets are drawn from one counter.
struct Handoff {
    step: ClaimedStep,
    started: u32,
    settled: u32,
    accepted: bool,
}

/// Claims and hands off until there has been nothing for a while. Every seventh handoff fails and is due again.
fn work(mut ledger: SqlLedger, worker: &str, ticket: &AtomicU32, now: Moment) -> Vec<Handoff> {
    let (mut handoffs, mut idle) = (Vec::new(), 0);
    while idle < 50 {
        let claim = ledger.claim(&ClaimRequest { worker, ..request(10) }, now).unwrap();
        idle = if claim.steps.is_empty() { idle + 1 } else { 0 };
        for step in claim.steps {
            assert!(ledger.start(&step.hold, LEASE, now).unwrap());
            let started = ticket.fetch_add(1, Ordering::SeqCst);
            let accepted = !started.is_multiple_of(7);
            let (class, verdict) = match accepted {
                true => (ReplyClass::Accepted, AttemptResult::Accepted),
                false => (ReplyClass::Retryable, AttemptResult::Retry { at: now }),
            };
            let settled = ticket.fetch_add(1, Ordering::SeqCst);
            let stands = ledger.record_result(&step.hold, &attempt(class, now), verdict).unwrap();
            assert!(matches!(stands, Settled::Stands { .. }), "{stands:?}");
            handoffs.push(Handoff { step, started, settled, accepted });
        }
    }
    handoffs
}

#[test]
fn four_workers_hand_off_every_step_once_and_in_order_while_a_newer_change_is_planned() {
    if !Schema::is_possible() {
        return;
    }
    let mut scene = Scene::<Schema>::new();
    scene.crowd(1_000);
    scene.change("payments", Severity::Major);
    scene.change("search", Severity::Major);
    let (now, ticket) = (scene.now, AtomicU32::new(1));
    let handoffs: Vec<Handoff> = thread::scope(|threads| {
        let workers = ["one", "two", "three", "four"].map(|worker| {
            let (ledger, ticket) = (scene.store.open(), &ticket);
            threads.spawn(move || work(ledger, worker, ticket, now))
        });
        while ticket.load(Ordering::SeqCst) < 300 {
            thread::yield_now();
        }
        scene.change("payments", Severity::Major);
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(scene.ledger.unfinished().unwrap(), 0);
    assert_eq!(scene.ledger.brake().unwrap(), None);

    let accepted: Vec<&Handoff> = handoffs.iter().filter(|handoff| handoff.accepted).collect();
    let steps: BTreeSet<_> = accepted.iter().map(|handoff| &handoff.step.hold.step).collect();
    assert_eq!(steps.len(), accepted.len(), "a step was accepted twice");
    let summary = scene.ledger.summary(None).unwrap();
    let count = |state| summary.iter().map(|change| change.steps_in(state)).sum();
    let (ended, superseded): (u64, u64) = (count(StepState::Accepted), count(StepState::Superseded));
    assert_eq!((ended, ended + superseded), (accepted.len() as u64, 3_000));
    assert!(superseded > 0 && ended > 2_000, "{superseded} superseded, {ended} accepted");

    let mut by_story: BTreeMap<_, Vec<&Handoff>> = BTreeMap::new();
    for handoff in &handoffs {
        by_story.entry((&handoff.step.subscriber, &handoff.step.incident)).or_default().push(handoff);
    }
    for story in by_story.values_mut() {
        story.sort_by_key(|handoff| handoff.started);
        for pair in story.windows(2) {
            assert!(pair[0].settled < pair[1].started, "two at once for one person and incident");
            assert!(body(pair[0]) <= body(pair[1]), "the older one left after the newer one");
        }
    }
}

fn body(handoff: &Handoff) -> &str {
    let Message::Text(text) = &*handoff.step.message else { panic!("the scene writes text") };
    &text.body
}

#[test]
fn workers_together_give_one_address_no_more_than_its_pace_allows() {
    if !Schema::is_possible() {
        return;
    }
    let mut scene = Scene::<Schema>::new();
    scene.subscriber(&["ana@example.org"]);
    for number in 0..12 {
        scene.update(&format!("incident-{number}"));
    }
    let now = scene.now;
    let claimed: usize = thread::scope(|threads| {
        let workers = [(); 4].map(|()| {
            let mut ledger = scene.store.open();
            threads.spawn(move || {
                let claims = std::iter::from_fn(|| Some(ledger.claim(&request(1), now).unwrap().steps.len()));
                claims.take_while(|claimed| *claimed > 0).sum::<usize>()
            })
        });
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert_eq!(claimed, 6);
    assert_eq!(scene.ledger.brake().unwrap(), None);
}

#[test]
fn a_planned_step_takes_its_room() {
    if !Schema::is_possible() {
        return;
    }
    let mut scene = Scene::<Schema>::new();
    scene.crowd(5_000);
    scene.change("payments", Severity::Major);
    let sizes = "SELECT CAST(pg_total_relation_size('step') + pg_total_relation_size('notice') AS BIGINT)";
    let bytes = scene.store.raw().query_one(sizes, &[]).unwrap().get::<_, i64>(0) / 5_000;
    println!("{bytes} bytes a step");
    assert!(bytes <= 600, "{bytes} bytes a step");
}

#[test]
fn a_claim_reads_no_step_that_it_does_not_take() {
    if !Schema::is_possible() {
        return;
    }
    let mut scene = Scene::<Schema>::backlog();
    for (statement, plan) in scene.ledger.plans_of_a_claim() {
        let through_a_lane = plan.contains("step_fresh") || plan.contains("step_again");
        assert!(through_a_lane && !plan.contains("Seq Scan on step"), "{statement}\n{plan}");
    }
}

fn attempt(class: ReplyClass, now: Moment) -> Attempt {
    let reply =
        Reply { class, code: String::new(), words: String::new(), reference: None, retry_after: None };
    Attempt { provider: "relay".to_owned(), reply, started_at: now, ended_at: now }
}

#[test]
fn released_migrations_are_never_edited() {
    versions::are_as_released(schema::migrations(), &versions::POSTGRES_RELEASED);
}

#[test]
fn a_server_of_every_past_version_goes_on() {
    if !Schema::is_possible() {
        return;
    }
    for (version, ledger) in versions::all(&versions::POSTGRES_KILLED, schema::migrations()) {
        versions::goes_on(&mut opened_after_upgrade(version, &ledger));
    }
}

#[test]
fn what_waits_on_a_server_of_an_earlier_version_is_sent_once() {
    if !Schema::is_possible() {
        return;
    }
    for (version, ledger) in versions::all(&versions::POSTGRES_WAITING, schema::migrations()) {
        versions::finishes(&mut opened_after_upgrade(version, &ledger));
    }
}

#[test]
fn a_number_of_two_subscribers_gets_what_waits_once_after_an_upgrade() {
    if !Schema::is_possible() {
        return;
    }
    let (version, ledger) = versions::with_shared_numbers(&versions::POSTGRES_WAITING);
    versions::notifies_shared_numbers_once(&mut opened_after_upgrade(version, &ledger));
}

/// The schema that a dump of this version makes, as today's program opens it.
fn opened_after_upgrade(version: i64, dump: &str) -> SqlLedger {
    println!("schema {version}");
    let schema = Schema::default();
    let mut raw = schema.raw();
    raw.batch_execute(dump).unwrap();
    raw.execute("UPDATE allclear_ledger SET schema = $1", &[&version]).unwrap();
    schema.open()
}
