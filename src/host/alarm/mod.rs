//! Pages people when notifications stop or the page is no longer updated, once, and again when it works.
//!
//! Promises: needs neither the ledger nor the files, which may be what stopped; a restart pages no one again. What it cannot
//! send is tried again, and shown in the log and the health document.

mod causes;
mod outbox;
mod watch;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::cli::exit::Failure;
use crate::flow::alarm::{self, AlarmKind, AlarmMessage, Paged, Subject};
use crate::flow::deliver::standing::FailingChannel;
use crate::host::Host;
use crate::host::alarm::outbox::{Alarm, Outbox};
use crate::host::alarm::watch::{Standing, Turn, Watch};
use crate::host::leadership::Role;
use crate::host::part::{Part, fails, is_well};
use crate::host::sender::PageFacts;
use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::workspace::alarm_memory;
use crate::workspace::clock::since_boot;
use crate::workspace::machine;

/// How often it looks, at least.
const LOOK: Duration = Duration::from_secs(2);

/// How long something has to fail while there is no plan.
const AFTER: Duration = Duration::from_secs(5 * 60);

/// What the part remembers from round to round.
struct Memory {
    outbox: Outbox,
    watches: BTreeMap<Subject, Watch>,
    /// Whether the file could be written the last time.
    is_kept: bool,
}

/// Who is paged, after what time.
struct Terms {
    page: Option<PageFacts>,
    recipients: Vec<Endpoint>,
    after: Duration,
}

/// The rounds of the part.
pub(super) fn rounds(host: &Host) -> impl FnMut() -> Result<Duration, Failure> + use<'_> {
    let mut memory = recall(host);
    move || round(host, &mut memory)
}

/// What a process before this one left.
fn recall(host: &Host) -> Memory {
    let outbox: Outbox = alarm_memory::read(&host.root);
    let (mut watches, now) = (BTreeMap::new(), (since_boot(), host.now()));
    for subject in Subject::ALL {
        let Some(alarm) = outbox.alarms.get(subject.word()).filter(|alarm| alarm.ended.is_none()) else {
            continue;
        };
        watches.insert(subject, Watch::raised(alarm.since, now));
        for (word, why) in &alarm.channels {
            let Some(channel) = outbox::channel(word) else { continue };
            let known = FailingChannel { channel, since: alarm.since, why: why.clone() };
            host.counters.standing.restore(known, now.1);
        }
    }
    Memory { outbox, watches, is_kept: true }
}

fn round(host: &Host, memory: &mut Memory) -> Result<Duration, Failure> {
    let terms = terms(host);
    let now = (since_boot(), host.now());
    let channels = host.counters.standing.failing(now.1);
    show_channels(host, &channels, now.1, terms.after);
    let mut is_changed = false;
    for (subject, standing) in standings(host, &channels, now.1) {
        let turn = memory.watches.entry(subject).or_default().look(&standing, now, terms.after);
        is_changed |= turn.is_some();
        take(host, subject, turn, &standing, &channels, memory);
    }
    if is_changed {
        keep(host, memory);
    }
    page(host, &terms, memory)?;
    let shown = memory.outbox.as_json(terms.recipients.len(), terms.after);
    host.health_state.record_event("alarm", shown);
    let unheard = memory.outbox.alarms.values().find_map(|alarm| alarm.unheard(&terms.recipients));
    match unheard {
        Some(why) => Err(anyhow::anyhow!("no one could be paged: {why}").into()),
        None => Ok(LOOK.min(terms.after / 2)),
    }
}

fn terms(host: &Host) -> Terms {
    let plan = host.sender.plan();
    Terms {
        page: host.sender.page(),
        after: plan.as_ref().map_or(AFTER, |plan| plan.alarm.after),
        recipients: plan.map(|plan| plan.alarm.recipients).unwrap_or_default(),
    }
}

/// How notifications and page are doing on this host.
fn standings(host: &Host, channels: &[FailingChannel], now: Moment) -> [(Subject, Standing); 2] {
    match host.leadership.role(since_boot()) {
        // Another host does the work.
        Role::StandsBy(_) => Subject::ALL.map(|subject| (subject, Standing::Works)),
        Role::Asks => Subject::ALL.map(|subject| (subject, Standing::Unknown)),
        Role::Leads | Role::Publishes => {
            let channels: Vec<String> =
                channels.iter().map(|one| format!("{}: {}", one.channel.name(), one.why)).collect();
            causes::standings(&host.health_state.part_states(), &channels, host.health_state.is_late(now))
        }
    }
}

