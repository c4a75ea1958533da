//! How each channel stands, by what its providers answered: whether messages leave on it, or have failed since when.
//!
//! Promises: pure, times are arguments. A message that was accepted proves a channel; one subscriber whose address fails does
//! not disprove it. Holds no address.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use parking_lot::Mutex;

use crate::deliver::{DeliveryEvent, EventKind};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::notice::{StepId, StepState};

/// How many messages have to fail for reasons of their own before their channel counts as failing.
const MESSAGES_MIN: usize = 3;

/// A failure that is older says nothing of how the channel stands.
const OLD: TimeDelta = TimeDelta::hours(1);

/// A channel on which messages fail, and none is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailingChannel {
    pub(crate) channel: Channel,
    pub(crate) since: Moment,
    /// The last failure, in words.
    pub(crate) why: String,
}

/// The channels by what happened last. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChannelStanding {
    failing: Arc<Mutex<BTreeMap<Channel, Failing>>>,
}

#[derive(Debug)]
struct Failing {
    since: Moment,
    last: Moment,
    why: String,
    /// The provider cannot be reached, or refuses us: every message fails.
    is_certain: bool,
    /// The messages that failed, as many as are needed.
    messages: BTreeSet<StepId>,
}

impl ChannelStanding {
    /// Learns from one event of a worker.
    pub(crate) fn record(&self, event: &DeliveryEvent) {
        match &event.happened {
            EventKind::Accepted { .. } | EventKind::AwaitingReceipt { .. } => self.accepted(event.channel),
            EventKind::CircuitOpened { why, .. } => self.failed(event, why, true),
            EventKind::Retry { why, .. }
            | EventKind::NextProvider { why, .. }
            | EventKind::GaveWay { why, .. }
            | EventKind::Ended { why, state: StepState::Dead | StepState::InDoubt, by_wish: false, .. } => {
                self.failed(event, why, is_of_provider(why));
            }
            _ => {}
        }
    }

    /// A provider of the channel accepted a message.
    pub(crate) fn accepted(&self, channel: Channel) {
        self.failing.lock().remove(&channel);
    }

    /// Takes over what was known before a restart.
    pub(crate) fn restore(&self, known: FailingChannel, now: Moment) {
        let FailingChannel { channel, since, why } = known;
        let failing = Failing { since, last: now, why, is_certain: true, messages: BTreeSet::new() };
        self.failing.lock().entry(channel).or_insert(failing);
    }

    /// The channels on which messages fail at that time.
    pub(crate) fn failing(&self, now: Moment) -> Vec<FailingChannel> {
        let mut failing = self.failing.lock();
        failing.retain(|_, one| now - one.last < OLD);
        let certain = failing.iter().filter(|(_, one)| one.is_certain || one.messages.len() >= MESSAGES_MIN);
        let shown = |(channel, one): (&Channel, &Failing)| FailingChannel {
            channel: *channel,
            since: one.since,
            why: one.why.clone(),
        };
        certain.map(shown).collect()
    }

    fn failed(&self, event: &DeliveryEvent, why: &str, is_certain: bool) {
        let mut failing = self.failing.lock();
        let one = failing.entry(event.channel).or_insert_with(|| Failing {
            since: event.at,
            last: event.at,
            why: String::new(),
            is_certain: false,
            messages: BTreeSet::new(),
        });
        (one.last, one.why) = (event.at, why.to_owned());
        one.is_certain |= is_certain;
        if one.messages.len() < MESSAGES_MIN {
            one.messages.insert(event.step.clone());
        }
    }
}

/// Codes by which a provider says that it takes nothing from anyone now: those of SMTP for the service as a whole, and HTTP
/// statuses.
const NOTHING_NOW: [&str; 7] = ["421", "429", "454", "500", "502", "503", "504"];

/// Whether a failure is one of the way to the provider, which all messages share, and not of one message.
pub(crate) fn is_connection_failure(why: &str) -> bool {
    ["while connecting", "while logging in", "failed to connect"].iter().any(|words| why.contains(words))
}

