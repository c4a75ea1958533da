//! The report as readers see it.
//!
//! Promises: every number is the ledger's own, and the ends of a change's steps add up to what was planned; open incidents
//! are marked as open. Never holds an address: people appear by their ids.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::chain::NoticeState;
use crate::ledger::{ChangeSummary, SendTimes};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::incident::{Eta, Incident};
use crate::model::notice::StepState;
use crate::model::reply::ReplyClass;
use crate::theme::calendar::Zone;

use crate::cli::describe::{all, precise, short};
use crate::cli::duration::say_span;
use crate::cli::print::{BAD, FAINT, GOOD, STRONG, WARN, styled};
use crate::commands::report::promises::{Promise, promises, silence};
use crate::commands::report::{Change, IncidentReport};
use crate::commands::why::forced_words;

/// Everything of one incident.
pub(super) fn whole(report: &IncidentReport, zone: &Zone, now: Moment) -> String {
    let mut lines = vec![heading(report, now)];
    if let Some(incident) = &report.incident {
        lines.extend(story(incident, report, zone, now));
    }
    if report.changes.is_empty() {
        lines.push(row("notified", "never announced"));
    }
    for change in &report.changes {
        lines.push(String::new());
        lines.extend(of_change(change));
    }
    lines.join("\n")
}

fn heading(report: &IncidentReport, now: Moment) -> String {
    let name = styled(STRONG, report.name.as_str());
    match &report.incident {
        None => format!("{name}  {}", styled(FAINT, "file deleted")),
        Some(incident) => format!(
            "{name}  {}  {}",
            incident.title.default,
            styled(FAINT, &format!("{}, {}", incident.peak_severity().word(), incident.phase_at(now).word()))
        ),
    }
}

fn story(incident: &Incident, report: &IncidentReport, zone: &Zone, now: Moment) -> Vec<String> {
    let mut lines = vec![row("started", &stated(incident, incident.began_at(), zone))];
    lines.push(match incident.ended_at(now) {
        Some(over) => {
            let lasted = incident.open_for(over).map(|open| format!(", lasted {}", say_span(open)));
            row("ended", &format!("{}{}", stated(incident, over, zone), lasted.unwrap_or_default()))
        }
        None if incident.is_active_at(now) => match incident.open_for(now) {
            Some(open) => row("ongoing", &format!("for {}", say_span(open))),
            None => row("ongoing", "the time of its start is not known"),
        },
        None => row("scheduled", "not started yet"),
    });
    for (index, promise) in promises(incident, now).iter().enumerate() {
        lines.push(row(if index == 0 { "ETAs" } else { "" }, &kept(promise)));
    }
    let first = report.changes.iter().filter_map(|change| change.summary.pace).map(|pace| pace.first).min();
    if let Some(silence) = silence(incident, first) {
        lines.push(row("notified", &format!("first message sent {} after the start", say_span(silence))));
    }
    lines
}

/// A time that the file states; the day alone where no more is known.
fn stated(incident: &Incident, at: Moment, zone: &Zone) -> String {
    if incident.is_day_only(at) { zone.day(at) } else { short(at) }
}

fn kept(promise: &Promise) -> String {
    let given = styled(FAINT, &format!("given {}", short(promise.given)));
    let eta = match promise.eta {
        Eta::At(at) => short(at),
        Eta::Unknown => "unknown".to_owned(),
    };
    let came = match promise.late {
        None => String::new(),
        Some(late) if late < TimeDelta::zero() => {
            format!("  {}", styled(GOOD, &format!("{} early", say_span(late))))
        }
        Some(late) if late < TimeDelta::minutes(1) => format!("  {}", styled(GOOD, "on time")),
        Some(late) => format!("  {}", styled(WARN, &format!("{} late", say_span(late)))),
    };
    format!("{eta}{came}  {given}")
}

