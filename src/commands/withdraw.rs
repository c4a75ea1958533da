//! `allclear withdraw`: closes an incident that was reported in error.
//!
//! Promises: its queued messages are never sent; the page keeps a line about the withdrawal; the next `notify` notifies
//! only subscribers who were notified of the incident, or may have been; nothing is done before the operator has confirmed
//! it, on a terminal or by `--yes`. A message that may have been sent is never counted as stopped: it is said with its
//! number, and the exit code is not 0. Never sends.

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::{Planner, SqlLedger, Story};
use crate::model::incident::{Audience, Incident, IncidentId, Update};
use crate::model::localized::Localized;
use crate::model::notice::StepState;
use crate::model::phase::{IncidentKind, Phase};
use crate::model::site::Site;

use crate::cli::arguments::Withdraw;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::named;
use crate::cli::print::{self, GOOD, STRONG, WARN, count, styled};
use crate::cli::written;
use crate::commands::findings;
use crate::commands::update::{Write, append, hold, time, wait_for};
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;

/// The text of the last update by default, of an incident and of planned work.
const ERROR: &str = "This was reported in error.";
const CANCELLED: &str = "This work will not take place.";
const STOPPED: &str = "This work was announced in error.";

/// Stops queued messages, then closes the incident.
pub(crate) fn run(root: &Root, options: &Withdraw) -> Outcome {
    let opened = root.open()?;
    let site = opened.whole();
    let incident = named::incident(&site, &root.within, &options.id)?;
    refuse_other_readers(root, &opened.site, incident)?;
    let words = words(root, &site, options, incident)?;
    let mut ledger = high_water_mark::open_to_change(root)?;
    let told = ledger.announced()?;
    let origin = told.as_ref().and_then(|told| told.incidents.iter().find(|(_, one)| one.id == incident.id));
    let origin = origin.map_or_else(|| incident.id.clone(), |(origin, _)| origin.clone());
    if incident.phase_at(root.now()).is_over() && ledger.is_withdrawn(&origin)? {
        return Err(already_withdrawn(incident));
    }
    let ending = ending(incident, &words, root)?;
    // What can be refused is refused before the ledger changes.
    findings::refuse_update(root, &opened, incident, &ending)?;
    append(root, incident, &ending, Write::Try)?;
    let (effect, corrected) = effect(root, &mut ledger, &origin)?;
    confirm(options, incident, &effect)?;
    let doubts_before = in_doubt(&mut ledger, &origin)?;
    let removed = ledger.withdraw(&origin, root.now())?;
    let doubts = in_doubt(&mut ledger, &origin)?.saturating_sub(doubts_before);
    let held = hold(root)?;
    append(root, incident, &ending, Write::File)?;
    drop(held);
    wait_for(root, ending.at);
    written::incident(root.format, incident.id.as_str(), &[&root.below(&incident.file)]);
    let style = if doubts == 0 { GOOD } else { WARN };
    let removed = messages(removed);
    print::say(&format!("{} {}: {removed} removed from the queue", styled(style, "withdrawn"), incident.id));
    if doubts > 0 {
        print::warn(&format!(
            "{} {} of it may have been sent before: `allclear report {}` counts them as in doubt",
            styled(WARN, "in doubt:"),
            messages(doubts),
            incident.id
        ));
    }
    print::say(match corrected {
        0 => "next, run `allclear publish`; no subscriber needs a correction",
        _ => {
            "next, run `allclear publish`, then `allclear notify`: it sends the correction to those who were notified \
             of it"
        }
    });
    Ok(if doubts == 0 { Exit::Done } else { Exit::OperationFailed })
}

fn messages(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "message", "messages")
}

/// How many messages of an incident ended without anyone knowing whether they were sent.
fn in_doubt(ledger: &mut SqlLedger, origin: &IncidentId) -> Result<u64, Failure> {
    let changes = ledger.summary(Some(origin))?;
    Ok(changes.iter().map(|change| change.steps_in(StepState::InDoubt)).sum())
}

