//! The rules of control, one by one, and in any order.

mod interleaved;
mod scenarios;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{Action, Move, Refusal, announce, apply, settle, unclaimed};
use crate::model::Moment;
use crate::model::approval::Role;
use crate::model::control::{Actor, Asker, Control, ControlRules};
use crate::model::incident::IncidentId;

/// An hour after a fixed start.
fn at(hours: i64) -> Moment {
    let start: Moment = "2026-11-20T10:00:00Z".parse().unwrap();
    start + TimeDelta::hours(hours)
}

/// Automation, and four people: of three roles, and of none.
fn asker(name: &str) -> Asker {
    let role = match name {
        "ana" => Some(Role::IncidentManager),
        "bo" => Some(Role::CommunicationsManager),
        "cy" => Some(Role::SupportManager),
        _ => None,
    };
    Asker { actor: Actor::from_word(name), roles: role.into_iter().collect() }
}

fn fresh() -> Control {
    unclaimed(&IncidentId::new("cards").unwrap())
}

/// A day until a hold ends, and a week at most.
fn rules(default: Option<&Actor>) -> ControlRules {
    let (idle_after, extension_max) = (TimeDelta::hours(24), TimeDelta::days(7));
    ControlRules { default: default.cloned(), idle_after, extension_max }
}

/// The record once time has passed; that needs no default owner.
fn settled(control: &Control, now: Moment) -> Control {
    settle(control, &rules(None), now)
}

fn plain(action: Action) -> Move {
    Move { action, note: String::new(), metadata: BTreeMap::new() }
}

/// A move by someone where automation is the default owner.
fn done(control: &Control, by: &str, action: Action, hours: i64) -> Result<Control, Refusal> {
    apply(control, &asker(by), &plain(action), &rules(Some(&Actor::Automation)), at(hours))
}

fn told(control: &Control, by: &str, hours: i64) -> Result<Control, String> {
    announce(control, &asker(by), &rules(Some(&Actor::Automation)), at(hours))
        .map_err(|refused| refused.hold.owner.to_string())
}

fn owner(control: &Control) -> Option<String> {
    control.hold.as_ref().map(|hold| hold.owner.to_string())
}

const TAKE: Action = Action::Take { is_urgent: false };

fn events(control: &Control) -> Vec<String> {
    control.events.iter().map(|event| format!("{} {}", event.by, event.what.word())).collect()
}
