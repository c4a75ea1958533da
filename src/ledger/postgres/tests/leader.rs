//! Who leads, on a real server.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use super::Schema;
use crate::ledger::postgres::{Candidate, Heartbeat};
use crate::ledger::tests::Store as _;

fn candidate(id: &str, heir_of: &str) -> Candidate {
    Candidate {
        id: id.to_owned(),
        heir_of: heir_of.to_owned(),
        host: format!("host of {id}"),
        worker: format!("worker of {id}"),
    }
}

#[test]
fn one_host_leads_until_its_lease_ends_or_it_steps_down_or_its_heir_comes() {
    if !Schema::is_possible() {
        return;
    }
    let schema = Schema::default();
    let mut heartbeat = Heartbeat::at(&schema.url, None).unwrap();
    let (a, b, long) = (candidate("a", ""), candidate("b", ""), Duration::from_secs(600));
    assert_eq!(heartbeat.stand(&a, long).unwrap(), None, "it has no tables");
    drop(schema.open());
    let mut stand = |candidate: &Candidate, lease| heartbeat.stand(candidate, lease).unwrap().unwrap();
    let first = stand(&a, long);
    assert_eq!(
        (&*first.id, &*first.host, &*first.worker),
        ("a", "host of a", "worker of a"),
        "the first that asks leads"
    );
    assert_eq!(stand(&b, long), first, "the other stands by");
    assert_eq!(stand(&a, Duration::ZERO), first, "a renewal keeps the beginning");
    let second = stand(&b, long);
    assert_eq!(second.id, "b", "a lease that ended passes on");
    assert!(second.since >= first.since);
    assert_eq!(stand(&a, long).id, "b");
    assert_eq!(stand(&candidate("c", "a"), long).id, "b", "the heir of a host that does not lead");
    assert_eq!(stand(&candidate("c", "b"), long).id, "c", "the heir of the leader");
    heartbeat.step_down(&b).unwrap();
    assert_eq!(heartbeat.stand(&a, long).unwrap().unwrap().id, "c", "only the leader steps down");
    heartbeat.step_down(&candidate("c", "")).unwrap();
    assert_eq!(heartbeat.stand(&a, long).unwrap().unwrap().id, "a");
}

#[test]
fn of_hosts_that_ask_at_once_one_leads() {
    if !Schema::is_possible() {
        return;
    }
    let schema = Schema::default();
    drop(schema.open());
    let leaders: BTreeSet<String> = thread::scope(|scope| {
        let asked: Vec<_> = (0..8)
            .map(|number| {
                let url = &schema.url;
                scope.spawn(move || {
                    let mut heartbeat = Heartbeat::at(url, None).unwrap();
                    let me = candidate(&number.to_string(), "");
                    // The very first answers may come before the row is there.
                    std::iter::repeat_with(|| heartbeat.stand(&me, Duration::from_secs(600)).unwrap())
                        .flatten()
                        .nth(1)
                        .unwrap()
                        .id
                })
            })
            .collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(leaders.len(), 1, "{leaders:?}");
}
