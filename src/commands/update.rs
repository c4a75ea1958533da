//! `allclear update`: adds an update to an incident's file, and sets its front matter to the update's values.
//!
//! Never adds an error to a file, and never loses text that was typed in an editor.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::TimeDelta;

use crate::files::{Durability, Folder};
use crate::load;
use crate::located::FILE_BYTES_MAX;
use crate::model::Moment;
use crate::model::author_mark::AuthorMark;
use crate::model::incident::{Audience, Eta, Incident, IncidentId, Update as Entry};
use crate::model::localized::Localized;
use crate::model::moment::{read_flag, read_from};
use crate::model::phase::{IncidentKind, Phase};

use crate::cli::arguments::Update;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::named;
use crate::cli::print::{self, GOOD, styled};
use crate::cli::problems;
use crate::cli::written;
use crate::commands::{findings, owner};
use crate::workspace::draft::Draft;
use crate::workspace::root::Root;

/// Clocks of authors and of this machine may differ by this much.
const CLOCK_MINUTES: i64 = 5;

/// Planned work that ended longer ago is history: what is new belongs to other work.
const LONG_OVER: TimeDelta = TimeDelta::days(1);

/// Appends the update and prints the file's path.
pub(crate) fn run(root: &Root, options: &Update) -> Outcome {
    // Two updates at once come one after the other. No one waits for an editor: its text is added at the end.
    let mut held = options.message.is_some().then(|| hold(root)).transpose()?;
    let opened = root.open()?;
    let site = opened.whole();
    let incident = named::incident(&site, &root.within, &options.id)?;
    if options.message.as_ref().is_some_and(|text| text.trim().is_empty()) {
        return Err(Failure::Usage(
            "-m is empty: write what is new, or omit -m to open an editor".to_owned(),
        ));
    }
    refuse_over(options, incident, root.now())?;
    let mut entry = entry(root, options, incident)?;
    let draft = options.message.is_none().then(|| Draft::of(root, incident.id.as_str()));
    // What can be refused is refused before anyone types a word.
    findings::refuse_update(root, &opened, incident, &entry)?;
    append(root, incident, &entry, Write::Try)?;
    if let Some(draft) = &draft {
        entry.body = Localized::plain(typed(draft, incident)?);
        held = Some(hold(root)?);
    }
    let is_wanted = refuse_repetition(options, incident, &entry);
    let is_sound = is_wanted.and_then(|()| findings::refuse_update(root, &opened, incident, &entry));
    if let Err(failure) = is_sound.and_then(|()| append(root, incident, &entry, Write::File)) {
        if let Some(draft) = &draft {
            print::say(&draft.fate());
        }
        return Err(failure);
    }
    drop(held);
    if let Some(draft) = &draft {
        draft.done();
    }
    wait_for(root, entry.at);
    written::incident(root.format, incident.id.as_str(), &[&root.below(&incident.file)]);
    let updated = styled(GOOD, "updated");
    let reader = if entry.audience == Audience::Public { incident.audience } else { entry.audience };
    let next = match (reader, incident.author_mark) {
        (Audience::Internal, _) => "it is internal, so subscribers are not notified of it".to_owned(),
        (_, Some(AuthorMark::Silent)) if entry.phase.is_some_and(Phase::is_over) => {
            "its file is marked `notify = \"silent\"`: `allclear notify` announces the end only if it announced the \
             incident before"
                .to_owned()
        }
        (_, Some(AuthorMark::Silent)) => {
            "its file is marked `notify = \"silent\"`, so no subscriber is notified of it".to_owned()
        }
        (Audience::Named(name), _) => format!("to notify them, run `allclear notify --audience {name}`"),
        (Audience::Public, _) => match owner::other(root, opened.plan.as_ref(), incident) {
            Some(controls) => format!(
                "{controls}, so it waits: ask with `allclear control request {}`, then run `allclear notify`",
                incident.id
            ),
            None => "to notify subscribers, run `allclear notify`".to_owned(),
        },
    };
    print::say(&format!("{updated} {}; {next}", incident.id));
    Ok(Exit::Done)
}

/// Refuses an update without a phase where subscribers would read it under a word that ended the incident: `Withdrawn`, or an end of days
/// ago.
fn refuse_over(options: &Update, incident: &Incident, now: Moment) -> Result<(), Failure> {
    let (id, phase) = (&incident.id, incident.phase_at(now));
    if options.phase.is_some() || options.internal || options.yes {
        return Ok(());
    }
    let is_long_over = options.at.is_none() && incident.ended_at(now).is_some_and(|at| now - at > LONG_OVER);
    let (why, hint) = match phase {
        Phase::Withdrawn => (
            "is withdrawn: subscribers would read that it was reported in error".to_owned(),
            format!("if there is an outage after all, add `--phase {}`", Phase::Investigating.word()),
        ),
        Phase::Cancelled | Phase::Completed if is_long_over => (
            format!("was {} more than a day ago", phase.word()),
            "if this is about other work, run `allclear new maintenance`".to_owned(),
        ),
        phase if phase.is_over() => return refuse_staying_over(id, phase),
        _ => return Ok(()),
    };
    Err(Failure::Refused {
        why: format!("{id} {why}; nothing was changed"),
        hint: format!(
            "{hint}. If this is about another outage, run `allclear new`. To post it here anyway, add --yes"
        ),
    })
}