fn of_change(change: &Change) -> Vec<String> {
    let summary = &change.summary;
    let planned = styled(FAINT, &format!("queued {}", precise(summary.change.planned_at)));
    let mut lines = vec![format!("  {}  {planned}", styled(STRONG, &all(&summary.change.what)))];
    lines.extend(summary.change.forced.as_ref().map(|forced| row("page", &forced_words(forced))));
    lines.push(row("people", &people(summary)));
    lines.extend(places(summary));
    lines.extend(steps(summary));
    lines.extend(summary.held.iter().map(|(reason, number)| row("waiting", &format!("{number} {reason}"))));
    lines.extend(calls(summary));
    if let Some(pace) = summary.pace {
        lines.push(row("speed", &speed(pace, summary.change.planned_at)));
    }
    for (index, missed) in change.missed.iter().enumerate() {
        let line = format!("{}  {}", missed.subscriber, said(missed.state));
        lines.push(row(if index == 0 { "missed" } else { "" }, &line));
    }
    match change.unnamed() {
        0 => {}
        more => lines.push(row(
            "",
            &format!("and {more} more; add --missed to list them, and use `allclear why ID` for the reason"),
        )),
    }
    lines
}

/// `12 planned = 10 reached + 1 not reached + 1 replaced by a newer change`.
fn people(summary: &ChangeSummary) -> String {
    let parts: Vec<String> =
        summary.people.iter().map(|(state, number)| format!("{number} {}", colored(*state))).collect();
    if parts.is_empty() {
        return "no subscriber was notified of it".to_owned();
    }
    format!("{} queued = {}", summary.planned(), parts.join(" + "))
}

/// `ops-room reached, pager in doubt`.
fn places(summary: &ChangeSummary) -> Option<String> {
    let parts: Vec<String> =
        summary.places.iter().map(|(name, state)| format!("{name} {}", colored(*state))).collect();
    (!parts.is_empty()).then(|| row("places", &parts.join(", ")))
}

fn colored(state: NoticeState) -> String {
    let style = match state {
        NoticeState::Reached => GOOD,
        NoticeState::NotReached => BAD,
        NoticeState::Open | NoticeState::InDoubt => WARN,
        NoticeState::Superseded | NoticeState::Withdrawn | NoticeState::Suppressed => FAINT,
    };
    styled(style, said(state))
}

fn said(state: NoticeState) -> &'static str {
    match state {
        NoticeState::Reached => "reached",
        NoticeState::Open => "not finished",
        NoticeState::InDoubt => "in doubt (may have been sent)",
        NoticeState::NotReached => "not reached",
        NoticeState::Superseded => "replaced by a newer change",
        NoticeState::Withdrawn => "withdrawn before it was sent",
        NoticeState::Suppressed => "not sent (opted out or suppressed address)",
    }
}

fn steps(summary: &ChangeSummary) -> Vec<String> {
    let mut by_channel: BTreeMap<Channel, Vec<String>> = BTreeMap::new();
    for ((channel, state), number) in &summary.steps {
        by_channel.entry(*channel).or_default().push(format!("{number} {}", in_words(*state)));
    }
    by_channel.into_iter().map(|(channel, parts)| row(channel.name(), &parts.join(", "))).collect()
}

fn in_words(state: StepState) -> &'static str {
    match state {
        StepState::InDoubt => "in doubt (may have been sent)",
        StepState::Suppressed => "not sent",
        other => other.word(),
    }
}

fn calls(summary: &ChangeSummary) -> Vec<String> {
    let mut by_provider: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for ((provider, class), number) in &summary.calls {
        let (provider, answer) = match (provider.as_str(), class) {
            ("", ReplyClass::Ambiguous) => ("no response (the worker died)", answer(*class)),
            ("", _) => ("no provider in site/plan.toml", "not sent"),
            (provider, class) => (provider, answer(*class)),
        };
        by_provider.entry(provider).or_default().push(format!("{number} {answer}"));
    }
    by_provider
        .into_iter()
        .map(|(provider, parts)| row("calls", &format!("{provider}: {}", parts.join(", "))))
        .collect()
}

fn answer(class: ReplyClass) -> &'static str {
    match class {
        ReplyClass::Accepted => "accepted",
        ReplyClass::Retryable => "deferred",
        ReplyClass::AddressRejected => "address refused",
        ReplyClass::ContentRejected => "content rejected",
        ReplyClass::AccountRejected => "account refused",
        ReplyClass::Ambiguous => "no answer",
    }
}

fn speed(pace: SendTimes, planned_at: Moment) -> String {
    let [first, half, most, last] =
        [pace.first, pace.half, pace.most, pace.last].map(|at| say_span(at - planned_at));
    format!("first after {first}, half after {half}, 95 % after {most}, last after {last}")
}

fn row(name: &str, words: &str) -> String {
    format!("    {name:<9} {words}")
}
