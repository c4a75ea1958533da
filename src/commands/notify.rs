//! `allclear notify`: what changed since the last announcement, to whom it goes, and then the sending.
//!
//! Promises: nothing leaves before every row of it is in the ledger; nothing leaves unseen (a person says yes,
//! or a script says `--yes`); nothing is planned before a public page shows it, unless that is forced; without a
//! baseline nothing leaves at all.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::check;
use crate::compose;
use crate::diff;
use crate::ledger::{Ledger, PlanRequest, Planned, Planning};
use crate::model::announced::Announced;
use crate::model::change::{Change, Difference};
use crate::model::channel::Channel;
use crate::model::message::Message;
use crate::model::notice::Notices;
use crate::model::problem::{Level, Problem};
use crate::model::subscriber::Subscriber;

use super::cli::{Format, Notify};
use super::deliver;
use super::exit::{Exit, Failure, Outcome};
use super::gate::{self, Pass};
use super::mark;
use super::overtaken;
use super::pause;
use super::print::{self, FAINT, GOOD, STRONG, count, styled};
use super::problems;
use super::root::{Opened, Root};
use super::say_change;

/// Finds out, shows, asks, plans, sends.
pub(crate) fn run(root: &Root, options: &Notify) -> Outcome {
    if options.since.is_some() {
        return Err(Failure::Usage("--since is for reports: say --format markdown as well".to_owned()));
    }
    let mut opened = root.open()?;
    if !opened.may_send() {
        problems::show(&mut opened.problems, Format::Text);
        print::say("nothing is sent while site/page.toml or site/plan.toml has an error");
        return Err(Failure::Problems);
    }
    let mut ledger = root.ledger()?;
    ledger.check()?;
    mark::compare(root, &mut ledger)?;
    let prepared = prepare(root, &opened, &mut ledger)?;
    opened.problems.extend(prepared.faults.iter().cloned());
    let failed = problems::show(&mut opened.problems, Format::Text);
    let at_best = if failed { Exit::Problems } else { Exit::Done };
    show(root, &prepared);
    if options.dry_run {
        return Ok(at_best);
    }
    if prepared.difference.changes.is_empty() {
        // Silent edits move the baseline too, so that later comparisons start from them.
        plan(root, &mut ledger, &prepared, None, &Pass::for_nothing_told())?;
    } else {
        confirm(&prepared, options)?;
        let pass = gate::pass(root, &opened, &prepared.difference.changes, options.gate)?;
        if pass.is_unseen() {
            let words = "site/page.toml names no target, so nobody looked whether the page shows this";
            print::say(&styled(FAINT, words));
        }
        let changes_max = (!options.many).then_some(opened.need_plan()?.brake.changes_per_run as usize);
        pause::at("before-plan");
        let planned = plan(root, &mut ledger, &prepared, changes_max, &pass)?;
        print::say(&planned_words(planned));
        pause::at("after-plan");
        mark::keep(root, &mut ledger)?;
        pause::at("after-mark");
    }
    root.keep_good(&opened)?;
    if ledger.unfinished()? == 0 {
        return Ok(at_best);
    }
    match deliver::drain(root, opened.need_plan()?, ledger, options.sending.patience)? {
        Exit::Done => Ok(at_best),
        other => Ok(other),
    }
}

/// What would be told, worked out and not yet written anywhere.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// What people were told last.
    pub(crate) base: Announced,
    /// What is different.
    pub(crate) difference: Difference,
    /// To whom it goes, in which words.
    pub(crate) notices: Notices,
    /// What keeps incidents from being told.
    pub(crate) faults: Vec<Problem>,
}

/// Works out the changes and composes the notices.
pub(crate) fn prepare(root: &Root, opened: &Opened, ledger: &mut dyn Ledger) -> Result<Prepared, Failure> {
    let base = ledger.announced()?.ok_or_else(no_baseline)?;
    let commit = overtaken::commit_of(root);
    overtaken::refuse_older(root, commit.as_ref(), base.commit.as_ref())?;
    let mut prepared = compare(root, opened, base, &mut || Ok(ledger.subscribers()?))?;
    if commit.is_some() {
        prepared.difference.announced.commit = commit;
    }
    Ok(prepared)
}

/// Works out what is different from what people were told, and what `subscribers` get to read of it.
pub(crate) fn compare(
    root: &Root,
    opened: &Opened,
    base: Announced,
    subscribers: &mut dyn FnMut() -> Result<Vec<Subscriber>, Failure>,
) -> Result<Prepared, Failure> {
    let now = root.now();
    let mut difference = diff::difference(&base, &opened.site, now);
    let faults = faults(root, opened);
    hold_back(&mut difference, &base, opened, &faults);
    let mut notices = Notices::default();
    if !difference.changes.is_empty() {
        let plan = opened.need_plan()?;
        let subscribers = subscribers()?;
        notices =
            compose::notices(&difference.changes, &opened.site, &subscribers, plan, &opened.theme, now)?;
    }
    Ok(Prepared { base, difference, notices, faults })
}

