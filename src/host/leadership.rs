//! Which of several hosts on one ledger publishes and notifies: the one that leads.
//!
//! Promises: what is sent is sent by the host that holds the lease, and by its own clock never later than the lease. A host publishes
//! unless it knows that another one leads: a page must go out when the ledger is away, and targets keep the newest build.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use serde_json::{Value, json};

use crate::model::Moment;
use crate::workspace::heartbeat::LeadingHost;

/// For how long a host leads after it asked.
pub(super) const LEASE: Duration = Duration::from_secs(10);

/// How much earlier than the server the leader itself counts its lease as over.
const EARLY: Duration = Duration::from_secs(1);

/// What is known of the leader.
#[derive(Debug, Default)]
pub(super) struct Leadership {
    known: Mutex<Known>,
    /// Whether this host took over from another one and has announced nothing since.
    took_over: AtomicBool,
}

#[derive(Clone, Debug, Default)]
enum Known {
    /// The server has not answered yet.
    #[default]
    Nothing,
    /// The ledger has no server, and so one host.
    Alone,
    /// Who led when the server last answered, and when it was asked, since boot.
    Answered { lead: LeadingHost, asked: Duration },
    /// The server was asked, and has never answered.
    Silent,
}

/// What a host does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// This host publishes the page and sends notices.
    Leads,
    /// Publishes, because it is unknown who leads.
    Publishes,
    /// Keeps its files up to date and waits.
    StandsBy(LeadingHost),
    /// Waits for the first answer.
    Asks,
}

impl Leadership {
    /// What this host does at that time since boot.
    pub(super) fn role(&self, now: Duration) -> Role {
        match &*self.known() {
            Known::Nothing => Role::Asks,
            Known::Alone => Role::Leads,
            Known::Silent => Role::Publishes,
            Known::Answered { lead, asked } if lead.is_here => {
                if now < *asked + LEASE - EARLY {
                    Role::Leads
                } else {
                    Role::Publishes
                }
            }
            Known::Answered { lead, asked } => {
                if now < *asked + LEASE {
                    Role::StandsBy(lead.clone())
                } else {
                    Role::Publishes
                }
            }
        }
    }

    /// The ledger has no server, so this host is the only one.
    pub(super) fn record_no_server(&self) {
        *self.known() = Known::Alone;
    }

    /// The server was asked at that time since boot, and answered. Gives the worker of the host that led before, if this host takes
    /// over from another one.
    pub(super) fn record_lead(&self, lead: LeadingHost, asked: Duration) -> Option<String> {
        let before = std::mem::replace(&mut *self.known(), Known::Answered { lead: lead.clone(), asked });
        match before {
            Known::Answered { lead: before, .. } if lead.is_here && !before.is_here => {
                self.took_over.store(true, Ordering::Release);
                Some(before.leader.worker)
            }
            _ => None,
        }
    }

    /// The server did not answer; its last answer counts until the lease is over.
    pub(super) fn record_silence(&self) {
        let mut known = self.known();
        if matches!(*known, Known::Nothing | Known::Alone) {
            *known = Known::Silent;
        }
    }

    /// Whether changes may wait that the host before would have announced one by one.
    pub(super) fn took_over(&self) -> bool {
        self.took_over.load(Ordering::Acquire)
    }

    /// Everything that waited at the takeover is announced.
    pub(super) fn record_caught_up(&self) {
        self.took_over.store(false, Ordering::Release);
    }

    /// Since when this host leads, by the server's clock; `None` if it does not, or is the only one.
    pub(super) fn leads_since(&self) -> Option<Moment> {
        match &*self.known() {
            Known::Answered { lead, .. } if lead.is_here => Some(lead.leader.since),
            _ => None,
        }
    }

    /// Who led when the server last answered, for people and machines; `null` if it never did.
    pub(super) fn as_json(&self) -> Value {
        match &*self.known() {
            Known::Answered { lead, .. } => json!({
                "host": lead.leader.host,
                "here": lead.is_here,
                "since": lead.leader.since.to_rfc3339(),
            }),
            _ => Value::Null,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::heartbeat::Leader;

    fn lead(is_here: bool, worker: &str) -> LeadingHost {
        let (id, host) = (format!("id of {worker}"), "a".to_owned());
        let leader = Leader { id, host, worker: worker.to_owned(), since: Moment::UNIX_EPOCH };
        LeadingHost { leader, is_here }
    }

    #[test]
    fn a_role_ends_with_its_lease_and_earlier_for_the_leader_than_for_the_others() {
        let second = Duration::from_secs;
        let (here, there) = (lead(true, "w"), lead(false, "w"));
        for (answer, after, expected) in [
            (&here, 0, Role::Leads),
            (&here, 8, Role::Leads),
            (&here, 9, Role::Publishes),
            (&there, 9, Role::StandsBy(there.clone())),
            (&there, 10, Role::Publishes),
        ] {
            let leadership = Leadership::default();
            assert_eq!(leadership.role(second(100)), Role::Asks);
            leadership.record_lead(answer.clone(), second(100));
            // A server that is silent changes nothing before the time is over.
            leadership.record_silence();
            assert_eq!(leadership.role(second(100 + after)), expected, "{after} s after {answer:?}");
        }
    }

    #[test]
    fn without_an_answer_the_page_goes_out_and_nothing_is_sent() {
        let leadership = Leadership::default();
        leadership.record_silence();
        assert_eq!(leadership.role(Duration::ZERO), Role::Publishes);
        leadership.record_no_server();
        assert_eq!(leadership.role(Duration::MAX), Role::Leads);
        assert_eq!(leadership.as_json(), Value::Null);
    }

    #[test]
    fn only_who_takes_over_learns_whose_messages_were_claimed() {
        let leadership = Leadership::default();
        let answers = [
            (lead(true, "mine"), None),
            (lead(true, "mine"), None),
            (lead(false, "other"), None),
            (lead(false, "other 2"), None),
            (lead(true, "mine"), Some("other 2".to_owned())),
            (lead(true, "mine"), None),
        ];
        for (lead, former) in answers {
            let is_here = lead.is_here;
            let found = leadership.record_lead(lead, Duration::ZERO);
            assert_eq!(found, former);
            assert_eq!(leadership.took_over(), former.is_some());
            leadership.record_caught_up();
            assert_eq!(leadership.leads_since().is_some(), is_here);
            assert_eq!(leadership.as_json()["here"], json!(is_here));
        }
    }
}
