//! The due steps that a claim reads: in the order of their lane, with everything that decides whether they may be sent.
//!
//! Promises: a step whose key does not follow from its change, its subscriber, its channel and its place is damage. Never
//! judges a step.

use chrono::TimeDelta;

use super::columns::{
    CLAIMED, IN_DOUBT, PENDING, WAITING, WATCHING, channel_number, endpoint, milliseconds, moment, readable,
    repeats, severity_number, small, state_list, step_key,
};
use super::fault::LedgerFault;
use super::lanes::ClaimQueue;
use super::session::{Row, Session, Values};
use super::steps::StepKey;
use crate::model::Moment;
use crate::model::change::ChangeId;
use crate::model::channel::Channel;
use crate::model::destination::Repeats;
use crate::model::endpoint::Endpoint;
use crate::model::notice::{StepId, StepState};
use crate::model::phase::Severity;
use crate::model::subscriber::SubscriberId;

/// A step that is due.
pub(super) struct Candidate {
    pub(super) row: StepKey,
    pub(super) step: StepId,
    pub(super) subscriber: SubscriberId,
    pub(super) incident: String,
    pub(super) position: u8,
    /// `None` where the stored one cannot be read.
    pub(super) endpoint: Option<Endpoint>,
    pub(super) endpoint_number: i64,
    pub(super) message: i64,
    pub(super) epoch: u32,
    pub(super) attempts: u32,
    /// How many attempts left nobody knowing, and whose the last of them was.
    pub(super) doubts: u32,
    pub(super) doubted: Option<String>,
    pub(super) expires_at: Moment,
    /// How long its turn lasts, if it is one of several.
    pub(super) try_for: Option<TimeDelta>,
    /// How much longer it lives than its turn, if that has begun.
    spare: Option<TimeDelta>,
    /// Whether another step waits for its first turn.
    pub(super) is_followed: bool,
    /// Whether a handoff that may have been heard is made again.
    pub(super) repeats: Repeats,
    /// The end of its quiet hours, if they are now.
    pub(super) quiet_until: Option<Moment>,
    /// Why it must not leave, where a person or a bounce said so.
    pub(super) barred: Option<Barred>,
    /// Row number of its change.
    pub(super) change: i64,
    /// What its change tells, as it is stored.
    pub(super) what: String,
}

/// Why a step must not leave.
pub(super) enum Barred {
    /// The subscriber left.
    Left,
    /// The subscriber gave the address up.
    GivenUp,
    /// Another subscriber had the address too before an upgrade, and the change was sent to an address of both.
    SentToBoth,
    /// The plan no longer has the destination.
    Dropped,
    /// The destination has another place now.
    Moved,
    /// The address is suppressed, for this reason.
    Suppressed(String),
}

impl Barred {
    /// Whether its person, or the plan, wishes it.
    pub(super) fn is_wish(&self) -> bool {
        !matches!(self, Self::Suppressed(_))
    }

    /// The reason in words.
    pub(super) fn reason(self) -> String {
        match self {
            Self::Left => "the subscriber was removed".to_owned(),
            Self::GivenUp => "the subscriber no longer has this address".to_owned(),
            Self::SentToBoth => "already sent once to an address that another subscriber had too".to_owned(),
            Self::Dropped => "the plan no longer has this destination".to_owned(),
            Self::Moved => "the destination has another place now".to_owned(),
            Self::Suppressed(reason) => reason,
        }
    }
}

impl Candidate {
    /// When it gives way to the next step, if its turn comes now or has come before.
    pub(super) fn step_limit_at(&self, now: Moment) -> Moment {
        let limit =
            self.try_for.filter(|_| self.spare.is_none()).and_then(|limit| now.checked_add_signed(limit));
        limit.map_or(self.expires_at, |limit| limit.min(self.expires_at))
    }

    /// When it has expired for good.
    pub(super) fn lives_until(&self) -> Moment {
        let spare = self.spare.unwrap_or_default();
        self.expires_at.checked_add_signed(spare).unwrap_or(Moment::MAX_UTC)
    }
}

