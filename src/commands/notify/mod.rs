//! `allclear notify`: finds what changed since the last announcement, shows it, and sends it.
//!
//! Promises: nothing is sent before every row of it is in the ledger; nothing is sent without consent (an answer on the
//! terminal, or `--yes`); nothing is planned before a public page shows it, unless that is forced; without a baseline
//! nothing is sent.

mod cost;
pub(super) mod preview;
mod queue;
mod renamed;
mod show;

use std::collections::BTreeSet;

use crate::config::plan::Plan;
use crate::deliver::unusable;
use crate::ledger::{self, Brake, Brakes as _, Ledger, Planned, Queue};
use crate::model::channel::Channel;
use crate::model::clearance::{Clearance, Ground};

use crate::cli::arguments::{Format, Notify};
use crate::cli::exit::{Exit, Failure, Outcome, before_release};
use crate::cli::print::{self, FAINT, GOOD, WARN, count, styled};
use crate::cli::problems;
use crate::flow::deliver;
use crate::flow::notify::{PendingAnnouncement, plan, prepare, refuse_gone};
use crate::flow::{break_glass, controlled, people, unapproved};
use crate::gate;
use crate::workspace::high_water_mark;
use crate::workspace::root::{LoadedSite, Root};
use crate::workspace::test_hooks;
use cost::Costs;
use queue::Queued;

/// Determines, shows, asks, plans, sends.
pub(crate) fn run(root: &Root, options: &Notify) -> Outcome {
    if options.since.is_some() {
        return Err(Failure::Usage("--since works only with --format markdown".to_owned()));
    }
    let mut opened = root.open()?;
    if !opened.may_send() {
        problems::show(&mut opened.problems, Format::Text);
        print::say("nothing was sent: site/page.toml or site/plan.toml has an error");
        return Err(Failure::Problems);
    }
    let mut ledger = high_water_mark::open_to_send(root)?;
    let mut choice = options.choice.parse(&opened.site, &root.within)?;
    if !options.dry_run {
        break_glass::catch_up(root, opened.plan.as_ref(), &mut ledger);
    }
    let mut prepared = prepare(root, &opened, &mut ledger, &choice, root.now())?;
    if renamed::ask(options, &prepared, &mut choice)? {
        prepared = prepare(root, &opened, &mut ledger, &choice, root.now())?;
    }
    narrow(options, &opened, &mut ledger, &mut prepared)?;
    let queued = Queued::read(&mut ledger, &prepared, (root.now(), &options.sending))?;
    opened.problems.extend(prepared.faults.iter().chain(&prepared.warnings).cloned());
    let failed = problems::show(&mut opened.problems, Format::Text);
    let at_best = if failed { Exit::Problems } else { Exit::Done };
    let costs = Costs::read(&mut ledger, opened.plan.as_ref(), (&prepared, &queued), root.now())?;
    show::show((root, &opened), &prepared, (&queued, &costs), failed);
    let usable = check_providers(root, &prepared, &queued);
    let is_idle = prepared.notices.notices.is_empty() && queued.is_idle();
    let brake = what_stops(ledger.brake()?, is_idle);
    if options.dry_run {
        let released = ledger.released_changes()?;
        let stops = say_what_brakes(&opened, (&prepared, &released), options.many, brake.as_ref())?;
        refuse_held(&prepared)?;
        say_unsent(!is_idle && !stops && usable.is_ok());
        return Ok(at_best);
    }
    usable?;
    if let Some(brake) = brake {
        return Err(ledger::Error::BrakeEngaged(brake).into());
    }
    if !is_idle || !prepared.difference.changes.is_empty() {
        let beyond = beyond_limit(&opened, (&prepared, &ledger.released_changes()?), options.many)?;
        confirm(options, &question(&prepared, &queued, beyond))?;
    }
    if prepared.difference.changes.is_empty() {
        // Silent edits move the baseline too, so that later comparisons start from them.
        let planned = plan(root, &mut ledger, &prepared, None, &gate::silent())?;
        say_corrected(planned);
    } else {
        let clearance = clear(root, &opened, &prepared, options)?;
        let changes_max = (!options.many).then_some(opened.need_plan()?.brake.changes_per_run as usize);
        test_hooks::at("before-plan");
        let planned = plan(root, &mut ledger, &prepared, changes_max, &clearance)?;
        if planned.notices > 0 || planned.corrected == 0 {
            print::say(&planned_words(planned));
        }
        say_corrected(planned);
        test_hooks::at("after-plan");
        high_water_mark::keep(root, &mut ledger)?;
        test_hooks::at("after-mark");
    }
    root.save_last_valid(&opened)?;
    let exit = match ledger.unfinished()? {
        0 => Exit::Done,
        _ => deliver::drain(root, opened.need_plan()?, ledger, &options.sending)?,
    };
    // Announcements of other incidents do not wait for the one that is gone.
    refuse_held(&prepared).map_err(|refused| after(refused, prepared.difference.changes.len()))?;
    Ok(if exit == Exit::Done { at_best } else { exit })
}

