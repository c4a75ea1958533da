//! `allclear control`: shows who may announce updates of an incident, and changes that.
//!
//! Promises: a move that the rules refuse changes nothing. Of several who move the same record at once each sees what the one
//! before made of it. The use of break-glass is announced to the operator's own people. Never sends to subscribers.

mod show;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::config::plan::Plan;
use crate::control::{self, Action, Move, Refusal};
use crate::ledger::{Planner as _, SqlLedger};
use crate::model::control::{Actor, Asker, Control, ControlChange};
use crate::model::incident::{Incident, IncidentId};

use crate::cli::arguments::{self, ControlAction};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::named;
use crate::cli::print::{self, WARN, styled};
use crate::commands::speaker;
use crate::flow::break_glass;
use crate::gate::control::{actor_name, automation, controls, person, stored};
use crate::workspace::control_store::{ControlStore, Found};
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;
use crate::workspace::test_hooks;

/// How often a move is made again because someone else was faster.
const TRIES_MAX: usize = 10;

/// Shows control, or changes it.
pub(crate) fn run(root: &Root, options: &arguments::Control) -> Outcome {
    let opened = root.open()?;
    let plan = opened.need_plan()?;
    if plan.people.is_empty() {
        return Err(Failure::Refused {
            why: "site/plan.toml names no people, so nobody controls an incident and any update is announced".to_owned(),
            hint: "add a table `[people.NAME]` for each who speaks for the page; docs/control.md says what follows".to_owned(),
        });
    }
    let Some(action) = &options.action else {
        let one =
            options.id.as_ref().map(|id| named::incident(&opened.site, &root.within, id)).transpose()?;
        return show::run(root, &opened, plan, one);
    };
    let incident = named::incident(&opened.site, &root.within, &action.by().id)?;
    let by = asker(root, plan, action)?;
    let wanted = wanted(plan, incident, action)?;
    let mut ledger = high_water_mark::open_to_change(root)?;
    let alarm = alarm(plan, &by, incident, &wanted);
    let control = change(root, plan, &mut ledger, (incident, &by, &wanted, alarm.as_deref()))?;
    show::changed(root, plan, incident, &control);
    break_glass::announce(root, plan, &mut ledger)
}

/// The person or program that asks for the change.
fn asker(root: &Root, plan: &Plan, action: &ControlAction) -> Result<Asker, Failure> {
    let named = action.by().person.as_deref();
    if named == Some(Actor::AUTOMATION) {
        return Ok(automation());
    }
    Ok(person(plan, &speaker::person(root, plan, named)?))
}

/// What is wanted, as a move.
fn wanted(plan: &Plan, incident: &Incident, action: &ControlAction) -> Result<Move, Failure> {
    let what = match action {
        ControlAction::Take { break_glass: true, role: Some(role), .. } => Action::BreakGlass { role: *role },
        ControlAction::Take { .. } => {
            Action::Take { is_urgent: incident.severity >= plan.control.urgent_from }
        }
        ControlAction::Request { .. } => Action::Request,
        ControlAction::Answer { to, .. } => Action::Answer { to: actor(plan, to)? },
        ControlAction::Pass { to, .. } => {
            Action::Pass { to: to.as_deref().map(|to| actor(plan, to)).transpose()? }
        }
        ControlAction::Release { .. } => Action::Release,
        ControlAction::Extend { length, .. } => {
            Action::Extend { length: TimeDelta::from_std(*length).unwrap_or(TimeDelta::MAX) }
        }
        ControlAction::Note { .. } => Action::Note,
    };
    let note = action.by().note.as_deref().unwrap_or_default().trim().to_owned();
    if matches!(what, Action::BreakGlass { .. }) && note.is_empty() {
        return Err(Failure::Usage("--note is empty: say why the owner could not be asked".to_owned()));
    }
    let metadata: BTreeMap<String, String> = action.by().keep.iter().cloned().collect();
    Ok(Move { action: what, note, metadata })
}

