//! One step of a chain, and the effect of each event on it alone.
//!
//! Promises: the evidence about a message only grows; an end is replaced only by a better-proven one; a worker that lost
//! its lease cannot change the step, except that a message known to be accepted is not sent again.

use chrono::TimeDelta;

use super::event::{AttemptResult, Event};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::notice::StepState;
use crate::model::reply::ReplyClass;
use crate::model::report::{Evidence, ReceiptStatus};

/// How long after its end a step still learns from reports and late answers; later ones are recorded and change nothing.
pub const WATCH: TimeDelta = TimeDelta::hours(72);

/// Maximum number of attempts that may leave a message in doubt: the first and two more. Then it is not tried again.
pub const DOUBTS_MAX: u32 = 3;

/// How long a skipped step without a limit gives way to the next one.
const PASSED_FOR: TimeDelta = TimeDelta::minutes(5);

/// A step as far as its state is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRecord {
    /// The channel that carries the step.
    pub channel: Channel,
    /// Whether it is handed off again when nobody knows whether a provider accepted it.
    pub is_repeated: bool,
    /// The step's state.
    pub state: StepState,
    /// What has to be known for the person to count as reached.
    pub success: Evidence,
    /// What delivery receipts prove, if one came.
    pub evidence: Option<Evidence>,
    /// When a provider's answer first said that it was accepted. A report may come before that answer.
    pub taken_at: Option<Moment>,
    /// Which claim of it is the last, from 1; 0 before the first.
    pub epoch: u32,
    /// How many attempts it has had.
    pub attempts: u32,
    /// How many of them left no one knowing whether the provider accepted it.
    pub doubts: u32,
    /// When it may be claimed, while it is pending; while it waits, when it may be at the earliest.
    pub due_at: Moment,
    /// After this its turn is over; with nothing to spare, it has expired.
    pub expires_at: Moment,
    /// How long a turn of it lasts, from a claim on, before the next step has its turn; `None` if it is alone.
    pub try_for: Option<TimeDelta>,
    /// How much longer it lives than its turn. `None` while no turn has begun.
    pub spare: Option<TimeDelta>,
    /// Until when it is its worker's, while it is claimed.
    pub lease_until: Option<Moment>,
    /// When the handoff in progress began.
    pub started_at: Option<Moment>,
    /// The time of the final state; none while the step is live.
    pub ended_at: Option<Moment>,
    /// Why it finished, if state and attempts do not show it. Empty when loaded: only a new reason is written.
    pub reason: Option<&'static str>,
}

