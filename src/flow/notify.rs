//! Finds what changed since the last announcement and who is notified of it, and plans that in one transaction.
//!
//! Promises: a change of a file with an error is held back until the error is fixed; the ledger gets all of the plan or
//! nothing. Never sends, and never prints.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::check;
use crate::cli::choice::Choice;
use crate::cli::exit::Failure;
use crate::cli::print::count;
use crate::compose::{self, Composer};
use crate::diff::{self, Comparison, Terms};
use crate::flow::readers::Readers;
use crate::flow::{controlled, corrected, deliver, held, out_of_order, people, unapproved, withdrawn};
use crate::gate::approval::{Approvals, Unapproved};
use crate::gate::control::{self, Controlled, Uncontrolled};
use crate::ledger::{self, Brakes as _, Ledger, PlanRequest, Planned, Planner, Planning, SqlLedger};
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::change::{Change, ChangeId, Difference};
use crate::model::channel::Channel;
use crate::model::clearance::Clearance;
use crate::model::departed::Departed;
use crate::model::destination::Destination;
use crate::model::edit::{MaybeRenamed, Reason, TextEdit, Unannounced};
use crate::model::incident::IncidentId;
use crate::model::notice::{Notice, Notices};
use crate::model::problem::{Problem, ProblemLevel};
use crate::model::subscriber::SubscriberId;
use crate::workspace::root::{LoadedSite, Root};
use crate::workspace::stale_checkout;

/// What would be announced, computed and not yet written anywhere.
#[derive(Debug)]
pub(crate) struct PendingAnnouncement {
    pub(crate) base: Baseline,
    /// The changes since the last notices.
    pub(crate) difference: Difference,
    /// To whom it goes, in which words.
    pub(crate) notices: Notices,
    /// What is queued of edited incidents, composed from the files as they are now.
    pub(crate) corrected: Notices,
    /// For how many the messages that are still queued of a corrected incident are enough, by its origin.
    pub(crate) unaware: BTreeMap<IncidentId, usize>,
    /// The destinations of the plan, if there is one.
    pub(crate) destinations: Option<Vec<Destination>>,
    /// What keeps incidents from being told.
    pub(crate) faults: Vec<Problem>,
    /// What the rules find in incidents that are announced anyway.
    pub(crate) warnings: Vec<Problem>,
    /// Subscribers whose addresses are all suppressed: their notices are planned and not sent.
    pub(crate) silenced: BTreeSet<SubscriberId>,
    /// The edits of told texts since they were last seen.
    pub(crate) edits: Vec<TextEdit>,
    /// What differs and is not told, and why.
    pub(crate) unannounced: Vec<Unannounced>,
    /// Open incidents that were announced and are gone from the files.
    pub(crate) gone: Vec<IncidentId>,
    /// New incidents that may be one of those under another name.
    pub(crate) unsure: Vec<MaybeRenamed>,
    /// The approvals of the changes.
    pub(crate) approvals: Approvals,
    /// What waits for an approval.
    pub(crate) unapproved: Vec<Unapproved>,
    /// How control moves with the changes.
    pub(crate) controlled: Controlled,
    /// What someone else has control of.
    pub(crate) uncontrolled: Vec<Uncontrolled>,
    /// How many subscribers follow what each change is about.
    pub(crate) followers: BTreeMap<ChangeId, usize>,
}

/// Works out the changes and composes the notices. Who has control is judged at `now`.
pub(crate) fn prepare(
    root: &Root,
    opened: &LoadedSite,
    ledger: &mut SqlLedger,
    choice: &Choice,
    now: Moment,
) -> Result<PendingAnnouncement, Failure> {
    let base = ledger.announced()?.ok_or_else(no_baseline)?;
    let commit = stale_checkout::commit_of(root);
    stale_checkout::refuse_stale_checkout(root, commit.as_ref(), base.commit.as_ref())?;
    let mut prepared = compare(root, opened, base, choice, Readers::Known(&mut *ledger))?;
    if !prepared.difference.changes.is_empty() {
        people::say_unreadable(ledger)?;
    }
    let (difference, notices) = (&prepared.difference, &mut prepared.notices);
    prepared.unaware = corrected::without_needless(ledger, difference, notices)?;
    let edited = (&prepared.base, &prepared.difference, &prepared.notices);
    prepared.corrected = corrected::compose(opened, ledger, edited, root.now())?;
    withdrawn::keep_who_may_hear(ledger, &prepared.difference, &mut prepared.notices)?;
    let mut parts = held::Parts {
        base: &prepared.base,
        difference: &mut prepared.difference,
        notices: &mut prepared.notices,
        corrected: &mut prepared.corrected,
        unannounced: &mut prepared.unannounced,
    };
    (prepared.approvals, prepared.unapproved) =
        unapproved::hold_back(root, opened, &ledger.approvals()?, &mut parts);
    (prepared.controlled, prepared.uncontrolled) =
        controlled::hold_back(root, opened, ledger, &mut parts, now)?;
    if commit.is_some() {
        prepared.difference.announced.commit = commit;
    }
    Ok(prepared)
}