/// Keeps only what goes to the members of the segment that the options name, if they name one, and says how many that leaves out.
fn narrow(
    options: &Notify,
    opened: &LoadedSite,
    ledger: &mut dyn Ledger,
    prepared: &mut PendingAnnouncement,
) -> Result<(), Failure> {
    let Some(segment) = &options.to else { return Ok(()) };
    let members = people::members(opened.need_plan()?, &ledger.list_subscribers()?, segment)?;
    let left_out = people::keep_only(&members, &mut prepared.notices);
    if left_out > 0 {
        let who = count(left_out, "subscriber or destination is", "subscribers and destinations are");
        let words = format!(
            "only to segment {segment}: {who} not in it, and a later run does not notify them of this"
        );
        print::say(&styled(WARN, &words));
    }
    Ok(())
}

/// Asks the gate, and reports if there was no page to look at.
fn clear(
    root: &Root,
    opened: &LoadedSite,
    prepared: &PendingAnnouncement,
    options: &Notify,
) -> Result<Clearance, Failure> {
    let approved = (&prepared.difference.changes[..], &prepared.approvals, &prepared.controlled);
    let clearance = gate::clear(root, opened, approved, options.gate)?;
    if clearance.ground() == &Ground::NoTarget {
        let words = "not checked whether the page shows these changes: site/page.toml names no targets";
        print::say(&styled(FAINT, words));
    }
    Ok(clearance)
}

/// Refuses while an announced incident is gone, something waits for an approval, or someone else has control.
fn refuse_held(prepared: &PendingAnnouncement) -> Result<(), Failure> {
    refuse_gone(&prepared.gone)?;
    unapproved::refuse(&prepared.unapproved)?;
    controlled::refuse(&prepared.uncontrolled)
}

/// A refusal that concerns one incident, after the changes of others were queued.
fn after(refused: Failure, queued: usize) -> Failure {
    match refused {
        Failure::Refused { why, hint } if queued > 0 => {
            let changes = count(queued, "change was", "changes were");
            Failure::Refused { why: format!("{changes} queued for sending, but not all: {why}"), hint }
        }
        other => other,
    }
}

/// Says after a dry run that it sent nothing, if the run itself sends something.
fn say_unsent(sends: bool) {
    if sends {
        print::say(&styled(FAINT, "dry run: nothing was sent; `allclear notify` sends this"));
    }
}

/// The brake, if it stops this run. One that has nothing to stop is only said: it would stop the next outage.
fn what_stops(brake: Option<Brake>, is_idle: bool) -> Option<Brake> {
    if let (true, Some(brake)) = (is_idle, &brake) {
        print::say(&format!("{} {brake}; {}", styled(WARN, "the brake is on:"), before_release(brake)));
    }
    brake.filter(|_| !is_idle)
}

/// Checks whether everything a message needs is there, and says what is not. Refuses if nothing could be carried; what
/// some providers can carry does not wait for the others.
fn check_providers(root: &Root, prepared: &PendingAnnouncement, queued: &Queued) -> Result<(), Failure> {
    let steps = prepared.reachable().flat_map(|notice| &notice.steps).map(|step| step.channel);
    let needed: BTreeSet<Channel> = steps.chain(queued.channels()).collect();
    if needed.is_empty() {
        return Ok(());
    }
    let (host, plan): (String, Plan) = root.plan()?;
    let mut missing = Vec::new();
    for (channel, found) in unusable(&plan, &root.path, &host)? {
        if !needed.contains(&channel) {
            continue;
        }
        for why in &found.why {
            print::say(&format!("{} {why}", styled(WARN, "warning:")));
        }
        if !found.others {
            missing.push(channel.name());
        }
    }
    if missing.len() < needed.len() {
        return Ok(());
    }
    Err(Failure::Refused {
        why: format!("no provider for {} can be used; nothing was queued or sent", missing.join(" and ")),
        hint: "set what is missing, then run `allclear notify` again".to_owned(),
    })
}

