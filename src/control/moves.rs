//! What actors do about control by command.
//!
//! Promises: a move that is refused changes nothing, and says why.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::record::{KEYS_MAX, NOTE_CHARACTERS_MAX, QUEUE_MAX, add_event, give};
use super::settle::{next, settle};
use crate::model::Moment;
use crate::model::approval::Role;
use crate::model::control::{Actor, Asker, Control, ControlRules, EventKind, Hold, Request};

/// What someone wants to do, with the note that travels with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The change that is asked for.
    pub action: Action,
    /// Why, in their words.
    pub note: String,
    /// Keys and values that are kept for the next owner; an empty value removes its key. Only the owner after the move has a
    /// say in them, or the owner before it.
    pub metadata: BTreeMap<String, String>,
}

/// What someone can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Take control: of an idle incident, as the default owner, or because the incident is urgent.
    Take {
        /// Whether the incident is severe enough that people take control instead of asking for it.
        is_urgent: bool,
    },
    /// Take control, no matter who has it, by an exception.
    BreakGlass {
        /// The role they act in.
        role: Role,
    },
    /// Take responsibility for the incident, which gives control, no matter who has it.
    Acknowledge,
    /// Ask for control.
    Request,
    /// Say that a request has to wait.
    Answer {
        /// The actor whose request is answered.
        to: Actor,
    },
    /// Give control to another actor.
    Pass {
        /// The next owner; `None` means the first in the queue, else the default owner.
        to: Option<Actor>,
    },
    /// Give control up: to the first who waits, if someone does.
    Release,
    /// Keep control for longer.
    Extend {
        /// How long control lasts from now on.
        length: TimeDelta,
    },
    /// Only change what is kept for the next owner.
    Note,
}

/// Why a move is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Someone else has control.
    #[error("{} controls it until {}", .0.owner, .0.expires.format("%Y-%m-%d %H:%M UTC"))]
    Owned(Hold),
    /// Nobody has control, so there is nothing to give away or to keep.
    #[error("nobody controls it")]
    Idle,
    /// The actor has control already.
    #[error("{0} controls it already")]
    OwnedAlready(Actor),
    /// The actor waits already.
    #[error("{0} has asked for it already")]
    RequestedAlready(Actor),
    /// The person does not have the role.
    #[error("{0} is not {name}", name = .1.name())]
    WithoutRole(Actor, Role),
    /// There is no such request.
    #[error("{0} has not asked for it")]
    NoRequest(Actor),
    /// Nobody is named, nobody waits, and there is no default owner.
    #[error("nobody is named to give it to, nobody has asked for it, and the plan has no default owner")]
    NoTarget,
    /// An extension of nothing, or of too much.
    #[error("an extension is for at most {} hours", .0.num_hours())]
    TooLong(TimeDelta),
    /// An extension that ends before the hold does.
    #[error("it is kept until {} already", .0.format("%Y-%m-%d %H:%M UTC"))]
    NotLonger(Moment),
    /// The queue of requests is full.
    #[error("too many have asked for it")]
    QueueFull,
    /// A note or the metadata are too long.
    #[error(
        "the note or what is kept for the next owner is too long: {NOTE_CHARACTERS_MAX} characters, {KEYS_MAX} keys"
    )]
    NoteTooLong,
}

/// The record after a move.
///
/// # Errors
///
/// The rules do not allow it.
pub fn apply(
    control: &Control,
    by: &Asker,
    wanted: &Move,
    rules: &ControlRules,
    now: Moment,
) -> Result<Control, Refusal> {
    let mut control = settle(control, rules, now);
    let event = act(&mut control, by, wanted, rules, now)?;
    add_event(&mut control, &by.actor, event, &wanted.note, now);
    let is_waiting = control.queue.iter().any(|request| request.by == by.actor);
    match wanted.action {
        Action::Release => next(&mut control, rules, now),
        Action::Request if !is_waiting => add_event(&mut control, &by.actor, EventKind::Received, "", now),
        _ => {}
    }
    // What is kept is the owner's: of the one before the move, or of the one whom it gave control.
    if !is_waiting {
        merge(&mut control.metadata, &wanted.metadata);
    }
    refuse_long(&control, &wanted.note)?;
    control.revision += 1;
    Ok(control)
}

