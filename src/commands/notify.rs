//! `allclear notify`: what changed since the last announcement, to whom it goes, and then the sending.
//!
//! Promises: nothing leaves before every row of it is in the ledger; nothing leaves unseen (a person says yes,
//! or a script says `--yes`); nothing is planned before a public page shows it, unless that is forced; without a
//! baseline nothing leaves at all.

use std::collections::BTreeSet;

use serde_json::json;

use crate::ledger::{Planned, Queue};
use crate::model::change::{Change, What};
use crate::model::clearance::Ground;
use crate::model::edit::{TextEdit, Verdict};
use crate::model::message::Message;
use crate::model::notice::Notices;

use crate::cli::arguments::{Format, Notify};
use crate::cli::describe;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, FAINT, GOOD, STRONG, count, styled};
use crate::cli::problems;
use crate::cli::untold;
use crate::flow::deliver;
use crate::flow::notify::{Prepared, plan, prepare, reach, refuse_gone};
use crate::gate;
use crate::workspace::mark;
use crate::workspace::pause;
use crate::workspace::root::Root;

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
    let mut ledger = root.ledger()?;
    ledger.check()?;
    mark::compare(root, &mut ledger)?;
    let choice = options.choice.parse(&opened.site, &root.within)?;
    let prepared = prepare(root, &opened, &mut ledger, &choice)?;
    opened.problems.extend(prepared.faults.iter().cloned());
    let failed = problems::show(&mut opened.problems, Format::Text);
    let at_best = if failed { Exit::Problems } else { Exit::Done };
    show(root, &prepared);
    if options.dry_run {
        refuse_gone(&prepared.gone)?;
        return Ok(at_best);
    }
    if prepared.difference.changes.is_empty() {
        // Silent edits move the baseline too, so that later comparisons start from them.
        plan(root, &mut ledger, &prepared, None, &gate::silent())?;
    } else {
        confirm(&prepared, options)?;
        let clearance = gate::clear(root, &opened, &prepared.difference.changes, options.gate)?;
        if clearance.ground() == &Ground::NoTarget {
            let words = "not checked whether the page shows these changes: site/page.toml names no targets";
            print::say(&styled(FAINT, words));
        }
        let changes_max = (!options.many).then_some(opened.need_plan()?.brake.changes_per_run as usize);
        pause::at("before-plan");
        let planned = plan(root, &mut ledger, &prepared, changes_max, &clearance)?;
        print::say(&planned_words(planned));
        pause::at("after-plan");
        mark::keep(root, &mut ledger)?;
        pause::at("after-mark");
    }
    root.keep_good(&opened)?;
    let exit = match ledger.unfinished()? {
        0 => Exit::Done,
        _ => deliver::drain(root, opened.need_plan()?, ledger, options.sending.patience)?,
    };
    // What there is to tell of other incidents does not wait for the one that is gone.
    refuse_gone(&prepared.gone)?;
    Ok(if exit == Exit::Done { at_best } else { exit })
}

fn confirm(prepared: &Prepared, options: &Notify) -> Result<(), Failure> {
    if options.yes || prepared.notices.notices.is_empty() {
        return Ok(());
    }
    if !print::is_interactive() {
        return Err(Failure::Refused {
            why: "sending needs confirmation, and there is no terminal to ask on".to_owned(),
            hint: "review with `allclear notify --dry-run`, then send with `allclear notify --yes`"
                .to_owned(),
        });
    }
    print::ask("Send these messages now? [y/N]");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Failure::Refused {
        why: "not confirmed; nothing was queued or sent".to_owned(),
        hint: "run `allclear notify` again when you are ready to send".to_owned(),
    })
}

fn show(root: &Root, prepared: &Prepared) {
    if root.format == Format::Json {
        print::exact(&as_json(prepared));
        return;
    }
    let changes = &prepared.difference.changes;
    if changes.is_empty() && prepared.untold.is_empty() && prepared.gone.is_empty() {
        print::say("no new changes to announce");
    }
    for change in changes {
        let id = styled(STRONG, change.incident.as_str());
        print::say(&format!("{id}  {}", describe::all(&change.what)));
        print::say(&format!("  {}", reach(change, prepared)));
        for message in wordings(change, &prepared.notices) {
            print::say(&styled(FAINT, &format!("  │ {message}")));
        }
        for line in untold::edits(&prepared.edits, &change.incident) {
            print::say(&format!("  {line}"));
        }
    }
    for untold in &prepared.untold {
        let id = styled(STRONG, untold.incident.as_str());
        print::say(&format!("{id}  not announced: {}", untold::reason(&untold.reason)));
        for line in untold::edits(&prepared.edits, &untold.incident) {
            print::say(&styled(FAINT, &format!("  {line}")));
        }
    }
}

/// How each different message template of a change begins, at most six.
fn wordings(change: &Change, notices: &Notices) -> Vec<String> {
    let of_change = notices.notices.iter().filter(|notice| notice.change == change.id);
    let places: BTreeSet<_> = of_change.flat_map(|notice| &notice.steps).map(|step| step.message).collect();
    let beginnings: BTreeSet<String> =
        places.into_iter().filter_map(|place| notices.messages.get(place)).map(begins).collect();
    beginnings.into_iter().take(6).collect()
}

fn begins(message: &Message) -> String {
    match message {
        Message::Mail(mail) => {
            let lines = mail.text.lines().filter(|line| !line.trim().is_empty()).take(2);
            format!("mail  {}", lines.collect::<Vec<_>>().join(" · "))
        }
        Message::Text(text) => format!("text  {}", text.body.replace('\n', " ")),
        Message::Card(card) => format!("card  {} · {}", card.title, card.headline),
        Message::Event(event) => format!("event  {}", event.summary),
    }
}

fn planned_words(planned: Planned) -> String {
    let notices = count(planned.notices as usize, "notification", "notifications");
    let steps = count(planned.steps as usize, "step", "steps");
    let superseded = match planned.superseded {
        0 => String::new(),
        number => format!(", {number} older ones superseded"),
    };
    format!("{} {notices} with {steps}{superseded}", styled(GOOD, "queued"))
}

/// What is announced, and what is not: an entry with a reason and no `what` is told to nobody.
fn as_json(prepared: &Prepared) -> String {
    let Prepared { difference, notices, edits, untold, .. } = prepared;
    let of_change =
        |change: &Change| notices.notices.iter().filter(|notice| notice.change == change.id).count();
    let told = difference.changes.iter().map(|change| {
        json!({
            "change": change.id.as_str(),
            "incident": change.incident.as_str(),
            "what": change.what.iter().map(|what| what.word()).collect::<Vec<_>>(),
            "notices": of_change(change),
            "asks": asks(change, edits),
            "edits": untold::edits_json(edits, &change.incident),
        })
    });
    let untold = untold.iter().map(|untold| {
        json!({
            "incident": untold.incident.as_str(),
            "what": [],
            "notices": 0,
            "not_told": untold.reason.word(),
            "reason": untold::reason(&untold.reason),
            "edits": untold::edits_json(edits, &untold.incident),
        })
    });
    format!("{:#}", serde_json::Value::Array(told.chain(untold).collect()))
}

/// Whether all there is to tell are edits that are neither harmless nor sure to be a correction.
pub(crate) fn asks(change: &Change, edits: &[TextEdit]) -> bool {
    let of_change =
        |edit: &&TextEdit| edit.incident == change.incident && edit.edit.verdict != Verdict::Silent;
    change.what.iter().all(|what| matches!(what, What::Corrected { .. }))
        && edits.iter().filter(of_change).all(|edit| edit.edit.verdict == Verdict::Ask)
}
