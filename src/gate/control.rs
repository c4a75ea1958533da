//! Whether the author of what is about to be announced has control of its incident.
//!
//! Promises: only this file makes [`Controlled`], without which `gate` grants no clearance; a change whose author does not have
//! control is not among them. What the clock alone brings has no author. Without `[people]` nobody controls anything.

use std::collections::BTreeSet;

use crate::config::plan::Plan;
use crate::control::{self, Refused};
use crate::model::Moment;
use crate::model::address::EmailAddress;
use crate::model::announced::{Baseline, BaselineIncident};
use crate::model::change::{Change, ChangeId, ChangeKind};
use crate::model::control::{Actor, Asker, Control, ControlChange, Hold};
use crate::model::incident::{Incident, IncidentId};

use super::approval::{Announcement, authors, roles_of, who_may};
use crate::cli::describe::short;
use crate::cli::exit::Failure;
use crate::workspace::control_refs::ControlRefs;
use crate::workspace::control_store::{ControlStore, Found};
use crate::workspace::git::Git;
use crate::workspace::root::{LoadedSite, Root};

/// The changes that may be announced as far as control goes, and the records of control that this moves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Controlled {
    changes: BTreeSet<ChangeId>,
    /// Those of the ledger.
    pub(super) records: Vec<ControlChange>,
    /// Those of a remote, which has to take them first.
    remote: Vec<ControlChange>,
    refs: Option<ControlRefs>,
}

impl Controlled {
    /// Whether all of these may be announced.
    pub(super) fn cover(&self, changes: &[Change]) -> bool {
        changes.iter().all(|change| self.changes.contains(&change.id))
    }

    /// Moves the records at the remote, if they are there. Refuses if someone else moved one first.
    pub(super) fn push(&self) -> Result<(), Failure> {
        let Some(mut refs) = self.refs.clone() else { return Ok(()) };
        for change in &self.remote {
            if !refs.write(change).map_err(anyhow::Error::new)? {
                return Err(changed(&change.incident));
            }
        }
        Ok(())
    }
}

/// That someone changed control of an incident in between.
pub(crate) fn changed(incident: &IncidentId) -> Failure {
    Failure::Refused {
        why: format!("someone else changed who controls {incident}; nothing was queued or sent"),
        hint: format!("`allclear control {incident}` shows who; then run `allclear notify` again"),
    }
}

/// An incident of which someone else has control.
#[derive(Clone, Debug)]
pub(crate) struct Uncontrolled {
    pub(crate) incident: IncidentId,
    pub(crate) origin: IncidentId,
    /// Who has control and until when, as far as that is known.
    pub(crate) hold: Option<Hold>,
    /// Who has control and who wrote the text, as a phrase.
    pub(crate) why: String,
}