/// Says what stops a run: the brake that is on, or the one that it would engage. Whether there is one.
fn say_what_brakes(
    opened: &LoadedSite,
    (prepared, released): (&PendingAnnouncement, &BTreeSet<String>),
    many: bool,
    brake: Option<&Brake>,
) -> Result<bool, Failure> {
    let label = styled(WARN, "nothing would be sent:");
    if let Some(brake) = brake {
        print::say(&format!("{label} {brake}; {}", before_release(brake)));
    } else if let Some((changes, most)) = beyond_limit(opened, (prepared, released), many)? {
        print::say(&format!(
            "{label} {} {} more than `brake.changes_per_run` allows ({most}), so the run would engage \
             the brake; if all of them are intended, add `--allow-many-changes`",
            count(changes, "change", "changes"),
            if changes == 1 { "is" } else { "are" }
        ));
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// How many changes there are and how many a run may have, if there are more.
fn beyond_limit(
    opened: &LoadedSite,
    (prepared, released): (&PendingAnnouncement, &BTreeSet<String>),
    many: bool,
) -> Result<Option<(usize, usize)>, Failure> {
    let changes = prepared.difference.changes.iter();
    let changes = changes.filter(|change| !released.contains(change.id.as_str())).count();
    let most = opened.need_plan()?.brake.changes_per_run as usize;
    Ok((changes > most && !many).then_some((changes, most)))
}

/// What is asked before anything is sent, with its size; `beyond` is what would engage the brake.
fn question(prepared: &PendingAnnouncement, queued: &Queued, beyond: Option<(usize, usize)>) -> String {
    if let Some((changes, most)) = beyond {
        return format!(
            "{}, and `brake.changes_per_run` allows {most}: nothing is sent now. If all of them are intended, answer no and run \
             `allclear notify --allow-many-changes`; for a part of them, `--only ID`. Engage the brake, which stops all sending \
             until it is released? [y/N]",
            count(changes, "change", "changes")
        );
    }
    let changes = count(prepared.difference.changes.len(), "change", "changes");
    let people: BTreeSet<_> = prepared.reachable().map(|notice| &notice.subscriber).collect();
    let people = count(people.len(), "recipient", "recipients");
    match (prepared.notices.notices.is_empty(), queued.is_idle()) {
        (true, true) => format!("Mark {changes} as announced, though no one is notified? [y/N]"),
        (true, _) => "Send the queued messages now? [y/N]".to_owned(),
        (false, true) => format!("Send {changes} to {people} now? [y/N]"),
        (false, false) => format!("Send {changes} to {people}, and the queued messages, now? [y/N]"),
    }
}

fn confirm(options: &Notify, question: &str) -> Result<(), Failure> {
    if options.yes {
        return Ok(());
    }
    if !print::is_interactive() {
        return Err(Failure::Refused {
            why: "sending needs confirmation, and there is no terminal to ask on".to_owned(),
            hint: "review with `allclear notify --dry-run`, then send with `allclear notify --yes`"
                .to_owned(),
        });
    }
    if print::answers_yes(question)? {
        return Ok(());
    }
    Err(Failure::Refused {
        why: "not confirmed; nothing was queued or sent".to_owned(),
        hint: "run `allclear notify` again when you are ready to send".to_owned(),
    })
}

/// Says how many queued messages have the text of the files now.
fn say_corrected(planned: Planned) {
    if planned.corrected > 0 {
        let number = usize::try_from(planned.corrected).unwrap_or(usize::MAX);
        let messages = count(number, "queued message has", "queued messages have");
        print::say(&format!("{} {messages} the text as it is now", styled(GOOD, "corrected:")));
    }
}

fn planned_words(planned: Planned) -> String {
    if planned.notices == 0 {
        return format!(
            "{} nobody was notified; the change counts as announced",
            styled(WARN, "queued nothing:")
        );
    }
    let notices = count(planned.notices as usize, "notification", "notifications");
    let superseded = match planned.superseded {
        0 => String::new(),
        1 => ", 1 older one superseded".to_owned(),
        number => format!(", {number} older ones superseded"),
    };
    format!("{} {notices}{superseded}", styled(GOOD, "queued"))
}
