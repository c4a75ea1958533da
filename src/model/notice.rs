//! Notices, steps and attempts: one change for one subscriber, and the channels on which it is tried.
//!
//! Promises: a notice is complete before anything is sent: it has every step of its chain, with its message. Ids are
//! derived, so composing the same change twice gives the same notices.

use chrono::TimeDelta;

use super::Moment;
use super::change::ChangeId;
use super::channel::Channel;
use super::destination::Repeats;
use super::hash::{derive, derived_id};
use super::incident::IncidentId;
use super::message::Message;
use super::phase::Severity;
use super::report::Evidence;
use super::subscriber::{EndpointId, SubscriberId};

derived_id! {
    /// A notice's identity: its change and its subscriber.
    NoticeId
}

derived_id! {
    /// A step's identity: its change, subscriber, channel and position. Doubles as the idempotency key at
    /// providers that honor one, and as the left side of the Message-ID.
    StepId
}

/// Hours within which a message that can wait does not leave. `starts` is before `ends`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quiet {
    /// The first moment of them.
    pub starts: Moment,
    /// The first moment after them.
    pub ends: Moment,
}

impl Quiet {
    /// Whether a moment lies in them; their end does not.
    pub fn holds(self, moment: Moment) -> bool {
        self.starts <= moment && moment < self.ends
    }
}

/// One channel of a notice's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedStep {
    /// Its place in the chain, from 0.
    pub position: u8,
    /// By which it is sent.
    pub channel: Channel,
    /// The address, by its number in the ledger; [`EndpointId::OF_PLACE`] of a destination.
    pub endpoint: EndpointId,
    /// The place of its message in [`Notices::messages`].
    pub message: usize,
    /// After this the step has expired.
    pub expires_at: Moment,
    /// How long it may be tried, from a claim on, before another step has its turn; `None` if it is alone, and is
    /// tried until it expires.
    pub try_for: Option<TimeDelta>,
    /// What has to be known of the message for the person to count as reached.
    pub success: Evidence,
    /// The quiet hours it was planned in, or the next ones, if its message can wait: it does not leave within them.
    pub quiet: Option<Quiet>,
    /// Whether a handoff that may have been heard is made again.
    pub repeats: Repeats,
}

/// One change for one subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The change that the notice tells.
    pub change: ChangeId,
    /// The recipient.
    pub subscriber: SubscriberId,
    /// Of which incident, by its origin; notices of one incident reach one subscriber in order.
    pub incident: IncidentId,
    /// How urgent it is: urgent ones leave first.
    pub severity: Severity,
    /// The chain, in order; never empty. Only one step is live at a time.
    pub steps: Vec<PlannedStep>,
}

impl Notice {
    /// The notice's ID: a hash of change, recipient and version.
    pub fn id(&self) -> NoticeId {
        NoticeId::from_stored(derive("notice", &[self.change.as_str(), self.subscriber.as_str()]))
    }

    /// Who a step of its chain is.
    pub fn step_id(&self, step: &PlannedStep) -> StepId {
        StepId::derive(&self.change, &self.subscriber, step.channel, step.position)
    }
}

impl PlannedStep {
    /// When it may leave at the earliest, if its turn comes at `from`.
    pub fn earliest_send_at(&self, from: Moment) -> Moment {
        self.quiet.filter(|quiet| quiet.holds(from)).map_or(from, |quiet| quiet.ends)
    }
}

impl StepId {
    /// The id of a step of the change's notice for the subscriber.
    pub fn derive(change: &ChangeId, subscriber: &SubscriberId, channel: Channel, position: u8) -> Self {
        let position = position.to_string();
        let parts = [change.as_str(), subscriber.as_str(), channel.word(), &position];
        Self::from_stored(derive("step", &parts))
    }
}

/// Notices with their messages: all that the ledger needs to write before anything leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// Ordered by change, then subscriber.
    pub notices: Vec<Notice>,
    /// Every message that a step names by its place here; no two are equal.
    pub messages: Vec<Message>,
}

impl Notices {
    /// Adds a message, unless an equal one is there, and returns its place for the steps that send it.
    pub fn add_message(&mut self, message: Message) -> usize {
        if let Some(place) = self.messages.iter().position(|known| *known == message) {
            return place;
        }
        self.messages.push(message);
        self.messages.len() - 1
    }