/// Asks whether an incident that has just ended stays over: an update without a phase is read below the word that ended it.
fn refuse_staying_over(id: &IncidentId, phase: Phase) -> Result<(), Failure> {
    let again = match phase.kind() {
        IncidentKind::Incident => Phase::Investigating.word(),
        IncidentKind::Maintenance => Phase::InProgress.word(),
    };
    let why = format!(
        "{id} is over ({}), and stays over with this update, on the page and in messages",
        phase.word()
    );
    let question = format!("{why}. If it is not over, answer no and add `--phase {again}`. Continue? [y/N]");
    if print::is_interactive() && print::answers_yes(&question)? {
        return Ok(());
    }
    Err(Failure::Refused {
        why: format!("{why}; nothing was changed"),
        hint: format!("if it is not over, add `--phase {again}`. To add a note to what is over, add --yes"),
    })
}

/// Refuses an update that says what the newest one says, unless it is confirmed: subscribers would get the same message again.
fn refuse_repetition(options: &Update, incident: &Incident, entry: &Entry) -> Result<(), Failure> {
    let newest = incident.updates.last().filter(|newest| newest.is_repeated_by(entry, incident));
    let Some(newest) = newest.filter(|_| !options.yes) else { return Ok(()) };
    let why = format!("the newest update, of {}, already says this", clock_of(newest.at));
    if print::is_interactive() {
        if print::answers_yes(&format!("{why}; subscribers would get it again. Add it anyway? [y/N]"))? {
            return Ok(());
        }
        return Err(Failure::Refused {
            why: "not confirmed; nothing was changed".to_owned(),
            hint: "run `allclear update` again with what is new".to_owned(),
        });
    }
    Err(Failure::Refused {
        why: format!("{why}; nothing was changed"),
        hint: "write what is new. To post the same text again, add --yes; the next `allclear notify` then sends it again".to_owned(),
    })
}

/// A time as headings write it, with its seconds if it has any.
fn clock_of(at: Moment) -> String {
    at.format(if at == to_the_minute(at) { "%F %R UTC" } else { "%F %T UTC" }).to_string()
}

/// The incidents, which no other command changes until it is dropped.
pub(super) fn hold(root: &Root) -> Result<Folder, Failure> {
    let unreadable = || format!("failed to open {}", root.path.display());
    let incidents =
        Folder::open(&root.path).and_then(|root| root.below("incidents")).with_context(unreadable)?;
    incidents.hold();
    Ok(incidents)
}

/// Whether the file is written, or only checked whether it could be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    Try,
    File,
}

/// Puts the entry into the file as it is now, which may be newer than the one that was opened.
pub(super) fn append(root: &Root, incident: &Incident, entry: &Entry, write: Write) -> Result<(), Failure> {
    let path = root.below(&incident.file);
    let unreadable = || format!("failed to read {}", path.display());
    let folder = Folder::open(&root.path).with_context(unreadable)?;
    let read = folder.read(&incident.file, FILE_BYTES_MAX as u64).with_context(unreadable)?;
    let text = String::from_utf8(read.unwrap_or_default()).with_context(unreadable)?;
    match load::append_update(&text, entry, &incident.file) {
        Ok(_) if write == Write::Try => Ok(()),
        Ok(text) => Ok(folder
            .replace(&incident.file, text.as_bytes(), Durability::Synced)
            .with_context(|| format!("failed to write {}", path.display()))?),
        Err(mut found) => {
            problems::show(&mut found, root.format);
            Err(Failure::Problems)
        }
    }
}