/// Determines the difference from the announced state, and what readers receive of it.
pub(crate) fn compare(
    root: &Root,
    opened: &LoadedSite,
    base: Baseline,
    choice: &Choice,
    mut readers: Readers<'_>,
) -> Result<PendingAnnouncement, Failure> {
    let now = root.now();
    refuse_unknown_names(&base, opened, choice)?;
    let terms = Terms { reminders: reminders(opened), renamed: choice.renamed.clone() };
    let mut found = diff::compare_with(&base, &opened.site, &terms, now);
    // An incident that counts as open because its file cannot be read is on the page, and is not sent.
    let unread = opened.problems.iter().filter(|problem| opened.ongoing.contains(&problem.file)).cloned();
    let (faults, warnings): (Vec<Problem>, Vec<Problem>) =
        check::run_after(&base, &opened.site, &opened.places, opened.denied_words(), now)
            .into_iter()
            .chain(unread)
            .chain(out_of_order::problems(&found.difference.changes, &base, &opened.site, &opened.places))
            .partition(|problem| problem.level == ProblemLevel::Error);
    exclude_invalid(&mut found, &base, |change| is_faulty(change, opened, &faults).then_some(Reason::Faulty));
    exclude_invalid(&mut found, &base, |change| (!choice.takes(change)).then_some(Reason::Skipped));
    found.unannounced.extend(unreadable(opened, &found));
    found.unannounced.extend(diff::unannounced_hidden(&opened.hidden, now));
    let Comparison { difference, edits, unannounced, gone, unsure } = found;
    let (mut notices, mut silenced, mut followers) = (Notices::default(), BTreeSet::new(), BTreeMap::new());
    if !difference.changes.is_empty() {
        let plan = opened.need_plan()?;
        let (changes, site, theme) = (&difference.changes, &opened.site, &opened.theme);
        let background = readers.background(changes)?;
        let mut composer = Composer::new(changes, background.known(), (site, plan, theme), now)?;
        let mut counts: Vec<_> =
            changes.iter().map(|change| (change, site.page.with_groups(&change.touched), 0)).collect();
        readers.each(|subscriber| {
            for (change, touched, number) in &mut counts {
                let follows = background.follows_alone(subscriber, &change.origin);
                *number += usize::from(follows || subscriber.wants(change.peak_severity, touched));
            }
            Ok(composer.add(subscriber)?)
        })?;
        notices = composer.finish();
        followers = counts.into_iter().map(|(change, _, number)| (change.id.clone(), number)).collect();
        silenced = background.silenced;
        compose::add_places(&mut notices, changes, site, &plan.destinations, theme, now)?;
    }
    let is_told = |problem: &Problem| {
        let files = difference.changes.iter().filter_map(|change| opened.site.incident(&change.incident));
        files.into_iter().any(|incident| incident.has_file(&problem.file))
    };
    let warnings = warnings.into_iter().filter(is_told).collect();
    Ok(PendingAnnouncement {
        base,
        difference,
        notices,
        corrected: Notices::default(),
        unaware: BTreeMap::new(),
        destinations: opened.plan.as_ref().map(|plan| plan.destinations.clone()),
        faults,
        warnings,
        silenced,
        edits,
        unannounced,
        gone,
        unsure,
        approvals: Approvals::default(),
        unapproved: Vec::new(),
        controlled: Controlled::default(),
        uncontrolled: Vec::new(),
        followers,
    })
}

/// Refuses an old name that is not one of an announced open incident without a file.
fn refuse_unknown_names(base: &Baseline, opened: &LoadedSite, choice: &Choice) -> Result<(), Failure> {
    let is_missed = |old: &IncidentId| {
        let is_open = base.incidents.values().any(|known| known.id == *old && !known.phase.is_over());
        is_open && opened.site.incident(old).is_none()
    };
    match choice.renamed.values().find(|old| !is_missed(old)) {
        Some(old) => Err(Failure::Usage(format!(
            "--renamed: `{old}` is not an incident that was announced as open and whose file is gone"
        ))),
        None => Ok(()),
    }
}

