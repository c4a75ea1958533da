//! `allclear adopt`: marks the current site as announced. Sends nothing.
//!
//! Promises: on a new ledger, an open incident counts as announced only if a person names it; others are
//! announced by the next `notify`.

use std::collections::BTreeSet;

use crate::diff;
use crate::ledger::{People as _, Planner, SqlLedger};
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::change::{Change, ChangeKind};
use crate::model::incident::IncidentId;
use crate::model::phase::IncidentKind;
use crate::model::site::Site;

use crate::cli::arguments::Adopt;
use crate::cli::describe::{self, short};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, WARN, count, styled};
use crate::cli::problems;
use crate::commands::ongoing;
use crate::flow::notify::refuse_gone;
use crate::workspace::high_water_mark;
use crate::workspace::root::{LoadedSite, Root};
use crate::workspace::stale_checkout::{self, refuse_stale_checkout};

/// Takes the baseline, unless that would silence changes nobody was notified of.
pub(crate) fn run(root: &Root, options: &Adopt) -> Outcome {
    let mut opened = root.open()?;
    let failed = problems::show(&mut opened.problems, root.format);
    let now = root.now();
    let asked = ask_before_it_is_made(root, &opened, options, now)?;
    let mut ledger = root.ledger()?;
    ledger.check()?;
    let known = ledger.announced()?;
    let is_new = known.is_none();
    let is_old_copy = match high_water_mark::compare(root, &mut ledger, high_water_mark::UNCHANGED) {
        // There is nothing in a new ledger that could be announced again, but the subscribers are in the lost one.
        Err(Failure::Refused { why, .. }) if is_new && !options.accepts_old_copy() => {
            return Err(another_was_used(&why, &mut ledger)?);
        }
        Err(Failure::Refused { .. }) if is_new => false,
        Err(Failure::Refused { .. }) if options.accepts_old_copy() => true,
        compared => compared.map(|()| false)?,
    };
    let mut silenced = Vec::new();
    if let Some(announced) = known {
        silenced = not_announced(root, &opened, &announced, is_old_copy || options.silences_changes())?;
    }
    let unannounced = match asked {
        Some(unannounced) => unannounced,
        None if is_new => ongoing::not_announced_yet(&opened.site, &root.within, options, now)?,
        None => BTreeSet::new(),
    };
    let doubtful = if is_old_copy {
        ledger.doubt_all("was queued in an old copy of the ledger; may have been sent since", now)?
    } else {
        0
    };
    let mut told = Baseline { commit: stale_checkout::commit_of(root), ..diff::baseline(&opened.site, now) };
    told.incidents.retain(|id, _| !unannounced.contains(id));
    ledger.adopt(&told, now)?;
    high_water_mark::keep(root, &mut ledger)?;
    root.save_last_valid(&opened)?;
    say_what_is_left(doubtful, &unannounced, &silenced);
    if is_new {
        say_planned_work(&opened.site, now);
    }
    let known = count(opened.site.incidents.len() - unannounced.len(), "incident", "incidents");
    print::say(&format!(
        "{} {known} marked as already announced; nobody was notified. Changes made from now on are announced",
        styled(GOOD, "baseline set:")
    ));
    Ok(if failed { Exit::Problems } else { Exit::Done })
}

/// The open incidents that the next run announces, if there is no ledger yet: a command that refuses makes none.
fn ask_before_it_is_made(
    root: &Root,
    opened: &LoadedSite,
    options: &Adopt,
    now: Moment,
) -> Result<Option<BTreeSet<IncidentId>>, Failure> {
    if !root.lacks_ledger() {
        return Ok(None);
    }
    if !options.accepts_old_copy() {
        high_water_mark::refuse_lost(root, high_water_mark::UNCHANGED)?;
    }
    ongoing::not_announced_yet(&opened.site, &root.within, options, now).map(Some)
}