/// Carries a move out, but for its event, which it returns.
fn act(
    control: &mut Control,
    by: &Asker,
    wanted: &Move,
    rules: &ControlRules,
    now: Moment,
) -> Result<EventKind, Refusal> {
    match &wanted.action {
        Action::Take { is_urgent } => {
            refuse_owner(control, by)?;
            let may_take = *is_urgent || rules.default.as_ref().is_some_and(|default| by.is(default));
            if let (Some(hold), false) = (&control.hold, may_take) {
                return Err(Refusal::Owned(hold.clone()));
            }
            give(control, by.actor.clone(), rules, now);
            Ok(EventKind::Took)
        }
        Action::BreakGlass { role } => {
            if !by.roles.contains(role) {
                return Err(Refusal::WithoutRole(by.actor.clone(), *role));
            }
            refuse_owner(control, by)?;
            give(control, by.actor.clone(), rules, now);
            Ok(EventKind::BrokeGlass { role: *role })
        }
        Action::Acknowledge => {
            refuse_owner(control, by)?;
            give(control, by.actor.clone(), rules, now);
            Ok(EventKind::Acknowledged)
        }
        Action::Request => request(control, by, &wanted.note, rules, now),
        Action::Answer { to } => {
            require_owner(control, by)?;
            let found = control.queue.iter_mut().find(|request| request.by == *to);
            let request = found.ok_or_else(|| Refusal::NoRequest(to.clone()))?;
            request.answered_at = Some(now);
            Ok(EventKind::Answered { to: to.clone() })
        }
        Action::Pass { to } => {
            if control.hold.is_some() {
                require_owner(control, by)?;
            }
            pass(control, to.as_ref(), rules, now)
        }
        Action::Release => require_owner(control, by).map(|_| EventKind::Released),
        Action::Extend { length } => extend(require_owner(control, by)?, *length, rules, now),
        Action::Note => require_owner(control, by).map(|_| EventKind::Noted),
    }
}

/// Queues a request. Nobody waits for an idle incident, nor for automation, which keeps no person waiting.
fn request(
    control: &mut Control,
    by: &Asker,
    note: &str,
    rules: &ControlRules,
    now: Moment,
) -> Result<EventKind, Refusal> {
    refuse_owner(control, by)?;
    if control.hold.as_ref().is_none_or(|hold| hold.owner == Actor::Automation) {
        give(control, by.actor.clone(), rules, now);
        return Ok(EventKind::Requested);
    }
    if control.queue.iter().any(|request| request.by == by.actor) {
        return Err(Refusal::RequestedAlready(by.actor.clone()));
    }
    if control.queue.len() >= QUEUE_MAX {
        return Err(Refusal::QueueFull);
    }
    control.queue.push(Request { by: by.actor.clone(), at: now, note: note.to_owned(), answered_at: None });
    Ok(EventKind::Requested)
}

fn pass(
    control: &mut Control,
    to: Option<&Actor>,
    rules: &ControlRules,
    now: Moment,
) -> Result<EventKind, Refusal> {
    let first = control.queue.first().map(|request| &request.by);
    let to = to.or(first).or(rules.default.as_ref()).ok_or(Refusal::NoTarget)?.clone();
    // Passing to oneself would extend the hold.
    if control.hold.as_ref().is_some_and(|hold| hold.owner == to) {
        return Err(Refusal::OwnedAlready(to));
    }
    give(control, to.clone(), rules, now);
    Ok(EventKind::Passed { to })
}

fn extend(
    hold: &mut Hold,
    length: TimeDelta,
    rules: &ControlRules,
    now: Moment,
) -> Result<EventKind, Refusal> {
    if length <= TimeDelta::zero() || length > rules.extension_max {
        return Err(Refusal::TooLong(rules.extension_max));
    }
    let until = now + length;
    if until <= hold.expires {
        return Err(Refusal::NotLonger(hold.expires));
    }
    hold.expires = until;
    Ok(EventKind::Extended { until })
}

/// The hold, if the asker is its owner.
fn require_owner<'c>(control: &'c mut Control, by: &Asker) -> Result<&'c mut Hold, Refusal> {
    let hold = control.hold.as_mut().ok_or(Refusal::Idle)?;
    if by.is(&hold.owner) { Ok(hold) } else { Err(Refusal::Owned(hold.clone())) }
}

fn refuse_owner(control: &Control, by: &Asker) -> Result<(), Refusal> {
    match &control.hold {
        Some(hold) if by.is(&hold.owner) => Err(Refusal::OwnedAlready(hold.owner.clone())),
        _ => Ok(()),
    }
}

fn merge(metadata: &mut BTreeMap<String, String>, changes: &BTreeMap<String, String>) {
    metadata.extend(changes.clone());
    metadata.retain(|_, value| !value.is_empty());
}

fn refuse_long(control: &Control, note: &str) -> Result<(), Refusal> {
    let is_long = |text: &str| text.chars().count() > NOTE_CHARACTERS_MAX;
    let metadata = &control.metadata;
    let are_long = metadata.iter().any(|(key, value)| is_long(key) || is_long(value));
    if is_long(note) || are_long || metadata.len() > KEYS_MAX {
        return Err(Refusal::NoteTooLong);
    }
    Ok(())
}