/// The next moment at which readers are to be reminded of planned work.
pub(crate) fn next_reminder(opened: &LoadedSite, now: Moment) -> Option<Moment> {
    diff::next_reminder(&opened.site, reminders(opened), now)
}

fn reminders(opened: &LoadedSite) -> &[TimeDelta] {
    opened.plan.as_ref().map_or(&[], |plan| &plan.reminders)
}

/// Refuses while an open incident that was announced is gone from the files: its page would vanish, and nobody would
/// hear of an end.
pub(crate) fn refuse_gone(gone: &[IncidentId]) -> Result<(), Failure> {
    if gone.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = gone.iter().map(IncidentId::as_str).collect();
    Err(Failure::Refused {
        why: format!(
            "announced as open, and its file is deleted or no longer public: {}",
            names.join(", ")
        ),
        hint: "run `git pull`, or restore the file from git; until then its queued messages are still sent. If \
               the incident has another name now, run `allclear notify --renamed OLD=NEW`. If it is over, restore \
               the file and run `allclear update ID --phase resolved`; if it was reported in error, restore it \
               and run `allclear withdraw ID`"
            .to_owned(),
    })
}

/// Refuses to announce anything while the brake is on.
pub(crate) fn refuse_braked(ledger: &mut SqlLedger) -> Result<(), Failure> {
    match ledger.brake()? {
        Some(brake) => Err(ledger::Error::BrakeEngaged(brake).into()),
        None => Ok(()),
    }
}

/// The announced addresses that incidents no longer have, as far as the ledger can be asked.
pub(crate) fn departed(root: &Root, opened: &LoadedSite) -> Result<Vec<Departed>, Failure> {
    Ok(announced(root)?.map(|told| departed_since(&told, root, opened)).unwrap_or_default())
}

/// The addresses that incidents have left since then.
pub(crate) fn departed_since(told: &Baseline, root: &Root, opened: &LoadedSite) -> Vec<Departed> {
    diff::departed(told, &opened.site, root.now())
}

/// What was announced, as far as the ledger can be asked: a look must not make one.
pub(crate) fn announced(root: &Root) -> Result<Option<Baseline>, Failure> {
    let Some(mut ledger) = root.ledger_if_any()? else { return Ok(None) };
    Ok(ledger.announced()?)
}

/// The ongoing incidents that are gone from the files, as far as the ledger can be asked.
pub(crate) fn gone(root: &Root, opened: &LoadedSite) -> Result<Vec<IncidentId>, Failure> {
    Ok(announced(root)?.map(|told| gone_since(&told, root, opened)).unwrap_or_default())
}

/// The incidents that were ongoing then and are gone from the files.
pub(crate) fn gone_since(told: &Baseline, root: &Root, opened: &LoadedSite) -> Vec<IncidentId> {
    diff::compare(told, &opened.site, root.now()).gone
}

fn is_faulty(change: &Change, opened: &LoadedSite, faults: &[Problem]) -> bool {
    let incident = opened.site.incident(&change.incident);
    incident.is_some_and(|incident| faults.iter().any(|problem| incident.has_file(&problem.file)))
}

/// The incidents whose files cannot be read as they are: whatever their last edits say is held.
fn unreadable(opened: &LoadedSite, found: &Comparison) -> Vec<Unannounced> {
    let is_error = |problem: &&Problem| problem.level == ProblemLevel::Error;
    let files: BTreeSet<&str> =
        opened.problems.iter().filter(is_error).map(|problem| problem.file.as_str()).collect();
    let id = |file: &str| {
        let shown = opened.site.incidents.iter().find(|incident| incident.file == file);
        shown.map(|incident| incident.id.clone()).or_else(|| {
            let path = file.strip_prefix("incidents/")?.strip_suffix(".md")?;
            IncidentId::new(path)
        })
    };
    let is_named = |id: &IncidentId| {
        found.unannounced.iter().any(|edit| edit.incident == *id && edit.reason == Reason::Faulty)
    };
    let held = files.into_iter().filter_map(id).filter(|id| !is_named(id));
    held.map(|incident| Unannounced { incident, reason: Reason::Faulty }).collect()
}

/// Leaves changes for a later run: those for which `why` gives a reason.
fn exclude_invalid(found: &mut Comparison, base: &Baseline, why: impl Fn(&Change) -> Option<Reason>) {
    let difference = &mut found.difference;
    for change in std::mem::take(&mut difference.changes) {
        let Some(reason) = why(&change) else {
            difference.changes.push(change);
            continue;
        };
        match base.incidents.get(&change.origin) {
            Some(before) => difference.announced.incidents.insert(change.origin, before.clone()),
            None => difference.announced.incidents.remove(&change.origin),
        };
        found.unannounced.push(Unannounced { incident: change.incident, reason });
    }
}