/// Compares the authors of what is about to be announced with who has control.
pub(crate) fn examine(
    root: &Root,
    opened: &LoadedSite,
    mut store: ControlStore<'_>,
    (announcement, base): (&Announcement<'_>, &Baseline),
    now: Moment,
) -> Result<(Controlled, Vec<Uncontrolled>), Failure> {
    let (mut controlled, mut waiting) = (Controlled::default(), Vec::new());
    let Announcement { changes, announced, corrected, .. } = announcement;
    let edited = corrected.notices.iter().map(|notice| &notice.incident);
    let origins: BTreeSet<&IncidentId> = changes.iter().map(|change| &change.origin).chain(edited).collect();
    for origin in origins {
        let own: Vec<&Change> = changes.iter().filter(|change| change.origin == *origin).collect();
        let told = announced.incidents.get(origin);
        let incident = told.and_then(|told| opened.site.incident(&told.id));
        let spoken = match (opened.plan.as_ref().filter(|plan| !plan.people.is_empty()), incident) {
            (Some(plan), Some(incident))
                if !is_of_the_clock(&own, incident, base.incidents.get(origin), now) =>
            {
                let authors = Authors::of(root, opened, plan, incident);
                speak(plan, &mut store, (origin, incident), &authors, now)?
            }
            // Nobody controls anything, it has no author, or it has no file any more and nothing of it is announced.
            _ => Ok(None),
        };
        match spoken {
            Ok(record) => {
                controlled.changes.extend(own.iter().map(|change| change.id.clone()));
                match record {
                    Some((record, Place::Remote)) => controlled.remote.push(record),
                    Some((record, Place::Ledger)) => controlled.records.push(record),
                    None => {}
                }
            }
            Err(held) => waiting.push(*held),
        }
    }
    controlled.refs = store.into_refs();
    Ok((controlled, waiting))
}

/// How control moves, if anything is recorded, or who has it instead.
type Spoken = Result<Option<(ControlChange, Place)>, Box<Uncontrolled>>;

/// Where a record is.
enum Place {
    Ledger,
    Remote,
}

/// The record once one of the authors announced the incident, or who has control instead.
fn speak(
    plan: &Plan,
    store: &mut ControlStore<'_>,
    (origin, incident): (&IncidentId, &Incident),
    authors: &Authors,
    now: Moment,
) -> Result<Spoken, Failure> {
    let held = |hold: Option<Hold>, why: String| {
        let (incident, origin) = (incident.id.clone(), origin.clone());
        Ok(Err(Box::new(Uncontrolled { incident, origin, hold, why })))
    };
    let (text, place) = match store.read(origin)? {
        Found::Record(text) if store.is_remote() => (text, Place::Remote),
        Found::Record(text) => (text, Place::Ledger),
        Found::Unreachable { own: Some(own), .. } if is_held(&own, plan, now) => (Some(own), Place::Ledger),
        Found::Unreachable { why, .. } => {
            return held(None, format!("the remote `origin` cannot be asked who controls it ({why})"));
        }
    };
    let Ok(control) = stored(origin, text.as_deref()) else {
        return held(None, "the record of who controls it is unreadable".to_owned());
    };
    let mut refused = None;
    for asker in &authors.askers {
        match control::announce(&control, asker, &plan.control.rules, now) {
            Ok(after) => {
                let after = control::write(&after);
                return Ok(Ok(Some((
                    ControlChange { incident: origin.clone(), before: text, after },
                    place,
                ))));
            }
            Err(other) => refused = refused.or(Some(other)),
        }
    }
    match refused {
        Some(refused) => {
            let Refused { hold, .. } = *refused;
            let why = format!("{}, and {}", controls(plan, &hold), authors.wrote(plan));
            held(Some(hold), why)
        }
        None => held(None, "its author is not known".to_owned()),
    }
}

/// The record of a stored form, or that of an incident that nobody controlled yet.
pub(crate) fn stored(origin: &IncidentId, text: Option<&str>) -> Result<Control, control::Unreadable> {
    text.map_or_else(|| Ok(control::unclaimed(origin)), control::read)
}

/// "Ana Prieto controls it until 2026-03-02 10:10 UTC".
pub(crate) fn controls(plan: &Plan, hold: &Hold) -> String {
    format!("{} controls it until {}", actor_name(plan, &hold.owner), short(hold.expires))
}

/// What people call an actor.
pub(crate) fn actor_name(plan: &Plan, actor: &Actor) -> String {
    match actor {
        Actor::Automation => Actor::AUTOMATION.to_owned(),
        Actor::Role(role) => who_may(plan, *role),
        Actor::Person(name) => {
            plan.people.get(name).map_or_else(|| name.clone(), |person| person.name.clone())
        }
    }
}

/// A person of the plan as one who asks.
pub(crate) fn person(plan: &Plan, name: &str) -> Asker {
    Asker { actor: Actor::Person(name.to_owned()), roles: roles_of(plan, name) }
}

/// Everything that is not among the people of the plan.
pub(crate) fn automation() -> Asker {
    Asker { actor: Actor::Automation, roles: BTreeSet::new() }
}

fn is_held(text: &str, plan: &Plan, now: Moment) -> bool {
    let read = control::read(text);
    read.is_ok_and(|control| control::settle(&control, &plan.control.rules, now).hold.is_some())
}

/// Those who wrote a text.
struct Authors {
    /// The people of the plan among them, then automation for all others.
    askers: Vec<Asker>,
    /// Why they are not known.
    doubt: Option<String>,
}

impl Authors {
    fn of(root: &Root, opened: &LoadedSite, plan: &Plan, incident: &Incident) -> Self {
        let (mut mails, mut doubt) = authors(root, opened, plan, incident);
        if mails.is_empty() && doubt.is_none() {
            // Without a repository it is who runs this.
            let own = Git::at(&root.path).run(&["config", "user.email"]).ok();
            mails.extend(own.and_then(|mail| EmailAddress::new(&mail)));
        }
        let known = |mail: &EmailAddress| {
            let mut people = plan.people.iter();
            people.find(|(_, person)| person.mail.canonical() == mail.canonical()).map(|(name, _)| name)
        };
        let people: BTreeSet<&String> = mails.iter().filter_map(known).collect();
        let mut askers: Vec<Asker> = people.into_iter().map(|name| person(plan, name)).collect();
        if askers.is_empty() {
            askers.push(automation());
        } else {
            doubt = None;
        }
        Self { askers, doubt }
    }

    /// "Bo Berg wrote this".
    fn wrote(&self, plan: &Plan) -> String {
        let names: Vec<String> = self.askers.iter().map(|asker| actor_name(plan, &asker.actor)).collect();
        let doubt = self.doubt.as_ref().map(|why| format!(" as far as is known: {why}")).unwrap_or_default();
        format!("{} wrote this{doubt}", names.join(" and "))
    }
}

/// Whether nobody wrote what is announced: planned work began, ended or is near.
fn is_of_the_clock(
    changes: &[&Change],
    incident: &Incident,
    before: Option<&BaselineIncident>,
    now: Moment,
) -> bool {
    let is_clock = |kind: &ChangeKind| {
        matches!(
            kind,
            ChangeKind::MaintenanceReminder
                | ChangeKind::MaintenanceStarted
                | ChangeKind::MaintenanceCompleted
        )
    };
    let is_told = |at: Moment| before.is_some_and(|before| before.updates.iter().any(|told| told.at == at));
    !changes.is_empty()
        && changes.iter().flat_map(|change| &change.what).all(is_clock)
        && incident.updates.iter().all(|update| update.at > now || is_told(update.at))
}
