//! Implements the ledger's traits in SQL: each method runs one transaction.
//!
//! Decides nothing: the work of a method is in the file of its subject.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::connection::Commit;
use super::store::SqlLedger;
use super::{
    approvals, baseline, brake, claim, clock, correct, destinations, doubts, erasure, followers, further,
    joining, leases, mark, opt_outs, overdue, people, plan, questions, reports, settle, sign_ups, story,
    sums, withdrawal,
};
use crate::ledger::{
    Added, Asked, Attempt, AttemptResult, Brake, Brakes, ChangeRecord, ChangeSummary, Claim, ClaimRequest,
    ClockReading, DeliveryReceipt, DoubtedStep, Enrolled, Error, HighWaterMark, InboundText, LeaseToken,
    LedgerOp, LedgerOpResult, LinedUp, NoticeHistory, OptOut, People, PlanRequest, Planner, Planning,
    Posting, Preferences, Questions, Queue, ReceiptOutcome, Receipts, Recovered, Settled, SignUp,
    SignUpLimit, SignUps, Story, SubscriberPage, SubscriberRecord, TextQuestion, TextReply,
    UnreachedSubscriber, UnreadableRow, Wait,
};
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::approval::Approval;
use crate::model::change::ChangeId;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::listed::SubscriberList;
use crate::model::subscriber::{Consent, Followers, SubscriberId, Subscription};

impl SqlLedger {
    /// How far this ledger has come. What it says is on the disk when it returns.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn mark(&mut self) -> Result<HighWaterMark, Error> {
        self.write("read the high-water mark", mark::take)
    }

    /// Ends the leases of a worker's steps whose handoff has not begun, dead or not: one that lives finds its hold lost and begins
    /// none of them. Says how many.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn take_unstarted_of(&mut self, worker: &str, now: Moment) -> Result<u64, Error> {
        self.write("take over messages", |session| leases::abandon_unstarted(session, worker, now))
    }

    /// Ends every step that is not finished as one that may have been sent: in a copy of a ledger that was used on,
    /// nobody knows what was. Says how many.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn doubt_all(&mut self, reason: &str, now: Moment) -> Result<u64, Error> {
        self.write("mark queued messages as in doubt", |session| {
            mark::mark_all_in_doubt(session, reason, now)
        })
    }
}

impl People for SqlLedger {
    fn add_subscribers(
        &mut self,
        people: &[Subscription],
        consent: &Consent,
        draw: &mut dyn FnMut() -> [u8; 16],
    ) -> Result<Vec<Added>, Error> {
        self.write("add subscribers", |session| joining::add(session, people, consent, draw))
    }

    fn import_subscribers(
        &mut self,
        list: &SubscriberList,
        consent: &Consent,
        draw: &mut dyn FnMut() -> [u8; 16],
    ) -> Result<Vec<Added>, Error> {
        self.write("import subscribers", |session| joining::import(session, list, consent, draw))
    }

    fn confirm_subscriber(&mut self, id: &SubscriberId, now: Moment) -> Result<bool, Error> {
        self.write("confirm a subscriber", |session| people::confirm(session, id, now))
    }

    fn remove_subscriber(&mut self, id: &SubscriberId, now: Moment) -> Result<bool, Error> {
        self.write("remove a subscriber", |session| people::remove(session, id, now))
    }

    fn list_subscribers(&mut self) -> Result<Vec<SubscriberRecord>, Error> {
        self.read("list subscribers", people::list)
    }

    fn unreadable_subscribers(&mut self) -> Result<Vec<UnreadableRow>, Error> {
        self.read("look for subscribers that cannot be read", people::unreadable_rows)
    }

    fn subscribers_at(&mut self, endpoint: &Endpoint) -> Result<Vec<SubscriberRecord>, Error> {
        self.read("find a subscriber", |session| people::at(session, endpoint))
    }

    fn subscribers_after(
        &mut self,
        after: Option<&SubscriberId>,
        number_max: usize,
    ) -> Result<SubscriberPage, Error> {
        self.read("read the subscribers", |session| people::active_after(session, after, number_max))
    }

    fn silenced(&mut self) -> Result<BTreeSet<SubscriberId>, Error> {
        self.read("look for suppressed addresses", people::silenced)
    }

    fn suppress(&mut self, endpoint: &Endpoint, reason: &str, now: Moment) -> Result<bool, Error> {
        self.write("suppress an address", |session| people::suppress(session, endpoint, reason, now))
    }

    fn lift_suppression(&mut self, endpoint: &Endpoint) -> Result<bool, Error> {
        self.write("remove an address from the suppression list", |session| people::lift(session, endpoint))
    }
}

impl Questions for SqlLedger {
    fn take_questions(&mut self, most: usize, of_day: u32, now: Moment) -> Result<Vec<TextQuestion>, Error> {
        self.write("look for questions", |session| questions::take(session, most, of_day, now))
    }

    fn replies(&mut self) -> Result<Vec<TextReply>, Error> {
        self.read("list what subscribers wrote", questions::replies)
    }
}