/// Who was notified of an incident of another audience is in that audience's ledger.
fn refuse_other_readers(root: &Root, site: &Site, incident: &Incident) -> Result<(), Failure> {
    match incident.audience {
        Audience::Named(name) if site.incident(&incident.id).is_none() => Err(Failure::Usage(format!(
            "{} is for the audience `{name}`: run `allclear withdraw {} --audience {name}`{}",
            incident.id,
            incident.id,
            root.audience_name().map(|own| format!(", not `--audience {own}`")).unwrap_or_default()
        ))),
        _ => Ok(()),
    }
}

fn already_withdrawn(incident: &Incident) -> Failure {
    let id = &incident.id;
    Failure::Refused {
        why: format!("{id} is already withdrawn; nothing was changed"),
        hint: format!(
            "if the correction was not sent yet, run `allclear notify`. If there is an outage after all, post an \
             update with `allclear update {id} --phase investigating`"
        ),
    }
}

/// What a withdrawal does to the messages of an incident, and how many subscribers get a correction.
fn effect(root: &Root, ledger: &mut SqlLedger, origin: &IncidentId) -> Result<(String, usize), Failure> {
    let queued = ledger.lined_up(root.now())?.into_iter().filter(|one| one.origin == *origin);
    let queued: u64 = queued.map(|one| one.due + one.later + one.held).sum();
    let notified = ledger.notified(&BTreeSet::from([origin.clone()]))?;
    let notified = notified.values().map(BTreeSet::len).sum();
    let removed = match queued {
        0 => "no message of it is queued".to_owned(),
        1 => "1 queued message will never be sent".to_owned(),
        many => format!("{many} queued messages will never be sent"),
    };
    let corrected = match notified {
        0 => "no subscriber was notified of it, so none gets a correction".to_owned(),
        1 => "1 subscriber was notified of it, or may have been, and will get a correction from the \
              next `allclear notify`"
            .to_owned(),
        many => format!(
            "{many} subscribers were notified of it, or may have been, and will get a correction from the \
             next `allclear notify`"
        ),
    };
    Ok((format!("{removed}; {corrected}"), notified))
}

/// Says what will happen, and asks for confirmation.
fn confirm(options: &Withdraw, incident: &Incident, effect: &str) -> Result<(), Failure> {
    print::say(&format!("{}  {}", styled(STRONG, incident.id.as_str()), incident.title.default));
    let shown = match incident.kind {
        IncidentKind::Incident => "the page will show that it was reported in error",
        IncidentKind::Maintenance => "the page will show that the work is cancelled",
    };
    print::say(&format!("{shown}; {effect}"));
    if options.yes {
        return Ok(());
    }
    if !print::is_interactive() {
        return Err(Failure::Refused {
            why: "withdrawing needs confirmation, and there is no terminal to ask on; nothing was changed"
                .to_owned(),
            hint: "to withdraw it, add --yes".to_owned(),
        });
    }
    if print::answers_yes("Withdraw it now? [y/N]")? {
        return Ok(());
    }
    Err(Failure::Refused {
        why: "not confirmed; nothing was changed".to_owned(),
        hint: "run `allclear withdraw` again if it was reported in error".to_owned(),
    })
}

fn words(root: &Root, site: &Site, options: &Withdraw, incident: &Incident) -> Result<String, Failure> {
    let language = site.page.first_language();
    match &options.reason {
        Some(reason) => Ok(reason.trim().to_owned()),
        None if language.as_str().starts_with("en") => Ok(match incident.kind {
            IncidentKind::Incident => ERROR,
            IncidentKind::Maintenance if incident.is_upcoming_at(root.now()) => CANCELLED,
            IncidentKind::Maintenance => STOPPED,
        }
        .to_owned()),
        None => Err(Failure::Usage(format!(
            "the page's first language is `{language}`: write the correction in that language with --reason"
        ))),
    }
}

fn ending(incident: &Incident, words: &str, root: &Root) -> Result<Update, Failure> {
    Ok(Update {
        at: time(root.now(), None, incident)?,
        phase: Some(if incident.kind == IncidentKind::Maintenance {
            Phase::Cancelled
        } else {
            Phase::Withdrawn
        }),
        audience: Audience::Public,
        author_mark: None,
        eta: None,
        next_update: None,
        severity: None,
        statuses: BTreeMap::new(),
        body: Localized::plain(words),
    })
}
