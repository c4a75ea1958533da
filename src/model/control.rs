//! Control of an incident: who may announce updates of it, until when, and who asked for it.
//!
//! Promises: plain values. Control has one owner at a time, or none; `crate::control` has the rules by which it moves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::TimeDelta;

use super::Moment;
use super::approval::Role;
use super::incident::IncidentId;

/// Who can have control.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The program itself: a monitor, a pipeline, and every author who is not among the people of the plan.
    Automation,
    /// Anyone who has the role.
    Role(Role),
    /// A person, by their short name in the plan.
    Person(String),
}

impl Actor {
    /// The word for automation; no person has it as their short name.
    pub const AUTOMATION: &'static str = "automation";

    /// Reads the word of an actor: `automation`, a role, or the short name of a person, known or not.
    pub fn from_word(word: &str) -> Self {
        match (word, Role::from_word(word)) {
            (Self::AUTOMATION, _) => Self::Automation,
            (_, Some(role)) => Self::Role(role),
            (name, None) => Self::Person(name.to_owned()),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Automation => Self::AUTOMATION,
            Self::Role(role) => role.word(),
            Self::Person(name) => name,
        })
    }
}

/// What the plan says about control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlRules {
    /// Who has control of an idle incident once it is updated, and may take it from anyone; `None` for nobody.
    pub default: Option<Actor>,
    /// How long an owner has control without announcing an update; above zero.
    pub idle_after: TimeDelta,
    /// How long an owner can keep control at most, counted from the moment of asking; above zero.
    pub extension_max: TimeDelta,
}

/// Who does something about control, and in which roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Automation or a person.
    pub actor: Actor,
    /// The roles of the person.
    pub roles: BTreeSet<Role>,
}

impl Asker {
    /// Whether this is the asker, in person or by a role.
    pub fn is(&self, actor: &Actor) -> bool {
        match actor {
            Actor::Role(role) => self.roles.contains(role),
            other => self.actor == *other,
        }
    }
}

/// The control of one incident, as it was recorded last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The incident, as it was called when first announced.
    pub incident: IncidentId,
    /// Counts the records of this incident, from 1.
    pub revision: u64,
    /// Who announced it first.
    pub source: Option<Actor>,
    /// Who has control; `None` while the incident is idle.
    pub hold: Option<Hold>,
    /// Who asked for control and waits, in the order in which they asked. Empty while the incident is idle.
    pub queue: Vec<Request>,
    /// What each owner leaves for the next one, by key.
    pub metadata: BTreeMap<String, String>,
    /// What happened, oldest first; the oldest are dropped beyond a limit.
    pub events: Vec<Event>,
}

/// That the record of an incident is to be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlChange {
    /// The incident, as it was called when first announced.
    pub incident: IncidentId,
    /// The stored form of the record that this one was made from; `None` if there was none.
    pub before: Option<String>,
    /// The stored form of the record.
    pub after: String,
}

/// That someone has control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The actor who may speak for the incident.
    pub owner: Actor,
    /// The time at which the owner took control.
    pub since: Moment,
    /// From then on the owner no longer has it.
    pub expires: Moment,
}

/// That someone asked for control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The actor who did it.
    pub by: Actor,
    /// The time of it.
    pub at: Moment,
    /// Why, in their words; may be empty.
    pub note: String,
    /// When the owner answered that it has to wait; `None` while that is open.
    pub answered_at: Option<Moment>,
}

/// What happened to the control of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The time of it.
    pub at: Moment,
    /// Who did it; of an expired hold, whose it was.
    pub by: Actor,
    /// The change of control.
    pub what: EventKind,
    /// Their words; may be empty.
    pub note: String,
}

/// What can happen to the control of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The incident was announced for the first time.
    Opened,
    /// An update was announced by the owner.
    Announced,
    /// The actor took control, from nobody or from another owner.
    Took,
    /// The actor has control because their turn came, or as the default owner.
    Received,
    /// The actor asked for control.
    Requested,
    /// The owner answered a request: it has to wait.
    Answered {
        /// The other actor.
        to: Actor,
    },
    /// The owner gave control to another.
    Passed {
        /// The other actor.
        to: Actor,
    },
    /// The owner gave control up.
    Released,
    /// The owner keeps control for longer.
    Extended {
        /// The new end of control.
        until: Moment,
    },
    /// The owner did nothing for too long and has no control any more.
    Expired,
    /// The actor acknowledged the incident, which gives control no matter who has it.
    Acknowledged,
    /// The actor took control by an exception, which is announced internally.
    BrokeGlass {
        /// The role they acted in.
        role: Role,
    },
    /// The owner changed what they leave for the next one.
    Noted,
}

impl EventKind {
    /// The word for scripts and in records.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Announced => "announced",
            Self::Took => "took",
            Self::Received => "received",
            Self::Requested => "requested",
            Self::Answered { .. } => "answered",
            Self::Passed { .. } => "passed",
            Self::Released => "released",
            Self::Extended { .. } => "extended",
            Self::Expired => "expired",
            Self::Acknowledged => "acknowledged",
            Self::BrokeGlass { .. } => "broke_glass",
            Self::Noted => "noted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_reads_back_from_its_word() {
        for actor in [Actor::Automation, Actor::Role(Role::SupportManager), Actor::Person("ana".to_owned())] {
            assert_eq!(Actor::from_word(&actor.to_string()), actor);
        }
    }
}