/// Shows the channels on which messages have failed for that long as parts that fail.
fn show_channels(host: &Host, channels: &[FailingChannel], now: Moment, after: Duration) {
    let shown = host.health_state.part_states();
    let is_old = |one: &&FailingChannel| (now - one.since).to_std().is_ok_and(|time| time >= after);
    for one in channels.iter().filter(is_old) {
        let why = format!("messages are not accepted since {}: {}", one.since.to_rfc3339(), one.why);
        if shown
            .iter()
            .any(|state| state.part == Part::Channel(one.channel) && state.trouble.as_ref() == Some(&why))
        {
            continue;
        }
        fails(host, &Part::Channel(one.channel), &anyhow::Error::msg(why).into());
    }
    for part in shown.into_iter().map(|state| state.part) {
        if let Part::Channel(channel) = part
            && !channels.iter().any(|one| one.channel == channel)
        {
            is_well(host, &part);
            host.health_state.forget(&part);
        }
    }
}

/// Raises or ends an alarm.
fn take(
    host: &Host,
    subject: Subject,
    turn: Option<Turn>,
    standing: &Standing,
    channels: &[FailingChannel],
    memory: &mut Memory,
) {
    let alarms = &mut memory.outbox.alarms;
    let (words, fields) = match turn {
        None => return,
        Some(Turn::Raised { since }) => {
            let causes = if let Standing::Fails(causes) = standing { causes.clone() } else { Vec::new() };
            let of_channels = channels.iter().filter(|_| subject == Subject::Notifications);
            let of_channels =
                of_channels.map(|one| (one.channel.word().to_owned(), one.why.clone())).collect();
            let words = format!("{} since {}: {}", subject.stopped(), since.to_rfc3339(), causes.join("; "));
            let fields = json!({ "about": subject.word(), "since": since.to_rfc3339(), "why": causes });
            alarms.insert(subject.word().to_owned(), Alarm::new(since, causes, of_channels));
            host.log.trouble(host.now(), "alarm", &Part::Alarm, &words, fields);
            return;
        }
        Some(Turn::Ended { at }) => {
            if let Some(alarm) = alarms.get_mut(subject.word()) {
                alarm.end(at);
            }
            let words = format!("{}; nothing has failed since {}", subject.works(), at.to_rfc3339());
            (words, json!({ "about": subject.word(), "at": at.to_rfc3339() }))
        }
    };
    host.log.say(host.now(), "alarm_over", &Part::Alarm, &words, fields);
}

/// Pages everyone who is due.
fn page(host: &Host, terms: &Terms, memory: &mut Memory) -> Result<(), Failure> {
    for subject in Subject::ALL {
        let Some(alarm) = memory.outbox.alarms.get(subject.word()) else { continue };
        if alarm.is_done(&terms.recipients, host.now()) {
            memory.outbox.alarms.remove(subject.word());
            keep(host, memory);
            continue;
        }
        let due = alarm.due(&terms.recipients, since_boot());
        let (Some(message), Some(plan)) = (message(host, terms, subject, alarm), host.sender.plan()) else {
            continue;
        };
        if due.is_empty() {
            continue;
        }
        let sign = host.sign_of(&Part::Alarm);
        alarm::send(&plan, &host.root, &message, &due, &host.stop, &mut |to, paged| {
            sign();
            if paged == Paged::Accepted {
                // The provider has just proved that it works.
                host.counters.standing.accepted(to.channel());
            }
            memory.outbox.record(subject, to, &paged, (since_boot(), host.now()));
            keep(host, memory);
            log_page(host, subject, to, &paged);
        })?;
    }
    Ok(())
}

fn message(host: &Host, terms: &Terms, subject: Subject, alarm: &Alarm) -> Option<AlarmMessage> {
    let PageFacts { name, url, host: page_host } = terms.page.clone()?;
    Some(AlarmMessage {
        subject,
        kind: alarm.ended.map_or(AlarmKind::Stopped, AlarmKind::WorksAgain),
        page_name: name,
        page_url: url,
        page_host,
        machine: machine::name().unwrap_or_else(|| "this machine".to_owned()),
        folder: host.root.path.display().to_string(),
        since: alarm.since,
        causes: alarm.causes.clone(),
    })
}

fn log_page(host: &Host, subject: Subject, to: &Endpoint, paged: &Paged) {
    let (channel, about) = (to.channel().name(), subject.word());
    let (result, why) = match paged {
        Paged::Accepted => ("accepted", None),
        Paged::Unknown(why) => ("unknown", Some(why)),
        Paged::Failed(why) => ("failed", Some(why)),
    };
    let words = match why {
        None => format!("paged {to} by {channel} about {about}"),
        Some(why) => format!("paging {to} by {channel} about {about}: {result}: {why}"),
    };
    let fields = json!({ "about": about, "channel": to.channel().word(), "result": result, "why": why });
    host.log.say(host.now(), "paged", &Part::Alarm, &words, fields);
}

/// Keeps the outbox. A disk that is full keeps no one from being paged; only a restart would then page again.
fn keep(host: &Host, memory: &mut Memory) {
    let kept = alarm_memory::keep(&host.root, &memory.outbox);
    if let (Err(failure), true) = (&kept, memory.is_kept) {
        let words = format!("a restart may page again: {}", crate::host::part::words(failure));
        host.log.trouble(host.now(), "alarm_not_kept", &Part::Alarm, &words, json!({}));
    }
    memory.is_kept = kept.is_ok();
}