/// The next due steps of a lane.
pub(super) fn candidates(
    session: &mut Session<'_>,
    (channel, severity, lane): (Channel, Severity, ClaimQueue),
    free: usize,
    now: Moment,
) -> Result<Vec<Candidate>, LedgerFault> {
    let text = due_in(lane);
    let text = session.locking(&text, "FOR UPDATE OF s, e SKIP LOCKED").into_owned();
    let limit = i64::try_from(free).unwrap_or(i64::MAX);
    let change = if let ClaimQueue::Fresh(change) = lane { change } else { 0 };
    let values = (channel_number(channel), severity_number(severity), milliseconds(now));
    let values: Values<'_> = &[&values.0, &values.1, &values.2, &limit, &change];
    session.rows(&text, values, |row| candidate(row, channel))
}

/// Whether the step's address was that of several subscribers before an upgrade (the table `shared_address`), the step's own
/// among them.
const IS_SHARED: &str =
    "EXISTS (SELECT 1 FROM shared_address h WHERE h.subscriber = n.subscriber AND h.endpoint = s.endpoint)";

/// The states of a step that reached its address, or may have.
const SENT: [StepState; 3] = [StepState::Accepted, StepState::Delivered, StepState::InDoubt];

/// The condition that another subscriber has a step `b` of the same change, in such a state, to the step's address. If the
/// other one keeps the addresses, which is the first, a step to any address of both counts.
fn sent_to_sharer(state: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM shared_address mine
             JOIN shared_address theirs ON theirs.endpoint = mine.endpoint AND theirs.subscriber <> mine.subscriber
             JOIN notice o ON o.subscriber = theirs.subscriber AND o.incident = n.incident AND o.change = n.change
             JOIN step b ON b.notice = o.number AND b.endpoint = mine.endpoint
             WHERE mine.subscriber = n.subscriber AND {state}
               AND (b.endpoint = s.endpoint OR theirs.subscriber < mine.subscriber))"
    )
}

/// The statement for what is due in a lane. Each lane is a stretch of one partial index and read in its order:
/// thousands are due in the same millisecond, and must not be sorted for the sake of a few.
pub(super) fn due_in(lane: ClaimQueue) -> String {
    let lane = match lane {
        ClaimQueue::Fresh(_) => "s.attempts = 0 AND s.change = ?5",
        ClaimQueue::Again => "s.attempts > 0 AND s.change > ?5",
    };
    let sent = sent_to_sharer(&format!("b.state IN ({})", state_list(&SENT)));
    // Of several who share an address the first one has its turn first.
    let first = format!("b.state = {PENDING} AND theirs.subscriber < mine.subscriber");
    let in_progress = sent_to_sharer(&format!("({first} OR b.state IN ({CLAIMED}, {WATCHING}))"));
    let doubt = format!("FROM attempt a WHERE a.step = s.number AND a.class = {IN_DOUBT}");
    format!(
        "SELECT s.number, s.notice, c.id, p.id, i.origin, s.position, e.address, s.endpoint, s.message, s.epoch,
                s.attempts, s.expires_at, s.try_for,
                CASE WHEN p.removed_at IS NOT NULL AND p.destination IS NOT NULL THEN 'dropped'
                     WHEN p.removed_at IS NOT NULL THEN 'left'
                     WHEN e.suppressed_at IS NOT NULL THEN 'suppressed'
                     WHEN NOT EXISTS (SELECT 1 FROM contact c
                              WHERE c.subscriber = p.number AND c.endpoint = s.endpoint)
                          AND (e.left_at IS NOT NULL OR NOT {IS_SHARED})
                         THEN CASE WHEN p.destination IS NULL THEN 'given up' ELSE 'moved' END
                     WHEN {IS_SHARED} AND {sent} THEN 'sent to both' END,
                CASE WHEN s.quiet_from <= ?3 AND ?3 < s.quiet_until THEN s.quiet_until END, s.key, e.channel, s.repeats,
                CASE WHEN s.attempts > 0 THEN (SELECT COUNT(*) {doubt}) ELSE 0 END,
                CASE WHEN s.attempts > 0 THEN (SELECT a.provider {doubt} ORDER BY a.number DESC LIMIT 1) END,
                e.suppressed_because, c.what, c.number, s.spare,
                CASE WHEN s.try_for IS NOT NULL AND EXISTS (SELECT 1 FROM step w
                         WHERE w.notice = s.notice AND w.state = {WAITING} AND w.spare IS NULL) THEN 1 ELSE 0 END
         FROM step s JOIN endpoint e ON e.number = s.endpoint LEFT JOIN notice n ON n.number = s.notice
              LEFT JOIN subscriber p ON p.number = n.subscriber LEFT JOIN incident i ON i.number = n.incident
              LEFT JOIN change c ON c.number = n.change AND c.incident = n.incident
         WHERE s.state = {PENDING} AND s.channel = ?1 AND s.severity = ?2 AND s.due_at <= ?3 AND {lane}
           AND NOT EXISTS (SELECT 1 FROM notice o JOIN step b ON b.notice = o.number
                   WHERE o.subscriber = n.subscriber AND o.incident = n.incident AND o.change < n.change
                     AND b.state <= {CLAIMED})
           AND CASE WHEN {IS_SHARED} THEN NOT {in_progress} ELSE 1 = 1 END
         ORDER BY s.due_at LIMIT ?4"
    )
}