/// What the rules find that nobody should be told as it stands: a missing estimate, a blank left in.
fn faults(root: &Root, opened: &Opened) -> Vec<Problem> {
    let found = check::run(&opened.site, &opened.places, root.now());
    found.into_iter().filter(|problem| problem.level == Level::Error).collect()
}

/// Leaves the changes of files with a fault for the run in which they are mended.
fn hold_back(difference: &mut Difference, base: &Announced, opened: &Opened, faults: &[Problem]) {
    let is_faulty = |change: &Change| {
        let incident = opened.site.incident(&change.incident);
        incident.is_some_and(|incident| faults.iter().any(|problem| problem.file == incident.file))
    };
    let (held, told) = std::mem::take(&mut difference.changes).into_iter().partition(is_faulty);
    difference.changes = told;
    for Change { origin, .. } in held {
        match base.incidents.get(&origin) {
            Some(before) => difference.announced.incidents.insert(origin, before.clone()),
            None => difference.announced.incidents.remove(&origin),
        };
    }
}

/// Writes everything into the ledger, or nothing.
pub(crate) fn plan(
    root: &Root,
    ledger: &mut dyn Ledger,
    prepared: &Prepared,
    changes_max: Option<usize>,
    pass: &Pass,
) -> Result<Planned, Failure> {
    let Prepared { base, difference, notices, .. } = prepared;
    let forced = pass.forced();
    match ledger.plan(&PlanRequest { base, difference, notices, changes_max, forced }, root.now())? {
        Planning::Planned(planned) => Ok(planned),
        Planning::Overtaken => Err(Failure::Refused {
            why: "another run planned these changes in the meantime".to_owned(),
            hint: "run `allclear notify` again: it tells what is still untold".to_owned(),
        }),
    }
}

pub(crate) fn no_baseline() -> Failure {
    Failure::Refused {
        why: "there is no baseline: this ledger does not know what people were told".to_owned(),
        hint: "run `allclear adopt` to take today's site as already announced; from then on changes are told"
            .to_owned(),
    }
}

fn confirm(prepared: &Prepared, options: &Notify) -> Result<(), Failure> {
    if options.yes || prepared.notices.notices.is_empty() {
        return Ok(());
    }
    if !print::is_interactive() {
        return Err(Failure::Refused {
            why: "nobody is here to confirm the sending".to_owned(),
            hint: "look at `allclear notify --dry-run`, then run `allclear notify --yes`".to_owned(),
        });
    }
    print::ask("Send them? [y/N]");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Failure::Refused {
        why: "not confirmed; nothing was planned and nothing was sent".to_owned(),
        hint: "run it again when you are sure".to_owned(),
    })
}

fn show(root: &Root, prepared: &Prepared) {
    if root.format == Format::Json {
        print::data(&as_json(prepared));
        return;
    }
    let changes = &prepared.difference.changes;
    if changes.is_empty() {
        print::say("nothing changed that people should hear about");
    }
    for change in changes {
        let id = styled(STRONG, change.incident.as_str());
        print::say(&format!("{id}  {}", say_change::all(&change.what)));
        print::say(&format!("  {}", reach(change, &prepared.notices)));
        for message in wordings(change, &prepared.notices) {
            print::say(&styled(FAINT, &format!("  │ {message}")));
        }
    }
}

/// How many hear of a change, and by which channel first.
pub(crate) fn reach(change: &Change, notices: &Notices) -> String {
    let mut first: BTreeMap<Channel, usize> = BTreeMap::new();
    for notice in notices.notices.iter().filter(|notice| notice.change == change.id) {
        if let Some(step) = notice.steps.first() {
            *first.entry(step.channel).or_default() += 1;
        }
    }
    let people = count(first.values().sum(), "subscriber", "subscribers");
    let ways: Vec<String> =
        first.iter().map(|(channel, number)| format!("{number} by {} first", channel.word())).collect();
    if ways.is_empty() { format!("to {people}") } else { format!("to {people}: {}", ways.join(", ")) }
}

/// How each different wording of a change begins, at most six.
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
    }
}

fn planned_words(planned: Planned) -> String {
    let notices = count(planned.notices as usize, "notice", "notices");
    let steps = count(planned.steps as usize, "step", "steps");
    let superseded = match planned.superseded {
        0 => String::new(),
        number => format!(", {number} older superseded"),
    };
    format!("{} {notices} with {steps}{superseded}", styled(GOOD, "planned"))
}

fn as_json(prepared: &Prepared) -> String {
    let changes: Vec<_> = prepared
        .difference
        .changes
        .iter()
        .map(|change| {
            let notices = prepared.notices.notices.iter().filter(|notice| notice.change == change.id).count();
            json!({
                "change": change.id.as_str(),
                "incident": change.incident.as_str(),
                "what": change.what.iter().map(|what| what.word()).collect::<Vec<_>>(),
                "notices": notices,
            })
        })
        .collect();
    format!("{:#}", serde_json::Value::Array(changes))
}
