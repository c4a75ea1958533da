//! What is raised, and who was paged of it: kept over restarts, so that no one is paged twice.
//!
//! Promises: pure, times are arguments. A recipient who accepted, or may have twice, is not paged again. Holds no address.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::flow::alarm::{Paged, Subject};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::hash::derive;

/// How long between two tries of one recipient: at first, and at most.
const AGAIN: Duration = Duration::from_secs(15);
const AGAIN_MAX: Duration = Duration::from_secs(5 * 60);

/// The most tries, and the most whose outcome is unknown.
const TRIES_MAX: u32 = 20;
const UNKNOWN_MAX: u32 = 2;

/// That something works again is news for so long.
const NEWS: TimeDelta = TimeDelta::hours(1);

/// Every alarm that is raised, or whose end is not sent yet, and the last page.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Outbox {
    pub(super) alarms: BTreeMap<String, Alarm>,
    last: Option<LastPage>,
}

/// An alarm that waits to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Alarm {
    pub(super) since: Moment,
    pub(super) causes: Vec<String>,
    /// The channels that failed, by their words.
    pub(super) channels: BTreeMap<String, String>,
    /// Since when it works again, if it does.
    pub(super) ended: Option<Moment>,
    /// Who was paged of what it says now, by a hash of the address.
    sent: BTreeMap<String, Tries>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Tries {
    tries: u32,
    unknown: u32,
    accepted: bool,
    /// Why the last one failed.
    why: Option<String>,
    /// When the next is due, since boot.
    #[serde(skip)]
    next: Duration,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct LastPage {
    about: String,
    says: String,
    at: Moment,
    accepted: usize,
    failed: Vec<String>,
}

impl Alarm {
    pub(super) fn new(since: Moment, causes: Vec<String>, channels: BTreeMap<String, String>) -> Self {
        Self { since, causes, channels, ended: None, sent: BTreeMap::new() }
    }

    /// It works again: everyone gets that message, also whom the page did not reach.
    pub(super) fn end(&mut self, at: Moment) {
        (self.ended, self.sent) = (Some(at), BTreeMap::new());
    }

    /// Who is due to be paged at that time since boot, with the number of tries before.
    pub(super) fn due(&self, recipients: &[Endpoint], now: Duration) -> Vec<(Endpoint, u32)> {
        let none = Tries::default();
        let tries = |to: &Endpoint| self.sent.get(&id(to)).unwrap_or(&none).clone();
        let due = recipients.iter().map(|to| (to.clone(), tries(to)));
        let due = due.filter(|(_, tries)| !tries.is_over() && tries.next <= now);
        due.map(|(to, tries)| (to, tries.tries)).collect()
    }

    /// Whether nothing is left to do: it ended, and that was sent, or is no news any more.
    pub(super) fn is_done(&self, recipients: &[Endpoint], now: Moment) -> bool {
        let is_sent = |to: &Endpoint| self.sent.get(&id(to)).is_some_and(Tries::is_over);
        self.ended.is_some_and(|at| now - at > NEWS || recipients.iter().all(is_sent))
    }

    /// Why no one could be paged, if everyone was tried and that is so.
    pub(super) fn unheard(&self, recipients: &[Endpoint]) -> Option<String> {
        let failed: Vec<String> = recipients
            .iter()
            .filter_map(|to| {
                let tries = self.sent.get(&id(to))?;
                let why = tries.why.as_ref().filter(|_| !tries.accepted && tries.unknown == 0)?;
                Some(format!("{}: {why}", to.channel().name()))
            })
            .collect();
        (!failed.is_empty() && failed.len() == recipients.len()).then(|| failed.join("; "))
    }
}

impl Tries {
    fn is_over(&self) -> bool {
        self.accepted || self.unknown >= UNKNOWN_MAX || self.tries >= TRIES_MAX
    }
}

impl Outbox {
    /// Records how a page ended.
    pub(super) fn record(
        &mut self,
        subject: Subject,
        to: &Endpoint,
        paged: &Paged,
        (boot, at): (Duration, Moment),
    ) {
        let Some(alarm) = self.alarms.get_mut(subject.word()) else { return };
        let tries = alarm.sent.entry(id(to)).or_default();
        tries.tries += 1;
        tries.next = boot + AGAIN.saturating_mul(1 << (tries.tries - 1).min(8)).min(AGAIN_MAX);
        tries.why = match paged {
            Paged::Accepted => {
                tries.accepted = true;
                None
            }
            Paged::Unknown(why) => {
                tries.unknown += 1;
                Some(why.clone())
            }
            Paged::Failed(why) => Some(why.clone()),
        };
        let says = if alarm.ended.is_some() { subject.works() } else { subject.stopped() };
        let accepted = alarm.sent.values().filter(|tries| tries.accepted).count();
        let failed = alarm.sent.values().filter_map(|tries| tries.why.clone()).collect();
        let (about, says) = (subject.word().to_owned(), says.to_owned());
        self.last = Some(LastPage { about, says, at, accepted, failed });
    }

    /// For the health document.
    pub(super) fn as_json(&self, recipients: usize, after: Duration) -> Value {
        let raised = self.alarms.iter().filter(|(_, alarm)| alarm.ended.is_none());
        let raised: serde_json::Map<String, Value> = raised
            .map(|(about, alarm)| {
                let accepted = alarm.sent.values().filter(|tries| tries.accepted).count();
                let shown = json!({
                    "since": alarm.since.to_rfc3339(), "why": alarm.causes, "paged": accepted,
                });
                (about.clone(), shown)
            })
            .collect();
        let last = self.last.as_ref().map(|last| {
            json!({
                "about": last.about, "says": last.says, "at": last.at.to_rfc3339(),
                "accepted": last.accepted, "failed": last.failed,
            })
        });
        json!({
            "recipients": recipients, "after_seconds": after.as_secs(), "raised": raised, "last_page": last,
        })
    }
}

/// A recipient without their address.
fn id(to: &Endpoint) -> String {
    derive("alarm recipient", &[&to.as_compared()])
}

/// The channel that a word in the memory names.
pub(super) fn channel(word: &str) -> Option<Channel> {
    Channel::from_word(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(address: &str) -> Endpoint {
        Endpoint::read(address).unwrap()
    }

    fn outbox() -> Outbox {
        let alarm = Alarm::new(Moment::UNIX_EPOCH, vec!["email: down".to_owned()], BTreeMap::new());
        Outbox { alarms: [("notifications".to_owned(), alarm)].into(), last: None }
    }

    #[test]
    fn a_recipient_is_tried_until_someone_may_have_read_it() {
        let failed = || Paged::Failed("refused".to_owned());
        let unknown = || Paged::Unknown("silence".to_owned());
        let second = |seconds| {
            (Duration::from_secs(seconds), Moment::UNIX_EPOCH + TimeDelta::seconds(seconds.cast_signed()))
        };
        let rows: [(&str, Vec<Paged>, Option<u32>); 6] = [
            ("not tried", vec![], Some(0)),
            ("accepted", vec![Paged::Accepted], None),
            ("failed", vec![failed()], Some(1)),
            ("failed, then accepted", vec![failed(), Paged::Accepted], None),
            ("unknown once", vec![unknown()], Some(1)),
            ("unknown twice", vec![unknown(), unknown()], None),
        ];
        for (what, results, tries) in rows {
            let (mut outbox, ana) = (outbox(), to("ana@example.org"));
            for paged in &results {
                outbox.record(Subject::Notifications, &ana, paged, second(0));
            }
            // What was kept is what continues after a restart.
            let kept = serde_json::to_string(&outbox).unwrap();
            assert!(!kept.contains("ana"), "{kept}");
            let read: Outbox = serde_json::from_str(&kept).unwrap();
            for outbox in [outbox, read] {
                let due =
                    outbox.alarms["notifications"].due(std::slice::from_ref(&ana), Duration::from_secs(600));
                assert_eq!(
                    due,
                    tries.map(|tries| (ana.clone(), tries)).into_iter().collect::<Vec<_>>(),
                    "{what}"
                );
            }
        }
    }

    #[test]
    fn tries_are_spread_out_and_end() {
        let (mut outbox, ana) = (outbox(), to("ana@example.org"));
        let (mut now, mut waits) = (0, Vec::new());
        loop {
            let due =
                |now| outbox.alarms["notifications"].due(&[to("ana@example.org")], Duration::from_secs(now));
            let Some(next) = (now..now + 1_000).find(|now| !due(*now).is_empty()) else { break };
            waits.push(next - now);
            now = next;
            let at = (Duration::from_secs(now), Moment::UNIX_EPOCH);
            outbox.record(Subject::Notifications, &ana, &Paged::Failed("refused".to_owned()), at);
        }
        assert_eq!((waits.len(), &waits[..7]), (20, &[0, 15, 30, 60, 120, 240, 300][..]));
    }

    #[test]
    fn no_one_heard_it_only_if_everyone_was_tried_and_none_may_have() {
        let both = [to("ana@example.org"), to("+34600000001")];
        let failed = || Paged::Failed("refused".to_owned());
        for (results, unheard) in [
            (vec![(0, failed())], None),
            (vec![(0, failed()), (1, failed())], Some("email: refused; SMS: refused")),
            (vec![(0, failed()), (1, Paged::Accepted)], None),
            (vec![(0, failed()), (1, Paged::Unknown("silence".to_owned()))], None),
        ] {
            let mut outbox = outbox();
            for (number, paged) in &results {
                outbox.record(
                    Subject::Notifications,
                    &both[*number],
                    paged,
                    (Duration::ZERO, Moment::UNIX_EPOCH),
                );
            }
            assert_eq!(outbox.alarms["notifications"].unheard(&both).as_deref(), unheard, "{results:?}");
        }
        assert_eq!(outbox().alarms["notifications"].unheard(&[]), None, "no one is to be paged");
    }

    #[test]
    fn an_end_is_sent_to_everyone_and_then_the_alarm_is_done() {
        let (mut outbox, ana) = (outbox(), [to("ana@example.org")]);
        let at = (Duration::ZERO, Moment::UNIX_EPOCH);
        outbox.record(Subject::Notifications, &ana[0], &Paged::Accepted, at);
        let is_done = |outbox: &Outbox, hours| {
            outbox.alarms["notifications"].is_done(&ana, Moment::UNIX_EPOCH + TimeDelta::hours(hours))
        };
        assert!(!is_done(&outbox, 9), "it has not ended");
        outbox.alarms.get_mut("notifications").unwrap().end(Moment::UNIX_EPOCH);
        assert_eq!(outbox.alarms["notifications"].due(&ana, Duration::ZERO).len(), 1);
        assert!(!is_done(&outbox, 1) && is_done(&outbox, 2), "old news");
        outbox.record(Subject::Notifications, &ana[0], &Paged::Accepted, at);
        assert!(is_done(&outbox, 0));
        let shown = outbox.as_json(1, Duration::from_secs(300));
        assert_eq!(
            (&shown["raised"], &shown["last_page"]["says"]),
            (&json!({}), &json!("notifications work again"))
        );
    }
}