/// The open incidents that were never announced and never are after adopting. Refuses what must not be silenced without
/// a word of the operator.
fn not_announced(
    root: &Root,
    opened: &LoadedSite,
    announced: &Baseline,
    may_silence: bool,
) -> Result<Vec<IncidentId>, Failure> {
    let compared = diff::compare(announced, &opened.site, root.now());
    if !may_silence {
        let ours = stale_checkout::commit_of(root);
        refuse_stale_checkout(root, ours.as_ref(), announced.commit.as_ref())?;
        refuse_gone(&compared.gone)?;
    }
    let unsaid = compared.difference.changes;
    for change in &unsaid {
        let words = describe::all(&change.what);
        let label = if may_silence { "never announced from now on:" } else { "not announced yet:" };
        print::say(&format!("{} {}: {words}", styled(WARN, label), change.incident));
    }
    if !unsaid.is_empty() && !may_silence {
        return Err(Failure::Refused {
            why: format!(
                "{} not announced yet, and after adopting {} never announced; nothing was changed",
                count(unsaid.len(), "change is", "changes are"),
                if unsaid.len() == 1 { "it is" } else { "they are" }
            ),
            hint:
                "run `allclear notify` to announce them. To never announce them, run `allclear adopt --silence-changes`"
                    .to_owned(),
        });
    }
    let is_new =
        |change: &Change| matches!(change.what[..], [ChangeKind::Opened | ChangeKind::MaintenanceAnnounced]);
    Ok(unsaid.into_iter().filter(is_new).map(|change| change.incident).collect())
}

/// The ledger is new, and this host used another one: its subscribers are not in this one.
fn another_was_used(why: &str, ledger: &mut SqlLedger) -> Result<Failure, Failure> {
    let number = count(ledger.list_subscribers()?.len(), "subscriber", "subscribers");
    Ok(Failure::Refused {
        why: format!("{why}. This ledger is new and has {number}"),
        hint: "restore ledger.db from a backup, or name the other ledger in site/plan.toml again. If you use a new ledger on purpose, \
               run `allclear adopt --accept-old-copy`: the subscribers and unsubscriptions of the other ledger are not in it"
            .to_owned(),
    })
}

/// The planned work that counts as announced, and when its subscribers are notified of it.
fn say_planned_work(site: &Site, now: Moment) {
    let planned = site.incidents.iter().filter(|incident| incident.kind == IncidentKind::Maintenance);
    for incident in planned.filter(|incident| !incident.phase_at(now).is_over()) {
        let (id, title) = (&incident.id, &incident.title.default);
        let starts = incident.window.map(|window| window.starts).filter(|starts| *starts > now);
        let next = match starts {
            Some(starts) => {
                format!("subscribers are notified when it starts, {}; to notify them earlier", short(starts))
            }
            None => "it is in progress, and subscribers are notified of its next change; to notify them now"
                .to_owned(),
        };
        print::say(&format!(
            "{} {id}  {title}: {next}, run `allclear update {id}`, then `allclear notify`",
            styled(WARN, "planned work, adopted as announced:")
        ));
    }
}

/// What no one is notified of, and what the next run announces.
fn say_what_is_left(doubtful: u64, unannounced: &BTreeSet<IncidentId>, silenced: &[IncidentId]) {
    if doubtful > 0 {
        let steps = count(usize::try_from(doubtful).unwrap_or(usize::MAX), "step", "steps");
        print::say(&format!(
            "not sent: {steps} queued in the old copy, because they may have been sent already; allclear never \
             sends them again. To see whose they are, run `allclear report --missed`"
        ));
    }
    for id in unannounced {
        print::say(&format!(
            "{} {id} is open; the next `allclear notify` announces it",
            styled(WARN, "not adopted:")
        ));
    }
    for id in silenced {
        print::say(&format!(
            "{} {id} is never announced as it is now; if subscribers must know of it, add an update to it",
            styled(WARN, "silenced:")
        ));
    }
}