impl SignUps for SqlLedger {
    fn ask(&mut self, sign_up: &SignUp, limits: &[SignUpLimit], now: Moment) -> Result<Asked, Error> {
        self.write("keep a sign-up", |session| sign_ups::ask(session, sign_up, limits, now))
    }

    fn sign_up(&mut self, id: &str) -> Result<Option<SignUp>, Error> {
        self.read("find a sign-up", |session| sign_ups::find(session, id))
    }

    fn due_confirmations(&mut self, most: usize, now: Moment) -> Result<Vec<(SignUp, u32)>, Error> {
        self.write("look for sign-ups", |session| sign_ups::due(session, most, now))
    }

    fn confirmation_tried(&mut self, id: &str, again: Option<Moment>) -> Result<(), Error> {
        self.write("record a confirmation", |session| sign_ups::tried(session, id, again))
    }

    fn may_guess(&mut self, id: &str, now: Moment) -> Result<bool, Error> {
        self.write("count a guess", |session| sign_ups::may_guess(session, id, now))
    }

    fn confirm_sign_up(
        &mut self,
        id: &str,
        draw: &mut dyn FnMut() -> [u8; 16],
        now: Moment,
    ) -> Result<Option<SubscriberId>, Error> {
        self.write("confirm a sign-up", |session| sign_ups::confirm(session, id, draw, now))
    }

    fn announced_names(&mut self) -> Result<BTreeMap<IncidentId, IncidentId>, Error> {
        self.read("read the names of incidents", |session| {
            let announced = baseline::read(session)?.unwrap_or_default();
            Ok(announced.incidents.into_iter().map(|(origin, known)| (origin, known.id)).collect())
        })
    }

    fn subscriber(&mut self, id: &SubscriberId) -> Result<Option<SubscriberRecord>, Error> {
        self.read("find a subscriber", |session| people::by_id(session, id))
    }

    fn change_subscription(&mut self, id: &SubscriberId, to: &Preferences) -> Result<bool, Error> {
        self.write("change a subscription", |session| sign_ups::change(session, id, to))
    }

    fn give_up(&mut self, id: &SubscriberId, channel: Channel, now: Moment) -> Result<bool, Error> {
        self.write("remove an address", |session| further::give_up(session, id, channel, now))
    }

    fn come_back(&mut self, id: &SubscriberId, source: &str, now: Moment) -> Result<bool, Error> {
        self.write("bring a subscriber back", |session| sign_ups::come_back(session, (id, source), now))
    }

    fn erase_subscriber(&mut self, id: &SubscriberId, now: Moment) -> Result<bool, Error> {
        self.write("erase a subscriber", |session| erasure::erase(session, id, now))
    }
}

impl Planner for SqlLedger {
    fn announced(&mut self) -> Result<Option<Baseline>, Error> {
        self.read("read the baseline", baseline::read)
    }

    fn withdraw(&mut self, origin: &IncidentId, now: Moment) -> Result<u64, Error> {
        self.write("withdraw an incident", |session| withdrawal::withdraw(session, origin, now))
    }

    fn withdrawn(&mut self) -> Result<BTreeMap<IncidentId, BTreeSet<SubscriberId>>, Error> {
        self.read("look for what was withdrawn", withdrawal::withdrawn)
    }

    fn is_withdrawn(&mut self, origin: &IncidentId) -> Result<bool, Error> {
        self.read("look for a withdrawal", |session| withdrawal::is_withdrawn(session, origin))
    }

    fn queued_changes(&mut self, origins: &BTreeSet<IncidentId>) -> Result<Vec<ChangeRecord>, Error> {
        self.read("look for queued changes", |session| {
            let changes = origins.iter().map(|origin| correct::queued_changes(session, origin));
            Ok(changes.collect::<Result<Vec<_>, _>>()?.concat())
        })
    }

    fn awaiting(
        &mut self,
        origins: &BTreeSet<IncidentId>,
    ) -> Result<BTreeMap<IncidentId, BTreeSet<SubscriberId>>, Error> {
        self.read("look for those who wait", |session| correct::awaiting(session, origins))
    }

    fn notified(
        &mut self,
        origins: &BTreeSet<IncidentId>,
    ) -> Result<BTreeMap<IncidentId, BTreeSet<SubscriberId>>, Error> {
        self.read("look for who heard", |session| withdrawal::notified(session, origins))
    }

    fn followers(&mut self, origins: &BTreeSet<IncidentId>) -> Result<Followers, Error> {
        self.read("look for who follows an incident", |session| followers::of(session, origins))
    }

    fn approve(&mut self, approval: &Approval) -> Result<bool, Error> {
        self.write("keep an approval", |session| approvals::add(session, approval))
    }

    fn approvals(&mut self) -> Result<Vec<Approval>, Error> {
        self.read("read the approvals", approvals::read)
    }

    fn adopt(&mut self, announced: &Baseline, now: Moment) -> Result<(), Error> {
        self.write("adopt a baseline", |session| baseline::adopt(session, announced, now))
    }