fn candidate(row: &Row<'_>, channel: Channel) -> Result<Candidate, LedgerFault> {
    let astray = LedgerFault::Unreadable("notice of a step");
    let ids = (row.get::<Option<String>>(2)?, row.get::<Option<String>>(3)?, row.get::<Option<String>>(4)?);
    let (Some(change), Some(subscriber), Some(incident)) = ids else { return Err(astray) };
    let (change, subscriber) = (ChangeId::from_stored(change), SubscriberId::from_stored(subscriber));
    let position = small(row.get(5)?)?;
    let step = StepId::derive(&change, &subscriber, channel, position);
    if step_key(&step) != row.get::<i64>(15)? {
        return Err(astray);
    }
    Ok(Candidate {
        row: StepKey { number: row.get(0)?, notice: row.get(1)? },
        step,
        subscriber,
        incident,
        position,
        endpoint: readable(endpoint(row.get(16)?, &row.get::<String>(6)?))?
            .filter(|one| one.channel() == channel),
        endpoint_number: row.get(7)?,
        message: row.get(8)?,
        epoch: small(row.get(9)?)?,
        attempts: small(row.get(10)?)?,
        expires_at: moment(row.get(11)?)?,
        try_for: row.get::<Option<i64>>(12)?.map(TimeDelta::milliseconds),
        spare: row.get::<Option<i64>>(23)?.map(TimeDelta::milliseconds),
        is_followed: row.get::<i64>(24)? == 1,
        barred: barred(row)?,
        repeats: repeats(row.get(17)?)?,
        doubts: small(row.get(18)?)?,
        doubted: row.get(19)?,
        what: row.get(21)?,
        change: row.get(22)?,
        quiet_until: row.get::<Option<i64>>(14)?.map(moment).transpose()?,
    })
}

fn barred(row: &Row<'_>) -> Result<Option<Barred>, LedgerFault> {
    Ok(match row.get::<Option<String>>(13)?.as_deref() {
        None => None,
        Some("left") => Some(Barred::Left),
        Some("dropped") => Some(Barred::Dropped),
        Some("moved") => Some(Barred::Moved),
        Some("sent to both") => Some(Barred::SentToBoth),
        Some("suppressed") => Some(Barred::Suppressed(row.get::<Option<String>>(20)?.unwrap_or_default())),
        Some(_) => Some(Barred::GivenUp),
    })
}