/// The entry that the options make, without the editor's text.
fn entry(root: &Root, options: &Update, incident: &Incident) -> Result<Entry, Failure> {
    let now = root.now();
    let eta = match options.eta.as_deref() {
        None => None,
        Some("unknown") => Some(Eta::Unknown),
        Some(text) if text.starts_with('-') => return Err(past_eta(text)),
        Some(text) => Some(Eta::At(moment("--eta", text, now)?)),
    };
    if let (Some(Eta::At(at)), None) = (eta, &options.at)
        && at <= now
    {
        return Err(past_eta(&at.format("%F %R UTC").to_string()));
    }
    let next_update =
        options.next_update.as_deref().map(|text| moment("--next-update", text, now)).transpose()?;
    let entry = Entry {
        at: time(now, options.at.as_deref(), incident)?,
        phase: options.phase,
        audience: if options.internal { Audience::Internal } else { root.audience },
        author_mark: None,
        eta,
        next_update,
        severity: options.severity,
        statuses: BTreeMap::new(),
        body: Localized::plain(options.message.as_deref().unwrap_or_default().trim()),
    };
    if promises_nothing(&entry, incident, now) {
        let message = "while the ETA is unknown, promise the next update: `--next-update +30m`";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(entry)
}

/// An ETA that has passed tells customers nothing that they can plan by.
pub(super) fn past_eta(text: &str) -> Failure {
    Failure::Usage(format!(
        "--eta: {text} is in the past: the ETA has passed. Write a future time such as `+1h`, or `--eta unknown` if nothing \
         better is known"
    ))
}

/// Whether customers would then know neither when it is back nor when they hear more.
fn promises_nothing(entry: &Entry, incident: &Incident, now: Moment) -> bool {
    let is_over = entry.phase.is_some_and(Phase::is_over);
    let promised = entry.next_update.or(incident.next_update.filter(|at| *at > now));
    entry.eta == Some(Eta::Unknown) && entry.audience == Audience::Public && !is_over && promised.is_none()
}

/// When it is said: as the option says, else now, to the minute where no other update has that minute.
pub(super) fn time(now: Moment, said: Option<&str>, incident: &Incident) -> Result<Moment, Failure> {
    if let Some(text) = said {
        let at = read_flag(text).map_err(|fault| Failure::Usage(format!("--at: {fault}")))?;
        if at > now + TimeDelta::minutes(CLOCK_MINUTES) {
            return Err(Failure::Usage(format!("--at: {text} is in the future")));
        }
        return Ok(at);
    }
    Ok(first_free(now, &incident.updates.iter().map(|update| update.at).collect()))
}

/// The minute of now if no update has it, else the first free second from now on, after the newest update of that minute.
/// Updates that came fast may be ahead of the clock, into the next minute.
fn first_free(now: Moment, taken: &BTreeSet<Moment>) -> Moment {
    let minute = to_the_minute(now);
    let next_minute = minute + TimeDelta::minutes(1);
    let Some(newest) = taken.range(minute..next_minute).next_back() else { return minute };
    let mut at = to_the_second(now).max(*newest);
    while taken.contains(&at) {
        at += TimeDelta::seconds(1);
    }
    at
}

/// Waits out the second by which an update comes after another one of the same second, so that a `notify` right after it
/// does not find it in the future.
pub(super) fn wait_for(root: &Root, at: Moment) {
    if let Ok(ahead) = (at - root.now()).to_std()
        && ahead <= Duration::from_secs(1)
    {
        std::thread::sleep(ahead);
    }
}

fn moment(flag: &str, text: &str, now: Moment) -> Result<Moment, Failure> {
    let moment = read_from(text, now).map(to_the_minute);
    moment.map_err(|fault| Failure::Usage(format!("{flag}: {fault}")))
}

/// Headings hold minutes, and so does everything people plan by.
fn to_the_minute(moment: Moment) -> Moment {
    whole(moment, 60)
}

fn to_the_second(moment: Moment) -> Moment {
    whole(moment, 1)
}

fn whole(moment: Moment, seconds: i64) -> Moment {
    let stamp = moment.timestamp();
    Moment::from_timestamp(stamp - stamp.rem_euclid(seconds), 0).unwrap_or(moment)
}

fn typed(draft: &Draft, incident: &Incident) -> anyhow::Result<String> {
    if !print::is_interactive() {
        bail!("no text: pass -m TEXT, or run this in a terminal with $EDITOR set");
    }
    let last = incident.public_updates().next_back().map_or("", |update| update.body.default.as_str());
    draft.write(&format!("# {}\n\n{last}", incident.title.default))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(clock: &str) -> Moment {
        format!("2026-03-05T{clock}Z").parse().unwrap()
    }

    #[test]
    fn an_update_gets_the_first_time_that_no_other_has() {
        for (now, taken, expected) in [
            ("14:07:31", &[][..], "14:07:00"),
            ("14:07:31", &["14:06:59"], "14:07:00"),
            ("14:07:31", &["14:07:00"], "14:07:31"),
            ("14:07:31", &["14:07:00", "14:07:31"], "14:07:32"),
            ("14:07:31", &["14:07:00", "14:07:45"], "14:07:46"),
            ("14:07:59", &["14:07:00", "14:07:59"], "14:08:00"),
            ("14:07:59", &["14:07:00", "14:07:59", "14:08:00"], "14:08:01"),
            ("14:08:00", &["14:07:59", "14:08:00", "14:08:01"], "14:08:02"),
        ] {
            let taken = taken.iter().map(|clock| at(clock)).collect();
            assert_eq!(first_free(at(now), &taken), at(expected), "{now}: {taken:?}");
        }
    }
}