/// Whether a failure is one of the provider, which all messages share.
fn is_of_provider(why: &str) -> bool {
    let mut words = why.split_whitespace();
    let code = words.next().unwrap_or_default();
    let is_of_system = words.next().is_some_and(|enhanced| enhanced.starts_with("4.3."));
    is_connection_failure(why) || NOTHING_NOW.contains(&code) || is_of_system
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::incident::IncidentId;
    use crate::model::subscriber::SubscriberId;

    fn event(step: &str, minute: i64, happened: EventKind) -> DeliveryEvent {
        DeliveryEvent {
            at: Moment::UNIX_EPOCH + TimeDelta::minutes(minute),
            step: StepId::from_stored(step),
            subscriber: SubscriberId::from_stored("s"),
            incident: IncidentId::new("payments").unwrap(),
            channel: Channel::Mail,
            endpoint: "a…@example.org".to_owned(),
            happened,
        }
    }

    fn retry(why: &str) -> EventKind {
        EventKind::Retry { provider: "relay".to_owned(), why: why.to_owned(), at: Moment::UNIX_EPOCH }
    }

    fn ended(state: StepState, by_wish: bool) -> EventKind {
        EventKind::Ended { state, why: "no".to_owned(), by_wish, next: None }
    }

    #[test]
    fn a_failure_is_of_the_provider_or_of_one_message() {
        for (why, is_of_provider) in [
            ("relay.test:25: Connection refused while connecting", true),
            ("no answer while logging in", true),
            ("127.0.0.1:13013: failed to connect: Connection refused", true),
            ("421 4.3.2 shutting down", true),
            ("421 too many connections", true),
            ("451 4.3.0 queue file write error", true),
            ("452 4.3.1 insufficient system storage", true),
            ("454 4.7.0 authentication is not available", true),
            ("503 Service Unavailable", true),
            ("429 Too Many Requests", true),
            ("450 4.2.1 mailbox busy", false),
            ("451 4.7.1 greylisted", false),
            ("452 4.2.2 over quota", false),
            ("4.3.", false),
            ("", false),
        ] {
            assert_eq!(super::is_of_provider(why), is_of_provider, "{why}");
        }
    }

    /// What happens, to which steps, and whether the channel fails then.
    type Row = (&'static str, Vec<(&'static str, EventKind)>, bool);

    #[test]
    fn a_channel_fails_when_nothing_leaves_and_not_when_one_address_does() {
        let provider = || "relay".to_owned();
        let (refused, busy) = ("refused while connecting", "450 mailbox busy");
        let opened = || EventKind::CircuitOpened { owner: provider(), why: "550 who are you".to_owned() };
        let accepted = || EventKind::Accepted { provider: provider() };
        let awaited = || EventKind::AwaitingReceipt { provider: provider() };
        let rows: [Row; 12] = [
            ("nothing happened", vec![], false),
            ("no connection", vec![("a", retry(refused))], true),
            ("one address", vec![("a", retry(busy)), ("a", retry(busy)), ("a", retry(busy))], false),
            ("two addresses", vec![("a", retry(busy)), ("b", retry(busy))], false),
            ("three", vec![("a", retry(busy)), ("b", retry(busy)), ("c", retry(busy))], true),
            ("our account", vec![("a", opened())], true),
            ("accepted since", vec![("a", retry(refused)), ("b", accepted())], false),
            ("a receipt is awaited", vec![("a", retry(refused)), ("b", awaited())], false),
            ("accepted before", vec![("a", accepted()), ("b", retry(refused))], true),
            ("an address was rejected", vec![("a", ended(StepState::Rejected, false))], false),
            ("people left", ["a", "b", "c"].map(|one| (one, ended(StepState::Dead, true))).to_vec(), false),
            ("all gave up", ["a", "b", "c"].map(|one| (one, ended(StepState::Dead, false))).to_vec(), true),
        ];
        for (what, events, is_failing) in rows {
            let standing = ChannelStanding::default();
            for (step, happened) in events {
                standing.record(&event(step, 0, happened));
            }
            assert_eq!(!standing.failing(Moment::UNIX_EPOCH).is_empty(), is_failing, "{what}");
        }
    }

    #[test]
    fn a_failing_channel_has_its_beginning_and_its_last_words_and_is_forgotten_when_nothing_is_tried() {
        let (standing, at) = (ChannelStanding::default(), |minute| event("", minute, retry("")).at);
        standing.record(&event("a", 0, retry("refused while connecting")));
        standing.record(&event("b", 20, retry("450 mailbox busy")));
        let known = standing.failing(at(20));
        let expected =
            FailingChannel { channel: Channel::Mail, since: at(0), why: "450 mailbox busy".to_owned() };
        assert_eq!(known, std::slice::from_ref(&expected));
        assert_eq!((standing.failing(at(79)).len(), standing.failing(at(80)).len()), (1, 0));
        let restarted = ChannelStanding::default();
        restarted.restore(expected.clone(), at(30));
        assert_eq!(restarted.failing(at(31)), [expected]);
        restarted.accepted(Channel::Mail);
        assert_eq!(restarted.failing(at(31)), []);
    }
}