/// An actor that is named on the command line.
fn actor(plan: &Plan, word: &str) -> Result<Actor, Failure> {
    let actor = Actor::from_word(word);
    let is_known = match &actor {
        Actor::Automation => true,
        Actor::Role(role) => plan.roles.contains_key(role),
        Actor::Person(name) => plan.people.contains_key(name),
    };
    if is_known {
        return Ok(actor);
    }
    Err(Failure::Usage(format!(
        "--to: `{word}` is neither a person nor a role of site/plan.toml; known: {}",
        speaker::known(plan)
    )))
}

/// The alarm of break-glass.
fn alarm(plan: &Plan, by: &Asker, incident: &Incident, wanted: &Move) -> Option<String> {
    let Action::BreakGlass { role } = wanted.action else { return None };
    let (name, id) = (actor_name(plan, &by.actor), &incident.id);
    Some(format!("{name} ({}) took control of {id} from its owner: {}", role.name(), wanted.note))
}

/// Makes the move and stores it, from whatever was stored last.
fn change(
    root: &Root,
    plan: &Plan,
    ledger: &mut SqlLedger,
    (incident, by, wanted, alarm): (&Incident, &Asker, &Move, Option<&str>),
) -> Result<Control, Failure> {
    let (origin, now) = (origin(ledger, incident)?, root.now());
    let mut store = ControlStore::of(root, Some(plan), ledger);
    for _ in 0..TRIES_MAX {
        let (before, is_own) = match store.read(&origin)? {
            Found::Record(before) => (before, false),
            Found::Unreachable { own, why } => {
                if alarm.is_none() {
                    return Err(unreachable(&incident.id, &why));
                }
                let words = "the remote `origin` cannot be asked; until it can, the ledger of this host says who controls it";
                print::say(&format!("{} {words} ({why})", styled(WARN, "warning:")));
                (own, true)
            }
        };
        let control = stored(&origin, before.as_deref()).map_err(anyhow::Error::new)?;
        let after = control::apply(&control, by, wanted, &plan.control.rules, now)
            .map_err(|refusal| refused(plan, &incident.id, &refusal))?;
        let change = ControlChange { incident: origin.clone(), before, after: control::write(&after) };
        let is_changed = match is_own {
            true => store.write_own(&change, alarm, now)?,
            false => store.write(&change, alarm, now)?,
        };
        if is_changed {
            test_hooks::at("after-glass");
            return Ok(after);
        }
    }
    Err(Failure::Refused {
        why: format!("others keep changing who controls {}; nothing was changed", incident.id),
        hint: "run this again".to_owned(),
    })
}

/// What an incident was called when it was first announced.
pub(crate) fn origin(ledger: &mut SqlLedger, incident: &Incident) -> Result<IncidentId, Failure> {
    let told = ledger.announced()?.unwrap_or_default();
    let own = told.incidents.into_iter().find(|(_, known)| known.id == incident.id);
    Ok(own.map_or_else(|| incident.id.clone(), |(origin, _)| origin))
}

fn unreachable(id: &IncidentId, why: &str) -> Failure {
    Failure::Refused {
        why: format!("the remote `origin` cannot be asked who controls {id} ({why}); nothing was changed"),
        hint: format!(
            "check the network and `git remote`, then run this again. If it has to be said now, run `allclear control take {id} \
             --break-glass --role ROLE --note WHY`"
        ),
    }
}

fn refused(plan: &Plan, id: &IncidentId, refusal: &Refusal) -> Failure {
    let why = match refusal {
        Refusal::Owned(hold) => controls(plan, hold),
        Refusal::OwnedAlready(actor) => format!("{} controls it already", actor_name(plan, actor)),
        other => other.to_string(),
    };
    let hint = match refusal {
        Refusal::Owned(_) => format!(
            "ask for it with `allclear control request {id}`; if the owner cannot be asked, see `allclear control take --break-glass`"
        ),
        Refusal::Idle => format!("take it with `allclear control take {id}`"),
        _ => format!("`allclear control {id}` shows who controls it and who asked"),
    };
    Failure::Refused { why: format!("{id}: {why}; nothing was changed"), hint }
}