/// What an event means for the step's notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepOutcome {
    /// Nothing of the kind can happen to it now.
    Ignored,
    /// It continues where it stands.
    Stands,
    /// It may be tried again then, if nothing speaks against it.
    Again(Moment),
    /// Its turn is over. It is due again then, once it has another one.
    GivesWay(Moment),
    /// Its report was waited for until the end of its turn; where no other step has one, the wait continues.
    Unconfirmed(StepState, &'static str),
    /// The person was reached.
    Reached {
        /// Whether the event was for the step as it was.
        stands: bool,
    },
    /// It ended, and the next channel takes over.
    Failed(StepState, Option<&'static str>),
}

impl StepRecord {
    /// Whether a provider may have seen it.
    pub fn was_handed_off(&self) -> bool {
        self.attempts > 0 || self.started_at.is_some() || self.evidence.is_some()
    }

    /// Whether what is known is enough.
    pub(super) fn meets_success_level(&self) -> bool {
        self.evidence.is_some_and(|evidence| evidence >= self.success)
    }

    fn is_held(&self, epoch: u32) -> bool {
        self.state == StepState::Claimed && self.epoch == epoch
    }

    /// Whether a worker may be handing it off right now.
    pub(super) fn is_under_way(&self) -> bool {
        self.state == StepState::Claimed && self.started_at.is_some()
    }

    /// What `event` means. Changes what is known and who holds it; ends are the chain's to write.
    pub(super) fn handle_event(&mut self, event: &Event, now: Moment) -> StepOutcome {
        match *event {
            Event::Claimed { lease_until } => self.claim(lease_until, now),
            Event::Started { epoch, lease_until } => self.start(epoch, lease_until, now),
            Event::Answered { epoch, class, verdict } => self.on_reply(epoch, class, verdict, now),
            Event::LeaseReleased { epoch, due } => self.give_back(epoch, due),
            Event::LeaseEnded => self.on_lease_expired(now),
            Event::Reported(status) => self.on_receipt(status, now),
            Event::DeadlineReached => self.time_out(now),
            Event::Suppressed if self.state == StepState::Pending => {
                StepOutcome::Failed(StepState::Suppressed, None)
            }
            Event::ChannelUnavailable if self.state == StepState::Pending => {
                let left = self.lives_until() - now;
                StepOutcome::GivesWay(now + self.try_for.unwrap_or(PASSED_FOR).min(left / 2))
            }
            Event::PutOff { until } if self.state == StepState::Pending => self.put_off(until, now),
            Event::TakenBack if self.state == StepState::Rejected && self.lives_until() > now => {
                self.take_spare();
                StepOutcome::Again(now)
            }
            Event::Suppressed
            | Event::ChannelUnavailable
            | Event::PutOff { .. }
            | Event::TakenBack
            | Event::Superseded
            | Event::Withdrawn => StepOutcome::Ignored,
        }
    }

    fn claim(&mut self, lease_until: Moment, now: Moment) -> StepOutcome {
        if self.state != StepState::Pending || self.due_at > now || self.expires_at <= now {
            return StepOutcome::Ignored;
        }
        self.begin_trying(now);
        self.state = StepState::Claimed;
        self.epoch += 1;
        (self.lease_until, self.started_at) = (Some(lease_until), None);
        StepOutcome::Stands
    }

    fn start(&mut self, epoch: u32, lease_until: Moment, now: Moment) -> StepOutcome {
        let leased = self.lease_until.is_some_and(|until| until > now);
        if !self.is_held(epoch) || !leased || self.expires_at <= now {
            return StepOutcome::Ignored;
        }
        (self.lease_until, self.started_at) = (Some(lease_until), Some(now));
        StepOutcome::Stands
    }

    /// Its turn has come: the time runs for which it may be tried before the next step, whatever it waits for.
    fn begin_trying(&mut self, now: Moment) {
        let (None, Some(limit)) = (self.spare, self.try_for) else { return };
        let over = now.checked_add_signed(limit).map_or(self.expires_at, |over| over.min(self.expires_at));
        self.spare = Some(self.expires_at - over);
        self.expires_at = over;
    }

    /// When it has expired for good, turns apart.
    pub(super) fn lives_until(&self) -> Moment {
        let spare = self.spare.unwrap_or_default();
        self.expires_at.checked_add_signed(spare).unwrap_or(Moment::MAX_UTC)
    }

    /// Whether it had a turn, and may have another one.
    pub(super) fn is_set_aside(&self) -> bool {
        self.state == StepState::Waiting && self.spare.is_some()
    }

    /// It has all the time again that its turn had cut off.
    pub(super) fn take_spare(&mut self) {
        self.expires_at = self.lives_until();
        self.spare = None;
    }

    /// It lives longer by what it waits.
    fn put_off(&mut self, until: Moment, now: Moment) -> StepOutcome {
        self.expires_at = self.expires_at.checked_add_signed(until - now).unwrap_or(Moment::MAX_UTC);
        StepOutcome::Again(until)
    }

    fn on_reply(
        &mut self,
        epoch: u32,
        class: ReplyClass,
        verdict: AttemptResult,
        now: Moment,
    ) -> StepOutcome {
        self.attempts += 1;
        let accepted = class == ReplyClass::Accepted;
        self.doubts += u32::from(class == ReplyClass::Ambiguous);
        if accepted {
            self.taken_at.get_or_insert(now);
            self.evidence = self.evidence.max(Some(Evidence::Accepted));
        }
        if !self.is_held(epoch) {
            return if accepted { self.accept_late(epoch, now) } else { StepOutcome::Ignored };
        }
        match verdict {
            AttemptResult::Accepted if self.meets_success_level() => StepOutcome::Reached { stands: true },
            AttemptResult::Accepted => self.watch(),
            AttemptResult::Rejected => StepOutcome::Failed(StepState::Rejected, None),
            AttemptResult::Dead => StepOutcome::Failed(self.doubted_or(StepState::Dead), None),
            // Decided by the limit at the claim, which moves with a clock that was set since.
            AttemptResult::Expired { at } if at < self.expires_at => StepOutcome::Again(at),
            AttemptResult::Expired { at } if self.spare.is_some() => StepOutcome::GivesWay(at),
            AttemptResult::Expired { .. } => StepOutcome::Failed(self.doubted_or(StepState::Expired), None),
            AttemptResult::InDoubt if self.awaits_report() => self.watch(),
            AttemptResult::InDoubt => StepOutcome::Failed(StepState::InDoubt, None),
            AttemptResult::Retry { at } => StepOutcome::Again(at),
            AttemptResult::NextProvider => StepOutcome::Stands,
        }
    }

    /// The end of a step that is given up: nobody can say that it failed where a provider may have it.
    pub(super) fn doubted_or(&self, end: StepState) -> StepState {
        if self.doubts > 0 { StepState::InDoubt } else { end }
    }

    /// Whether a report of this channel is waited for.
    fn awaits_report(&self) -> bool {
        self.success > Evidence::Accepted
    }

    /// The provider has it, or may have it; a report tells, or the limit passes.
    pub(super) fn watch(&mut self) -> StepOutcome {
        self.state = StepState::Watching;
        (self.lease_until, self.started_at) = (None, None);
        StepOutcome::Stands
    }

    /// Someone whose hold was lost says that it was accepted.
    fn accept_late(&mut self, epoch: u32, now: Moment) -> StepOutcome {
        // A report was faster than the answer, and ended it under the same hold.
        let outrun = self.state.is_success() && self.epoch == epoch;
        match self.state {
            _ if outrun => StepOutcome::Stands,
            StepState::Pending | StepState::Claimed if !self.meets_success_level() => {
                self.watch();
                StepOutcome::Ignored
            }
            _ => self.prove(now, false),
        }
    }

    /// Moves to the end that is proven now, if it is a better one than where it stands.
    fn prove(&self, now: Moment, stands: bool) -> StepOutcome {
        let watched = self.ended_at.is_none_or(|ended_at| now - ended_at <= WATCH);
        let better = match self.state {
            StepState::Delivered => false,
            StepState::Accepted => self.evidence >= Some(Evidence::Delivered),
            _ => self.meets_success_level(),
        };
        if better && watched { StepOutcome::Reached { stands } } else { StepOutcome::Ignored }
    }

    fn give_back(&self, epoch: u32, due: Moment) -> StepOutcome {
        if !self.is_held(epoch) {
            return StepOutcome::Ignored;
        }
        StepOutcome::Again(due)
    }

    fn on_lease_expired(&mut self, now: Moment) -> StepOutcome {
        if self.state != StepState::Claimed || self.lease_until.is_some_and(|until| until > now) {
            return StepOutcome::Ignored;
        }
        if self.started_at.is_none() {
            return StepOutcome::Again(now);
        }
        self.attempts += 1;
        self.doubts += 1;
        // A worker that died says nothing of the provider: however often workers die, what may be repeated is.
        if self.is_repeated {
            StepOutcome::Again(now)
        } else if self.awaits_report() {
            self.watch()
        } else {
            StepOutcome::Failed(StepState::InDoubt, Some("the worker stopped while sending it"))
        }
    }

    fn on_receipt(&mut self, status: ReceiptStatus, now: Moment) -> StepOutcome {
        if !self.was_handed_off() {
            return StepOutcome::Ignored;
        }
        self.evidence = self.evidence.max(status.evidence());
        match self.state {
            StepState::Waiting | StepState::Pending | StepState::Claimed | StepState::Watching
                if self.meets_success_level() =>
            {
                StepOutcome::Reached { stands: true }
            }
            StepState::Waiting => StepOutcome::Ignored,
            // With several copies in doubt, the failure of one says nothing of the others.
            StepState::Watching if status.is_failure() && self.doubts > 1 => StepOutcome::Stands,
            StepState::Watching if status.is_failure() => refused(status),
            StepState::Pending | StepState::Claimed if self.evidence.is_some() && !self.is_under_way() => {
                self.watch()
            }
            StepState::Pending | StepState::Claimed | StepState::Watching => StepOutcome::Stands,
            _ => self.prove(now, true),
        }
    }

    fn time_out(&self, now: Moment) -> StepOutcome {
        if self.expires_at > now {
            return StepOutcome::Ignored;
        }
        match self.state {
            StepState::Pending if self.spare.is_some() => StepOutcome::GivesWay(self.due_at.max(now)),
            StepState::Pending if self.doubts > 0 => StepOutcome::Failed(
                StepState::InDoubt,
                Some("may have been sent; expired before it could be sent again"),
            ),
            StepState::Pending => {
                StepOutcome::Failed(StepState::Expired, Some("expired before it could be sent"))
            }
            StepState::Watching if self.evidence.is_none() => StepOutcome::Unconfirmed(
                StepState::InDoubt,
                "no delivery receipt arrived in time; it may not have been sent",
            ),
            StepState::Watching => StepOutcome::Unconfirmed(
                StepState::Expired,
                "accepted, but no delivery receipt arrived in time",
            ),
            _ => StepOutcome::Ignored,
        }
    }
}

fn refused(status: ReceiptStatus) -> StepOutcome {
    if status == ReceiptStatus::Undeliverable {
        StepOutcome::Failed(StepState::Rejected, Some("delivery receipt: undeliverable"))
    } else {
        StepOutcome::Failed(StepState::Dead, Some("delivery receipt: not delivered"))
    }
}
