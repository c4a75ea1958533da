//! `[control]` of the plan: who may announce updates of an incident, and where that is recorded.
//!
//! Promises: a default owner is `automation`, a role that someone has, or a person of the plan. Without `[people]` nobody
//! controls anything, whatever the table says.

use std::ops::RangeInclusive;
use std::time::Duration;

use chrono::TimeDelta;

use super::people::{People, RESERVED, Roles};
use crate::located::{Field, Table, quoted, suggestion};
use crate::model::approval::Role;
use crate::model::control::{Actor, ControlRules};
use crate::model::phase::Severity;

/// How long an owner may do nothing.
const IDLE: RangeInclusive<Duration> = Duration::from_secs(10 * 60)..=Duration::from_secs(7 * 24 * 3_600);
/// How long an owner may keep control.
const EXTENSION: RangeInclusive<Duration> = Duration::from_secs(3_600)..=Duration::from_secs(30 * 24 * 3_600);
/// How long a request may wait for an answer.
const ANSWER: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(24 * 3_600);

/// Who may announce updates of an incident, and where that is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlPlan {
    /// The default owner and the times.
    pub rules: ControlRules,
    /// Where control is recorded.
    pub state: ControlState,
    /// From this severity on people take control instead of asking for it.
    pub urgent_from: Severity,
    /// A request that was not answered for longer is shown as overdue; above zero.
    pub answer_within: TimeDelta,
}

/// Where control is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlState {
    /// In the ledger.
    Ledger,
    /// In the git repository of the site, at its remote `origin`.
    Git,
}

impl ControlState {
    const ALL: [Self; 2] = [Self::Ledger, Self::Git];

    /// The word in the plan.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Git => "git",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// Reads `[control]`; `None` where a part of it could not be read.
pub(super) fn read(mut table: Table<'_>, people: &People, roles: &Roles) -> Option<ControlPlan> {
    let default = owner(&table.required("default"), people, roles);
    let state =
        table.required("state").choice(&ControlState::ALL, ControlState::word, ControlState::from_word);
    let urgent_from =
        table.required("urgent_from").choice(&Severity::ALL, Severity::word, Severity::from_word);
    let idle_after = span(&table.required("idle_after"), IDLE);
    let extension_max = span(&table.required("extension_max"), EXTENSION);
    let answer_within = span(&table.required("answer_within"), ANSWER);
    table.finish();
    let rules = ControlRules { default: default?, idle_after: idle_after?, extension_max: extension_max? };
    Some(ControlPlan { rules, state: state?, urgent_from: urgent_from?, answer_within: answer_within? })
}

fn span(field: &Field<'_>, range: RangeInclusive<Duration>) -> Option<TimeDelta> {
    TimeDelta::from_std(field.duration(range)?).ok()
}

/// The default owner; `Some(None)` for nobody.
fn owner(field: &Field<'_>, people: &People, roles: &Roles) -> Option<Option<Actor>> {
    let word = field.text()?;
    let actor = Actor::from_word(&word);
    if actor != Actor::Automation && RESERVED.contains(&word.as_str()) {
        return Some(None);
    }
    match &actor {
        Actor::Role(role) if !roles.contains_key(role) => {
            let message =
                format!("nobody has the role of {}, so nobody could announce anything", role.name());
            let hint = format!("add `{} = [\"NAME\"]` to `[roles]`", role.word());
            field.error("role-without-people", message, Some(hint));
            None
        }
        Actor::Person(name) if !people.contains_key(name) => {
            let known = RESERVED.into_iter().chain(Role::ALL.map(Role::word));
            let known: Vec<&str> = known.chain(people.keys().map(String::as_str)).collect();
            let hint = suggestion(&word, &known)
                .unwrap_or_else(|| "write `automation`, `none`, a role or a name of `[people]`".to_owned());
            field.error("unknown-person", format!("there is no person {}", quoted(name)), Some(hint));
            None
        }
        _ => Some(Some(actor)),
    }
}