/// Writes everything into the ledger, or nothing.
pub(crate) fn plan(
    root: &Root,
    ledger: &mut dyn Ledger,
    prepared: &PendingAnnouncement,
    changes_max: Option<usize>,
    clearance: &Clearance,
) -> Result<Planned, Failure> {
    let PendingAnnouncement { base, difference, notices, corrected, destinations, .. } = prepared;
    let destinations = destinations.as_deref();
    let corrected = Some(corrected).filter(|corrected| !corrected.notices.is_empty());
    let request = PlanRequest { base, difference, notices, corrected, destinations, changes_max, clearance };
    deliver::keep_clock(root, ledger)?;
    let planning = match ledger.plan(&request, root.now()) {
        Err(ledger::Error::ControlChanged { incident }) => return Err(control::changed(&incident)),
        other => other?,
    };
    match planning {
        Planning::Planned(planned) => Ok(planned),
        Planning::Conflict => Err(Failure::Refused {
            why: "another run queued these changes first; this run sent nothing".to_owned(),
            hint: "run `allclear notify` again; it announces whatever is still unannounced".to_owned(),
        }),
    }
}

pub(crate) fn no_baseline() -> Failure {
    Failure::Refused {
        why: "no baseline: this ledger has no record of what was announced to subscribers".to_owned(),
        hint:
            "if this site notified people before, stop: the ledger is missing; restore it from a backup. On a new \
             installation, run `allclear adopt`: it sends nothing, asks about each open incident, and marks \
             everything else as already announced"
                .to_owned(),
    }
}

impl PendingAnnouncement {
    /// The notices that can reach their subscriber.
    pub(crate) fn reachable(&self) -> impl Iterator<Item = &Notice> {
        self.notices.notices.iter().filter(|notice| !self.silenced.contains(&notice.subscriber))
    }

    /// The announced incident that a new one may be under another name, if it is not sure.
    pub(crate) fn may_be(&self, incident: &IncidentId) -> Option<&IncidentId> {
        self.unsure.iter().find(|unsure| unsure.incident == *incident).map(|unsure| &unsure.announced)
    }

    /// The destination of that identity, if it is one.
    pub(crate) fn destination(&self, id: &SubscriberId) -> Option<&Destination> {
        self.destinations.iter().flatten().find(|destination| destination.id() == *id)
    }
}

/// How many hear of a change, and by which channel first, and which destinations; and how many do not, because their
/// addresses are suppressed.
pub(crate) fn reach(change: &Change, prepared: &PendingAnnouncement) -> String {
    let mut first: BTreeMap<Channel, usize> = BTreeMap::new();
    let mut places = Vec::new();
    for notice in prepared.reachable().filter(|notice| notice.change == change.id) {
        match prepared.destination(&notice.subscriber) {
            Some(destination) => places.push(destination.name.as_str()),
            None => {
                let step = notice.steps.first();
                step.into_iter().for_each(|step| *first.entry(step.channel).or_default() += 1);
            }
        }
    }
    let people = count(first.values().sum(), "subscriber", "subscribers");
    // With a second channel in reserve, the count is of the first.
    let has_next = prepared.reachable().any(|notice| notice.change == change.id && notice.steps.len() > 1);
    let by = if has_next { "first by" } else { "by" };
    let ways: Vec<String> =
        first.iter().map(|(channel, number)| format!("{number} {by} {}", channel.name())).collect();
    let ways = if ways.is_empty() { String::new() } else { format!(": {}", ways.join(", ")) };
    let places = if places.is_empty() { String::new() } else { format!("; to {}", places.join(", ")) };
    let is_silenced =
        |notice: &&Notice| notice.change == change.id && prepared.silenced.contains(&notice.subscriber);
    let silenced = prepared.notices.notices.iter().filter(is_silenced);
    let silenced = silenced.map(|notice| prepared.destination(&notice.subscriber));
    let (silent_places, silent_people): (Vec<_>, Vec<_>) = silenced.partition(Option::is_some);
    let silenced = match silent_people.len() {
        0 => String::new(),
        number => format!("; {number} not notified: every address is on the suppression list"),
    };
    let silent_places: String = silent_places
        .into_iter()
        .flatten()
        .map(|place| {
            let name = &place.name;
            format!(
                "; destination {name} not notified: its place is on the suppression list; `allclear subscribers \
                 allow {name}` removes it"
            )
        })
        .collect();
    format!("to {people}{ways}{places}{silenced}{silent_places}")
}