    /// The message that the step sends; `None` when the step belongs to other notices.
    pub fn message_of(&self, step: &PlannedStep) -> Option<&Message> {
        self.messages.get(step.message)
    }
}

/// Where a step stands. Each step reaches exactly one end and stays there, but for what proves more than was
/// known: a step that counts as accepted, or as failed, is delivered once a report confirms it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepState {
    /// Another step of the chain is live. It had no turn yet, or waits for another one.
    Waiting,
    /// May be claimed when it is due.
    Pending,
    /// A worker holds it under a lease and may be handing it off.
    Claimed,
    /// The provider said it took the message.
    Accepted,
    /// A delivery report said it arrived.
    Delivered,
    /// The provider refused it for good.
    Rejected,
    /// It must not or need not leave: opted out, bounced before, or reached by an earlier step.
    Suppressed,
    /// A newer update of the same incident replaced it.
    Superseded,
    /// Its time to live ran out.
    Expired,
    /// Every retry failed, those of the provider included.
    Dead,
    /// It may have been handed off before a crash or cut, and must not be sent again.
    InDoubt,
    /// The provider accepted it, and the report that is to prove more is awaited.
    Watching,
    /// Its incident was reported in error before it was sent.
    Withdrawn,
}

impl StepState {
    /// Every state: those that wait for a worker, the ends, and what came later.
    pub const ALL: [Self; 13] = [
        Self::Waiting,
        Self::Pending,
        Self::Claimed,
        Self::Accepted,
        Self::Delivered,
        Self::Rejected,
        Self::Suppressed,
        Self::Superseded,
        Self::Expired,
        Self::Dead,
        Self::InDoubt,
        Self::Watching,
        Self::Withdrawn,
    ];

    /// The word in the ledger and in commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Rejected => "rejected",
            Self::Suppressed => "suppressed",
            Self::Superseded => "superseded",
            Self::Expired => "expired",
            Self::Dead => "dead",
            Self::InDoubt => "in_doubt",
            Self::Watching => "watching",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nothing will happen to the step any more.
    pub fn is_end(self) -> bool {
        !matches!(self, Self::Waiting | Self::Pending | Self::Claimed | Self::Watching)
    }

    /// Whether it is the step of its chain that something is done about now.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Claimed | Self::Watching)
    }

    /// Whether the person was reached as far as the channel can tell.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Accepted | Self::Delivered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u32) -> Moment {
        format!("2026-11-20T22:{minute:02}:00Z").parse().unwrap()
    }

    fn step(quiet: Option<Quiet>) -> PlannedStep {
        PlannedStep {
            position: 0,
            channel: Channel::Mail,
            endpoint: EndpointId(1),
            message: 0,
            expires_at: at(59),
            try_for: None,
            success: Evidence::Accepted,
            quiet,
            repeats: Repeats::Always,
        }
    }

    #[test]
    fn a_message_that_can_wait_leaves_at_the_end_of_its_quiet_hours() {
        let quiet = Some(Quiet { starts: at(10), ends: at(30) });
        for (quiet, from, earliest) in [
            (None, 20, 20),
            (quiet, 9, 9),
            (quiet, 10, 30),
            (quiet, 29, 30),
            (quiet, 30, 30),
            (quiet, 31, 31),
        ] {
            assert_eq!(step(quiet).earliest_send_at(at(from)), at(earliest), "{quiet:?} from {from}");
        }
    }

    #[test]
    fn the_id_of_a_step_differs_by_each_part_of_it() {
        let of = |change: &str, subscriber: &str, channel, position| {
            let change = ChangeId::from_stored(change.to_owned());
            StepId::derive(&change, &SubscriberId::from_stored(subscriber.to_owned()), channel, position)
        };
        let first = || of("c", "ana", Channel::Mail, 0);
        assert_eq!(first(), first(), "a second plan gives the same key");
        for other in [
            of("d", "ana", Channel::Mail, 0),
            of("c", "ben", Channel::Mail, 0),
            of("c", "ana", Channel::Text, 0),
            of("c", "ana", Channel::Mail, 1),
            of("ca", "na", Channel::Mail, 0),
        ] {
            assert_ne!(other, first());
        }
    }
}