    fn plan(&mut self, request: &PlanRequest<'_>, now: Moment) -> Result<Planning, Error> {
        self.write_or_brake("plan", |session| plan::plan(session, request, now))
    }
}

impl Queue for SqlLedger {
    fn claim(&mut self, request: &ClaimRequest<'_>, now: Moment) -> Result<Claim, Error> {
        self.write_or_brake("claim", |session| claim::claim(session, request, now))
    }

    fn start(&mut self, hold: &LeaseToken, lease: TimeDelta, now: Moment) -> Result<bool, Error> {
        let commit = if hold.once { Commit::Durable } else { Commit::Fast };
        self.transact("start a handoff", commit, |session| settle::start(session, hold, lease, now))
    }

    fn record_result(
        &mut self,
        hold: &LeaseToken,
        attempt: &Attempt,
        verdict: AttemptResult,
    ) -> Result<Settled, Error> {
        self.transact("settle a handoff", Commit::Fast, |session| {
            settle::settle(session, hold, attempt, verdict)
        })
    }

    fn give_back(&mut self, hold: &LeaseToken, due: Moment, now: Moment) -> Result<(), Error> {
        self.transact("return a step to the queue", Commit::Fast, |session| {
            settle::give_back(session, hold, due, now)
        })
    }

    fn make_all(&mut self, moves: &[LedgerOp]) -> Result<Vec<LedgerOpResult>, Error> {
        let once = moves.iter().any(|one| matches!(one, LedgerOp::Start { hold, .. } if hold.once));
        let commit = if once { Commit::Durable } else { Commit::Fast };
        self.transact("settle handoffs", commit, |session| settle::make_all(session, moves))
    }

    fn lease_holders(&mut self) -> Result<Vec<String>, Error> {
        self.read("read the leases", leases::holders)
    }

    fn expire_leases_of(&mut self, worker: &str, now: Moment) -> Result<u64, Error> {
        self.write("end a lease", |session| leases::abandon(session, worker, now))
    }

    fn recover(&mut self, now: Moment) -> Result<Recovered, Error> {
        self.write("recover", |session| overdue::recover(session, now))
    }

    fn keep_clock(&mut self, reading: &ClockReading) -> Result<Option<TimeDelta>, Error> {
        self.write("keep the clock", |session| clock::keep(session, reading))
    }

    fn unfinished(&mut self) -> Result<u64, Error> {
        self.read("count the steps", story::unfinished)
    }
}

impl Receipts for SqlLedger {
    fn report(&mut self, report: &DeliveryReceipt) -> Result<ReceiptOutcome, Error> {
        // Durable: anyone who brought it does not bring it again.
        self.write("record a report", |session| reports::report(session, report))
    }

    fn doubted(&mut self, since: Moment, most: usize) -> Result<Vec<DoubtedStep>, Error> {
        self.read("look for steps in doubt", |session| doubts::doubted(session, since, most))
    }

    fn postings(&mut self, endpoint: &Endpoint, incident: &IncidentId) -> Result<Vec<Posting>, Error> {
        self.read("look for what was posted", |session| reports::postings(session, endpoint, incident))
    }

    fn receive_text(&mut self, text: &InboundText) -> Result<OptOut, Error> {
        // Durable: its provider does not bring it again.
        self.write("record an opt-out", |session| opt_outs::receive(session, text))
    }
}

impl Brakes for SqlLedger {
    fn brake(&mut self) -> Result<Option<Brake>, Error> {
        self.read("read the brake", brake::read)
    }

    fn released_changes(&mut self) -> Result<BTreeSet<String>, Error> {
        self.read("read the changes released from the brake", brake::released)
    }

    fn engage_brake(&mut self, reason: &str, now: Moment) -> Result<(), Error> {
        self.write("set the brake", |session| brake::pull(session, reason, now))
    }

    fn release_brake(&mut self, now: Moment) -> Result<bool, Error> {
        self.write("release the brake", |session| brake::release(session, now))
    }
}

impl Story for SqlLedger {
    fn explain(
        &mut self,
        who: &SubscriberId,
        what: Option<&IncidentId>,
    ) -> Result<Vec<NoticeHistory>, Error> {
        self.read("explain", |session| story::explain(session, who, what))
    }

    fn lined_up(&mut self, until: Moment) -> Result<Vec<LinedUp>, Error> {
        self.read("count what is queued", |session| story::lined_up(session, until))
    }

    fn waits(&mut self) -> Result<Vec<Wait>, Error> {
        self.read("look why messages wait", story::waits)
    }

    fn summary(&mut self, what: Option<&IncidentId>) -> Result<Vec<ChangeSummary>, Error> {
        self.read("sum up", |session| sums::summary(session, what))
    }

    fn missed(&mut self, change: &ChangeId, most: usize) -> Result<Vec<UnreachedSubscriber>, Error> {
        self.read("look for those it missed", |session| sums::missed(session, change, most))
    }

    fn destinations(&mut self) -> Result<Vec<Enrolled>, Error> {
        self.read("list the destinations", destinations::all)
    }
}
